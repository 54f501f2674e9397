"""The sink as a process: what it answers, what it writes, what it counts."""

import json
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from model_monitor_api.headers import EXPLANATION_HEADER
from model_monitor_capture.gateway.facts import CAPTURE_SWITCH
from model_monitor_capture.shipper.admin import Admin
from tests.capture.envoy import wait_for
from tests.capture.http import exchange, parse
from tests.capture.sink.examples import kserve, seldon, structured
from tests.capture.sink.process import SinkProcess, request

Start = Callable[..., SinkProcess]


@pytest.fixture(scope="module")
def one_sink(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SinkProcess]:
    """Give one sink to all tests that leave nothing behind in it."""
    started = SinkProcess(tmp_path_factory.mktemp("sink"))
    started.start()
    yield started
    assert started.end() == 0


def test_events_of_all_modes_and_loggers_are_joined(sink: Start) -> None:
    running = sink()
    json_type = {"Content-Type": "application/cloudevents+json; charset=utf-8"}
    batch_type = {"Content-Type": "application/cloudevents-batch+json"}
    sent = [
        (kserve("k", "request"), b"1,2"),
        (kserve("k", "response"), b"0.5"),
        (seldon("s", "e-1", "response"), b"[0.25]"),
        (seldon("s", "e-2", "request"), b"[1]"),
        (json_type, structured("j", "request", '{"instances": [1.50]}').encode()),
        (batch_type, f"[{structured('j', 'response', '[1]')}, {structured('b', 'request', '2')}]".encode()),
        (json_type, structured("b", "response", "null").encode()),
    ]
    for headers, body in sent:
        answer = running.post(headers, body)
        assert (answer.status, answer.body) == (200, b"")
    found = {record["eventMetadata"]["inferenceId"]: record["captureData"] for record in running.records(4)}
    bodies = {name: [side["data"] for side in sides.values()] for name, sides in found.items()}
    assert bodies == {
        "k": ["1,2", "0.5"],
        "s": ["[1]", "[0.25]"],
        "j": ['{"instances": [1.50]}', "[1]"],
        "b": ["2", "null"],
    }
    assert running.metric("joined_total") == 4
    assert running.metric('events_total{kind="request"}') == 4


def test_what_is_sent_again_is_answered_and_not_stored_again(sink: Start) -> None:
    running = sink()
    for side in ("request", "request", "response", "response", "request"):
        assert running.post(kserve("i", side), b"1").status == 200
    assert len(running.records(1)) == 1
    assert running.metric("duplicates_total") == 3


def test_orphans_are_stored_after_the_window_and_at_the_end(sink: Start) -> None:
    running = sink(spec={"source": {"cloudEvents": {"joinWindow": "1s"}}})
    assert running.post(kserve("i", "request"), b"1").status == 200
    [record] = running.records(1)
    assert list(record["captureData"]) == ["endpointInput"]
    assert running.metric('orphans_total{reason="window",side="input"}') == 1
    assert running.post(kserve("j", "response"), b"1").status == 200
    assert running.end() == 0, running.log
    assert list(running.records(2)[1]["captureData"]) == ["endpointOutput"]
    assert running.log == ""


def test_one_side_alone_waits_for_nothing(sink: Start) -> None:
    running = sink(spec={"source": {"cloudEvents": {"joinWindow": "1h"}}, "capture": ["Input"]})
    running.post(kserve("i", "response"), b"1")
    running.post(kserve("i", "request"), b"1")
    assert list(running.records(1)[0]["captureData"]) == ["endpointInput"]
    assert running.metric('orphans_total{reason="window",side="input"}') == 0


def test_explanations_and_other_events_are_left_out(sink: Start) -> None:
    running = sink()
    marked = json.dumps({EXPLANATION_HEADER.title(): ["1"]})
    for side in ("request", "response"):
        assert running.post(kserve("e", side, metadata=marked), b"1").status == 200
        assert running.post(kserve("x", side, component="explainer"), b"1").status == 200
    assert running.post(kserve("f", "request", type="io.seldon.serving.feedback"), b"1").status == 200
    assert running.post(kserve("i", "request"), b"1").status == 200
    assert running.end() == 0
    assert [record["eventMetadata"]["inferenceId"] for record in running.records(1)] == ["i"]


def test_the_shipper_is_answered_as_envoy_answers(sink: Start) -> None:
    running = sink(spec={"source": {"cloudEvents": {"joinWindow": "2s"}}})
    admin = Admin(running.admin)
    marked = json.dumps({EXPLANATION_HEADER: ["1"]})
    for side in ("request", "response"):
        running.post(kserve("i", side), b"1")
        running.post(kserve("e", side, metadata=marked), b"1")
    assert {outcome: count for (outcome, _), count in admin.requests().items()} == {
        "captured": 1,
        "explanation": 1,
    }
    # The file is opened anew by its name.
    running.spool.rename(running.spool.with_name("closed-1.jsonl"))
    admin.reopen_logs()
    assert running.spool.read_bytes() == b""
    # Paused, what begins is refused, and counted unless it comes again; what has begun is taken.
    assert running.post(kserve("begun", "request"), b"1").status == 200
    admin.set_runtime(CAPTURE_SWITCH, "0")
    refused = [running.post(kserve(name, "request"), b"1") for name in ("lost", "again")]
    assert [(answer.status, answer.headers["retry-after"]) for answer in refused] == [(503, "5")] * 2
    assert running.post(kserve("begun", "response"), b"1").status == 200
    admin.set_runtime(CAPTURE_SWITCH, "100")
    for side in ("request", "response"):
        assert running.post(kserve("again", side), b"1").status == 200
    wait_for(lambda: any(outcome == "paused" for outcome, _ in admin.requests()), "the loss")
    totals: dict[str, int] = {}
    for (outcome, _), count in admin.requests().items():
        totals[outcome] = totals.get(outcome, 0) + count
    assert totals == {"captured": 3, "explanation": 1, "paused": 1}
    assert running.metric('refused_total{status="503"}') == 2


def test_settings_change_while_it_runs(sink: Start) -> None:
    running = sink()
    running.configure({"capture": ["Output"], "maxBodyBytes": 3})
    wait_for(lambda: "new settings are taken up" in running.log, "the new settings")
    running.post(kserve("i", "response"), b"12345")
    side = running.records(1)[0]["captureData"]["endpointOutput"]
    assert (side["data"], side["truncated"]) == ("123", True)
    (running.folder / "sink.yaml").write_text("{")
    wait_for(lambda: "the settings stay as they are" in running.log, "the refusal")
    assert running.post(kserve("j", "response"), b"1").status == 200


def test_times_that_can_not_be_true_are_those_of_arrival(sink: Start) -> None:
    running = sink(spec={"capture": ["Input"]})
    this_year = time.gmtime().tm_year
    for name, moment in (("a", "1999-01-01T00:00:00Z"), ("b", "9999-12-31T23:59:59Z"), ("c", "yesterday")):
        assert running.post(kserve(name, "request", time=moment), b"1").status == 200
    years = {int(record["eventMetadata"]["inferenceTime"][:4]) for record in running.records(3)}
    assert years <= {this_year, this_year + 1}
    assert running.metric("moved_times_total") == 2


@pytest.mark.parametrize(
    ("headers", "body", "status", "message"),
    [
        ({}, b"1", 400, b"neither a header ce-type nor"),
        ({"Content-Type": "application/json"}, b"{}", 400, b"neither a header ce-type nor"),
        ({"Content-Type": "application/cloudevents+json"}, b"{", 400, b"the event is no JSON"),
        (kserve("", "request"), b"1", 400, b"'id' is missing"),
        (kserve("a\x01b", "request"), b"1", 400, b"this is not HTTP"),
        (kserve("a\0b", "request"), b"1", 400, b"this is not HTTP"),
        (kserve("a\tb", "request"), b"1", 400, b"control character"),
        (kserve("i", "request") | {"X": "x" * 70_000}, b"1", 431, b"headers are too long"),
        (kserve("i", "request") | {"Content-Length": "1000000000"}, b"1", 413, b"more than 104857600 bytes"),
        (kserve("i", "request") | {"Content-Length": "9" * 40}, b"1", 400, b""),
        (kserve("i", "request") | {"Content-Length": "-1"}, b"1", 400, b"this is not HTTP"),
        (
            {"Content-Type": "application/cloudevents+json", "Content-Length": "10000000"},
            b"1",
            413,
            b"more than",
        ),
        (kserve("i", "request") | {"Transfer-Encoding": "chunked"}, b"1", 400, b"this is not HTTP"),
        (kserve("i", "request") | {"Connection": "Upgrade", "Upgrade": "h2c"}, b"1", 400, b"HTTP/1.1"),
    ],
)
def test_what_is_no_event_is_refused(
    one_sink: SinkProcess, headers: dict[str, str], body: bytes, status: int, message: bytes
) -> None:
    before = one_sink.metric(f'refused_total{{status="{status}"}}')
    answer = one_sink.post(headers, body)
    assert answer.status == status
    assert message in answer.body
    assert one_sink.post(kserve("good", "request"), b"1").status == 200
    assert one_sink.metric(f'refused_total{{status="{status}"}}') == before + 1
    assert one_sink.log == ""


def test_other_methods_and_probes(sink: Start) -> None:
    running = sink()
    assert running.post(kserve("i", "request"), b"1", method="PUT").status == 405
    assert running.post({}, b"", method="GET").status == 200


def test_requests_in_pieces_in_chunks_and_in_a_row(sink: Start) -> None:
    running = sink()
    chunked = kserve("c", "request") | {"Transfer-Encoding": "chunked"}
    head = request(chunked, b"").replace(b"Content-Length: 0\r\n", b"")
    sent = head + b"3\r\n1,2\r\n1\r\n\xe4\r\n0\r\n\r\n" + request(kserve("c", "response"), b"0.5")
    with socket.create_connection(("127.0.0.1", running.port), timeout=30) as connection:
        for at in range(len(sent)):
            connection.sendall(sent[at : at + 1])
        connection.sendall(request(kserve("d", "request"), b"1") + request(kserve("d", "response"), b"2"))
        received = b""
        while received.count(b"HTTP/1.1 200 OK") < 4:
            received += connection.recv(4096)
    found = running.records(2)
    assert [record["eventMetadata"]["inferenceId"] for record in found] == ["c", "d"]
    assert found[0]["captureData"]["endpointInput"]["encoding"] == "BASE64"


def test_a_client_that_asks_first_is_told_to_go_on(sink: Start) -> None:
    running = sink()
    raw = request(kserve("i", "request") | {"Expect": "100-continue"}, b"1,2")
    with socket.create_connection(("127.0.0.1", running.port), timeout=30) as connection:
        connection.sendall(raw[:-3])
        assert connection.recv(4096).startswith(b"HTTP/1.1 100 Continue")
        connection.sendall(raw[-3:])
        assert connection.recv(4096).startswith(b"HTTP/1.1 200 OK")


def test_a_large_body_is_kept_only_as_far_as_it_is_wanted(sink: Start) -> None:
    running = sink(spec={"capture": ["Input"], "maxBodyBytes": 10})
    assert running.post(kserve("i", "request"), b"x" * 20_000_000).status == 200
    side = running.records(1)[0]["captureData"]["endpointInput"]
    assert (side["data"], side["truncated"]) == ("x" * 10, True)
    assert running.process is not None
    peak = Path(f"/proc/{running.process.pid}/status").read_text().partition("VmHWM:")[2].split()[0]
    assert int(peak) < 120_000  # KiB; it has some 60,000 before


def test_the_answer_to_a_refused_upload_can_be_read(sink: Start) -> None:
    running = sink()
    head = request(kserve("i", "request") | {"Content-Length": str(1 << 30)}, b"")
    answer = parse(exchange(running.port, head + b"x" * 100_000))
    assert (answer.status, answer.headers["connection"]) == (413, "close")


@pytest.mark.slow
def test_who_is_slow_is_not_waited_for(sink: Start) -> None:
    running = sink()
    connections = [socket.create_connection(("127.0.0.1", running.port), timeout=60) for _ in range(50)]
    for connection in connections[10:]:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nCe-")
    end = time.monotonic() + 30
    answers = [connection.recv(4096) for connection in connections[:10]]  # who say nothing at all
    for connection in connections[10:]:
        connection.setblocking(False)
    waiting = dict.fromkeys(connections[10:], b"")
    while waiting and time.monotonic() < end:
        for connection in list(waiting):
            try:
                connection.send(b"x")
                piece = connection.recv(4096)
            except BlockingIOError:
                continue
            except OSError:
                piece = b""
            if piece:
                answers.append(piece)
            del waiting[connection]
        time.sleep(0.1)
    for connection in connections:
        connection.close()
    assert not waiting
    assert all(answer.startswith(b"HTTP/1.1 408") for answer in answers)
    assert running.post(kserve("i", "request"), b"1").status == 200


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is no YAML"),
        ("a: 1", "spec: Field required"),
    ],
)
def test_bad_settings_are_refused_in_a_line(tmp_path: Path, text: str, message: str) -> None:
    refused = SinkProcess(tmp_path)
    (tmp_path / "sink.yaml").write_text(text)
    refused.start(ready=False)
    assert refused.process is not None
    assert refused.process.wait(timeout=60) == 2
    assert message in refused.log
    assert refused.log.count("\n") == 1


def test_a_window_that_memory_could_not_hold_is_refused(tmp_path: Path) -> None:
    refused = SinkProcess(tmp_path, {"source": {"cloudEvents": {"joinWindow": "2h"}}})
    refused.start(ready=False)
    assert refused.process is not None
    assert refused.process.wait(timeout=60) == 2
    assert "joinWindow must be at most 1:00:00" in refused.log
