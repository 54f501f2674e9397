import base64
import json
import pickle
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest

from model_monitor_analyzer.errors import ConfigurationError
from model_monitor_analyzer.scripts.filters import RecordFilter
from model_monitor_analyzer.sources.blocks import BlockAssembler, Rows
from model_monitor_analyzer.sources.capture.bookkeeping import KEY, ROW, SCHEMA, TIME
from model_monitor_analyzer.sources.capture.decoder import CaptureBlock, CaptureDecoder
from model_monitor_analyzer.sources.lines import Chunk
from model_monitor_analyzer.sources.problems import ProblemKind, ProblemLog
from model_monitor_api.v1alpha1.columns import Columns
from model_monitor_api.v1alpha1.dataset import Body, Payload
from tests.analyzer.capture.captures import chunk, record, side

COLUMNS = Columns(features=["a", "b"], prediction="p")
URI = "file:///data/x.jsonl"


def decode(
    data: Chunk, decoder: CaptureDecoder | None = None, **settings: Any
) -> tuple[CaptureBlock, list[tuple[ProblemKind, int]]]:
    log = ProblemLog(URI)
    block = (decoder or CaptureDecoder(Payload(), COLUMNS)).decode(data, log, **settings)
    problems = log.take()
    assert all(place.uri == URI for place in problems.places)
    return block, [(place.kind, place.record) for place in problems.places]


def rows(block: CaptureBlock) -> list[dict[str, Any]]:
    return block.frame.drop(TIME).to_dicts()


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


REQUESTS = {
    "csv": side("1,2.0\n3,\n"),
    "json": side('{"instances": [[1, 2.0], [3, null]]}', "JSON"),
    "objects": side('[{"a":1,"b":2.0},{"a":3}]', "JSON"),
    "base64": side(b64("1,2.0\n3,\n"), "BASE64", "text/html"),
}
RESPONSES = {
    "csv": side("0\n1\n"),
    "json": side('{"predictions": [0, 1]}', "JSON"),
    "objects": side('[{"p":0,"latency":9},{"p":1,"latency":8}]', "JSON"),
    "base64": side(b64('{"p":0}\n{"p":1}'), "BASE64", "text/html"),
}


@pytest.mark.parametrize("response", RESPONSES)
@pytest.mark.parametrize("request_", REQUESTS)
def test_each_side_is_decoded_by_its_own_encoding(request_: str, response: str) -> None:
    block, problems = decode(chunk(record(REQUESTS[request_], RESPONSES[response])))
    assert not problems
    assert rows(block) == [
        {KEY: "e", ROW: 0, "a": "1", "b": "2.0", "p": "0"},
        {KEY: "e", ROW: 1, "a": "3", "b": None, "p": "1"},
    ]


@pytest.mark.parametrize(
    "value", ["1", '"x"', '{"b": 1}', "[1, 2]"], ids=["number", "text", "object", "array"]
)
@pytest.mark.parametrize("many", [1, 3])
def test_a_body_with_nul_in_a_key_is_counted_and_costs_no_other_record(value: str, many: int) -> None:
    bad = [record(side(f'{{"a\\u0000": {value}}}', "JSON"), event=f"e{number}") for number in range(many)]
    good = record(side('{"a": 1}', "JSON"), event="good")
    block, problems = decode(chunk(*bad, good), CaptureDecoder(Payload(), Columns()))
    assert [kind for kind, _ in problems] == [ProblemKind.INVALID_JSON_BODY] * many
    assert [(row[KEY], row["a"]) for row in rows(block)] == [("good", "1")]


@pytest.mark.parametrize("numbers", [False, True])
def test_an_empty_key_stays_what_it_is(numbers: bool) -> None:
    keys = ["", *(f"column_{position}" for position in range(8))]
    lines = chunk(record(side(json.dumps(dict.fromkeys(keys, 1.5)), "JSON")))
    block, problems = decode(lines, CaptureDecoder(Payload(), Columns(), numbers=numbers))
    assert not problems
    assert block.frame.columns == [KEY, ROW, TIME, *keys]
    assembler = BlockAssembler(written=True)
    (whole,) = [*assembler.add(Rows(block.frame)), *assembler.finish()]
    assert whole.frame.columns == [KEY, ROW, *keys]


def test_the_key_is_the_inference_id_and_else_the_event_id() -> None:
    block, _ = decode(
        chunk(
            record(side("1,2\n3,4"), event="e1", inference="i1", time="2026-03-01T12:30:00Z"),
            record(side("5,6"), event="e2", time="2026-03-01T12:30:00.25+02:00"),
        )
    )
    assert block.frame[KEY].to_list() == ["i1", "i1", "e2"]
    assert block.frame[ROW].to_list() == [0, 1, 0]
    assert block.frame[TIME].to_list() == [
        datetime(2026, 3, 1, 12, 30, tzinfo=UTC),
        datetime(2026, 3, 1, 12, 30, tzinfo=UTC),
        datetime(2026, 3, 1, 10, 30, 0, 250_000, tzinfo=UTC),
    ]
    assert {name: block.frame.schema[name] for name in SCHEMA} == dict(SCHEMA)
    assert block.records == 2


def test_a_response_with_another_number_of_rows_is_counted_and_its_request_kept() -> None:
    block, problems = decode(
        chunk(record(side("1,2\n3,4"), side("0")), record(side("5,6"), side("1")), first_line=10)
    )
    assert problems == [(ProblemKind.ROW_COUNT_MISMATCH, 10)]
    assert block.frame.select("a", "p").rows() == [("1", None), ("3", None), ("5", "1")]


def test_a_bad_response_leaves_the_request_and_a_bad_request_leaves_nothing() -> None:
    block, problems = decode(
        chunk(
            record(side("1,2"), side("{", "JSON"), event="x"),
            record(side("1,2,3"), side("0"), event="y"),
            record(side("5,6"), side("1"), event="z"),
        )
    )
    assert problems == [(ProblemKind.INVALID_JSON_BODY, 1), (ProblemKind.WIDTH_MISMATCH, 2)]
    assert block.frame.select(KEY, "a", "p").rows() == [("x", "1", None), ("z", "5", "1")]


def test_either_side_may_be_absent() -> None:
    block, problems = decode(
        chunk(record(side("1,2")), record(None, side("0\n1")), record(), record(side(None), side("1")))
    )
    assert problems == [(ProblemKind.NO_PAYLOAD, 3)]
    assert block.frame.select(ROW, "a", "p").rows() == [
        (0, "1", None),
        (0, None, "0"),
        (1, None, "1"),
        (0, None, "1"),
    ]


def test_only_the_sides_that_are_asked_for_are_read() -> None:
    data = chunk(record(side("1,2"), side("0")))
    block, _ = decode(data, CaptureDecoder(Payload(), COLUMNS, sides=["Input"]))
    assert block.frame.columns == [*SCHEMA, "a", "b"]
    block, _ = decode(data, CaptureDecoder(Payload(), COLUMNS, sides=["Output"]))
    assert block.frame.columns == [*SCHEMA, "p"]


def test_an_undeclared_response_is_never_taken_for_columns() -> None:
    data = chunk(record(side("1,2"), side("0")), record(side("1,2"), side('{"score":1}', "JSON")))
    block, problems = decode(data, CaptureDecoder(Payload(), Columns(features=["a", "b"])))
    assert block.frame.columns == [*SCHEMA, "a", "b"]
    assert not problems


def test_positions_of_a_response_are_prediction_then_probability_or_as_named() -> None:
    data = chunk(record(side("1,2"), side("0.9,1")))
    columns = Columns(features=["a", "b"], prediction="p", probability="q")
    block, _ = decode(data, CaptureDecoder(Payload(), columns))
    assert block.frame.select("p", "q").rows() == [("0.9", "1")]
    named = Payload(output=Body(names=["q", "p"]))
    block, _ = decode(data, CaptureDecoder(named, columns))
    assert block.frame.select("p", "q").rows() == [("1", "0.9")]


def test_names_of_requests_leave_out_what_the_model_answers() -> None:
    columns = Columns(names=["label", "a", "b"], label="label")
    block, _ = decode(chunk(record(side("1,2"))), CaptureDecoder(Payload(), columns))
    assert block.frame.columns == [*SCHEMA, "a", "b"]
    block, _ = decode(chunk(record(side("1,2"))), CaptureDecoder(Payload(), Columns(), features=["f", "g"]))
    assert block.frame.columns == [*SCHEMA, "f", "g"]
    block, _ = decode(chunk(record(side("1,2"))), CaptureDecoder(Payload(), Columns()))
    assert block.frame.columns == [*SCHEMA, "_c0", "_c1"]


def test_records_outside_the_window_are_left_out_before_they_are_decoded() -> None:
    start, end = datetime(2026, 1, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, 2, tzinfo=UTC)
    data = chunk(
        record(side("bad,,"), time="2026-01-01T00:59:59Z"),
        record(side("1,2"), time="2026-01-01T01:00:00Z"),
        record(side("3,4"), time="2026-01-01T02:00:00Z"),
        record(side("5,6"), time="yesterday"),
        record(side("7,8"), time=None),
    )
    block, problems = decode(data, window=(start, end))
    assert block.frame["a"].to_list() == ["1"]
    assert (block.records, block.outside) == (1, 2)
    assert problems == [(ProblemKind.INVALID_TIMESTAMP, 4), (ProblemKind.INVALID_TIMESTAMP, 5)]


def test_a_filter_leaves_out_records_and_counts_them() -> None:
    condition = RecordFilter("!contains(eventMetadata.customAttributes, 'bot')", field="recordFilter")
    decoder = CaptureDecoder(Payload(), COLUMNS, record_filter=condition)
    data = chunk(
        record(side("1,2"), attributes=["bot"]),
        record(side("3,4"), attributes=["app"]),
        record(side("5,6")),
        "nonsense",
    )
    block, problems = decode(data, pickle.loads(pickle.dumps(decoder)))
    assert block.frame["a"].to_list() == ["3"]
    assert (block.records, block.filtered) == (1, 1)
    assert problems == [(ProblemKind.EXPRESSION_FAILED, 3), (ProblemKind.INVALID_JSON, 4)]


def test_a_bad_line_among_ten_thousand_is_counted_and_placed() -> None:
    good = record(side("1,2"), side("0"))
    block, problems = decode(chunk(*[good] * 6, '{"captureData": {', *[good] * 9_993, first_line=100))
    assert len(block.frame) == 9_999
    assert problems == [(ProblemKind.INVALID_JSON, 106)]


def test_a_last_line_that_is_cut_off_is_told_from_a_bad_one() -> None:
    cut = chunk(record(side("1,2")), '{"captureData": {"endpoin', ended=False)
    assert decode(cut)[1] == [(ProblemKind.INCOMPLETE_RECORD, 2)]
    assert decode(chunk(record(side("1,2")), ended=False))[1] == []


def test_an_empty_chunk_has_the_bookkeeping_columns_and_no_rows() -> None:
    block, problems = decode(Chunk(b"", 1, ended=True))
    assert (block.frame.columns, len(block.frame), problems) == (list(SCHEMA), 0, [])


def test_a_column_of_both_sides_is_the_responses() -> None:
    data = chunk(record(side('{"a":1,"p":7}', "JSON"), side('{"p":2}', "JSON")))
    block, _ = decode(data)
    assert rows(block) == [{KEY: "e", ROW: 0, "a": "1", "p": "2"}]


@pytest.mark.parametrize(
    ("payload", "columns", "sides", "says"),
    [
        (Payload(input=Body(names=["__mm_key"])), Columns(), ["Input"], "reserved '__mm_'"),
        (Payload(), Columns(), ["Output"], "columns.prediction"),
        (Payload(output=Body(rows="[")), Columns(), ["Input"], "payload.output.rows"),
    ],
)
def test_wrong_settings_are_refused(payload: Payload, columns: Columns, sides: Any, says: str) -> None:
    with pytest.raises(ConfigurationError, match=says.replace("[", r"\[")):
        CaptureDecoder(payload, columns, sides=sides)


def test_problems_hold_no_data() -> None:
    log = ProblemLog(URI)
    data = chunk(record(side("secret,1,2")), record(side('{"secret"', "JSON")), '{"secret": ')
    CaptureDecoder(Payload(), COLUMNS).decode(data, log)
    problems = log.take()
    assert Counter(problems.counts).total() == 3
    assert "secret" not in repr(problems)


def test_ground_truth_and_batch_output_stay_reachable() -> None:
    merged = record(side("1,2")) | {"groundTruthData": {"data": "1", "encoding": "CSV"}}
    merged["captureData"]["batchTransformOutput"] = {"data": "0.5", "encoding": "CSV"}
    records = CaptureDecoder(Payload(), COLUMNS).read(chunk(merged), ProblemLog(URI))
    data = pl.col("groundTruthData", "batchTransformOutput").struct.field("data").name.keep()
    assert records.frame.select(data).rows() == [("1", "0.5")]


def answered(**status: Any) -> dict[str, Any]:
    found = record(side("1,2"), side('{"error": "no"}', "JSON"))
    found["eventMetadata"] |= status
    return found


@pytest.mark.parametrize("more", [[], [b"{"], [b""]])
def test_failed_requests_are_counted_apart_and_not_decoded(more: list[bytes]) -> None:
    """Also where lines are read one by one."""
    good = [
        answered(statusCode=399),
        answered(statusCode=200, grpcStatus=0),
        answered(),
        answered(statusCode=0),
    ]
    failed = [answered(statusCode=400), answered(statusCode=503), answered(statusCode=200, grpcStatus=3)]
    lines = chunk(*good, *failed)
    data = Chunk(b"\n".join([lines.data, *more]), 1, ended=True)
    block, problems = decode(data, CaptureDecoder(Payload(), COLUMNS, sides=["Input"]))
    assert (block.records, block.failed, len(block.frame)) == (4, 3, 4)
    assert [kind for kind, _ in problems] == [ProblemKind.INVALID_JSON] * (more == [b"{"])


@pytest.mark.parametrize("status", ["500", 500.5, None, True, [500], 10**30])
def test_a_status_that_is_none_leaves_the_record_as_it_is(status: Any) -> None:
    block, problems = decode(
        chunk(answered(statusCode=status)), CaptureDecoder(Payload(), COLUMNS, sides=["Input"])
    )
    assert (block.records, block.failed, problems) == (1, 0, [])


def test_failed_requests_outside_the_window_are_outside() -> None:
    window = (datetime(2026, 3, 1, 12, tzinfo=UTC), datetime(2026, 3, 1, 13, tzinfo=UTC))
    found = [record(side("1,2"), time=time) for time in ("2026-03-01T12:30:00Z", "2026-03-01T13:30:00Z")]
    for one in found:
        one["eventMetadata"]["statusCode"] = 500
    block, _ = decode(chunk(*found), window=window)
    assert (block.records, block.failed, block.outside) == (0, 1, 1)
