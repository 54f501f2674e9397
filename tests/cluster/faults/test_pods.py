"""What becomes of pods, and what a person is told of it."""

import pytest

from model_monitor_api.failures import Failure
from tests.cluster.acted_node import ActedNode
from tests.cluster.faults.together import Scene, together
from tests.cluster.watched import WAIT_SECONDS
from tests.operator.life.manifests import BASELINE

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

DEADLINE = {"job": {"activeDeadlineSeconds": 30}}


@together
def test_an_evicted_pod_is_replaced_within_its_job(scene: Scene) -> None:
    scene.begin()
    job = scene.execute()
    scene.pod_of(job)
    scene.node.evict(scene.namespace, job)
    scene.succeed("by-hand")
    assert scene.status("MonitoringExecution", "by-hand")["attempts"] == 1


@together
def test_a_run_that_needed_too_much_memory_fails_at_once_and_says_so(scene: Scene) -> None:
    scene.begin()
    scene.end(scene.execute(), code=137, reason="OOMKilled")
    status = scene.wait_state("by-hand", "Failed")
    assert (status["reason"], status["attempts"]) == (Failure.OUT_OF_MEMORY, 1)
    assert "was ended by its node" in status["message"]
    assert Failure.OUT_OF_MEMORY.next_step in status["message"]


@together
def test_an_image_that_is_missing_is_told_at_once_and_is_the_reason_at_the_deadline(scene: Scene) -> None:
    scene.begin(**DEADLINE)
    job = scene.execute()
    scene.pod_of(job)
    scene.node.hold(scene.namespace, job, "ImagePullBackOff", "manifest unknown")
    waiting = scene.wait_state("by-hand", Failure.IMAGE_UNAVAILABLE)
    assert (waiting["state"], "manifest unknown" in waiting["message"]) == ("Pending", True)
    status = scene.wait_state("by-hand", "Failed")
    assert status["reason"] == Failure.IMAGE_UNAVAILABLE
    assert "manifest unknown" in status["message"]
    assert Failure.IMAGE_UNAVAILABLE.next_step in status["message"]


@together
def test_a_baseline_whose_image_is_missing_says_so_at_the_deadline(scene: Scene) -> None:
    scene.apply("Baseline", "churn", {**BASELINE, **DEADLINE})
    job = scene.wait(lambda: scene.status("Baseline", "churn").get("job"), "the Baseline's Job")
    scene.pod_of(job)
    scene.node.hold(scene.namespace, job, "ImagePullBackOff", "manifest unknown")
    message = scene.wait_ready("Baseline", "churn", "Failed")
    assert message.startswith(f"{Failure.IMAGE_UNAVAILABLE}: ")
    assert "manifest unknown" in message
    assert "the next attempt begins at" in message


@together
def test_a_run_that_takes_too_long_is_ended_at_its_deadline(scene: Scene) -> None:
    scene.begin(**DEADLINE)
    job = scene.execute()
    scene.pod_of(job)
    scene.node.run(scene.namespace, job)
    scene.wait_state("by-hand", "InProgress")
    status = scene.wait_state("by-hand", "Failed")
    assert (status["reason"], status["attempts"]) == (Failure.DEADLINE_EXCEEDED, 1)
    assert "That is 30 s." in status["message"]


@together
def test_a_pod_that_no_node_takes_says_why_and_runs_once_one_does(scene: Scene) -> None:
    scene.begin(podTemplate={"nodeSelector": {"disk": scene.namespace}})
    job = scene.execute()
    waiting = scene.wait_state("by-hand", Failure.UNSCHEDULABLE)
    assert waiting["state"] == "Pending"
    scene.cluster.resource("v1", "nodes").patch(
        scene.node.name, {"metadata": {"labels": {"disk": scene.namespace}}}
    )
    scene.pod_of(job)
    scene.succeed("by-hand")


@together
def test_exit_codes_tell_what_is_not_tried_again_and_what_is(scene: Scene) -> None:
    scene.begin(job={"backoffLimit": 0})
    codes = {code: f"exits-{code}" for code in (2, 11, 30)}
    jobs = {code: scene.execute(name) for code, name in codes.items()}
    for code, job in jobs.items():
        scene.end(job, code=code)
    for code, reason in ((2, Failure.INVALID_CONFIGURATION), (11, Failure.ACCESS_REFUSED)):
        status = scene.wait_state(codes[code], "Failed")
        assert (status["reason"], status["attempts"]) == (reason, 1)
        assert f"kubectl logs -n {scene.namespace} " in status["message"]
    status = scene.wait_state(codes[30], Failure.STORE_UNREACHABLE)
    assert (status["state"], "nextAttemptTime" in status) == ("Pending", True)
    scene.succeed(codes[30], attempt=2)


@together
def test_a_node_that_is_deleted_costs_a_pod_and_no_window(scene: Scene) -> None:
    label = {"doomed": scene.namespace}
    taint = {"key": "doomed", "value": scene.namespace, "effect": "NoSchedule"}
    doomed = ActedNode(scene.cluster, f"doomed-{scene.namespace}")
    doomed.start()
    scene.end_with(doomed.stop)
    nodes = scene.cluster.resource("v1", "nodes")
    nodes.patch(doomed.name, {"metadata": {"labels": label}, "spec": {"taints": [taint]}})
    tolerated = [{"key": "doomed", "operator": "Exists"}]
    scene.begin()
    scene.apply(
        "MonitoringSchedule",
        "doomed",
        {
            **scene.of("MonitoringSchedule").get("hourly")["spec"],
            "podTemplate": {"nodeSelector": label, "tolerations": tolerated},
        },
    )
    job = scene.execute(schedule="doomed")
    doomed.pod_of(scene.namespace, job, WAIT_SECONDS)
    doomed.run(scene.namespace, job)
    scene.wait_state("by-hand", "InProgress")
    nodes.delete(doomed.name)
    scene.wait_state("by-hand", Failure.UNSCHEDULABLE, Failure.POD_LOST, seconds=240)
    nodes.patch(scene.node.name, {"metadata": {"labels": label}})
    scene.pod_of(job)
    scene.succeed("by-hand")
    assert len(scene.names("MonitoringExecution")) == 1
