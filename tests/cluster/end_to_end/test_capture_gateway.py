"""A DataCapture and nothing else turns a Service into records, and a schedule finds the drift in them."""

import random
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.capture.load import Stored
from tests.cluster.end_to_end.bank import PATIENCE, YEARLY
from tests.cluster.end_to_end.gateway_traffic import (
    CHILDREN,
    GATEWAY,
    MODEL,
    PORT,
    Traffic,
    call,
    send_event,
)
from tests.cluster.node import NodeCluster
from tests.support.s3 import make_bucket

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

FIRST = [f"first-{number}" for number in range(200)]


@pytest.fixture(scope="module")
def traffic(operator: NodeCluster, node_s3_endpoint: str) -> Iterator[Traffic]:
    """A model that is captured, in a namespace that admits restricted pods only."""
    with operator.temporary_namespace("gateway") as namespace:
        operator.kubectl("label", "namespace", namespace, "pod-security.kubernetes.io/enforce=restricted")
        found = Traffic(operator, namespace, make_bucket(node_s3_endpoint))
        found.apply("DataCapture", MODEL, found.spec())
        found.wait_ready("DataCapture", MODEL, "ServiceNotFound", PATIENCE)
        found.serve_model()
        found.wait_ready("DataCapture", MODEL, "Available", PATIENCE)
        found.wait(lambda: condition(found, "Degraded") == "False", "both pods", PATIENCE)
        yield found


def condition(traffic: Traffic, name: str) -> str:
    return str(traffic.condition("DataCapture", MODEL, name).get("status"))


def test_what_is_sent_to_the_gateway_is_answered_stored_and_counted(traffic: Traffic) -> None:
    numbers = random.Random(5)
    connection = traffic.caller()
    for name in FIRST:
        # Twice the incomes that the model was trained with.
        call(connection, name, f"{numbers.randrange(18, 90)},{2 * numbers.lognormvariate(7, 0.4):.2f}")
    connection.close()
    traffic.wait(lambda: len(Stored(traffic.bucket).records()) == 200, "200 records in the store", PATIENCE)
    traffic.look_again()
    status = traffic.wait(
        lambda: found if (found := traffic.status("DataCapture", MODEL)).get("records") == 200 else None,
        "200 records in the status",
        PATIENCE,
    )
    stored = Stored(traffic.bucket)
    assert stored.ids() == Counter(FIRST)
    assert status["url"] == f"http://{GATEWAY}.{traffic.namespace}.svc:{PORT}"
    assert status["dropped"] == 0
    assert status["lastObject"] in {traffic.bucket.uri(key) for key in stored.keys}
    assert status["lastUploadTime"] >= status["conditions"][0]["lastTransitionTime"]
    assert [condition(traffic, name) for name in ("Ready", "Capturing", "StoragePressure", "Degraded")] == [
        *("True", "True", "False", "False")
    ]


def test_another_sample_is_in_force_without_a_connection_closed_or_a_pod_replaced(traffic: Traffic) -> None:
    before = {each["metadata"]["uid"]: each["metadata"]["name"] for each in traffic.pods()}
    connection = traffic.caller()
    call(connection, "before")
    socket = connection.sock
    traffic.of("DataCapture").patch(MODEL, {"spec": {"sampling": {"percentage": 0}, "variant": "Canary"}})
    asked = 0

    def unsampled() -> bool:
        nonlocal asked
        asked += 1
        call(connection, f"during-{asked}")
        return traffic.counted("unsampled") > 0

    traffic.wait(unsampled, "a request that is not in the sample", PATIENCE)
    traffic.of("DataCapture").patch(MODEL, {"spec": {"sampling": {"percentage": 100}}})

    def stored_anew() -> bool:
        nonlocal asked
        asked += 1
        call(connection, f"after-{asked}")
        return any("/Canary/" in key for key in Stored(traffic.bucket).keys)

    traffic.wait(stored_anew, "an object of the other variant", PATIENCE)
    assert connection.sock is socket
    assert {each["metadata"]["uid"]: each["metadata"]["name"] for each in traffic.pods()} == before
    # Nor was anything of it written since it was made.
    assert traffic.of("Deployment").get(GATEWAY)["metadata"]["generation"] == 1
    assert all(
        status["restartCount"] == 0
        for pod in traffic.pods()
        for status in (*pod["status"]["containerStatuses"], *pod["status"]["initContainerStatuses"])
    )
    connection.close()


def test_a_schedule_finds_the_drift_in_what_the_gateway_wrote(traffic: Traffic) -> None:
    numbers = random.Random(6)
    rows = [f"{numbers.randrange(18, 90)},{numbers.lognormvariate(7, 0.4):.2f}\n" for _ in range(400)]
    training = traffic.bucket.write("training.csv", ("age,income\n" + "".join(rows)).encode())
    output = {"uri": traffic.bucket.uri("monitoring"), "connection": traffic.connection}
    dataset = {"uri": training, "format": "CSV", "connection": traffic.connection}
    # The variant in which the first 200 requests are.
    traffic.of("DataCapture").patch(MODEL, {"spec": {"variant": "AllTraffic"}})
    traffic.apply("Baseline", MODEL, {"dataset": dataset, "dataQuality": {}, "output": output})
    traffic.wait_ready("Baseline", MODEL, "Computed", PATIENCE)
    traffic.apply(
        "MonitoringSchedule",
        MODEL,
        {
            "type": "DataQuality",
            "baselineRef": {"name": MODEL},
            "captureRef": {"name": MODEL},
            "schedule": YEARLY,
            "output": output,
        },
    )
    traffic.wait_ready("MonitoringSchedule", MODEL, "Scheduled", PATIENCE)
    hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    start, end = (f"{hour + timedelta(hours=by):%Y-%m-%dT%H:%M:%SZ}" for by in (-1, 1))
    spec = {"scheduleRef": {"name": MODEL}, "window": {"start": start, "end": end}}
    traffic.apply("MonitoringExecution", "now", spec)
    status = traffic.wait_state("now", "Completed", "CompletedWithViolations", "Failed", seconds=PATIENCE)
    assert status["state"] == "CompletedWithViolations", status
    assert ("income", "baseline_drift_check") in {
        (each["feature"], each["check"]) for each in status["violations"]
    }


def test_a_sink_joins_the_events_of_a_payload_logger(traffic: Traffic) -> None:
    spec = traffic.spec(source={"cloudEvents": {}}, variant="Logged")
    traffic.apply("DataCapture", "events", spec)
    traffic.wait_ready("DataCapture", "events", "Available", PATIENCE)
    assert traffic.status("DataCapture", "events")["url"].endswith(".svc:80")
    connection = traffic.caller("mmdc-events", 80)
    for number in range(20):
        send_event(connection, f"event-{number}", "request", "50,1000")
        send_event(connection, f"event-{number}", "response", "0.5")
    connection.close()

    def records() -> list[Any]:
        return [each for each in Stored(traffic.bucket).records() if "event-" in str(each["eventMetadata"])]

    traffic.wait(lambda: len(records()) == 20, "20 records of events", PATIENCE)
    assert all(set(each["captureData"]) == {"endpointInput", "endpointOutput"} for each in records())
    traffic.of("DataCapture").delete("events")


def test_deleting_it_answers_what_is_under_way_stores_it_and_leaves_nothing(traffic: Traffic) -> None:
    assert {name.partition("/")[0] for name in traffic.left()} == set(CHILDREN)
    before = traffic.wait(lambda: traffic.status("DataCapture", MODEL), "its status")["conditions"]
    assert {each["type"]: each["status"] for each in before}["Ready"] == "True"
    connection = traffic.caller()
    call(connection, "last-but-one")
    slow = threading.Thread(target=call, args=(connection, "last", "50,1000", 8))
    slow.start()
    traffic.of("DataCapture").delete(MODEL)
    slow.join()
    traffic.wait(lambda: not traffic.left(), "nothing left", PATIENCE)
    assert {"last-but-one", "last"} <= set(Stored(traffic.bucket).ids())
    assert Counter(Stored(traffic.bucket).ids().values()).keys() == {1}
