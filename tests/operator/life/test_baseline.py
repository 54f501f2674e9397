"""The life of a Baseline."""

import pytest

from model_monitor_api.failures import Failure
from model_monitor_operator.errors import RefusedError
from model_monitor_operator.naming import RUN_REQUEST
from model_monitor_operator.objects import Key
from tests.operator.life.manifests import BASELINE, CAPTURE, a_world
from tests.operator.life.world import NAMESPACE, World

KEY = Key("Baseline", NAMESPACE, "churn")


def ready(world: World) -> tuple[str, str, str]:
    found = world.condition("Baseline", "churn", "Ready")
    return found["status"], found["reason"], found["message"]


def test_one_job_computes_it_and_the_status_tells_what_it_wrote() -> None:
    world = World()
    world.add("Baseline", "churn", BASELINE)
    assert ready(world)[:2] == ("Unknown", "Computing")
    assert len(world.names("Job")) == len(world.names("ConfigMap")) == 1
    world.compute("churn")
    assert ready(world) == ("True", "Computed", "1,000 records of 3 columns were summarised.")
    status = world.status("Baseline", "churn")
    assert (status["records"], status["features"], status["attempts"]) == (1000, 3, 1)
    prefix = f"s3://models/churn/monitoring/models/churn/{status['planDigest']}"
    assert status["artifacts"] == [
        {"type": "DataQuality", "uri": f"{prefix}/data-quality", "digest": "ab" * 32}
    ]
    assert status["reportURI"] == f"{prefix}/report.html"
    assert not world.names("ConfigMap"), "the plan was read when the pod began"


def test_a_pod_that_a_container_holds_open_after_its_analyzer_has_failed_is_ended() -> None:
    world = World()
    world.add("Baseline", "churn", BASELINE)
    (job,) = world.names("Job")
    world.hold(job, "ContainerCreating", "")
    states = {"analyzer": {"terminated": {"exitCode": 11}}, "istio-proxy": {"running": {}}}
    containers = [{"name": name, "image": "x:1", "state": state} for name, state in states.items()]
    pod = Key("Pod", NAMESPACE, f"{job}-pod")
    world.client.change(pod, status={"phase": "Running", "containerStatuses": containers})
    world.settle()
    assert world.names("Pod") == []
    assert world.names("Job") == [job]


def test_what_is_computed_is_not_computed_again_though_its_job_and_the_operators_memory_are_gone() -> None:
    world = a_world()
    world.client.remove(Key("Job", NAMESPACE, world.status("Baseline", "churn")["job"]))
    world.restart()
    world.wait(days=3)
    assert not [name for name in world.names("Job") if name.startswith("mmbl")]
    assert ready(world)[0] == "True"


def test_another_dataset_means_another_job_and_what_was_computed_no_longer_holds() -> None:
    world = a_world()
    before = world.status("Baseline", "churn")
    world.client.change(KEY, spec__dataset={"uri": "s3://models/churn/new.csv", "format": "CSV"})
    world.settle()
    after = world.status("Baseline", "churn")
    assert ready(world)[:2] == ("Unknown", "Computing")
    assert after["planDigest"] != before["planDigest"]
    assert "artifacts" not in after or not after["artifacts"]
    world.compute("churn")
    assert ready(world)[0] == "True"


def test_an_edit_while_it_is_computed_ends_the_job_for_the_old_plan() -> None:
    world = World()
    world.add("Baseline", "churn", BASELINE)
    old = world.status("Baseline", "churn")["job"]
    world.client.change(KEY, spec__dataset={"uri": "s3://models/churn/new.csv", "format": "CSV"})
    world.settle()
    assert world.names("Job") == [world.status("Baseline", "churn")["job"]] != [old]


@pytest.mark.parametrize(
    ("code", "reason", "minutes"),
    [(30, Failure.STORE_UNREACHABLE, (1, 2, 4, 8, 10, 10)), (11, Failure.ACCESS_REFUSED, (10, 20, 40, 80))],
)
def test_it_is_tried_again_later_and_later_until_somebody_has_mended_what_was_wrong(
    code: int, reason: Failure, minutes: tuple[int, ...]
) -> None:
    world = World()
    world.add("Baseline", "churn", BASELINE)
    for attempt, delay in enumerate(minutes, start=1):
        world.finish(world.status("Baseline", "churn")["job"], code=code)
        status, short, message = ready(world)
        assert (status, short) == ("False", "Failed")
        assert message.startswith(f"{reason}: ")
        assert world.status("Baseline", "churn")["attempts"] == attempt
        world.wait(minutes=delay, seconds=-5)
        assert world.status("Baseline", "churn")["attempts"] == attempt
        world.wait(seconds=6)
        assert world.status("Baseline", "churn")["attempts"] == attempt + 1
    world.compute("churn")
    assert ready(world)[0] == "True"


def test_a_failed_job_that_was_cleaned_up_does_not_hurry_the_next_attempt() -> None:
    world = World()
    world.add("Baseline", "churn", BASELINE)
    world.finish(world.status("Baseline", "churn")["job"], code=11)
    told = ready(world)
    world.client.remove(Key("Job", NAMESPACE, world.status("Baseline", "churn")["job"]))
    world.restart()
    world.wait(minutes=5)
    assert (ready(world), world.names("Job")) == (told, [])
    world.wait(minutes=6)
    assert len(world.names("Job")) == 1


def test_a_lost_message_is_asked_for_by_another_job_at_once() -> None:
    world = World()
    world.add("Baseline", "churn", BASELINE)
    world.finish(world.status("Baseline", "churn")["job"], b'{"hostile": "\x1b[31m"}')
    assert world.status("Baseline", "churn")["attempts"] == 2
    world.compute("churn")
    assert ready(world)[0] == "True"


def test_a_request_to_run_now_computes_it_again_once() -> None:
    world = a_world()
    world.client.change(KEY, metadata__annotations={RUN_REQUEST: "monday"})
    world.settle()
    assert world.status("Baseline", "churn")["attempts"] == 2
    assert ready(world)[:2] == ("Unknown", "Computing")
    world.compute("churn")
    world.wait(days=1)
    status = world.status("Baseline", "churn")
    assert (status["attempts"], status["handledRunRequest"]) == (2, "monday")
    assert ready(world)[0] == "True"


def test_a_job_that_is_refused_is_tried_again_and_says_by_whom() -> None:
    world = World()
    world.client.refused["Job"] = RefusedError("exceeded quota: jobs")
    world.add("Baseline", "churn", BASELINE)
    assert ready(world)[:2] == ("False", "Failed")
    assert "PodRefused: exceeded quota: jobs" in ready(world)[2]
    world.client.refused.clear()
    world.wait(minutes=11)
    world.compute("churn")
    assert ready(world)[0] == "True"


def test_a_reference_that_comes_later_is_waited_for() -> None:
    world = World()
    dataset = {"captureRef": {"name": "late"}, "start": "2026-02-01T00:00:00Z", "end": "2026-02-02T00:00:00Z"}
    world.add("Baseline", "churn", {**BASELINE, "dataset": dataset})
    assert ready(world)[:2] == ("False", "ReferenceNotFound")
    assert "late" in ready(world)[2]
    world.add("DataCapture", "late", CAPTURE)
    assert ready(world)[:2] == ("Unknown", "Computing")


def test_a_spec_that_no_schema_refuses_says_what_validate_says() -> None:
    world = World()
    world.add("Baseline", "churn", {**BASELINE, "output": {"uri": "s3://models/{yyyy}/"}})
    assert ready(world)[:2] == ("False", "InvalidSpec")
    assert "`spec.output.uri` must not have placeholders" in ready(world)[2]
    assert not world.names("Job")


def test_deleting_it_and_making_it_again_computes_it_for_the_new_object() -> None:
    world = a_world()
    old = world.status("Baseline", "churn")["job"]
    world.client.remove(KEY)
    world.add("Baseline", "churn", BASELINE)
    assert world.status("Baseline", "churn")["job"] != old
    world.compute("churn")
    assert ready(world)[0] == "True"
    assert world.condition("MonitoringSchedule", "hourly", "Ready")["status"] == "True"


def test_what_kept_its_pod_from_starting_is_the_reason_at_the_deadline() -> None:
    world = World()
    world.add("Baseline", "churn", BASELINE)
    job = world.status("Baseline", "churn")["job"]
    world.hold(job, "ImagePullBackOff", "manifest unknown")
    assert ready(world)[:2] == ("Unknown", "Computing")
    world.pass_deadline(job)
    assert ready(world)[:2] == ("False", "Failed")
    assert ready(world)[2].startswith(f"{Failure.IMAGE_UNAVAILABLE}: Until the deadline: The image")
