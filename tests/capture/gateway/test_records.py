"""What Envoy records of requests and passes on of them."""

import base64
import gzip
import json
import re
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.capture.envoy import Gateway, gateway, spec
from tests.capture.http import Answer, exchange, parse, request
from tests.capture.model import Model

DOCUMENTATION = Path(__file__).parents[3] / "docs" / "explanation" / "capture.md"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, served: Model) -> Iterator[Gateway]:
    with gateway(tmp_path_factory.mktemp("gateway"), served.port, spec(maxBodyBytes=1000)) as started:
        yield started


@pytest.fixture
def running(shared: Gateway, served: Model) -> Gateway:
    """Give the gateway with nothing recorded yet; each test waits for all of its records."""
    served.bodies.clear()
    served.headers.clear()
    with shared.spool.open("wb"):
        pass
    return shared


def side(record: Any, name: str = "endpointInput") -> Any:
    return record["captureData"][name]


def data(side: Any) -> bytes:
    """Return the bytes that a side holds."""
    return base64.b64decode(side["data"]) if side["encoding"] == "BASE64" else side["data"].encode()


@pytest.mark.parametrize(
    ("content_type", "body", "encoding"),
    [
        ("text/csv", b"1,2,3\n", "CSV"),
        ("Text/CSV ; charset=utf-8", "1,ä,€,😀\n".encode(), "CSV"),
        ("application/json", b'{"a": "1,\\"2\\"\\n"}', "JSON"),
        ("application/jsonlines", b'{"a": 1}\n{"a": 2}\n', "JSON"),
        ("application/octet-stream", bytes(range(256)), "BASE64"),
        ("text/plain", b"abc", "BASE64"),
        ("text/csv", b"1,\x00,2", "BASE64"),
        ("text/csv", b"\x00", "BASE64"),
        ("text/csv", b"1,\xff,2", "BASE64"),
        ("text/csv", b"1,\xc0\x80", "BASE64"),
        ("text/csv", b"\xed\xa0\x80", "BASE64"),
        ("text/csv", b"\xf4\x90\x80\x80", "BASE64"),
        ("text/csv", b"12345\xe2\x82", "BASE64"),
        ("text/csv", bytes(range(1, 128)), "CSV"),
        ("text/csv", "\u007f\u0080\u07ff\u0800\ud7ff\ue000\uffff\U00010000\U0010ffff\u2028".encode(), "CSV"),
        ("text/csv", b"", "CSV"),
        ("application/json", b'{"a": "}\\"captureData\\": {"}', "JSON"),
    ],
)
def test_a_body_passes_and_is_recorded_by_its_content_type(
    running: Gateway, served: Model, content_type: str, body: bytes, encoding: str
) -> None:
    answer = request(running.port, body, Content_Type=content_type)
    assert (answer.status, answer.body, served.bodies) == (200, body, [body])
    [record] = running.records(1)
    for name, mode in (("endpointInput", "INPUT"), ("endpointOutput", "OUTPUT")):
        kept = side(record, name)
        assert (kept["encoding"], kept["mode"]) == (encoding, mode)
        assert data(kept) == body
        assert kept["observedContentType"].lower() == content_type.lower()
        assert not kept.get("truncated")
    assert record["eventVersion"] == "0"
    event = record["eventMetadata"]
    assert (event["statusCode"], event["method"], event["path"]) == (200, "POST", "/echo")
    assert event["inferenceTime"][10::9] == "TZ"
    assert "inferenceId" not in event
    assert "customAttributes" not in event
    assert event["latencyMicroseconds"] > 0


def test_bytes_of_every_value_pass_in_all_lengths_around_a_word(running: Gateway) -> None:
    bodies = [("é" * count + "x" * length).encode() for count in (0, 1) for length in range(9)]
    bodies += [b"abcdefgh"[:at] + bad + b"ijk" for at in range(9) for bad in (b"\x00", b"\x80", b"\xff")]
    for body in bodies:
        assert request(running.port, body, Content_Type="text/csv").body == body
    records = running.records(len(bodies))
    assert [data(side(record)) for record in records] == bodies
    valid = 18
    assert [side(record)["encoding"] for record in records] == ["CSV"] * valid + ["BASE64"] * 27


def test_texts_in_texts_in_texts_are_escaped(running: Gateway) -> None:
    inner = json.dumps({"a": '1,"2"\n\u0001\x7f\\', "ä": "€😀"}, ensure_ascii=False)
    bodies = [inner, f'1,"{inner.replace(chr(34), chr(34) * 2)}"\n', json.dumps({"csv": f'"{inner}",1\r\n'})]
    # Around the ends, where the last byte is treated apart.
    bodies += ["\n", "\n\n", "1\n2\n", '"\n', "\\", "\n1", "é\n", "\x00\n", "1\x1f"]
    for body in bodies:
        assert request(running.port, body.encode(), Content_Type="text/csv").body == body.encode()
    records = running.records(len(bodies))
    assert [data(side(record)).decode() for record in records] == bodies
    assert [data(side(record, "endpointOutput")).decode() for record in records] == bodies


def test_headers_cannot_forge_records(running: Gateway) -> None:
    nasty = b'a"b\\n\t{"captureData":1}%START_TIME% \xe4'
    answer = request(
        running.port,
        b"1",
        path='/echo"},{"path":"/?a',
        Content_Type=b"text/csv; x=" + nasty,
        Content_Encoding=nasty,
        X_Amzn_SageMaker_Inference_Id=nasty,
        X_Amzn_SageMaker_Custom_Attributes=nasty,
        X_Request_Id=nasty,
    )
    assert answer.status == 404
    [record] = running.records(1)
    event = record["eventMetadata"]
    assert event["path"] == '/echo"},{"path":"/'
    assert event["requestId"] == nasty.decode("latin-1")
    assert side(record)["observedContentType"] == f"text/csv; x={nasty.decode('latin-1')}"
    assert side(record)["contentEncoding"] == nasty.decode("latin-1")
    assert event["inferenceId"] == nasty.decode("latin-1")
    assert event["customAttributes"] == [nasty.decode("latin-1")]
    assert len(running.spool.read_bytes().splitlines()) == 1


@pytest.mark.parametrize("bad", [b"a\nb", b"a\x00b"])
def test_a_header_that_http_forbids_makes_no_record(running: Gateway, bad: bytes) -> None:
    answer = request(running.port, b"1", X_Amzn_SageMaker_Inference_Id=bad)
    assert answer.status == 400
    assert request(running.port, b"2", Content_Type="text/csv").status == 200
    assert [side(record)["data"] for record in running.records(1)] == ["2"]


def test_gzip_and_chunked_bodies_pass_byte_for_byte(running: Gateway, served: Model) -> None:
    zipped = gzip.compress(b"1,2\n")
    head = (
        b"POST /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: text/csv\r\n"
        b"Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    chunks = b"".join(b"1\r\n" + zipped[i : i + 1] + b"\r\n" for i in range(len(zipped)))
    answer = parse(exchange(running.port, head + chunks + b"0\r\n\r\n"))
    assert (answer.status, answer.body, served.bodies) == (200, zipped, [zipped])
    [record] = running.records(1)
    assert side(record)["contentEncoding"] == "gzip"
    assert data(side(record)) == zipped
    assert data(side(record, "endpointOutput")) == zipped


def test_trailers_of_http1_are_dropped_on_both_ways(tmp_path: Path) -> None:
    received = []
    chunked = b"Transfer-Encoding: chunked\r\n\r\n1\r\n7\r\n0\r\nX-Trailer: 1\r\n\r\n"

    def answer(model: socket.socket) -> None:
        connection, _ = model.accept()
        with connection:
            text = b""
            while not text.endswith(b"\r\n0\r\n\r\n"):
                piece = connection.recv(65536)
                assert piece, text
                text += piece
            received.append(text)
            connection.sendall(b"HTTP/1.1 200 OK\r\n" + chunked)

    with (
        socket.create_server(("127.0.0.1", 0)) as model,
        ThreadPoolExecutor(1) as pool,
        gateway(tmp_path / "gateway", model.getsockname()[1], spec()) as front,
    ):
        served = pool.submit(answer, model)
        head = b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        assert exchange(front.port, head + chunked).endswith(b"\r\n\r\n1\r\n7\r\n0\r\n\r\n")
        served.result()
    assert b"x-trailer" not in received[0].lower()


def test_a_body_beyond_the_limit_passes_and_is_cut_in_the_record(running: Gateway) -> None:
    for body in (b"x" * 1000, b"x" * 1001, ("x" * 999 + "ä").encode(), b"\xff" * 2_000_000):
        assert request(running.port, body, Content_Type="text/csv").body == body
    whole, cut, character, binary = running.records(4)
    assert not side(whole).get("truncated")
    for record, kept in ((cut, b"x" * 1000), (character, b"x" * 999), (binary, b"\xff" * 1000)):
        assert side(record)["truncated"] is True
        assert data(side(record)) == kept


def test_head_and_expect_continue_pass(running: Gateway, served: Model) -> None:
    head = b"HEAD /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    assert parse(exchange(running.port, head)).status == 200
    raw = exchange(
        running.port,
        b"POST /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: text/csv\r\n"
        b"Content-Length: 1\r\nExpect: 100-continue\r\n\r\n7",
    )
    first, _, rest = raw.partition(b"\r\n\r\n")
    assert first.split()[1] == b"100"
    assert parse(rest).body == b"7"
    records = running.records(2)
    assert [record["eventMetadata"]["method"] for record in records] == ["HEAD", "POST"]
    assert [side(record)["data"] for record in records] == ["", "7"]


@pytest.mark.parametrize("status", [400, 503])
def test_a_failed_request_is_recorded_as_such(running: Gateway, status: int) -> None:
    assert request(running.port, b"1", path=f"/status/{status}").status == status
    [record] = running.records(1)
    assert record["eventMetadata"]["statusCode"] == status
    assert side(record, "endpointOutput")["data"] == '{"error": "no"}'


def test_a_request_without_a_model_is_recorded_as_failed(tmp_path: Path) -> None:
    with gateway(tmp_path, 1, spec()) as alone:
        assert request(alone.port, b"1", Content_Type="text/csv").status == 503
        [record] = alone.records(1)
    event = record["eventMetadata"]
    assert (event["statusCode"], event["responseFlags"]) == (503, "UF")
    assert side(record)["data"] == "1"


def test_explanation_traffic_is_left_out(running: Gateway) -> None:
    def ask(body: bytes, **headers: str) -> Answer:
        return request(running.port, body, Content_Type="text/csv", **headers)

    assert ask(b"1", X_Model_Monitor_Explanation="1").status == 200
    assert ask(b"2").status == 200
    assert [side(record)["data"] for record in running.records(1)] == ["2"]


def documented(what: str) -> set[str]:
    """Return the headers that the documentation says are added."""
    [line] = [one for one in DOCUMENTATION.read_text().splitlines() if f"added to {what} that lack" in one]
    return set(re.findall("`([^`]*)`", line))


def test_headers_reach_the_model_unchanged_but_for_those_that_are_documented(
    running: Gateway, served: Model
) -> None:
    answer = request(running.port, b"1", path="/echo?a=%2F..//b", Content_Type="text/csv", X_Custom="ä")
    [raw] = served.headers
    headers = {name.decode(): value for name, value in raw}
    added = documented("requests")
    assert set(headers) == {"host", "content-length", "content-type", "x-custom"} | added
    assert headers["host"] == b"gateway"
    assert headers["content-length"] == b"1"
    assert headers["content-type"] == b"text/csv"
    assert headers["x-custom"] == "ä".encode()
    direct = request(served.port, b"1", Content_Type="text/csv")
    assert set(answer.headers) == set(direct.headers) | documented("answers")
    assert answer.headers["server"] == direct.headers["server"]
    own = dict.fromkeys(added, "mine")
    request(running.port, b"1", **{name.replace("-", "_"): value for name, value in own.items()})
    assert own.items() <= {name.decode(): value.decode() for name, value in served.headers[-1]}.items()
