"""What the operator costs with thousands of schedules, on a real control plane without nodes.

    .venv/bin/python -m benchmarks.operator.scale --schedules 1000 5000

For each number of schedules, spread over 50 namespaces: how long until all CronJobs exist, beside a bare
client that server-side-applies the same objects, but for their owners, with as many threads; how long until
all schedules say that they are ready; how long a restart takes; memory; processor time and API requests at
rest; and how far behind the operator is while 1,000 executions end within a minute.
"""

import argparse
import json
import shutil
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from tests.cluster.client import APPLY, Client
from tests.cluster.control_plane import ControlPlane, control_plane
from tests.cluster.faults.operator_process import OperatorProcess
from tests.operator.life.manifests import BASELINE, CAPTURE, SCHEDULE
from tests.operator.results import verdict_message

from model_monitor_api.manifests.checking import check
from model_monitor_api.objects import Key, Objects
from model_monitor_api.planning import plan_baseline
from model_monitor_api.v1alpha1.baseline import Baseline
from model_monitor_operator.objects import RESOURCES

Manifest = dict[str, Any]

NAMESPACES = 50
WORKERS = 8
"""Threads of the operator and of the bare client alike."""
KNOWN_SECONDS = 45
"""From installing kinds until the garbage collector watches them: it looks for new ones every 30 seconds.

Of objects that are made before, it asks the API server for the owner, over and over.
"""

REST_SECONDS = 60
ENDING = 1000
GROUP = "modelmonitor.dev/v1alpha1"
KEPT = ("name", "namespace", "labels", "annotations")
COLUMNS = (
    *("schedules", "all CronJobs", "bare client", "ratio", "all statuses", "restart to ready", "memory"),
    *("idle", "requests at rest", "lag, median", "lag, worst"),
)


class Result(NamedTuple):
    """Figures of one number of schedules."""

    schedules: int
    first: float
    bare: float
    told: float
    restart: float
    memory: float
    idle: float
    requests: float
    lag_median: float
    lag_worst: float


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--schedules", type=int, nargs="+", default=[1000, 5000])
    parser.add_argument("--output", type=Path, help="where figures go as JSON")
    wanted = parser.parse_args()
    found = [measure(number) for number in wanted.schedules]
    print(table(found))
    if wanted.output:
        wanted.output.write_text(json.dumps([each._asdict() for each in found], indent=2) + "\n")


def table(found: Iterable[Result]) -> str:
    rows = [
        f"| {' | '.join(COLUMNS)} |",
        "|" + "---:|" * len(COLUMNS),
    ]
    rows += [
        f"| {each.schedules:,} | {each.first:.1f} s | {each.bare:.1f} s | {each.first / each.bare:.2f} "
        f"| {each.told:.1f} s | {each.restart:.1f} s | {each.memory:.0f} MiB | {each.idle:.1%} "
        f"| {each.requests:.2f} | {each.lag_median:.1f} s | {each.lag_worst:.1f} s |"
        for each in found
    ]
    return "\n".join(rows)


def measure(number: int) -> Result:
    with control_plane() as cluster, operator(cluster) as process:
        cluster.install_kinds()
        known = time.monotonic() + KNOWN_SECONDS
        tell(f"{number:,} schedules: preparing")
        prepare(cluster, number)
        time.sleep(max(0.0, known - time.monotonic()))
        started = time.monotonic()
        process.process.start()
        wait(lambda: cron_jobs(cluster) == number, 3600)
        first = time.monotonic() - started
        tell(f"all CronJobs after {first:.1f} s")
        wait(lambda: all(map(is_ready, remembered(cluster, "monitoringschedules"))), 600)
        told = time.monotonic() - started
        process.wait_ready()
        idle, requests = at_rest(cluster, process, number)
        memory = resident(process)
        process.process.kill()
        started = time.monotonic()
        process.start()
        restart = time.monotonic() - started
        lags = endings(cluster, min(number, ENDING))
        process.process.kill()
        cluster.controller_manager.start()  # it watched while the operator worked, and does now
        bare = bare_client(cluster)
    lag = statistics.median(lags)
    return Result(number, first, bare, told, restart, memory, idle, requests, lag, max(lags))


@contextmanager
def operator(cluster: ControlPlane) -> Iterator[OperatorProcess]:
    home = Path(tempfile.mkdtemp(prefix="model-monitor-scale-"))
    process = OperatorProcess(home, cluster.kubeconfig, workers=WORKERS)
    try:
        yield process
    finally:
        process.process.stop()
        shutil.rmtree(home)


def prepare(cluster: ControlPlane, number: int) -> None:
    """Make namespaces, in each a DataCapture and a Baseline that was computed, and the schedules."""
    spaces = [f"team-{index:02}" for index in range(NAMESPACES)]

    def space(name: str) -> None:
        with connected(cluster) as client:
            client.resource("v1", "namespaces").create(
                {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
            )
            create(client, name, "DataCapture", "churn", CAPTURE)
            there = create(client, name, "Baseline", "churn", BASELINE)
            client.resource(GROUP, "baselines", name).patch("churn", {"status": computed(there)}, "status")

    def schedules(name: str) -> None:
        with connected(cluster) as client:
            for index in range(spaces.index(name), number, NAMESPACES):
                spec = {**SCHEDULE, "schedule": f"{index % 60} 3 * * *"}
                create(client, name, "MonitoringSchedule", f"model-{index}", spec)

    in_threads(space, spaces)
    in_threads(schedules, spaces)


def computed(thing: Manifest) -> Manifest:
    """Return the status of a Baseline whose Job has ended well."""
    found = check(Baseline, thing, "baseline")
    assert isinstance(found, Baseline)
    plan = plan_baseline(found, Objects(baselines={Key(found.metadata.namespace, "churn"): found}))
    assert not isinstance(plan, tuple)
    ready = {
        "type": "Ready",
        "status": "True",
        "reason": "Computed",
        "message": "computed",
        "lastTransitionTime": "2026-01-01T00:00:00Z",
    }
    return {"planDigest": plan.digest(), "conditions": [ready]}


def at_rest(cluster: ControlPlane, process: OperatorProcess, number: int) -> tuple[float, float]:
    """Return the share of a processor, and API requests per schedule and hour, while nothing happens."""
    time.sleep(10)
    before, requests = processor_seconds(process), served(cluster)
    time.sleep(REST_SECONDS)
    used = processor_seconds(process) - before
    return used / REST_SECONDS, (served(cluster) - requests) / number * 3600 / REST_SECONDS


def endings(cluster: ControlPlane, number: int) -> list[float]:
    """Let executions end within a minute; return how many seconds after its pod each had its verdict."""
    cluster.controller_manager.stop()  # the pods of this part are made below
    schedules = listed(cluster, GROUP, "monitoringschedules")[:number]
    window = {"start": "2026-02-01T00:00:00Z", "end": "2026-02-02T00:00:00Z"}

    def begin(schedule: Manifest) -> None:
        meta = schedule["metadata"]
        spec = {"scheduleRef": {"name": meta["name"]}, "window": window}
        with connected(cluster) as client:
            create(client, meta["namespace"], "MonitoringExecution", meta["name"], spec)

    in_threads(begin, schedules)
    wait(lambda: sum(bool(state(each)) for each in executions(cluster)) == number, 600)
    by_name = {each["metadata"]["name"]: each for each in schedules}
    ended: dict[str, float] = {}
    gap, begun = 60 / number, time.monotonic()

    def end(item: tuple[int, Manifest]) -> None:
        index, execution = item
        time.sleep(max(0.0, begun + index * gap - time.monotonic()))
        with connected(cluster) as client:
            pod_ends(client, by_name[execution["metadata"]["name"]], execution)
        ended[execution["metadata"]["name"]] = time.time()

    in_threads(end, list(enumerate(executions(cluster))))
    wait(lambda: all(state(each) == "Completed" for each in executions(cluster)), 600)
    return [ended_at(each) - ended[each["metadata"]["name"]] for each in executions(cluster)]


def pod_ends(client: Client, schedule: Manifest, execution: Manifest) -> None:
    """Make the pod of an execution's Job, ended with a verdict."""
    namespace, name = execution["metadata"]["namespace"], execution["status"]["job"]
    job = client.resource("batch/v1", "jobs", namespace).get(name)
    owner = {"apiVersion": "batch/v1", "kind": "Job", "name": name, "uid": job["metadata"]["uid"]}
    template = job["spec"]["template"]
    pods = client.resource("v1", "pods", namespace)
    meta = {
        "name": f"{name}-0",
        "labels": template["metadata"]["labels"],
        "ownerReferences": [{**owner, "controller": True}],
    }
    pods.create({"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": template["spec"]})
    message = verdict_message(schedule, execution, job).decode()
    terminated = {"exitCode": 0, "reason": "Completed", "message": message}
    container = {
        "name": "analyzer",
        "image": "analyzer:1",
        "imageID": "",
        "ready": False,
        "restartCount": 0,
        "state": {"terminated": terminated},
    }
    pods.patch(f"{name}-0", {"status": {"phase": "Succeeded", "containerStatuses": [container]}}, "status")


def bare_client(cluster: ControlPlane) -> float:
    """Remove what the operator made and server-side-apply the same; return the seconds of the latter."""
    things = [
        *((each, "v1", "configmaps") for each in ours(listed(cluster, "v1", "configmaps"))),
        *((each, "batch/v1", "cronjobs") for each in listed(cluster, "batch/v1", "cronjobs")),
    ]

    def remove(item: tuple[Manifest, str, str]) -> None:
        thing, version, plural = item
        with connected(cluster) as client:
            client.resource(version, plural, thing["metadata"]["namespace"]).delete(thing["metadata"]["name"])

    in_threads(remove, things)
    local = threading.local()

    def apply(item: tuple[Manifest, str, str]) -> None:
        thing, version, plural = item
        if not hasattr(local, "client"):
            local.client = Client(cluster.kubeconfig)
        meta = thing["metadata"]
        root = "/api/v1" if version == "v1" else f"/apis/{version}"
        path = f"{root}/namespaces/{meta['namespace']}/{plural}/{meta['name']}"
        kept = {field: meta[field] for field in KEPT if field in meta}
        body = {**thing, "apiVersion": version, "metadata": kept}
        body["kind"] = "ConfigMap" if plural == "configmaps" else "CronJob"
        body.pop("status", None)
        query = {"fieldManager": "bare", "force": "true"}
        local.client.request("patch", path, body, query=query, content_type=APPLY)

    started = time.monotonic()
    in_threads(apply, things)
    return time.monotonic() - started


def in_threads(call: Callable[[Any], None], items: Iterable[Any]) -> None:
    with ThreadPoolExecutor(WORKERS) as pool:
        for done in [pool.submit(call, item) for item in items]:
            done.result()


@contextmanager
def connected(cluster: ControlPlane) -> Iterator[Client]:
    client = Client(cluster.kubeconfig)
    try:
        yield client
    finally:
        client.close()


def create(client: Client, space: str, kind: str, name: str, spec: Manifest) -> Manifest:
    meta, plural = {"name": name, "namespace": space}, RESOURCES[kind].plural
    made: Manifest = client.resource(GROUP, plural, space).create(
        {"apiVersion": GROUP, "kind": kind, "metadata": meta, "spec": spec}
    )
    return made


def listed(cluster: ControlPlane, version: str, plural: str) -> list[Manifest]:
    found: list[Manifest] = cluster.resource(version, plural).list()
    return found


def remembered(cluster: ControlPlane, plural: str) -> list[Manifest]:
    """Return the objects of a kind out of the API server's memory: who waits shall not slow others down."""
    page = cluster.client.request("get", f"/apis/{GROUP}/{plural}", query={"resourceVersion": "0"})
    found: list[Manifest] = page["items"]
    return found


def cron_jobs(cluster: ControlPlane) -> int:
    """Return how many CronJobs there are, at no cost to speak of."""
    page = cluster.client.request("get", "/apis/batch/v1/cronjobs", query={"limit": "1"})
    return len(page["items"]) + int(page["metadata"].get("remainingItemCount", 0))


def executions(cluster: ControlPlane) -> list[Manifest]:
    return remembered(cluster, "monitoringexecutions")


def ours(things: Iterable[Manifest]) -> list[Manifest]:
    label = "app.kubernetes.io/managed-by"
    return [each for each in things if (each["metadata"].get("labels") or {}).get(label) == "model-monitor"]


def state(execution: Manifest) -> str | None:
    status = execution.get("status") or {}
    return status.get("state") if status.get("job") else None


def ended_at(execution: Manifest) -> float:
    """Return when the status said that an execution had ended."""
    (finished,) = [each for each in execution["status"]["conditions"] if each["type"] == "Finished"]
    return datetime.fromisoformat(finished["lastTransitionTime"]).timestamp()


def is_ready(schedule: Manifest) -> bool:
    conditions = (schedule.get("status") or {}).get("conditions") or []
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)


def served(cluster: ControlPlane) -> float:
    """Return how many requests of the operator's kinds the API server has answered, watches left out."""
    text = cluster.client.text("/metrics")
    rows = [row for row in text.splitlines() if row.startswith("apiserver_request_total{")]
    mine = [row for row in rows if 'verb="WATCH"' not in row and any(kind in row for kind in _RESOURCES)]
    return sum(float(row.rsplit(" ", 1)[1]) for row in mine)


_RESOURCES = tuple(
    f'resource="{plural}"'
    for plural in (
        *("datacaptures", "baselines", "monitoringschedules", "monitoringexecutions"),
        *("cronjobs", "jobs", "pods", "configmaps", "events"),
    )
)


def processor_seconds(process: OperatorProcess) -> float:
    return process.metrics()["process_cpu_seconds_total"]


def resident(process: OperatorProcess) -> float:
    """Return the resident memory in MiB."""
    return process.metrics()["process_resident_memory_bytes"] / 2**20


def wait(holds: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not after {seconds:.0f} s")
        time.sleep(0.5)


def tell(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    main()
