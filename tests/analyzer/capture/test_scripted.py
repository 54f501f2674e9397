import pytest

from model_monitor_analyzer.errors import ScriptError
from model_monitor_analyzer.scripts.filters import RecordFilter
from model_monitor_analyzer.scripts.process import ScriptProcess
from model_monitor_analyzer.scripts.script import Script
from model_monitor_analyzer.sources.capture.bookkeeping import KEY, ROW, SCHEMA, TIME
from model_monitor_analyzer.sources.capture.decoder import CaptureBlock, CaptureDecoder
from model_monitor_analyzer.sources.problems import ProblemKind, ProblemLog
from model_monitor_api.v1alpha1.columns import Columns
from model_monitor_api.v1alpha1.dataset import Payload
from tests.analyzer.capture.captures import chunk, record, side

DATA = chunk(
    record(side("1,2\n3,4"), side("0\n1"), event="x"),
    record(side("5,6"), side("1"), event="y", attributes=["bot"]),
    "broken",
    record(side("7,8"), side("0"), event="z"),
    first_line=5,
)


def decode(source: str, condition: str | None = None) -> tuple[CaptureBlock, ProblemLog]:
    record_filter = None if condition is None else RecordFilter(condition, field="recordFilter")
    decoder = CaptureDecoder(
        Payload(), Columns(features=["a", "b"], prediction="p"), record_filter=record_filter
    )
    log = ProblemLog("s3://bucket/x.jsonl")
    with ScriptProcess(Script("s", source, 20)) as script:
        return decoder.decode(DATA, log, script=script), log


def test_the_handler_makes_the_rows_and_they_keep_their_records() -> None:
    source = """
def preprocess_handler(record):
    if record.event_metadata.event_id == "y":
        return []
    return [dict(zip("ab", line.split(","))) for line in record.endpoint_input.data.split()]
"""
    block, log = decode(source)
    assert block.frame.drop(TIME).rows() == [("x", 0, "1", "2"), ("x", 1, "3", "4"), ("z", 0, "7", "8")]
    assert block.frame.columns == [*SCHEMA, "a", "b"]
    assert [(place.kind, place.record) for place in log.take().places] == [(ProblemKind.INVALID_JSON, 7)]
    assert block.records == 3


def test_the_filter_comes_before_the_handler() -> None:
    source = "def preprocess_handler(record):\n    return {'id': record.event_metadata.event_id}"
    block, _ = decode(source, "!(eventMetadata.customAttributes)")
    assert block.frame["id"].to_list() == ["x", "z"]
    assert (block.filtered, block.records) == (1, 2)


def test_a_handler_that_raises_is_told_with_the_line_of_the_record() -> None:
    source = "def preprocess_handler(record):\n    return {'n': 1 / (record.event_metadata.event_id != 'z')}"
    with pytest.raises(
        ScriptError, match=r"line 2: it raised ZeroDivisionError .* at line 8 of s3://bucket/x\.jsonl"
    ):
        decode(source)


def test_a_handler_that_drops_everything_leaves_no_rows() -> None:
    block, _ = decode("def preprocess_handler(record):\n    return []")
    assert (block.frame.columns, len(block.frame)) == (list(SCHEMA), 0)


def test_a_frame_script_gets_the_decoded_rows() -> None:
    source = """
import polars as pl
def preprocess_frame(frame):
    return frame.filter(pl.col("a") != "1").with_columns(total=pl.col("a").cast(int) + pl.col("b").cast(int))
"""
    block, _ = decode(source)
    assert block.frame.select(KEY, ROW, "a", "p", "total").rows() == [
        ("x", 1, "3", "1", 7),
        ("y", 0, "5", "1", 11),
        ("z", 0, "7", "0", 15),
    ]


def test_a_frame_script_may_lose_the_bookkeeping() -> None:
    block, _ = decode("def preprocess_frame(frame):\n    return frame.select('b', 'a')")
    assert block.frame.columns == [*SCHEMA, "b", "a"]
    assert block.frame.schema[TIME] == SCHEMA[TIME]
    assert block.frame[KEY].null_count() == len(block.frame) == 4


@pytest.mark.parametrize(
    "source",
    [
        "def preprocess_handler(record):\n    return {'__mm_x': 1}",
        "def preprocess_frame(frame):\n    return frame.select(__mm_x='a')",
    ],
)
def test_reserved_names_are_refused(source: str) -> None:
    with pytest.raises(ScriptError, match="reserved"):
        decode(source)
