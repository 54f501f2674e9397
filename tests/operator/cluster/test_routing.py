"""A change concerns whoever decides by what has changed."""

from typing import Any

import pytest

from model_monitor_api.names import scheduled_name
from model_monitor_operator.cluster.cache import Cache
from model_monitor_operator.cluster.routing import concerned
from model_monitor_operator.naming import MANAGED_BY, MANAGER, cron_job_name
from model_monitor_operator.objects import RESOURCES, Object, instant
from model_monitor_operator.ownership import owner_of
from tests.operator.cluster.toy import capture, stored

FIRE = instant("2026-01-01T01:00:00Z")
assert FIRE is not None
SCHEDULED = scheduled_name("churn", FIRE)


def thing(kind: str, name: str, spec: Any = None, owner: Object | None = None, **status: Any) -> Object:
    meta: dict[str, Any] = {"name": name, "namespace": "models", "labels": {MANAGED_BY: MANAGER}}
    if owner is not None:
        meta["ownerReferences"] = [owner_of(owner).reference()]
    document = {"apiVersion": RESOURCES[kind].api_version, "kind": kind, "metadata": meta, "spec": spec or {}}
    return stored(document, 1, f"{kind}-{name}", **status)


def execution(name: str, schedule: str = "churn", **status: Any) -> Object:
    return thing("MonitoringExecution", name, {"scheduleRef": {"name": schedule}}, **status)


CAPTURE = stored(capture("traffic"), 1)
BASELINE = thing("Baseline", "healthy", {"dataset": {"captureRef": {"name": "traffic"}}})
FILES = thing("Baseline", "files", {"dataset": {"uri": "s3://a/"}})
ADOPTED = thing("Baseline", "adopted", {})
SCHEDULE = thing(
    "MonitoringSchedule", "churn", {"captureRef": {"name": "traffic"}, "baselineRef": {"name": "files"}}
)
INDIRECT = thing(
    "MonitoringSchedule", "indirect", {"captureRef": {"name": "x"}, "baselineRef": {"name": "healthy"}}
)
CRON_JOB = thing("CronJob", cron_job_name("churn"), owner=SCHEDULE)
SCHEDULED_JOB = thing("Job", scheduled_name(cron_job_name("churn"), FIRE), owner=CRON_JOB)
MANUAL_JOB = thing("Job", "by-hand", owner=CRON_JOB)
DEPLOYMENT = thing("Deployment", "mmdc-traffic", owner=CAPTURE)
REPLICA_SET = thing("ReplicaSet", "mmdc-traffic-1", owner=DEPLOYMENT)
BACKFILL_JOB = thing("Job", "mmx-backfill-a1", owner=execution("backfill"))
EVERYTHING = [
    *(
        CAPTURE,
        BASELINE,
        FILES,
        ADOPTED,
        SCHEDULE,
        INDIRECT,
        CRON_JOB,
        SCHEDULED_JOB,
        MANUAL_JOB,
        BACKFILL_JOB,
        DEPLOYMENT,
        REPLICA_SET,
    ),
    execution("running", state="InProgress"),
    execution("new"),
    execution("done", state="Completed"),
    execution("adopter", state="Pending", job="by-hand"),
    execution("others", "other"),
]


def routed(changed: Object) -> set[str]:
    cache = Cache()
    for each in EVERYTHING:
        cache.put(each)
    return {f"{key.kind}/{key.name}" for key in concerned(changed, cache)}


@pytest.mark.parametrize(
    ("changed", "whom"),
    [
        (
            CAPTURE,
            {
                *("DataCapture/traffic", "Baseline/healthy"),
                *("MonitoringSchedule/churn", "MonitoringSchedule/indirect"),
            },
        ),
        (FILES, {"Baseline/files", "MonitoringSchedule/churn"}),
        (ADOPTED, {"Baseline/adopted"}),
        (
            SCHEDULE,
            {
                *("MonitoringSchedule/churn", "MonitoringExecution/running"),
                *("MonitoringExecution/new", "MonitoringExecution/adopter"),
            },
        ),
        (execution("done", state="Completed"), {"MonitoringExecution/done", "MonitoringSchedule/churn"}),
        (CRON_JOB, {"MonitoringSchedule/churn"}),
        (thing("ConfigMap", "plan", owner=BASELINE), {"Baseline/healthy"}),
        (thing("ConfigMap", "orphan"), set()),
        (SCHEDULED_JOB, {"MonitoringSchedule/churn", f"MonitoringExecution/{SCHEDULED}"}),
        (MANUAL_JOB, {"MonitoringSchedule/churn", "MonitoringExecution/adopter"}),
        (BACKFILL_JOB, {"MonitoringExecution/backfill"}),
        (thing("Job", "of-a-baseline", owner=BASELINE), {"Baseline/healthy"}),
        (thing("Job", "of-a-cron-job-that-is-gone", owner=thing("CronJob", "gone")), set()),
        (
            thing("Pod", "p", owner=SCHEDULED_JOB),
            {"MonitoringSchedule/churn", f"MonitoringExecution/{SCHEDULED}"},
        ),
        (thing("Pod", "p", owner=BACKFILL_JOB), {"MonitoringExecution/backfill"}),
        (thing("Pod", "p", owner=thing("Job", "gone")), set()),
        (DEPLOYMENT, {"DataCapture/traffic"}),
        (thing("Pod", "g", owner=REPLICA_SET), {"DataCapture/traffic"}),
        (thing("Pod", "g", owner=thing("ReplicaSet", "gone", owner=DEPLOYMENT)), set()),
        (thing("Secret", "s"), set()),
    ],
)
def test_a_change_concerns(changed: Object, whom: set[str]) -> None:
    assert routed(changed) == whom


def test_nobody_in_another_namespace_is_concerned() -> None:
    elsewhere = stored(capture("traffic", "elsewhere"), 1)
    assert routed(elsewhere) == {"DataCapture/traffic"}


def test_counts_of_a_capture_concern_nobody_else_but_its_spec_and_its_end_do() -> None:
    capturing = {**CAPTURE, "metadata": {**CAPTURE["metadata"], "generation": 2}}
    counted = {**capturing, "status": {"observedGeneration": 2, "records": 7}}
    assert routed(counted) == {"DataCapture/traffic"}
    edited = {**capturing, "status": {"observedGeneration": 1, "records": 7}}
    assert len(routed(edited)) == 4
    cache = Cache()
    for each in (SCHEDULE, BASELINE):
        cache.put(each)
    assert len(concerned(counted, cache)) == 3, "it is not there any more"
