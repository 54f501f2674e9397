"""A DataCapture and nothing else turns a Service into records, and a schedule finds the drift in them."""

import http.client
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
def captured(operator: NodeCluster, node_s3_endpoint: str) -> Iterator[Traffic]:
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


def condition(captured: Traffic, name: str) -> str:
    return str(captured.condition("DataCapture", MODEL, name).get("status"))


def test_what_is_sent_to_the_gateway_is_answered_stored_and_counted(captured: Traffic) -> None:
    numbers = random.Random(5)
    connection = captured.caller()
    for name in FIRST:
        # Twice the incomes that the model was trained with.
        call(connection, name, f"{numbers.randrange(18, 90)},{2 * numbers.lognormvariate(7, 0.4):.2f}")
    connection.close()
    captured.wait(lambda: len(Stored(captured.bucket).records()) == 200, "200 records in the store", PATIENCE)
    captured.look_again()
    status = captured.wait(
        lambda: found if (found := captured.status("DataCapture", MODEL)).get("records") == 200 else None,
        "200 records in the status",
        PATIENCE,
    )
    stored = Stored(captured.bucket)
    assert stored.ids() == Counter(FIRST)
    assert status["url"] == f"http://{GATEWAY}.{captured.namespace}.svc:{PORT}"
    assert status["dropped"] == 0
    assert status["lastObject"] in {captured.bucket.uri(key) for key in stored.keys}
    assert status["lastUploadTime"] >= status["conditions"][0]["lastTransitionTime"]
    assert [condition(captured, name) for name in ("Ready", "Capturing", "StoragePressure", "Degraded")] == [
        *("True", "True", "False", "False")
    ]


def test_another_sample_is_in_force_without_a_connection_closed_or_a_pod_replaced(captured: Traffic) -> None:
    before = {each["metadata"]["uid"]: each["metadata"]["name"] for each in captured.pods()}
    connection = captured.caller()
    call(connection, "before")
    socket = connection.sock
    captured.of("DataCapture").patch(MODEL, {"spec": {"sampling": {"percentage": 0}, "variant": "Canary"}})
    asked = 0

    def unsampled() -> bool:
        nonlocal asked
        asked += 1
        call(connection, f"during-{asked}")
        return captured.counted("unsampled") > 0

    captured.wait(unsampled, "a request that is not in the sample", PATIENCE)
    captured.of("DataCapture").patch(MODEL, {"spec": {"sampling": {"percentage": 100}}})

    direct = {
        each["metadata"]["name"]: http.client.HTTPConnection(each["status"]["podIP"], 8080)
        for each in captured.pods()
    }

    def stored_anew() -> bool:
        nonlocal asked
        asked += 1
        call(connection, f"after-{asked}")
        for pod, other in direct.items():
            call(other, f"{pod}-after-{asked}")
        stored = {name.partition("after-")[0] for name in Stored(captured.bucket).ids() if "after-" in name}
        return stored == {"", *(f"{pod}-" for pod in direct)}

    captured.wait(stored_anew, "requests of all pods that are in the sample again", PATIENCE)
    assert any("/Canary/" in key for key in Stored(captured.bucket).keys)
    for other in direct.values():
        other.close()
    assert connection.sock is socket
    assert {each["metadata"]["uid"]: each["metadata"]["name"] for each in captured.pods()} == before
    # Nor was anything of it written since it was made.
    assert captured.of("Deployment").get(GATEWAY)["metadata"]["generation"] == 1
    assert all(
        status["restartCount"] == 0
        for pod in captured.pods()
        for status in (*pod["status"]["containerStatuses"], *pod["status"]["initContainerStatuses"])
    )
    connection.close()


def test_pods_are_replaced_without_a_request_that_fails_or_a_record_that_is_lost(captured: Traffic) -> None:
    before = {each["metadata"]["uid"] for each in captured.pods()}
    over, failed, sent = threading.Event(), list[str](), list[str]()

    def ask(kind: str, *, anew: bool) -> None:
        connection = captured.caller()
        number = 0
        while not over.wait(0.02):
            number += 1
            try:
                call(connection, f"{kind}-{number}")
            except (OSError, http.client.HTTPException, AssertionError) as problem:
                failed.append(f"{kind}-{number}: {problem!r}")
            sent.append(f"{kind}-{number}")
            if anew:
                connection.close()
        connection.close()

    clients = [
        threading.Thread(target=ask, args=(kind,), kwargs={"anew": kind == "new"}) for kind in ("kept", "new")
    ]
    for client in clients:
        client.start()
    captured.of("DataCapture").patch(MODEL, {"spec": {"gateway": {"spoolBytes": 536_870_912}}})

    def replaced() -> bool:
        pods = captured.pods()
        return len(pods) == 2 and not before & {each["metadata"]["uid"] for each in pods}

    captured.wait(replaced, "other pods", PATIENCE)
    over.set()
    for client in clients:
        client.join()
    assert failed == []
    captured.wait(lambda: set(sent) <= set(Stored(captured.bucket).ids()), "all records", PATIENCE)
    assert set(Stored(captured.bucket).ids().values()) == {1}


def test_a_schedule_finds_the_drift_in_what_the_gateway_wrote(captured: Traffic) -> None:
    numbers = random.Random(6)
    rows = [f"{numbers.randrange(18, 90)},{numbers.lognormvariate(7, 0.4):.2f}\n" for _ in range(400)]
    training = captured.bucket.write("training.csv", ("age,income\n" + "".join(rows)).encode())
    output = {"uri": captured.bucket.uri("monitoring"), "connection": captured.connection}
    dataset = {"uri": training, "format": "CSV", "connection": captured.connection}
    # The variant in which the first 200 requests are.
    captured.of("DataCapture").patch(MODEL, {"spec": {"variant": "AllTraffic"}})
    captured.apply("Baseline", MODEL, {"dataset": dataset, "dataQuality": {}, "output": output})
    captured.wait_ready("Baseline", MODEL, "Computed", PATIENCE)
    captured.apply(
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
    captured.wait_ready("MonitoringSchedule", MODEL, "Scheduled", PATIENCE)
    hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    start, end = (f"{hour + timedelta(hours=by):%Y-%m-%dT%H:%M:%SZ}" for by in (-1, 1))
    spec = {"scheduleRef": {"name": MODEL}, "window": {"start": start, "end": end}}
    captured.apply("MonitoringExecution", "now", spec)
    status = captured.wait_state("now", "Completed", "CompletedWithViolations", "Failed", seconds=PATIENCE)
    assert status["state"] == "CompletedWithViolations", status
    assert ("income", "baseline_drift_check") in {
        (each["feature"], each["check"]) for each in status["violations"]
    }


def test_a_sink_joins_the_events_of_a_payload_logger(captured: Traffic) -> None:
    spec = captured.spec(source={"cloudEvents": {}}, variant="Logged")
    captured.apply("DataCapture", "events", spec)
    captured.wait_ready("DataCapture", "events", "Available", PATIENCE)
    assert captured.status("DataCapture", "events")["url"].endswith(".svc:80")
    connection = captured.caller("mmdc-events", 80)
    for number in range(20):
        send_event(connection, f"event-{number}", "request", "50,1000")
        send_event(connection, f"event-{number}", "response", "0.5")
    connection.close()

    def records() -> list[Any]:
        return [each for each in Stored(captured.bucket).records() if "event-" in str(each["eventMetadata"])]

    captured.wait(lambda: len(records()) == 20, "20 records of events", PATIENCE)
    assert all(set(each["captureData"]) == {"endpointInput", "endpointOutput"} for each in records())
    captured.of("DataCapture").delete("events")


def test_deleting_it_answers_what_is_under_way_stores_it_and_leaves_nothing(captured: Traffic) -> None:
    assert {name.partition("/")[0] for name in captured.left()} == set(CHILDREN)
    before = captured.wait(lambda: captured.status("DataCapture", MODEL), "its status")["conditions"]
    assert {each["type"]: each["status"] for each in before}["Ready"] == "True"
    connection = captured.caller()
    call(connection, "last-but-one")
    slow = threading.Thread(target=call, args=(connection, "last", "50,1000", 8))
    slow.start()
    captured.of("DataCapture").delete(MODEL)
    slow.join()
    captured.wait(lambda: not captured.left(), "nothing left", PATIENCE)
    stored = Stored(captured.bucket)
    assert {"last-but-one", "last"} <= set(stored.ids())
    assert Counter(stored.ids().values()).keys() == {1}
    accounts = stored.accounts()
    assert sum(account.captured for account in accounts) == len(stored.records())
    assert not any(account.incomplete for account in accounts)
