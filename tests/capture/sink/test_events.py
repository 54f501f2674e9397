"""What is an event, what it says, and what is refused."""

from datetime import UTC, datetime

import pytest

from model_monitor_capture.sink.events import (
    BATCH,
    MAX_ATTRIBUTE,
    STRUCTURED,
    EventError,
    binary_event,
    json_events,
)
from tests.capture.sink.examples import KSERVE, kserve, raw, seldon, structured


def test_an_event_of_kserve() -> None:
    headers = kserve("a b", "request", time="2026-01-31T10:20:30.123456789Z")
    event = binary_event(raw(headers), b"1,2")
    assert event.side == "input"
    assert event.data == b"1,2"
    assert event.content_type == "text/csv"
    assert event.time == datetime(2026, 1, 31, 10, 20, 30, 123456, tzinfo=UTC)
    assert event.attributes["inferenceservicename"] == "churn"
    assert event.attributes["endpoint"] == ""


def test_an_event_of_seldon_is_known_by_its_type() -> None:
    event = binary_event(raw(seldon("p-1", "e-2", "response")), b"{}")
    assert event.side == "output"
    assert event.time is None


@pytest.mark.parametrize(
    ("name", "side"),
    [
        ("inference.request", "input"),
        ("io.kserve.serving.inference.response", "output"),
        ("io.seldon.serving.feedback", None),
        ("dev.knative.apiserver.resource.add", None),
        ("myinference.request", None),
        ("org.inference.requests", None),
    ],
)
def test_types(name: str, side: str | None) -> None:
    assert binary_event(raw(kserve("1", "request", type=name)), b"").side == side


@pytest.mark.parametrize("name", ["Grüße", "50%", "a%20b", 'say "no"', "😀"])
def test_attributes_in_headers_are_taken_as_they_stand(name: str) -> None:
    """As Go's SDK writes them."""
    assert binary_event(raw(kserve(name, "request")), b"").attributes["id"] == name


def test_bytes_that_are_no_text_are_no_attribute() -> None:
    with pytest.raises(EventError, match="ce-id is not UTF-8"):
        binary_event(raw(kserve("1", "request")) | {"ce-id": b"a\xffb"}, b"")


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"id": ""}, "'id' is missing"),
        ({"source": ""}, "'source' is missing"),
        ({"type": ""}, "'type' is missing"),
        ({"specversion": "2.0"}, "'specversion' must be one of"),
        ({"id": "a\tb"}, "'id' has a control character"),
        ({"id": "a\u0085b"}, "'id' has a control character"),
        ({"id": "x" * (MAX_ATTRIBUTE + 1)}, f"more than {MAX_ATTRIBUTE} characters"),
    ],
)
def test_what_is_wrong_with_headers_is_said(changed: dict[str, str], message: str) -> None:
    with pytest.raises(EventError, match=message):
        binary_event(raw(kserve("1", "request", **changed)), b"")


def test_data_in_json_stay_as_they_are_written() -> None:
    data = '{"instances": [[1.50, 1e400, 12345678901234567890123, 0.1000]], "a": "\\u00fc"}'
    [event] = json_events(STRUCTURED, structured("1", "request", data).encode())
    assert event.data.decode() == data
    assert event.content_type == "application/json"


@pytest.mark.parametrize(
    ("members", "data"),
    [
        ({"datacontenttype": "text/csv"}, b'a"b'),
        ({"datacontenttype": "application/json; charset=utf-8"}, b'"a\\"b"'),
        ({"datacontenttype": "application/x+json"}, b'"a\\"b"'),
        ({}, b'"a\\"b"'),
    ],
)
def test_a_text_is_the_data_unless_they_are_json(members: dict[str, str], data: bytes) -> None:
    [event] = json_events(STRUCTURED, structured("1", "request", '"a\\"b"', **members).encode())
    assert event.data == data


def test_binary_data_in_json() -> None:
    text = structured("1", "response", "null", data_base64="AP8=", datacontenttype="application/x")
    [event] = json_events(STRUCTURED, text.encode())
    assert event.data == b"\x00\xff"
    assert event.side == "output"


def test_a_batch_is_its_events_in_order() -> None:
    items = [structured(str(number), "request", str(number)) for number in range(3)]
    found = json_events(BATCH, f" [ {' , '.join(items)} ] ".encode())
    assert [event.data for event in found] == [b"0", b"1", b"2"]
    assert json_events(BATCH, b"[]") == []


GOOD = structured("1", "request", "1")


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (STRUCTURED, b""),
        (STRUCTURED, b"{"),
        (STRUCTURED, b"[]"),
        (STRUCTURED, b"null"),
        (STRUCTURED, b'{"a":1,}'),
        (STRUCTURED, b'{"a" 1}'),
        (STRUCTURED, b'{"a":1 "b":2}'),
        (STRUCTURED, b"{} {}"),
        (STRUCTURED, GOOD.encode() + b"x"),
        (STRUCTURED, b'{"a":' + b"[" * 100_000),
        (STRUCTURED, b'{"a":' + b"9" * 100_000 + b"}"),
        (STRUCTURED, GOOD.encode("utf-16")),
        (STRUCTURED, b"\xff" + GOOD.encode()),
        (STRUCTURED, structured("1", "request", "1", specversion="0.3").encode()),
        (STRUCTURED, structured("1", "request", "1", specversion=None).encode()),
        (STRUCTURED, structured("", "request", "1").encode()),
        (STRUCTURED, structured("1", "request", "1", extra={"a": 1}).encode()),
        (STRUCTURED, structured("1", "request", "1", extra=1.5).encode()),
        (STRUCTURED, structured("a\u0000b", "request", "1").encode()),
        (STRUCTURED, structured("\ud800", "request", "1").encode()),
        (STRUCTURED, structured("1", "request", '"\\ud800"', datacontenttype="text/csv").encode()),
        (STRUCTURED, structured("1", "request", "1", data_base64="!").encode()),
        (STRUCTURED, structured("1", "request", "1", data_base64=1).encode()),
        (BATCH, GOOD.encode()),
        (BATCH, f"[{GOOD},]".encode()),
        (BATCH, f"[{GOOD}, 1]".encode()),
        (BATCH, f"[{GOOD} {GOOD}]".encode()),
    ],
)
def test_what_is_no_event_in_json_is_refused(kind: str, text: bytes) -> None:
    with pytest.raises(EventError):
        json_events(kind, text)


def test_messages_do_not_repeat_what_was_sent() -> None:
    with pytest.raises(EventError) as caught:
        json_events(STRUCTURED, structured("secret\u0001", f"{KSERVE}.request", "1").encode())
    assert "secret" not in str(caught.value)
