r"""A table of numbers written as delimited text, read at the cost of one parse.

What is read is known to have the form ``-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?`` in every cell: what a parser
may take beyond that is looked for in the bytes, all at once. A column of fractional numbers becomes Float64,
one of integers Int64; one that has both stays text, since a value's type is told by how it is written. So
nothing that a summary tells of a text is lost.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]

BREAK: Final = ord("\n")
_MINUS, _PLUS, _POINT, _ZERO, _NINE, _E, _BLANK = (ord(character) for character in "-+.09e ")
_PLAIN: Final = b"0123456789.-\n"
_POWER: Final = b"eE+"
_CASE: Final = np.uint8(0x20)
"""The bit that tells a small letter from its capital."""

CHUNK: Final = 1 << 17
"""Bytes that stay in the processor's cache through all passes."""


class _Counts(NamedTuple):
    """What a table's bytes tell before it is parsed."""

    rows: int
    empty: int
    """Cells without a byte."""
    points: int
    powers: bool
    """Whether a number has an exponent."""


def read_table(
    raw: bytes, names: Sequence[str], delimiter: str, *, json: bool = False
) -> pl.DataFrame | None:
    r"""Read a table of numbers, or return None if it is anything else.

    Parameters
    ----------
    raw
        Rows, each ended by ``\n``.
    names
        Columns.
    delimiter
        One character between cells.
    json
        Whether blanks may stand before a number, and no cell may be empty. In CSV an empty cell is a missing
        value, but for a row of a single column.
    """
    mark = delimiter.encode()
    if len(mark) != 1 or mark in _PLAIN + _POWER or raw[-1:] != b"\n":
        return None
    text = np.frombuffer(raw, np.uint8)
    counts = _count(text, ord(mark), len(names), blanks=json)
    if counts is None or (counts.empty and (json or len(names) == 1)):
        return None
    types = _types(text, ord(mark), counts, len(names))
    if types is None:
        return None
    return _parse(raw, dict(zip(names, types, strict=True)), delimiter, counts)


def _count(text: Bytes, mark: int, columns: int, *, blanks: bool) -> _Counts | None:
    """Count, taking all that is no part of a number for the end of a cell.

    None if the cells make no rows, a letter is no exponent's, a point lacks a digit on one side, a plus has
    no place, or a zero leads other digits.
    """
    cells = empty = points = 0
    powers = False
    for start in range(0, len(text), CHUNK):
        # Together with the byte before, as if a row had ended before the first, and the one behind.
        part = text[start - 1 : start + CHUNK + 1] if start else np.append(np.uint8(BREAK), text[: CHUNK + 1])
        inner = part[1 : CHUNK + 1]
        others = part < _ZERO
        strange = 0
        if part.max() > _NINE:
            above = part > _NINE
            others |= above
            strange = int(np.count_nonzero(_is_power(inner)))
            marks = _times(inner, mark) if mark > _NINE else 0
            if int(np.count_nonzero(above[1 : CHUNK + 1])) != strange + marks:
                return None
            powers |= strange > 0
            strange += _times(inner, _PLUS)
        point = part == _POINT
        here = int(np.count_nonzero(point[1 : CHUNK + 1]))
        led = _times(inner, _MINUS) + (_times(inner, _BLANK) if blanks else 0)
        cells += int(np.count_nonzero(others[1 : CHUNK + 1])) - here - led - strange
        points += here
        # A sign, and a blank before a number, stands behind another such character, as no other may.
        doubled = (others[:-1] & others[1:])[:CHUNK]
        if strange or int(np.count_nonzero(doubled)) != led:
            pairs = np.flatnonzero(doubled)
            first, second = part[pairs], part[pairs + 1]
            if np.any((first == _POINT) | (second == _POINT) | ((second == _PLUS) & ~_is_power(first))):
                return None
            ends = ((first == BREAK) | (first == mark)) & ((second == BREAK) | (second == mark))
            empty += int(np.count_nonzero(ends))
        # What begins with a zero and goes on with a digit, but for the digits behind a point.
        leading = ((part[1:-1] == _ZERO) & others[:-2]) > (point[:-2] | others[2:])
        if not leading.any():
            continue
        zeros = np.flatnonzero(leading)
        before, earlier = part[zeros], text[start + zeros - 2]
        signed = (before == _PLUS) | (before == _MINUS)
        if not np.all(_is_power(before) | (signed & _is_power(earlier))):
            return None
    return None if cells % columns else _Counts(cells // columns, empty, points, powers)


def _times(text: Bytes, character: int) -> int:
    return int(np.count_nonzero(text == character))


def _is_power(text: Bytes) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = (text | _CASE) == _E
    return found


def _types(text: Bytes, mark: int, counts: _Counts, columns: int) -> list[type[pl.DataType]] | None:
    """Return the type of each column, if all cells are numbers; None if the rows are not complete."""
    if not counts.powers and counts.points in {0, counts.rows * columns - counts.empty}:
        return [pl.Float64 if counts.points else pl.Int64] * columns  # numbers have one point at most
    stops = np.flatnonzero((text == BREAK) | (text == mark))
    if len(stops) != counts.rows * columns:
        return None
    starts = np.concatenate([[0], stops[:-1] + 1])
    fractional = (text == _POINT) | _is_power(text)
    cells = np.logical_or.reduceat(fractional, starts).reshape(-1, columns)
    missing = (stops == starts).reshape(-1, columns)
    some, every = np.any(cells, axis=0), np.all(cells | missing, axis=0)
    return [
        pl.Int64 if not some[column] else pl.Float64 if every[column] else pl.String
        for column in range(columns)
    ]


def _parse(
    raw: bytes, schema: dict[str, type[pl.DataType]], delimiter: str, counts: _Counts
) -> pl.DataFrame | None:
    """Parse the table; None if it has another form or a cell that is no number."""
    try:
        frame = pl.read_csv(raw, has_header=False, schema=schema, separator=delimiter, quote_char=None)
    except pl.exceptions.PolarsError:
        return None
    # A cell that a row lacks is null too.
    missing = sum(column.null_count() for column in frame.iter_columns())
    if frame.height != counts.rows or missing != counts.empty:
        return None
    if pl.String not in schema.values():
        return frame
    frame = frame.with_columns(pl.col(pl.String).str.strip_chars_start(" "))
    texts = frame.select(pl.col(pl.String))
    numbers = texts.select(pl.all().cast(pl.Float64, strict=False))
    return frame if numbers.null_count().equals(texts.null_count()) else None
