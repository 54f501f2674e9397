"""Whatever passes, in whatever pieces, is recorded as a second, slow reading of the rules has it."""

import base64
import socket
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.capture.envoy import Gateway, gateway, spec
from tests.capture.http import exchange, parse
from tests.capture.model import Model

LIMIT = 300
_ENCODINGS = {"text/csv": "CSV", "application/json": "JSON"}


class Passed(NamedTuple):
    """A request."""

    content_type: str | None
    inference_id: bytes
    pieces: list[bytes]


pieces_of_text = st.text(st.sampled_from('a1,"\\\n\r\t\x08\x0c\x01\x1f\x7fäß€\ud7ff\uffff😀\U0010ffff')).map(
    str.encode
)
bodies = st.lists(
    st.one_of(pieces_of_text, pieces_of_text, st.binary(max_size=40), st.just(b"x" * 299)), max_size=4
)
_SENDABLE = bytes({*range(0x20, 0x100), 0x09} - {0x7F})
"""What HTTP lets a header's value hold."""

values = st.lists(st.sampled_from(_SENDABLE), max_size=20).map(lambda value: bytes(value).strip(b" \t"))
kinds = st.sampled_from([None, "text/csv", "application/json; charset=utf-8", "TEXT/CSV", "image/png"])
requests = st.builds(Passed, kinds, values, bodies)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, served: Model) -> Iterator[Gateway]:
    with gateway(tmp_path_factory.mktemp("gateway"), served.port, spec(maxBodyBytes=LIMIT)) as started:
        yield started


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(requests, min_size=1, max_size=30))
def test_any_bytes_in_any_pieces_are_recorded(running: Gateway, several: list[Passed]) -> None:
    with running.spool.open("wb"):
        pass
    for each in several:
        answer = parse(exchange(running.port, b"".join(_sent(each))))
        assert (answer.status, answer.body) == (200, b"".join(each.pieces))
    for each, record in zip(several, running.records(len(several)), strict=True):
        expected = _side(each)
        for name, mode in (("endpointInput", "INPUT"), ("endpointOutput", "OUTPUT")):
            found = record["captureData"][name]
            if each.content_type is None and name == "endpointOutput":
                found = {key: value for key, value in found.items() if key != "observedContentType"}
            assert found == {"mode": mode, **expected}
        assert record["eventMetadata"].get("inferenceId", "") == _text(each.inference_id)


def test_a_client_may_leave_anywhere(running: Gateway) -> None:
    with running.spool.open("wb"):
        pass
    whole = b"".join(_sent(Passed("text/csv", b"left", [b"1,2,", b"3,4"])))
    begun = whole.index(b"\r\n\r\n") + 4
    for end in range(begun, len(whole) - 1):
        with socket.create_connection(("127.0.0.1", running.port), timeout=60) as connection:
            connection.sendall(whole[:end])
    records = running.records(len(whole) - 1 - begun)
    for record in records:
        kept = record["captureData"]["endpointInput"]
        assert "1,2,3,4".startswith(kept.get("data", ""))
        assert kept.get("truncated", False) == ("data" in kept)
    assert {record["captureData"]["endpointInput"].get("data") for record in records} >= {
        None,
        "1,2,",
        "1,2,3,4",
    }


def _sent(each: Passed) -> Iterator[bytes]:
    yield b"POST /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n"
    if each.content_type is not None:
        yield b"Content-Type: " + each.content_type.encode() + b"\r\n"
    yield b"X-Amzn-SageMaker-Inference-Id: " + each.inference_id + b"\r\n\r\n"
    for piece in each.pieces:
        if piece:
            yield b"%x\r\n%s\r\n" % (len(piece), piece)
    yield b"0\r\n\r\n"


def _side(each: Passed) -> dict[str, Any]:
    """Return what a record is to say of a body."""
    body = b"".join(each.pieces)
    kept, cut = body[:LIMIT], len(body) > LIMIT
    encoding = _ENCODINGS.get((each.content_type or "").partition(";")[0].lower(), "BASE64")
    text = None if encoding == "BASE64" else _decoded(kept, cut=cut)
    if text is None or "\0" in text:
        encoding, text = "BASE64", base64.b64encode(kept).decode()
    found: dict[str, Any] = {"data": text, "encoding": encoding}
    if each.content_type is not None:
        found["observedContentType"] = each.content_type
    return found | ({"truncated": True} if cut else {})


def _decoded(kept: bytes, *, cut: bool) -> str | None:
    """Return bytes as text, without a character that the cut went through; None if they are no text."""
    for left_out in range(4 if cut else 1):
        try:
            return kept[: len(kept) - left_out].decode()
        except UnicodeDecodeError as error:
            if error.reason != "unexpected end of data":
                return None
    return None


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")
