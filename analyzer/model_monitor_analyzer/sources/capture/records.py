"""Lines of a capture file as a frame: who asked, when, and both bodies as they were recorded.

Lines that keep to the format are read by Arrow's parser. It refuses the whole block for one bad line; then,
and where each record is needed as a value, lines are read one by one, which finds the bad ones.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

import polars as pl
import pyarrow as pa
import pyarrow.json as pa_json

from model_monitor_analyzer.payload import json_text
from model_monitor_analyzer.payload.blocks import CONTENT_TYPE, DATA, ENCODING
from model_monitor_analyzer.payload.errors import BodyError
from model_monitor_analyzer.sources.lines import count_line_breaks

LINE: Final = "line"
"""Index of the record's line in the block (UInt32)."""

SIDES: Final = {
    "endpointInput": "captureData",
    "endpointOutput": "captureData",
    "batchTransformOutput": "captureData",
    "groundTruthData": None,
}
"""Bodies that a record may hold, and the object of the record that they stand in."""

_SIDE_FIELDS = (DATA, ENCODING, CONTENT_TYPE)
_EVENT_FIELDS = ("eventId", "inferenceId", "inferenceTime")
_STATUS_FIELDS = ("statusCode", "grpcStatus")

_LARGEST = 2**31

_SIDE = pa.struct([pa.field(name, pa.string()) for name in _SIDE_FIELDS])
_ARROW_SCHEMA = pa.schema(
    [
        ("captureData", pa.struct([(side, _SIDE) for side, parent in SIDES.items() if parent])),
        (
            "eventMetadata",
            pa.struct(
                [(name, pa.string()) for name in _EVENT_FIELDS]
                + [(name, pa.int64()) for name in _STATUS_FIELDS]
            ),
        ),
        *((side, _SIDE) for side, parent in SIDES.items() if not parent),
    ]
)
SCHEMA: Final = pl.Schema(
    {LINE: pl.UInt32}
    | dict.fromkeys(_EVENT_FIELDS, pl.String)
    | dict.fromkeys(_STATUS_FIELDS, pl.Int64)
    | {side: pl.Struct(dict.fromkeys(_SIDE_FIELDS, pl.String)) for side in SIDES}
)
"""Columns of a frame of records. A side that a record does not have is null, or has no data."""


class ParsedLines(NamedTuple):
    """Lines read one by one.

    Attributes
    ----------
    indices
        Index in the block of each line that is a record.
    records
        These records as JSON values.
    bad
        Indices of the lines that are no records; blank lines are neither.
    """

    indices: list[int]
    records: list[Mapping[str, Any]]
    bad: list[int]


def read_at_once(block: bytes) -> pl.DataFrame | None:
    """Return the records of a block of whole lines (`SCHEMA`); None if a line is blank or no record."""
    table = _arrow_table(block)
    if table is None:
        return None
    wide = pl.from_arrow(table)
    assert isinstance(wide, pl.DataFrame)  # noqa: S101 # from_arrow gives a Series only for arrays
    fields = [pl.col("eventMetadata").struct.field(name) for name in (*_EVENT_FIELDS, *_STATUS_FIELDS)]
    sides = [pl.col(parent).struct.field(side) if parent else pl.col(side) for side, parent in SIDES.items()]
    return wide.with_row_index(LINE).select(LINE, *fields, *sides)


def read_one_by_one(block: bytes) -> ParsedLines:
    """Return the records of a block of whole lines as JSON values."""
    parsed = ParsedLines([], [], [])
    for index, line in enumerate(block.split(b"\n")):
        if not line.strip():
            continue
        record = parse_record(line)
        if record is None:
            parsed.bad.append(index)
        else:
            parsed.indices.append(index)
            parsed.records.append(record)
    return parsed


def is_failed() -> pl.Expr:
    """Return whether a record's request failed: an answer of that kind is no prediction."""
    return (pl.col("statusCode").fill_null(0) >= 400) | (pl.col("grpcStatus").fill_null(0) != 0)


def records_frame(indices: Iterable[int], records: Iterable[Mapping[str, Any]]) -> pl.DataFrame:
    """Return records as a frame (`SCHEMA`)."""
    rows = [(index, *_flat(record)) for index, record in zip(indices, records, strict=True)]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def parse_record(line: bytes) -> Mapping[str, Any] | None:
    """Return a line's record as JSON values, None if it is no record."""
    try:
        record = json_text.parse(line.decode())
    except (UnicodeDecodeError, BodyError):
        return None
    if record is None:
        return {}
    return record if isinstance(record, dict) and _is_well_formed(record) else None


def _arrow_table(block: bytes) -> pa.Table | None:
    if not block.isascii():
        try:
            block.decode()
        except UnicodeDecodeError:
            return None
    try:
        table = pa_json.read_json(
            pa.BufferReader(block),
            read_options=pa_json.ReadOptions(use_threads=False, block_size=len(block) + 1),
            parse_options=pa_json.ParseOptions(
                explicit_schema=_ARROW_SCHEMA, unexpected_field_behavior="ignore"
            ),
        )
    except pa.ArrowInvalid:
        return None
    # Arrow skips blank lines and takes several objects from one; either way lines could not be told apart.
    lines = count_line_breaks(block) + (not block.endswith(b"\n"))
    return table if table.num_rows == lines else None


def _is_well_formed(record: Mapping[str, Any]) -> bool:
    """Return whether all that is read of a record has the type it should."""
    parents = [record.get("captureData"), record.get("eventMetadata")]
    if not all(parent is None or isinstance(parent, dict) for parent in parents):
        return False
    sides = [_side(record, side) for side in SIDES]
    if not all(side is None or isinstance(side, dict) for side in sides):
        return False
    texts = [(record.get("eventMetadata") or {}).get(name) for name in _EVENT_FIELDS]
    texts += [side.get(name) for side in sides if side for name in _SIDE_FIELDS]
    return all(text is None or isinstance(text, str) for text in texts)


def _side(record: Mapping[str, Any], side: str) -> Any:
    parent = SIDES[side]
    return record.get(side) if parent is None else (record.get(parent) or {}).get(side)


def _flat(record: Mapping[str, Any]) -> list[Any]:
    event = record.get("eventMetadata") or {}
    values: list[Any] = [event.get(name) for name in _EVENT_FIELDS]
    values += [_number(event.get(name)) for name in _STATUS_FIELDS]
    for side in SIDES:
        body = _side(record, side)
        values.append(None if body is None else {name: body.get(name) for name in _SIDE_FIELDS})
    return values


def _number(value: Any) -> int | None:
    """Return a status, None for what is none: it is an attribute beside the format, which others may fill."""
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < _LARGEST else None
