"""Lines of a capture file as a frame: who asked, when, and both bodies as they were recorded.

Lines that keep to the format are read by a parser made for their types. It refuses the whole block for one
bad line; then, and where each record is needed as a value, lines are read one by one, which finds bad ones.
"""

from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Annotated, Any, Final, NamedTuple

import msgspec
import numpy as np
import polars as pl

from model_monitor_analyzer.payload import json_text
from model_monitor_analyzer.payload.blocks import CONTENT_TYPE, DATA, ENCODING
from model_monitor_analyzer.payload.errors import BodyError
from model_monitor_analyzer.sources.lines import Chunk

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

_Status = Annotated[int, msgspec.Meta(gt=-_LARGEST, lt=_LARGEST)] | None
_Side = msgspec.defstruct("_Side", [(name, str | None, None) for name in _SIDE_FIELDS], gc=False)
_Captured = msgspec.defstruct(
    "_Captured", [(side, _Side | None, None) for side, parent in SIDES.items() if parent], gc=False
)
_Event = msgspec.defstruct(
    "_Event",
    [(name, str | None, None) for name in _EVENT_FIELDS] + [(name, _Status, None) for name in _STATUS_FIELDS],
    gc=False,
)
_Record = msgspec.defstruct(
    "_Record",
    [("captureData", _Captured | None, None), ("eventMetadata", _Event | None, None)]
    + [(side, _Side | None, None) for side, parent in SIDES.items() if not parent],
    gc=False,
)
_DECODER: Final = msgspec.json.Decoder(_Record)
_NOTHING: Final = {"captureData": _Captured(), "eventMetadata": _Event()}
_NO_BODY: Final = _Side()
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


def read_at_once(chunk: Chunk) -> pl.DataFrame | None:
    """Return the records of a chunk (`SCHEMA`); None if a line is blank or no record."""
    records = _records(chunk)
    if records is None:
        return None
    events = _members(records, "eventMetadata")
    captured = _members(records, "captureData")
    columns = [
        pl.int_range(len(records), dtype=pl.UInt32, eager=True).alias(LINE),
        *(_column(events, name, SCHEMA[name]) for name in (*_EVENT_FIELDS, *_STATUS_FIELDS)),
        *(_side_column(captured if parent else records, side) for side, parent in SIDES.items()),
    ]
    return pl.DataFrame(columns)


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


def _records(chunk: Chunk) -> list[msgspec.Struct] | None:
    data = chunk.data
    try:
        if not data.isascii():
            data.decode()  # the parser does not look at what is not read
        if _are_apart(chunk):
            records = _DECODER.decode_lines(data)
            if len(records) == len(chunk.line_ends) + (not data.endswith(b"\n")):
                return records
        # Slower, but blanks may stand anywhere around a record.
        return list(map(_DECODER.decode, data.removesuffix(b"\n").split(b"\n")))
    except (UnicodeDecodeError, msgspec.DecodeError, RecursionError):
        return None


def _are_apart(chunk: Chunk) -> bool:
    """Return whether no record goes on in another line: inside of one no object follows another so.

    The parser skips blank lines, and would read a record that takes two, or two in one line.
    """
    text = np.frombuffer(chunk.data, np.uint8)
    breaks = chunk.line_ends
    inner = breaks[:-1] if chunk.data.endswith(b"\n") else breaks
    return chunk.data.startswith(b"{") and bool(
        np.all(text[inner - 1] == ord("}")) and np.all(text[inner + 1] == ord("{"))
    )


def _members(records: Iterable[msgspec.Struct], name: str) -> list[Any]:
    return [getattr(record, name) or _NOTHING[name] for record in records]


def _column(holders: Iterable[Any], name: str, dtype: pl.DataType) -> pl.Series:
    return pl.Series(name, list(map(attrgetter(name), holders)), dtype=dtype)


def _side_column(holders: Sequence[Any], side: str) -> pl.Series:
    sides = list(map(attrgetter(side), holders))
    absent = sides.count(None)
    if absent == len(sides):
        return pl.Series(side, [], dtype=SCHEMA[side]).extend_constant(None, absent)
    bodies = [_NO_BODY if body is None else body for body in sides] if absent else sides
    column = pl.DataFrame([_column(bodies, name, pl.String()) for name in _SIDE_FIELDS]).to_struct(side)
    return column.set(pl.Series([body is None for body in sides]), None) if absent else column


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
