"""The life of an execution: made by the operator or by a person, run, tried again, stopped."""

import json
from datetime import timedelta

import pytest

from model_monitor_api.failures import Failure
from model_monitor_operator.errors import RefusedError
from model_monitor_operator.execution.size import STATUS_LIMIT
from model_monitor_operator.naming import job_name
from model_monitor_operator.objects import Key
from tests.operator.life.manifests import SCHEDULE, a_world, minute_name
from tests.operator.life.world import NAMESPACE, World
from tests.operator.results import revision_of

WINDOW = {"start": "2026-02-01T00:00:00Z", "end": "2026-02-02T00:00:00Z"}
KEY = Key("MonitoringExecution", NAMESPACE, "by-hand")


def by_hand(world: World, **spec: object) -> dict[str, object]:
    world.add("MonitoringExecution", "by-hand", {"scheduleRef": {"name": "hourly"}, **spec})
    return world.status("MonitoringExecution", "by-hand")


def finished(world: World, name: str = "by-hand") -> tuple[str, str]:
    found = world.condition("MonitoringExecution", name, "Finished")
    return found["status"], found["reason"]


def test_a_person_may_run_any_window_and_its_result_lies_beside_the_schedules() -> None:
    world = a_world()
    status = by_hand(world, window=WINDOW)
    assert (status["state"], status["window"]) == ("Pending", WINDOW)
    assert revision_of(world.get("Job", str(status["job"]))) > 0
    world.finish(str(status["job"]), world.verdict("by-hand"))
    status = world.status("MonitoringExecution", "by-hand")
    assert status["state"] == "Completed"
    assert status["reportURI"] == (
        "s3://models/churn/monitoring/models/hourly/2026/02/02/0000/by-hand/report.html"
    )
    assert finished(world) == ("True", "VerdictReached")


def test_a_persons_execution_is_never_pruned_nor_owned() -> None:
    world = a_world(successfulExecutionsHistoryLimit=0, failedExecutionsHistoryLimit=0)
    status = by_hand(world, window=WINDOW)
    world.finish(str(status["job"]), world.verdict("by-hand"))
    world.wait(days=1)
    assert "by-hand" in world.names("MonitoringExecution")
    assert "ownerReferences" not in world.get("MonitoringExecution", "by-hand")["metadata"]
    assert "labels" not in world.get("MonitoringExecution", "by-hand")["metadata"]


def test_a_pod_that_a_container_holds_open_after_its_analyzer_has_failed_is_ended() -> None:
    world = a_world()
    job = str(by_hand(world, window=WINDOW)["job"])
    world.hold(job, "ContainerCreating", "")
    states = {"analyzer": {"terminated": {"exitCode": 11}}, "istio-proxy": {"running": {}}}
    containers = [{"name": name, "image": "x:1", "state": state} for name, state in states.items()]
    pod = Key("Pod", NAMESPACE, f"{job}-pod")
    world.client.change(pod, status={"phase": "Running", "containerStatuses": containers})
    world.settle()
    assert pod not in world.client.things
    assert job in world.names("Job")


def test_a_job_that_goes_on_is_ended_a_minute_after_its_result_was_seen_whatever_the_nodes_clock_says() -> (
    None
):
    world = a_world()
    job = str(by_hand(world, window=WINDOW)["job"])
    world.exit(job, world.verdict("by-hand"), 0, world.now - timedelta(minutes=2))
    world.settle()
    assert finished(world) == ("True", "VerdictReached")
    world.wait(seconds=50)
    assert job in world.names("Job"), "its controller has a minute to see that it has ended"
    world.wait(seconds=20)
    assert job not in world.names("Job")


def test_without_a_window_it_means_the_last_closed_one_when_it_was_made() -> None:
    world = a_world()
    world.until("10:30")
    by_hand(world)
    world.until("11:30")
    status = world.status("MonitoringExecution", "by-hand")
    assert status["window"] == {"start": "2026-03-02T08:50:00Z", "end": "2026-03-02T09:50:00Z"}


def test_it_waits_for_a_schedule_that_is_applied_after_it() -> None:
    world = World()
    by_hand(world, window=WINDOW)
    assert finished(world) == ("False", "WaitingForSchedule")
    other = a_world()
    world.client.things |= {key: thing for key, thing in other.client.things.items() if key.kind != "Event"}
    world.settle()
    assert world.status("MonitoringExecution", "by-hand")["job"].startswith("mmx-by-hand-")


def test_a_schedule_that_never_comes_is_said_after_five_minutes() -> None:
    world = World()
    by_hand(world, window=WINDOW)
    world.wait(minutes=6)
    status = world.status("MonitoringExecution", "by-hand")
    assert (status["state"], status["reason"]) == ("Failed", "ReferenceNotFound")
    assert '"hourly"' in status["message"]


@pytest.mark.parametrize(
    ("code", "reason"),
    [(2, Failure.INVALID_CONFIGURATION), (11, Failure.ACCESS_REFUSED), (17, Failure.SCHEMA_MISMATCH)],
)
def test_what_cannot_get_better_fails_at_once(code: int, reason: Failure) -> None:
    world = a_world()
    world.until("10:00")
    job, name = world.fire("hourly"), minute_name(world)
    world.finish(str(job), code=code)
    status = world.status("MonitoringExecution", name)
    assert (status["state"], status["reason"], status["attempts"]) == ("Failed", reason, 1)
    assert f"kubectl logs -n {NAMESPACE} " in status["message"]
    assert reason.next_step in status["message"]
    world.wait(hours=5)
    assert world.status("MonitoringSchedule", "hourly")["totals"]["failed"] >= 1
    assert world.status("MonitoringExecution", name)["attempts"] == 1


def test_what_may_pass_is_tried_again_after_1_5_15_and_60_minutes_and_then_fails() -> None:
    world = a_world()
    job = str(by_hand(world, window=WINDOW)["job"])
    for attempt, minutes in enumerate((1, 5, 15, 60), start=1):
        world.finish(job, code=30)
        status = world.status("MonitoringExecution", "by-hand")
        assert (status["state"], status["reason"]) == ("Pending", Failure.STORE_UNREACHABLE)
        assert finished(world) == ("False", "Retrying")
        assert status["attempts"] == attempt
        world.wait(minutes=minutes, seconds=-5)
        assert world.status("MonitoringExecution", "by-hand")["attempts"] == attempt
        world.wait(seconds=10)
        job = world.status("MonitoringExecution", "by-hand")["job"]
    world.finish(job, code=30)
    status = world.status("MonitoringExecution", "by-hand")
    assert (status["state"], status["attempts"]) == ("Failed", 5)


def test_a_store_that_comes_back_ends_the_waiting_with_a_verdict() -> None:
    world = a_world()
    world.until("10:00")
    job, name = world.fire("hourly"), minute_name(world)
    world.finish(str(job), code=30)
    world.restart()
    world.wait(minutes=2)
    again = world.status("MonitoringExecution", name)["job"]
    assert again != job
    world.finish(again, world.verdict(name))
    status = world.status("MonitoringExecution", name)
    assert (status["state"], status.get("reason")) == ("Completed", None)
    assert world.condition("MonitoringSchedule", "hourly", "Ready")["status"] == "True"


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"garbage",
        b'{"version":"modelmonitor.dev/message.v9","runId":"","verdict":"Completed"}',
        b'{"version":"modelmonitor.dev/message.v1","runId":"00","verdict":"Completed","message":"<script>"}',
        b'"' * 1990,
    ],
    ids=["none", "garbage", "from the future", "of another run", "quotes"],
)
def test_a_message_that_is_not_this_runs_result_is_asked_for_again_and_never_shown(message: bytes) -> None:
    world = a_world()
    job = str(by_hand(world, window=WINDOW)["job"])
    for _ in range(4):
        world.finish(job, message)
        shown = json.dumps(world.status("MonitoringExecution", "by-hand"))
        assert "script" not in shown
        assert "garbage" not in shown
        job = world.status("MonitoringExecution", "by-hand")["job"]
    world.finish(job, message)
    status = world.status("MonitoringExecution", "by-hand")
    assert (status["state"], status["reason"], status["attempts"]) == ("Failed", Failure.RESULT_LOST, 5)


def test_stopping_ends_the_job_and_stays() -> None:
    world = a_world()
    world.until("10:00")
    job, name = world.fire("hourly"), minute_name(world)
    world.client.change(Key("MonitoringExecution", NAMESPACE, name), spec__stop=True)
    world.settle()
    assert world.status("MonitoringExecution", name)["state"] == "Stopped"
    assert job not in world.names("Job")
    world.restart()
    world.until("10:30")
    assert world.status("MonitoringSchedule", "hourly")["totals"] == {
        **dict.fromkeys(("completed", "completedWithViolations", "inconclusive", "failed"), 0),
        "stopped": 1,
    }
    assert len(world.names("MonitoringExecution")) == 1


def test_a_job_that_goes_on_after_its_result_is_known_is_ended() -> None:
    """An injected container may hold a pod open for ever."""
    world = a_world()
    world.until("10:00")
    job, name = world.fire("hourly"), minute_name(world)
    world.finish(str(job), world.verdict(name))
    world.client.change(Key("Job", NAMESPACE, str(job)), status={"active": 1})
    world.settle()
    assert job in world.names("Job")
    world.wait(minutes=2)
    assert job not in world.names("Job")
    assert world.status("MonitoringExecution", name)["state"] == "Completed"


def test_a_refused_job_is_tried_again_and_says_who_refused_it() -> None:
    world = a_world()
    world.client.refused["Job"] = RefusedError('jobs.batch "x" is forbidden: exceeded quota: small')
    status = by_hand(world, window=WINDOW)
    assert (status["state"], status["reason"]) == ("Pending", Failure.POD_REFUSED)
    assert "exceeded quota: small" in str(status["message"])
    world.client.refused.clear()
    world.wait(minutes=2)
    assert world.names("Job")[0].startswith("mmbl-churn")
    assert world.status("MonitoringExecution", "by-hand")["job"] in world.names("Job")


def test_somebody_elses_job_of_the_name_is_left_alone() -> None:
    world = a_world()
    execution = world.client.create(
        {
            "apiVersion": "modelmonitor.dev/v1alpha1",
            "kind": "MonitoringExecution",
            "metadata": {"name": "by-hand", "namespace": NAMESPACE},
            "spec": {"scheduleRef": {"name": "hourly"}, "window": WINDOW},
        }
    )
    name = job_name("MonitoringExecution", "by-hand", execution["metadata"]["uid"], 1)
    theirs = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name, "namespace": NAMESPACE}}
    world.client.create({**theirs, "spec": {"theirs": True}})
    world.settle()
    status = world.status("MonitoringExecution", "by-hand")
    assert (status["state"], status["reason"]) == ("Failed", Failure.NAME_CONFLICT)
    assert world.get("Job", name)["spec"] == {"theirs": True}


def test_a_status_stays_small_whatever_was_found() -> None:
    world = a_world()
    world.until("10:00")
    job, name = world.fire("hourly"), minute_name(world)
    world.finish(str(job), world.verdict(name, violations=400))
    status = world.status("MonitoringExecution", name)
    assert len(json.dumps(status)) <= STATUS_LIMIT + 600
    assert status["counts"]["violations"] == 400


def test_a_schedule_with_the_longest_name_has_executions() -> None:
    world = a_world()
    long = "a" * 52
    world.add("MonitoringSchedule", long, SCHEDULE)
    world.until("10:00")
    job = world.fire(long)
    (name,) = [each for each in world.names("MonitoringExecution") if each.startswith("aaa")]
    assert len(name) <= 63
    world.finish(str(job), world.verdict(name))
    assert world.status("MonitoringExecution", name)["state"] == "Completed"


def test_what_kept_a_pod_from_starting_is_the_reason_at_the_deadline() -> None:
    world = a_world()
    job = str(by_hand(world, window=WINDOW)["job"])
    world.hold(job, "ImagePullBackOff", "manifest unknown")
    assert world.status("MonitoringExecution", "by-hand")["reason"] == Failure.IMAGE_UNAVAILABLE
    world.pass_deadline(job)
    status = world.status("MonitoringExecution", "by-hand")
    assert (status["state"], status["reason"]) == ("Failed", Failure.IMAGE_UNAVAILABLE)
    assert "manifest unknown" in status["message"]
