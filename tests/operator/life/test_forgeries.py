"""What a tenant writes about somebody else's objects changes nothing of theirs."""

from datetime import datetime
from typing import Any

import pytest

from model_monitor_operator.naming import certificates_name, labels_for, workers_name
from model_monitor_operator.objects import Key, Object
from model_monitor_operator.ownership import owner_of
from tests.operator.life.manifests import SCHEDULE, a_world, minute_name
from tests.operator.life.world import NAMESPACE, World

ELSEWHERE = "another-team"
WINDOW = {"start": "2026-02-01T00:00:00Z", "end": "2026-02-02T00:00:00Z"}


def forged(world: World, version: str, kind: str, name: str, owner: Object, **fields: Any) -> Key:
    """Make an object in another namespace that names an object of this one as its controller."""
    labels = labels_for("MonitoringSchedule", "hourly", "analyzer")
    references = [owner_of(owner).reference()]
    meta = {"name": name, "namespace": ELSEWHERE, "labels": labels, "ownerReferences": references}
    world.client.create({"apiVersion": version, "kind": kind, "metadata": meta, **fields})
    world.settle()
    return Key(kind, ELSEWHERE, name)


def deleted(world: World) -> list[Key]:
    return [key for verb, key in world.client.writes if verb == "delete"]


def test_a_config_map_elsewhere_is_no_plan() -> None:
    world = a_world()
    key = forged(world, "v1", "ConfigMap", "old-plan", world.get("MonitoringSchedule", "hourly"))
    world.until("10:30")
    assert key in world.client.things
    assert key not in deleted(world)


def test_a_job_elsewhere_is_no_fire() -> None:
    world = a_world(suspend=True)
    world.until("10:00")
    owner = world.get("CronJob", "mms-hourly")
    forged(world, "batch/v1", "Job", f"mms-{minute_name(world)}", owner, spec={})
    assert world.names("MonitoringExecution") == []


@pytest.mark.parametrize("stop", [False, True], ids=["runs", "stopped"])
def test_a_job_elsewhere_is_no_attempt_and_is_never_stopped(stop: bool) -> None:
    world = a_world()
    world.add("MonitoringExecution", "by-hand", {"scheduleRef": {"name": "hourly"}, "window": WINDOW})
    status = world.status("MonitoringExecution", "by-hand")
    labels = {"modelmonitor.dev/attempt": "9"}
    owner = world.get("MonitoringExecution", "by-hand")
    key = forged(world, "batch/v1", "Job", "mine", owner, spec={}, status={})
    world.client.change(key, metadata__labels={**world.client.things[key]["metadata"]["labels"], **labels})
    world.client.change(Key("MonitoringExecution", NAMESPACE, "by-hand"), spec__stop=stop)
    world.settle()
    assert world.status("MonitoringExecution", "by-hand")["job"] == status["job"]
    assert world.status("MonitoringExecution", "by-hand")["attempts"] == 1
    assert key not in deleted(world)


def test_a_pod_elsewhere_has_no_say_in_a_result() -> None:
    world = a_world()
    world.add("MonitoringExecution", "by-hand", {"scheduleRef": {"name": "hourly"}, "window": WINDOW})
    job = world.get("Job", str(world.status("MonitoringExecution", "by-hand")["job"]))
    message = world.verdict("by-hand").decode()
    ended = {"terminated": {"exitCode": 0, "message": message, "reason": "Completed"}}
    container = {"name": "analyzer", "image": "analyzer:1", "state": ended}
    status = {"phase": "Succeeded", "containerStatuses": [container]}
    forged(world, "v1", "Pod", "liar", job, spec={}, status=status)
    assert world.status("MonitoringExecution", "by-hand")["state"] == "Pending"


def test_an_execution_that_names_another_schedule_as_its_controller_is_not_that_schedules() -> None:
    world = a_world(successfulExecutionsHistoryLimit=0, failedExecutionsHistoryLimit=0)
    world.add("MonitoringSchedule", "daily", {**SCHEDULE, "schedule": "0 0 * * *"})
    reference = owner_of(world.get("MonitoringSchedule", "daily")).reference()
    key = Key("MonitoringExecution", NAMESPACE, "by-hand")
    world.add("MonitoringExecution", "by-hand", {"scheduleRef": {"name": "hourly"}, "window": WINDOW})
    world.client.change(key, metadata__ownerReferences=[reference])
    world.settle()
    world.finish(str(world.status("MonitoringExecution", "by-hand")["job"]), world.verdict("by-hand"))
    world.until("12:30")
    assert key in world.client.things
    assert "lastExecution" not in world.status("MonitoringSchedule", "daily")


def test_the_jobs_of_somebody_elses_cron_job_are_not_taken_for_a_schedules() -> None:
    world = a_world()
    world.until("10:00")
    world.client.change(Key("CronJob", NAMESPACE, "mms-hourly"), metadata__ownerReferences=[])
    theirs = world.fire("hourly")
    world.until("10:04")
    name = minute_name(a_world(world.now.replace(minute=0)))
    status = world.status("MonitoringExecution", name)
    assert status["job"] != theirs
    assert theirs in world.names("Job")
    world.client.change(Key("MonitoringExecution", NAMESPACE, name), spec__stop=True)
    world.settle()
    assert theirs in world.names("Job")


def forged_execution(world: World, fire: str, window: dict[str, str]) -> str:
    """Let somebody who may create executions make one that looks like a schedule's own."""
    name = f"hourly-{int(datetime.fromisoformat(fire).timestamp()) // 60}"
    reference = owner_of(world.get("MonitoringSchedule", "hourly")).reference()
    spec = {"scheduleRef": {"name": "hourly"}, "window": window}
    world.add("MonitoringExecution", name, spec, ownerReferences=[reference])
    return name


def goes_on(world: World) -> None:
    """Show that the next window is run as if nothing had been forged."""
    before = world.names("MonitoringExecution")
    world.until("10:00")
    job = world.fire("hourly")
    world.settle()
    (name,) = set(world.names("MonitoringExecution")) - set(before)
    assert world.status("MonitoringExecution", name)["job"] == job
    assert world.status("MonitoringSchedule", "hourly")["settledUntil"] < "2026-03-02T10:00:00Z"


def test_a_job_of_our_cron_job_that_is_named_after_a_far_minute_settles_nothing() -> None:
    world = a_world()
    world.until("9:45")
    meta: dict[str, Any] = {"name": "mms-hourly-39000000", "namespace": NAMESPACE}
    meta["labels"] = labels_for("MonitoringSchedule", "hourly", "analyzer")
    meta["ownerReferences"] = [owner_of(world.get("CronJob", "mms-hourly")).reference()]
    world.client.create({"apiVersion": "batch/v1", "kind": "Job", "metadata": meta, "spec": {}})
    world.settle()
    assert "hourly-39000000" not in world.names("MonitoringExecution")
    goes_on(world)


def test_an_execution_that_is_named_after_a_far_minute_settles_nothing() -> None:
    world = a_world()
    world.until("9:45")
    name = forged_execution(world, "2044-02-25T08:00:00Z", WINDOW)
    world.finish(str(world.status("MonitoringExecution", name)["job"]), world.verdict(name))
    goes_on(world)


def test_an_execution_whose_window_ends_after_its_minute_moves_no_window() -> None:
    world = a_world()
    world.until("9:45")
    late = {"start": "2026-02-01T00:00:00Z", "end": "2044-01-01T00:00:00Z"}
    forged_execution(world, "2026-03-02T09:00:00Z", late)
    assert world.status("MonitoringSchedule", "hourly").get("lastWindowEnd", "") < "2027"


def test_somebody_elses_service_where_the_workers_should_go_is_told() -> None:
    world = a_world()
    name = workers_name("MonitoringSchedule", "scaled")
    meta = {"name": name, "namespace": NAMESPACE}
    world.client.create({"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": {}})
    world.add("MonitoringSchedule", "scaled", {**SCHEDULE, "scale": {"workers": 2}})
    ready = world.condition("MonitoringSchedule", "scaled", "Ready")
    assert ready["reason"] == "NameConflict"
    assert f"the Service `{name}` belongs to nobody" in ready["message"]
    world.client.remove(Key("Service", NAMESPACE, name))
    world.wait(hours=1)
    schedule = world.get("MonitoringSchedule", "scaled")
    assert world.condition("MonitoringSchedule", "scaled", "Ready")["reason"] != "NameConflict"
    uid = schedule["metadata"]["uid"]
    assert world.get("Secret", certificates_name("MonitoringSchedule", "scaled", uid))
