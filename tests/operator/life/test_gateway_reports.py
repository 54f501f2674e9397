"""What pods of a gateway tell of themselves and what is told of them: counts, conditions, troubles."""

from datetime import UTC, datetime

import pytest

from model_monitor_api.failures import Failure
from model_monitor_operator.objects import Key, written
from tests.operator.life.gateway import (
    DEPLOYMENT,
    KEY,
    a_gateway,
    conditions,
    make_pods,
    message,
    report,
    serving,
)
from tests.operator.life.world import NAMESPACE, World


def test_counts_add_up_over_pods_that_come_and_go_and_never_go_back() -> None:
    world = serving()
    report(world, "a", records=5, dropped=1)
    report(world, "b", records=7)
    world.wait(seconds=30)
    world.client.remove(Key("Pod", NAMESPACE, "a"))
    del world.reports["a"]
    make_pods(world, "c")
    report(world, "b", records=3)  # as if its volume had been lost
    report(world, "c", records=2)
    world.restart()
    world.wait(seconds=30)
    status = world.status("DataCapture", "churn")
    assert (status["records"], status["dropped"]) == (14, 1)
    assert [each["name"] for each in status["instances"]] == ["b", "c"]


def test_the_last_words_of_a_pod_are_counted() -> None:
    world = serving()
    report(world, "a", records=9)
    said = world.reports.pop("a").decode()
    pod = Key("Pod", NAMESPACE, "a")
    ended = [{"name": "shipper", "state": {"terminated": {"exitCode": 0, "message": said}}}]
    world.client.change(pod, status={"phase": "Succeeded", "initContainerStatuses": ended})
    world.settle()
    assert world.status("DataCapture", "churn")["records"] == 9


def test_the_last_object_and_the_last_full_hour_are_those_of_all_pods() -> None:
    world = serving()
    hour = datetime(2026, 3, 2, 8, tzinfo=UTC)
    account = {"hour": hour, "seen": 10, "captured": 10}
    name = "2026/03/02/09/10-00-000-{}.jsonl.gz"
    for pod, minute, counts in (("a", 10, {}), ("b", 20, {"seen": 30, "captured": 20, "dropped": 10})):
        report(
            world,
            pod,
            last_object=name.format(minute),
            last_upload_time=hour.replace(hour=9, minute=minute),
            hour={"instance": pod, **account, **counts},
        )
    world.wait(seconds=30)
    status = world.status("DataCapture", "churn")
    assert status["completeness"] == 0.75
    assert status["lastObject"] == f"s3://models/capture/churn/AllTraffic/{name.format(20)}"
    assert status["lastUploadTime"] == written(hour.replace(hour=9, minute=20))
    assert conditions(world)["Degraded"] == ("True", "RecordsDropped")
    assert "10 records" in message(world, "Degraded")


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"\xff",
        b"[]",
        b"{}" * 4000,
        b'{"version":"modelmonitor.dev/shipper.v1","instance":"b","records":1,"dropped":0}',
        b'{"version":"modelmonitor.dev/shipper.v1","instance":"a","records":-1,"dropped":0}',
        b'{"version":"modelmonitor.dev/shipper.v1","instance":"a","records":1e99,"dropped":0}',
        (
            b'{"version":"modelmonitor.dev/shipper.v1","instance":"a","records":1,"dropped":0,'
            b'"lastObject":"../../x","lastUploadTime":"2026-03-02T09:00:00Z"}'
        ),
    ],
)
def test_what_no_shipper_would_say_is_not_believed(said: bytes) -> None:
    world = serving()
    world.reports["a"] = said
    world.wait(seconds=30)
    status = world.status("DataCapture", "churn")
    assert (status["records"], status.get("lastObject")) == (0, None)


def test_a_store_that_fails_is_told_in_its_words_and_ends_when_it_does() -> None:
    world = serving()
    failure = {"reason": "BucketMissing", "message": "the bucket 's3://models' does not exist\x1b[2J"}
    report(world, "b", failure=failure)
    world.wait(seconds=30)
    assert conditions(world)["Capturing"] == ("False", "StoreFailing")
    assert message(world, "Capturing") == (
        r"BucketMissing: the bucket 's3://models' does not exist\x1b[2J (said by pod `b`)"
    )
    assert conditions(world)["Ready"] == ("True", "Available")
    report(world, "b")
    world.wait(seconds=30)
    assert conditions(world)["Capturing"] == ("True", "Storing")


def test_a_full_spool_is_pressure_and_pauses_capture() -> None:
    world = serving()
    assert conditions(world)["StoragePressure"] == ("False", "SpoolHasRoom")
    report(world, "a", paused=True)
    world.wait(seconds=30)
    assert conditions(world)["StoragePressure"] == ("True", "SpoolFull")
    assert conditions(world)["Capturing"] == ("False", "Paused")


def test_pods_that_say_nothing_leave_open_whether_capture_works() -> None:
    world = serving()
    world.reports.clear()
    world.wait(seconds=30)
    assert conditions(world)["Capturing"] == conditions(world)["StoragePressure"] == ("Unknown", "NoReport")
    assert conditions(world)["Ready"] == ("True", "Available")


def event(world: World, pod: str, reason: str, text: str) -> None:
    world.client.create(
        {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"name": f"{pod}.1", "namespace": NAMESPACE},
            "involvedObject": {"uid": world.get("Pod", pod)["metadata"]["uid"]},
            "reason": reason,
            "message": text,
            "lastTimestamp": written(world.now),
        }
    )


def test_a_secret_that_is_missing_is_named() -> None:
    world = a_gateway()
    make_pods(world, "a", ready=False)
    event(world, "a", "FailedMount", 'MountVolume.SetUp failed for volume "x": secret "store" not found')
    world.wait(seconds=30)
    assert conditions(world)["Ready"] == ("False", "Unavailable")
    assert 'secret "store" not found' in message(world)
    assert conditions(world)["Degraded"] == ("Unknown", "NotReady")


def test_new_pods_that_do_not_start_are_told_while_the_old_ones_go_on() -> None:
    world = serving()
    waiting = {"reason": "ImagePullBackOff", "message": "no such image"}
    status = [{"name": "gateway", "image": "envoy:3", "state": {"waiting": waiting}}]
    make_pods(world, "c", ready=False, containerStatuses=status)
    assert conditions(world)["Ready"] == ("True", "Available")
    assert conditions(world)["Degraded"] == ("True", "PodsFailing")
    assert "`envoy:3` of the container `gateway` can't be pulled" in message(world, "Degraded")


def test_a_new_pod_that_no_node_has_room_for_is_told_as_what_fails() -> None:
    world = serving()
    told = "0/1 nodes are available: 1 Insufficient cpu."
    placed = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": told}
    make_pods(world, "c", ready=False, conditions=[placed])
    assert conditions(world)["Ready"] == ("True", "Available")
    assert conditions(world)["Degraded"] == ("True", "PodsFailing")
    said = message(world, "Degraded")
    assert said.startswith(
        "A new pod does not start, and the 2 that are ready go on. No node takes the pod: 0/1 nodes are"
    )
    assert said.endswith(Failure.UNSCHEDULABLE.next_step)


def test_a_shipper_that_ends_again_and_again_is_told_with_where_its_log_is() -> None:
    world = a_gateway()
    waiting = {"reason": "CrashLoopBackOff", "message": "back-off 10s"}
    make_pods(
        world, "a", ready=False, initContainerStatuses=[{"name": "shipper", "state": {"waiting": waiting}}]
    )
    assert message(world) == (
        "The container `shipper` ends again and again; its log: `kubectl logs -n models a -c shipper`."
    )


def test_a_shipper_alone_captures_nothing() -> None:
    world = a_gateway()
    waiting = {"reason": "CrashLoopBackOff", "message": "back-off 10s"}
    status = [{"name": "gateway", "state": {"waiting": waiting}}]
    make_pods(world, "a", ready=False, containerStatuses=status)
    report(world, "a")
    world.wait(seconds=30)
    assert conditions(world)["Ready"] == ("False", "Unavailable")
    assert conditions(world)["Capturing"] == ("False", "NoRequests")


def test_that_the_second_pod_takes_a_moment_longer_is_no_news() -> None:
    world = a_gateway()
    make_pods(world, "a")
    make_pods(world, "b", ready=False)
    world.wait(seconds=30)
    assert conditions(world)["Degraded"] == ("False", "AsWanted")
    world.wait(seconds=60)
    assert conditions(world)["Degraded"] == ("True", "PodsFailing")
    assert message(world, "Degraded") == "1 of 2 pods are ready"


def test_pods_that_start_are_looked_at_more_often_than_those_that_take_requests() -> None:
    world = a_gateway()
    assert (world.requeued[KEY] - world.client.now).total_seconds() == 10
    make_pods(world, "a", "b")
    world.wait(seconds=10)
    assert (world.requeued[KEY] - world.client.now).total_seconds() == 30


@pytest.mark.parametrize(
    ("container", "step"),
    [
        ("sink", "raise `spec.gateway.podTemplate.resources.limits.memory`"),
        ("shipper", "raise `gateway.shipper.resources.limits.memory` of the chart"),
        ("istio-proxy", "raise its limit"),
    ],
)
def test_a_container_that_runs_out_of_memory_is_told_with_where_its_limit_is(
    container: str, step: str
) -> None:
    world = a_gateway()
    state = {
        "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 10s"}},
        "lastState": {"terminated": {"reason": "OOMKilled", "exitCode": 137}},
    }
    make_pods(world, "a", ready=False, containerStatuses=[{"name": container, **state}])
    assert message(world) == f"The container `{container}` runs out of memory again and again; {step}."


def test_refused_pods_are_told() -> None:
    world = a_gateway()
    told = {"type": "ReplicaFailure", "status": "True", "message": "exceeded quota: compute"}
    world.client.change(DEPLOYMENT, status={"conditions": [told]})
    world.settle()
    assert message(world) == "Pods are refused: exceeded quota: compute."
