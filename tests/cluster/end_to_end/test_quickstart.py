"""The quickstart in a cluster: what was planted is found, and told by kubectl, Prometheus and the store."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster import images
from tests.cluster.end_to_end.bank import BROKEN, PATIENCE, QUIET, SCHEDULE, YEARLY, Bank
from tests.cluster.end_to_end.conftest import SYSTEM, Traffic
from tests.cluster.node import NodeCluster
from tests.support.browser import dump_dom
from tests.support.prometheus import prometheus

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

CHILDREN = ("CronJob", "Job", "ConfigMap")


@pytest.fixture(scope="module")
def bank(operator: NodeCluster, traffic: Traffic) -> Iterator[Bank]:
    """A namespace that admits restricted pods only."""
    with operator.temporary_namespace("bank") as namespace:
        operator.kubectl("label", "namespace", namespace, "pod-security.kubernetes.io/enforce=restricted")
        yield Bank(operator, namespace, traffic.bucket, traffic.end)


@pytest.fixture(scope="module")
def scheduled(bank: Bank, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The manifests applied, two windows asked for; the name of the execution that the CronJob began."""
    overlay = bank.overlay(tmp_path_factory.mktemp("overlay"), "* * * * *", length="1h", delay="1m")
    bank.cluster.kubectl("apply", "-k", str(overlay))
    bank.ask("quiet-hour", QUIET)
    bank.ask("broken-release", BROKEN)
    bank.wait_ready("Baseline", "credit-risk", "Computed", PATIENCE)

    def ended() -> str | None:
        status = bank.status("MonitoringSchedule", SCHEDULE)
        last, totals = status.get("lastExecution") or {}, status.get("totals") or {}
        done = totals.get("completed", 0) + totals.get("completedWithViolations", 0) >= 3
        of_cron_job = str(last.get("name", "")).startswith(f"{SCHEDULE}-")
        return str(last["name"]) if done and of_cron_job and last["state"].startswith("Completed") else None

    name: str = bank.patient(ended, "a verdict on a window of the CronJob")
    # From here on nothing fires, so that what tests read stays as it is.
    bank.of("MonitoringSchedule").patch(SCHEDULE, {"spec": {"suspend": True}})
    bank.patient(lambda: all(each["status"].get("conditions") for each in bank.of("Job").list()), "rest")
    return name


def rows(text: str) -> dict[str, dict[str, str]]:
    """Return a table of kubectl by name of object and of column."""
    lines = text.splitlines()
    starts = [found.start() for found in re.finditer(r"\S+(?: \S+)*", lines[0])]
    names = [found.group() for found in re.finditer(r"\S+(?: \S+)*", lines[0])]
    table = [
        {
            name: line[start:end].strip()
            for name, start, end in zip(names, starts, [*starts[1:], None], strict=True)
        }
        for line in lines[1:]
    ]
    return {row["NAME"]: row for row in table}


def violations(bank: Bank, execution: str) -> set[tuple[str, str]]:
    found = bank.ended(execution)["violations"]
    return {(each["feature"], each["check"]) for each in found}


def test_the_cron_job_fires_and_its_pods_run_the_analyzer(bank: Bank, scheduled: str) -> None:
    minute = scheduled.removeprefix(f"{SCHEDULE}-")
    job = bank.of("Job").get(f"mms-{SCHEDULE}-{minute}")
    (controller,) = job["metadata"]["ownerReferences"]
    assert (controller["kind"], controller["name"]) == ("CronJob", f"mms-{SCHEDULE}")
    assert bank.status("MonitoringExecution", scheduled)["job"] == job["metadata"]["name"]
    for pod in bank.pods():
        assert [each["image"] for each in pod["spec"]["containers"]] == [images.analyzer().name]
        volumes = [volume for volume in pod["spec"]["volumes"] if "projected" in volume]
        assert (pod["spec"]["automountServiceAccountToken"], volumes) == (False, [])


def test_the_quiet_hour_has_nothing(bank: Bank, scheduled: str) -> None:
    status = bank.ended("quiet-hour")
    assert (status["state"], status.get("violations", [])) == ("Completed", [])
    assert status["window"] == bank.hour(QUIET)


def test_the_broken_release_is_found_in_its_window(bank: Bank, scheduled: str) -> None:
    assert violations(bank, "broken-release") == {
        ("income", "baseline_drift_check"),
        ("utilisation", "completeness_check"),
        ("probability", "baseline_drift_check"),
    }
    assert bank.ended("broken-release")["window"] == bank.hour(BROKEN)


def test_the_campaign_is_found_in_the_window_of_the_cron_job(bank: Bank, scheduled: str) -> None:
    found = violations(bank, scheduled)
    assert {name for name, _ in found} >= {"age", "channel", "term_months", "income", "probability"}
    assert {check for _, check in found} == {"baseline_drift_check"}


def test_kubectl_tells_the_story(bank: Bank, scheduled: str) -> None:
    def get(what: str) -> dict[str, dict[str, str]]:
        return rows(bank.cluster.kubectl("get", what, "--namespace", bank.namespace))

    (baseline,) = get("mmbl").values()
    assert (baseline["READY"], baseline["REASON"], baseline["RECORDS"]) == ("True", "Computed", "12000")
    schedule = get("mms")[SCHEDULE]
    assert (schedule["TYPE"], schedule["SCHEDULE"]) == ("DataQuality", "* * * * *")
    assert (schedule["LAST"], int(schedule["VIOLATIONS"]) > 3) == ("CompletedWithViolations", True)
    executions = get("mmx")
    told = {name: (row["STATE"], row["VIOLATIONS"], row["SCHEDULE"]) for name, row in executions.items()}
    assert told["quiet-hour"] == ("Completed", "0", SCHEDULE)
    assert told["broken-release"] == ("CompletedWithViolations", "3", SCHEDULE)
    assert told[scheduled][0] == "CompletedWithViolations"
    assert executions["broken-release"]["WINDOW END"] == bank.hour(BROKEN)["end"]
    events = bank.cluster.kubectl("events", "--namespace", bank.namespace)
    assert "CompletedWithViolations" in events


def test_prometheus_has_the_series(bank: Bank, scheduled: str, tmp_path: Path) -> None:
    service = bank.cluster.resource("v1", "services", SYSTEM).get("model-monitor-metrics")["spec"]
    target = f"{service['clusterIP']}:{service['ports'][0]['port']}"
    of_schedule = f'namespace="{bank.namespace}",schedule="{SCHEDULE}"'
    with prometheus(tmp_path, [target]) as server:

        def asked(name: str, label: str = "") -> dict[str, float]:
            found = server.query(f"{name}{{{of_schedule}}}")
            return {each["metric"].get(label, ""): float(each["value"][1]) for each in found}

        bank.patient(lambda: asked("model_monitor_schedule_info"), "a scrape")
        distances = asked("model_monitor_feature_drift_distance", "feature")
        assert distances["age"] > 0.25
        assert distances["region"] < distances["channel"]
        assert len(asked("model_monitor_feature_completeness_ratio", "feature")) >= 10
        assert asked("model_monitor_verdict_violations")[""] > 3
        states = asked("model_monitor_schedule_last_execution_state", "state")
        assert states["CompletedWithViolations"] == 1
        totals = asked("model_monitor_schedule_executions_total", "state")
        assert (totals["Completed"], totals["Failed"]) == (1, 0)


def test_the_report_is_in_the_store_and_opens(bank: Bank, scheduled: str, tmp_path: Path) -> None:
    uri = bank.ended("broken-release")["reportURI"]
    day = bank.hour(BROKEN)["end"][:16].replace("-", "/").replace("T", "/").replace(":", "")
    folder = f"monitoring/{bank.namespace}/{SCHEDULE}/{day}/broken-release"
    assert uri == f"s3://{bank.bucket.name}/{folder}/report.html"
    page = dump_dom(bank.stored(uri), tmp_path)
    assert "utilisation" in page
    last = bank.status("MonitoringSchedule", SCHEDULE)["lastExecution"]
    assert bank.stored(last["reportURI"]).startswith(b"<!doctype html>")


def test_applying_the_same_manifests_again_changes_nothing(
    bank: Bank, scheduled: str, tmp_path: Path
) -> None:
    overlay = bank.overlay(tmp_path, YEARLY)
    bank.cluster.kubectl("apply", "-k", str(overlay))
    bank.of("MonitoringSchedule").patch(SCHEDULE, {"spec": {"suspend": False}})
    generation = bank.of("MonitoringSchedule").get(SCHEDULE)["metadata"]["generation"]
    bank.patient(
        lambda: bank.status("MonitoringSchedule", SCHEDULE).get("observedGeneration") == generation,
        "the schedule looked at",
    )

    def state() -> dict[str, tuple[str, str]]:
        kinds = ("Baseline", "DataCapture", "MonitoringSchedule", "MonitoringExecution", *CHILDREN)
        found = [(kind, each["metadata"]) for kind in kinds for each in bank.of(kind).list()]
        return {f"{kind} {meta['name']}": (meta["uid"], meta["resourceVersion"]) for kind, meta in found}

    before = state()
    told = bank.cluster.kubectl("apply", "-k", str(overlay))
    assert [line.rsplit(" ", 1)[1] for line in told.splitlines()] == ["unchanged"] * 4
    by_server = ("apply", "-k", str(overlay), "--server-side", "--force-conflicts")
    bank.cluster.kubectl(*by_server)
    applied_by_server = state()
    bank.cluster.kubectl(*by_server)
    assert state() == applied_by_server
    kept = {name: identity for name, identity in before.items() if name.split()[0] in CHILDREN}
    assert kept.items() <= applied_by_server.items()
    assert bank.of("MonitoringSchedule").get(SCHEDULE)["metadata"]["generation"] == generation


def test_deleting_the_schedule_removes_what_was_made_for_it(bank: Bank, scheduled: str) -> None:
    def left() -> list[str]:
        names = [name for kind in (*CHILDREN, "MonitoringExecution") for name in bank.names(kind)]
        names += [str(each["metadata"]["name"]) for each in bank.pods()]
        return [name for name in names if name.removeprefix("mms-").startswith(SCHEDULE)]

    assert left()
    bank.of("MonitoringSchedule").delete(SCHEDULE)
    bank.patient(lambda: not left(), "nothing left of the schedule")
    assert bank.names("MonitoringExecution") == ["broken-release", "quiet-hour"]
    bank.cluster.kubectl("delete", "mmx,mmbl,mmdc", "--all", "--namespace", bank.namespace)
    bank.patient(
        lambda: not [*bank.names("Job"), *bank.pods()] and bank.names("ConfigMap") == ["kube-root-ca.crt"],
        "nothing left at all",
    )
