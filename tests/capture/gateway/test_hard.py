"""Traffic that takes long or is large, and clients that mean no good."""

import socket
import struct
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.capture.envoy import Gateway, gateway, spec, wait_for
from tests.capture.http import Answer, exchange, parse, request
from tests.capture.load import fast_model
from tests.capture.model import Model

# One worker, as what takes a minute is begun once and looked at last.
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("hard traffic")]

HALF_SENT = 400
MEBIBYTE = 1 << 20


class Begun(NamedTuple):
    """What was begun before the first test and takes more than a minute."""

    late: Future[Answer]
    half_sent: list[socket.socket]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, served: Model) -> Iterator[Gateway]:
    with gateway(tmp_path_factory.mktemp("gateway"), served.port, spec()) as started:
        yield started


@pytest.fixture(scope="module", autouse=True)
def begun(running: Gateway) -> Iterator[Begun]:
    late = b"GET /sleep/61 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    with ThreadPoolExecutor(1) as pool, ExitStack() as stack:
        answer = pool.submit(lambda: parse(exchange(running.port, late, timeout=200)))
        half_sent = []
        for _ in range(HALF_SENT):
            connection = stack.enter_context(socket.create_connection(("127.0.0.1", running.port), 120))
            connection.sendall(b"POST /echo HTTP/1.1\r\nHost: x\r\nX-Slow: ")
            half_sent.append(connection)
        yield Begun(answer, half_sent)


def most_memory(running: Gateway) -> int:
    """Return the most bytes that Envoy has had in memory."""
    status = Path(f"/proc/{running.process.pid}/status").read_text().splitlines()
    [line] = [one for one in status if one.startswith("VmHWM")]
    return int(line.split()[1]) * 1024


def record_of(running: Gateway, path: str) -> Any:
    """Wait for the record of a request and return it."""

    def found() -> list[Any]:
        return [one for one in running.records(0) if one["eventMetadata"]["path"] == path]

    wait_for(found, f"the record of {path}")
    [record] = found()
    return record


def test_half_sent_requests_keep_nobody_waiting_and_cost_little(running: Gateway) -> None:
    before = most_memory(running)
    with ExitStack() as stack:
        for _ in range(HALF_SENT):
            connection = stack.enter_context(socket.create_connection(("127.0.0.1", running.port), 60))
            connection.sendall(
                b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n" + b"1" * 1000
            )
        assert request(running.port, b"1").body == b"1"
    assert most_memory(running) - before < 64 * MEBIBYTE


def test_a_gigabyte_passes_in_flat_memory_and_is_cut_in_the_record(running: Gateway) -> None:
    before = most_memory(running)
    size = 1024 * MEBIBYTE
    block = bytes(MEBIBYTE)
    with socket.create_connection(("127.0.0.1", running.port), timeout=120) as connection:
        head = f"POST /count HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {size}\r\n\r\n"
        connection.sendall(head.encode())
        for _ in range(size // len(block)):
            connection.sendall(block)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert parse(answer).body == str(size).encode()
    assert most_memory(running) - before < 64 * MEBIBYTE
    record = record_of(running, "/count")
    kept = record["captureData"]["endpointInput"]
    assert kept["truncated"] is True
    assert len(kept["data"]) == -(-spec().max_body_bytes // 3) * 4


def frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    """Return a frame of HTTP/2."""
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def literal(name: str, value: str) -> bytes:
    """Return a header as HPACK has it without tables."""
    return b"\0" + bytes([len(name)]) + name.encode() + bytes([len(value)]) + value.encode()


def test_http2_in_clear_text_passes_and_is_recorded(tmp_path: Path) -> None:
    headers = {
        ":method": "POST",
        ":scheme": "http",
        ":path": "/a",
        ":authority": "x",
        "content-type": "text/csv",
    }
    block = b"".join(literal(name, value) for name, value in headers.items())
    (tmp_path / "model").mkdir()
    with fast_model(tmp_path / "model") as model, gateway(tmp_path / "gateway", model, spec()) as front:
        with socket.create_connection(("127.0.0.1", front.port), timeout=60) as connection:
            connection.sendall(
                b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0, b"") + frame(1, 4, 1, block)
            )
            for number in range(3):
                connection.sendall(frame(0, number == 2, 1, f"{number},".encode()))
            received = b""
            while b"0.5\n" not in received:
                piece = connection.recv(65536)
                assert piece, received
                received += piece
        [record] = front.records(1)
    assert record["captureData"]["endpointInput"]["data"] == "0,1,2,"
    assert record["captureData"]["endpointOutput"]["data"] == "0.5\n"
    assert record["eventMetadata"]["statusCode"] == 200


def test_after_a_minute_an_answer_is_still_waited_for_and_half_a_request_is_not(
    running: Gateway, begun: Begun
) -> None:
    assert begun.late.result().body == b"late"
    for connection in begun.half_sent:
        connection.settimeout(60)
        assert connection.recv(100).startswith(b"HTTP/1.1 408 ")
    assert record_of(running, "/sleep/61")["eventMetadata"]["statusCode"] == 200
