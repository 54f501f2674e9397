"""What a run may be besides the ordinary: an image or a script of one's own, a volume claim, workers."""

import textwrap
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from model_monitor_api.conditions import AccessMode
from tests.cluster import images
from tests.cluster.client import Manifest
from tests.cluster.end_to_end.bank import BROKEN, CAMPAIGN, QUIET, Bank

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

OWN_ANALYZER = textwrap.dedent(
    """
    import json, os, pathlib
    root = pathlib.Path("/opt/ml")
    setting = json.loads((root / "config/processingjobconfig.json").read_text())["Environment"]
    source, result = pathlib.Path(setting["dataset_source"]), pathlib.Path(setting["output_path"])
    lines = [line for path in source.rglob("*.jsonl") for line in path.read_text().splitlines()]
    known = json.loads(pathlib.Path(setting["baseline_constraints"]).read_text())["features"]
    token = os.path.exists("/var/run/secrets/kubernetes.io")
    told = f"{len(lines)} requests from {setting['start_time']}, {len(known)} features, token: {token}"
    found = {"feature_name": "income", "constraint_check_type": "own_check", "description": told}
    (result / "constraint_violations.json").write_text(json.dumps({"violations": [found]}))
    (root / "output/message").write_text("CompletedWithViolations: found something")
    """
)


def test_an_analyzer_of_ones_own_runs_between_fetch_and_collect(bank: Bank) -> None:
    bank.vary(
        "own",
        analyzer={"image": images.python().name, "command": ["python", "-c", OWN_ANALYZER]},
        podTemplate={"securityContext": {"runAsNonRoot": True, "runAsUser": 65532}},
    )
    bank.ask("own", QUIET, "own")
    (violation,) = bank.completed("own", "CompletedWithViolations")["violations"]
    assert (violation["feature"], violation["check"]) == ("income", "own_check")
    requests, rest = violation["description"].split(" ", 1)
    assert int(requests) > 100
    assert rest == f"requests from {bank.hour(QUIET)['start']}, 12 features, token: False"
    (pod,) = bank.pods("own")
    steps = [each["name"] for each in (*pod["spec"]["initContainers"], *pod["spec"]["containers"])]
    assert steps == ["fetch", "custom", "analyzer"]


@pytest.fixture
def claim(bank: Bank) -> Iterator[tuple[str, Path]]:
    """A volume claim that one node may write to, and its folder."""
    folder = bank.node.home / "volume"
    folder.mkdir()
    folder.chmod(0o777)
    volumes = bank.cluster.resource("v1", "persistentvolumes")
    size: Manifest = {"storage": "1Gi"}
    spec = {"capacity": size, "accessModes": ["ReadWriteOnce"], "hostPath": {"path": str(folder)}}
    meta = {"name": bank.namespace}
    volumes.create(
        {
            "apiVersion": "v1",
            "kind": "PersistentVolume",
            "metadata": meta,
            "spec": {**spec, "storageClassName": "by-hand"},
        }
    )
    wanted = {
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": "by-hand",
        "resources": {"requests": size},
        "volumeName": bank.namespace,
    }
    bank.of("PersistentVolumeClaim").create(
        {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": {"name": "results"},
            "spec": wanted,
        }
    )
    yield "results", folder
    volumes.delete(bank.namespace)


def test_results_go_to_a_volume_claim_whose_access_mode_is_looked_at(
    bank: Bank, claim: tuple[str, Path]
) -> None:
    name, folder = claim
    bank.vary("on-a-claim", output={"uri": f"pvc://{name}/monitoring"})
    assert bank.condition("MonitoringSchedule", "on-a-claim", "AccessMode")["reason"] == AccessMode.SUFFICIENT
    bank.vary("many-on-a-claim", output={"uri": f"pvc://{name}/monitoring"}, scale={"workers": 2})
    told = bank.condition("MonitoringSchedule", "many-on-a-claim", "AccessMode")
    assert (told["status"], told["reason"]) == ("False", AccessMode.SINGLE_NODE)
    assert f"the volume claim `{name}` is ReadWriteOnce, but 3 pods mount it" in told["message"]
    bank.ask("on-a-claim", BROKEN, "on-a-claim")
    status = bank.completed("on-a-claim", "CompletedWithViolations")
    assert status["reportURI"].startswith(f"pvc://{name}/monitoring/{bank.namespace}/on-a-claim/")
    page = folder / status["reportURI"].removeprefix(f"pvc://{name}/")
    assert page.read_bytes().startswith(b"<!doctype html>")


INCOMES = textwrap.dedent(
    """
    import polars as pl

    def preprocess_frame(frame):
        income = pl.col("income").cast(pl.Float64)
        yearly = pl.col("channel") == "app"
        return frame.with_columns(income=pl.when(yearly).then(income / 12).otherwise(income))
    """
)


def test_a_script_from_a_config_map_changes_what_is_analysed(bank: Bank) -> None:
    bank.of("ConfigMap").create(
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "incomes"},
            "data": {"incomes.py": INCOMES},
        }
    )
    bank.vary("monthly", scripts={"preprocess": {"configMapRef": {"name": "incomes", "key": "incomes.py"}}})
    bank.ask("monthly", BROKEN, "monthly")
    found = {each["feature"] for each in bank.completed("monthly", "CompletedWithViolations")["violations"]}
    assert found == {"utilisation", "probability"}


@pytest.fixture(scope="module")
def many(bank: Bank) -> str:
    """A DataCapture of an hour with 200 MiB of records, which are four partitions."""
    spec = bank.of("DataCapture").get("credit-risk")["spec"]
    start = datetime.fromisoformat(bank.hour(CAMPAIGN)["start"])
    folder = f"credit-risk/AllTraffic/{start:%Y/%m/%d/%H}/"
    store = bank.bucket
    found = store.client.list_objects_v2(Bucket=store.name, Prefix=f"capture/{folder}")["Contents"]
    records = b"".join(bank.stored(store.uri(each["Key"])) for each in found)
    large = records * (20 * 2**20 // len(records))
    store.fill([f"many/{folder}{number:03}.jsonl" for number in range(10)], large)
    source = {**spec["source"]["files"], "uri": store.uri("many/credit-risk/AllTraffic/")}
    bank.apply("DataCapture", "many", {**spec, "source": {"files": source}})
    return "many"


def test_three_workers_give_the_same_bytes_as_one_pod_and_leave_nothing_behind(bank: Bank, many: str) -> None:
    bank.vary("single", captureRef={"name": many})
    bank.vary("spread", captureRef={"name": many}, scale={"workers": 3})
    for name in ("single", "spread"):
        bank.ask(name, CAMPAIGN, name)
    single, spread = (bank.completed(name, "CompletedWithViolations") for name in ("single", "spread"))
    assert single["counts"]["records"] > 100_000
    assert (spread["counts"], spread["violations"]) == (single["counts"], single["violations"])

    def statistics(status: dict[str, Any]) -> bytes:
        return bank.stored(status["reportURI"].replace("report.html", "statistics.json"))

    assert statistics(spread) == statistics(single)
    job = bank.of("Job").get(spread["job"])
    assert (job["spec"]["completionMode"], job["spec"]["completions"]) == ("Indexed", 4)
    bank.patient(
        lambda: not [each for each in bank.pods("spread") if each["status"]["phase"] == "Running"],
        "the workers' end",
    )

    def made() -> list[str]:
        kinds = ("Service", "Secret", "CronJob", "ConfigMap")
        return [f"{kind} {name}" for kind in kinds for name in bank.names(kind) if "mms-spread" in name]

    assert {each.split()[0] for each in made()} == {"Service", "Secret", "CronJob", "ConfigMap"}
    bank.of("MonitoringSchedule").delete("spread")
    bank.patient(lambda: not made(), "nothing left of the schedule")


def test_pods_were_restricted_and_had_no_token(bank: Bank) -> None:
    pods = bank.pods()
    assert pods
    for pod in pods:
        volumes = [volume["name"] for volume in pod["spec"]["volumes"] if "projected" in volume]
        assert (pod["spec"]["automountServiceAccountToken"], volumes) == (False, [])
    labels = bank.cluster.resource("v1", "namespaces").get(bank.namespace)["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
