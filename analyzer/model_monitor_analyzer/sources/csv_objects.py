"""CSV objects as frames of text: an unquoted empty field is missing, a quoted empty one is a value."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Literal, NamedTuple

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.csv as pa_csv

from model_monitor_analyzer.errors import ConfigurationError, SchemaMismatchError, UnreadableObjectError
from model_monitor_analyzer.sources.csv_boundaries import CsvBoundaries
from model_monitor_analyzer.sources.lines import Chunk, read_chunks
from model_monitor_analyzer.sources.problems import ProblemKind, ProblemLog
from model_monitor_analyzer.sources.records import RECORD, Frames, check_names, positional_names
from model_monitor_analyzer.sources.utf8 import repair
from model_monitor_api.v1alpha1.dataset import Csv

_RESCANS: Final = 4
"""Times that a chunk is gone through; what is left then, behind so many unclosed quotes, is left out."""


def read_csv(stream: Iterable[bytes], log: ProblemLog, dialect: Csv, names: Iterable[str] | None) -> Frames:
    """Read one object.

    Parameters
    ----------
    stream
        The object as stored.
    log
        Receives what is wrong with single records: `WIDTH_MISMATCH`, `UNCLOSED_QUOTE`, `INCOMPLETE_RECORD`
        (these are left out) and `NOT_UTF8` (kept, with U+FFFD).
    dialect
        Header, delimiter, quote.
    names
        Names by position, for objects without a header. None: `_c0`, `_c1`, ….

    Yields
    ------
    pl.DataFrame
        `RECORD` and the columns, all String.

    Raises
    ------
    ConfigurationError
        The dialect can't be read.
    SchemaMismatchError
        Names repeat, are too many, or are only numbers.
    UnreadableObjectError
        There is no header, the text is UTF-16 or binary, or its lines end by carriage returns alone.
    """
    if dialect.delimiter == dialect.quote or not (dialect.delimiter + dialect.quote).isascii():
        raise ConfigurationError("csv.delimiter and csv.quote must be different ASCII characters")
    boundaries = CsvBoundaries(dialect.delimiter, dialect.quote)
    columns = None if dialect.header or names is None else tuple(names)
    if columns is not None:
        check_names(columns, log.uri)
    record = 0
    for chunk, ended in _whole(read_chunks(stream, log, boundary=boundaries), boundaries, log):
        text = chunk
        if columns is None:
            end = boundaries.first_end(text) or len(text)
            columns = _columns(_fields(text[:end], log.uri, dialect), log.uri, header=dialect.header)
            check_names(columns, log.uri)
            text = text[end:] if dialect.header else text
        if text:
            parsed = _parse(text, columns, dialect, record)
            record += parsed.records
            for number in parsed.misfits:
                cut = number == record and not ended
                log.add(ProblemKind.INCOMPLETE_RECORD if cut else ProblemKind.WIDTH_MISMATCH, number)
            yield parsed.frame
    if columns is None and dialect.header:
        raise UnreadableObjectError(f"'{log.uri}' has no header: write one, or set csv.header: false")


def _whole(
    chunks: Iterable[Chunk], boundaries: CsvBoundaries, log: ProblemLog
) -> Iterator[tuple[bytes, bool]]:
    """Yield valid text without unclosed quotes, and whether its last record is ended by a line break."""
    for chunk in chunks:
        text, bad = repair(chunk.data)
        for line in bad:
            log.add(ProblemKind.NOT_UTF8, chunk.first_line + line)
        first_line = chunk.first_line
        patience = _RESCANS
        while text:
            if not patience:
                left = text.count(b"\n") + (not text.endswith(b"\n"))
                log.add(ProblemKind.UNCLOSED_QUOTE, first_line, left)
                break
            patience -= 1
            end, quoted = boundaries.extent(text, len(text))
            if not quoted:
                yield text, chunk.ended
                break
            if end:
                yield text[:end], True
            first_line += text.count(b"\n", 0, end)
            cut = text.find(b"\n", end) + 1
            log.add(ProblemKind.UNCLOSED_QUOTE if cut else ProblemKind.INCOMPLETE_RECORD, first_line)
            text = text[cut:] if cut else b""
            first_line += 1


def _columns(fields: list[str], uri: str, *, header: bool) -> tuple[str, ...]:
    placeholders = positional_names(len(fields))
    if not header:
        return placeholders
    named = [field for field in fields if field]
    if named and all(_is_number(field) for field in named):
        raise SchemaMismatchError(
            f"'{uri}' has no header, its first line holds only numbers: write one, or set csv.header: false"
        )
    return tuple(field or placeholder for field, placeholder in zip(fields, placeholders, strict=True))


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _fields(record: bytes, uri: str, dialect: Csv) -> list[str]:
    if b"\0" in record:
        raise UnreadableObjectError(
            f"'{uri}' has NUL bytes in its first line: it is binary, compressed twice, or UTF-16; "
            "store it as CSV text in UTF-8, or correct format"
        )
    reader = csv.reader(
        io.StringIO(record.decode(), newline=""), delimiter=dialect.delimiter, quotechar=dialect.quote
    )
    try:
        fields = next(reader, [])
        more = next(reader, None)
    except csv.Error as error:
        raise UnreadableObjectError(f"'{uri}' has a first line that is no CSV: {error}") from None
    if more is not None:  # the reader ends records at carriage returns too
        raise UnreadableObjectError(
            f"'{uri}' has lines that end by a carriage return alone: end them with a line feed (\\n)"
        )
    return fields


class _Parsed(NamedTuple):
    """Records of one chunk.

    Attributes
    ----------
    frame
        `RECORD` and the columns of the records that fit.
    misfits
        Numbers of the records that have another number of fields.
    records
        Number of records, of both sorts.
    """

    frame: pl.DataFrame
    misfits: tuple[int, ...]
    records: int


def _parse(text: bytes, columns: Sequence[str], dialect: Csv, before: int) -> _Parsed:
    """Parse whole records, of which `before` came before in the object."""
    misfits: list[int] = []

    def leave_out(row: pa_csv.InvalidRow) -> Literal["skip"]:
        misfits.append(before + row.number)
        return "skip"

    table = pa_csv.read_csv(
        pa.BufferReader(text),
        # One thread, since only then misfits are told their numbers; parts of the data are read in parallel.
        read_options=pa_csv.ReadOptions(use_threads=False, block_size=len(text) + 1, column_names=columns),
        parse_options=pa_csv.ParseOptions(
            delimiter=dialect.delimiter,
            quote_char=dialect.quote,
            newlines_in_values=True,
            invalid_row_handler=leave_out,
            ignore_empty_lines=len(columns) > 1,  # in a single column an empty line is a missing value
        ),
        convert_options=pa_csv.ConvertOptions(
            check_utf8=False,
            column_types=dict.fromkeys(columns, pa.string()),
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )
    count = table.num_rows + len(misfits)
    numbers = np.arange(before + 1, before + count + 1, dtype=np.uint64)
    if misfits:
        numbers = np.delete(numbers, np.array(misfits) - before - 1)
    frame = pl.DataFrame({RECORD: numbers}).hstack(pl.DataFrame(table))
    return _Parsed(frame, tuple(misfits), count)
