"""Which requests are captured, how that changes while the gateway runs, and what is counted."""

import json
import socket
from collections.abc import Iterable
from pathlib import Path

import pytest
from scipy.stats import binom

from model_monitor_capture.gateway.facts import CAPTURE_SWITCH
from model_monitor_capture.shipper.admin import Admin
from tests.capture.envoy import Gateway, gateway, spec, wait_for
from tests.capture.http import request
from tests.capture.model import Model

HEADER = "X-Amzn-SageMaker-Inference-Id"


def send(running: Gateway, ids: Iterable[str], header: str = HEADER) -> None:
    """Send a request for each id over one connection."""
    requests = [
        f"POST /echo HTTP/1.1\r\nHost: x\r\n{header}: {name}\r\nContent-Length: 0\r\n\r\n".encode()
        for name in ids
    ]
    with socket.create_connection(("127.0.0.1", running.port), timeout=60) as connection:
        for start in range(0, len(requests), 50):
            batch = requests[start : start + 50]
            connection.sendall(b"".join(batch))
            received = b""
            while received.count(b"HTTP/1.1 200") < len(batch) or not received.endswith(b"\r\n\r\n"):
                received += connection.recv(65536)


def captured(running: Gateway, key: str = "inferenceId") -> set[str]:
    """Return the ids that the spool holds, once it holds all records."""
    outcomes = Admin(running.admin).requests()
    total = sum(count for (outcome, _), count in outcomes.items() if outcome == "captured")
    lines = running.records(total)
    return {record["eventMetadata"][key] for record in lines}


@pytest.mark.slow
def test_a_sample_is_the_same_at_every_time_and_grows_with_its_share(tmp_path: Path, served: Model) -> None:
    ids = [f"{number}" for number in range(2000)]
    samples: list[set[str]] = []
    for share in (20, 20, 40):
        folder = tmp_path / f"{len(samples)}"
        folder.mkdir()
        with gateway(folder, served.port, spec(sampling={"percentage": share})) as running:
            send(running, ids)
            samples.append(captured(running))
    first, second, wider = samples
    assert first == second < wider
    low, high = binom.interval(1 - 1e-6, len(ids), 0.2)
    assert low <= len(first) <= high


def test_without_an_inference_id_the_request_id_decides(tmp_path: Path, served: Model) -> None:
    ids = [f"r-{number}" for number in range(400)]
    with gateway(tmp_path, served.port, spec(sampling={"percentage": 50})) as running:
        send(running, ids, "X-Request-Id")
        by_request = captured(running, "requestId")
        counts = Admin(running.admin).requests()
        send(running, ids)
        assert captured(running, "requestId") >= by_request
        by_inference = {
            record["eventMetadata"]["inferenceId"]
            for record in running.records(0)
            if "inferenceId" in record["eventMetadata"]
        }
    assert by_request == by_inference
    assert sum(counts.values()) == 400
    assert sum(n for (outcome, _), n in counts.items() if outcome == "unsampled") == 400 - len(by_request)


def test_settings_change_without_dropping_a_connection(tmp_path: Path, served: Model) -> None:
    one = b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: text/csv\r\nContent-Length: 1\r\n\r\n"

    def sides(running: Gateway, connection: socket.socket) -> list[str]:
        before = len(running.records(0))
        connection.sendall(one + b"1")
        assert connection.recv(65536).startswith(b"HTTP/1.1 200")
        return list(running.records(before + 1)[-1]["captureData"])

    with (
        gateway(tmp_path, served.port, spec()) as running,
        socket.create_connection(("127.0.0.1", running.port), timeout=60) as connection,
    ):
        assert sides(running, connection) == ["endpointInput", "endpointOutput"]
        running.configure(spec(capture=["Output"]))
        wait_for(lambda: sides(running, connection) == ["endpointOutput"], "the new configuration")
        running.configure(spec(sampling={"percentage": 0}))
        admin = Admin(running.admin)

        def unsampled() -> bool:
            connection.sendall(one + b"1")
            assert connection.recv(65536).startswith(b"HTTP/1.1 200")
            return any(outcome == "unsampled" for outcome, _ in admin.requests())

        wait_for(unsampled, "no sampling")


def test_a_broken_file_of_routes_changes_nothing(tmp_path: Path, served: Model) -> None:
    with gateway(tmp_path, served.port, spec()) as running:
        routes = Path(running.installation.routes_file)
        for text in ("{", json.dumps({"resources": [{"@type": "x"}]})):
            draft = routes.with_suffix(".broken")
            draft.write_text(text)
            draft.rename(routes)
        wait_for(lambda: "Filesystem config update" in running.log, "the refusal")
        assert request(running.port, b"1").status == 200
        assert len(running.records(1)) == 1


def test_the_switch_pauses_capture_and_counts_what_it_left_out(tmp_path: Path, served: Model) -> None:
    with gateway(tmp_path, served.port, spec(sampling={"percentage": 50})) as running:
        admin = Admin(running.admin)
        ids = [f"{number}" for number in range(200)]
        send(running, ids)
        sample = captured(running)
        admin.set_runtime(CAPTURE_SWITCH, "0")
        send(running, ids)
        counts = admin.requests()
        assert sum(n for (outcome, _), n in counts.items() if outcome == "paused") == len(sample)
        admin.set_runtime(CAPTURE_SWITCH, "100")
        send(running, ids)
        assert captured(running) == sample
        assert len(running.records(0)) == 2 * len(sample)


def test_header_names_and_media_types_of_any_allowed_kind_are_taken(tmp_path: Path, served: Model) -> None:
    wanted = spec(
        headers={"inferenceId": "X-`|~^'*", "customAttributes": "x-$&+"},
        contentTypes={"csv": ['a/"]]\\'], "json": []},
    )
    with gateway(tmp_path, served.port, wanted) as running:
        send(running, ["i-1"], "x-`|~^'*")
        [record] = running.records(1)
        assert record["eventMetadata"]["inferenceId"] == "i-1"
        assert request(running.port, b"1", Content_Type='a/"]]\\').status == 200
        assert running.records(2)[1]["captureData"]["endpointInput"]["encoding"] == "CSV"
