"""What a record holds of events, and that a shipper recognises it."""

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_monitor_api.headers import EXPLANATION_HEADER
from model_monitor_capture.shipper.lines import read_line, remains
from model_monitor_capture.sink.events import Event, binary_event
from model_monitor_capture.sink.joiner import Joined
from model_monitor_capture.sink.records import Reader, is_explanation, key, line, size
from tests.capture.sink.examples import kserve, raw, seldon, spec

MOMENT = datetime(2026, 1, 31, 10, 20, 30, 999_999, tzinfo=UTC)


def record(request: Event | None, response: Event | None = None, **fields: Any) -> Any:
    reader = Reader(spec(**fields))
    bodies = [
        None if event is None else reader.body(event, reader.headers(event), MOMENT)
        for event in (request, response)
    ]
    written = line(Joined(bodies[0], bodies[1], "joined"))
    assert written.endswith(b"\n")
    assert written.count(b"\n") == 1
    found = read_line(written[:-1])
    assert found is not None
    assert found.record == written[:-1]
    assert found.time == MOMENT.replace(microsecond=0)
    assert remains(written[:-1]) == 0
    return json.loads(written)


def event(body: bytes, headers: Mapping[str, str] | None = None, *, truncated: bool = False) -> Event:
    return binary_event(raw(headers or kserve("i-1", "request")), body, truncated=truncated)


def test_a_record_of_both_sides() -> None:
    response = event(b"0.5\n", kserve("i-1", "response"))
    found = record(event(b"1,2"), response)
    event_id = found["eventMetadata"].pop("eventId")
    assert len(event_id) == 36
    assert found == {
        "captureData": {
            "endpointInput": {
                "data": "1,2",
                "encoding": "CSV",
                "mode": "INPUT",
                "observedContentType": "text/csv",
            },
            "endpointOutput": {
                "data": "0.5\n",
                "encoding": "CSV",
                "mode": "OUTPUT",
                "observedContentType": "text/csv",
            },
        },
        "eventMetadata": {
            "component": "predictor",
            "inferenceId": "i-1",
            "inferenceTime": "2026-01-31T10:20:30Z",
            "inferenceservicename": "churn",
            "namespace": "default",
            "requestId": "i-1",
            "source": "http://localhost:9081/",
        },
        "eventVersion": "0",
    }


def test_a_record_of_one_side() -> None:
    found = record(None, event(b"0.5", kserve("i-1", "response")))
    assert list(found["captureData"]) == ["endpointOutput"]
    assert found["eventMetadata"]["inferenceId"] == "i-1"


@pytest.mark.parametrize(
    ("content_type", "body", "encoding"),
    [
        ("text/csv; charset=utf-8", b"1", "CSV"),
        ("TEXT/CSV", b"1", "CSV"),
        ("application/json", b"{}", "JSON"),
        ("application/x-ndjson", b"{}\n{}", "JSON"),
        ("application/x-www-form-urlencoded", b"{}", "BASE64"),
        ("", b"1", "BASE64"),
        ("text/csv", b"\xff", "BASE64"),
        ("text/csv", b"a\0b", "BASE64"),
        ("text/csv", bytes(range(256)), "BASE64"),
        ("text/csv", b"", "CSV"),
    ],
)
def test_encodings_are_those_of_a_gateway(content_type: str, body: bytes, encoding: str) -> None:
    side = record(event(body, kserve("1", "request", content_type=content_type)))["captureData"][
        "endpointInput"
    ]
    assert side["encoding"] == encoding
    data = side["data"]
    assert (base64.b64decode(data) if encoding == "BASE64" else data.encode()) == body
    assert "truncated" not in side


def test_a_long_body_is_cut_at_a_whole_character() -> None:
    text = "aü€😀"
    for limit in range(len(text.encode())):
        side = record(event(text.encode()), maxBodyBytes=limit)["captureData"]["endpointInput"]
        assert side["truncated"] is True
        assert side["encoding"] == "CSV"
        assert text.startswith(side["data"])
        assert limit - len(side["data"].encode()) < 4
    side = record(event("aü".encode()[:2], truncated=True), maxBodyBytes=2)["captureData"]["endpointInput"]
    assert (side["data"], side["encoding"], side["truncated"]) == ("a", "CSV", True)


def test_headers_that_kserve_adds_give_the_callers_id_and_attributes() -> None:
    metadata = json.dumps(
        {"X-Amzn-Sagemaker-Inference-Id": ["mine"], "X-Amzn-Sagemaker-Custom-Attributes": ["a=1"]}
    )
    found = record(event(b"1", kserve("r-1", "request", metadata=metadata)))["eventMetadata"]
    assert found["inferenceId"] == "mine"
    assert found["requestId"] == "r-1"
    assert found["customAttributes"] == ["a=1"]


@pytest.mark.parametrize("metadata", ["null", "[]", "{", '{"a":1}', '{"a":[]}', '{"a":[1]}', "[" * 4000])
def test_other_metadata_are_not_minded(metadata: str) -> None:
    found = event(b"1", kserve("r-1", "request", metadata=metadata))
    assert record(found)["eventMetadata"]["inferenceId"] == "r-1"


def test_what_belongs_to_one_inference() -> None:
    request = event(b"", kserve("1", "request"))
    assert key(request) == key(event(b"", kserve("1", "response", time="2026-01-31T10:20:31Z")))
    for other in (
        kserve("2", "request"),
        kserve("1", "request", component="transformer"),
        kserve("1", "request", inferenceservicename="other"),
        kserve("1", "request", namespace="other"),
    ):
        assert key(request) != key(event(b"", other))
    assert key(event(b"", seldon("p", "a", "request"))) == key(event(b"", seldon("p", "b", "response")))


def test_all_that_a_client_may_make_long_counts() -> None:
    reader = Reader(spec())
    small = reader.body(event(b"1"), {}, MOMENT)
    for headers in (kserve("x" * 1000, "request"), kserve("1", "request", component="x" * 1000)):
        assert size(reader.body(event(b"1", headers), {}, MOMENT)) >= size(small) + 900
    assert size(reader.body(event(b"1" * 1000), {}, MOMENT)) == size(small) + 999


def test_explanations_are_known_by_the_header_or_the_component() -> None:
    reader = Reader(spec())
    marked = event(b"", kserve("1", "request", metadata=json.dumps({EXPLANATION_HEADER.title(): ["1"]})))
    assert is_explanation(marked, reader.headers(marked))
    explainer = event(b"", kserve("1", "request", component="explainer"))
    assert is_explanation(explainer, reader.headers(explainer))
    assert not is_explanation(event(b""), {})


NASTY = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), min_size=1, max_size=20)


@given(st.one_of(st.binary(max_size=60), st.text().map(lambda text: text.encode(errors="replace"))), NASTY)
def test_no_body_and_no_id_makes_another_record_of_a_line(body: bytes, name: str) -> None:
    hostile = (
        b'{"captureData":{"endpointInput":"inferenceTime":"1999-01-01T00:00:00Z","eventVersion":"0"}\n' + body
    )
    headers = kserve("1", "request") | {"Ce-Id": '{"captureData":","inferenceTime":"' + name}
    found = record(event(hostile, headers))
    assert found["eventMetadata"]["inferenceId"].endswith(name)
    side = found["captureData"]["endpointInput"]
    data = base64.b64decode(side["data"]) if side["encoding"] == "BASE64" else side["data"].encode()
    assert data == hostile
