"""Whole series of bodies at once: lines split into fields, under one set of columns.

What is decoded here is decoded exactly as `body.BodyDecoder` does it, only faster. A body that is not of the
expected plain form is left to that one; nothing is ever guessed.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import polars as pl

from model_monitor_analyzer.payload.values import MAX_CELLS, MAX_COLUMNS, MAX_ROWS

PREFIX: Final = "__mm_"
"""Reserved: columns of the data may not begin so."""

BODY: Final = f"{PREFIX}body"
"""Index of the body in the series that was given (UInt32)."""

ROW: Final = f"{PREFIX}row"
"""Index of the row in its body (UInt32)."""


class Decoded(NamedTuple):
    """What could be decoded of a series of bodies.

    Attributes
    ----------
    frame
        `BODY`, `ROW` and the columns (String), in the order of bodies and rows.
    done
        Whether each body was decoded (Boolean, one per body).
    """

    frame: pl.DataFrame
    done: pl.Series


def nothing_decoded(bodies: pl.Series) -> Decoded:
    """Return what leaves all bodies to the other way."""
    frame = pl.DataFrame(schema={BODY: pl.UInt32, ROW: pl.UInt32})
    return Decoded(frame, pl.repeat(value=False, n=len(bodies), dtype=pl.Boolean, eager=True))


def small(text: pl.Expr) -> pl.Expr:
    """Return whether texts are too short to hold more than `MAX_CELLS` cells."""
    return text.str.len_bytes() <= MAX_CELLS


def split_rows(lines: pl.DataFrame, separator: str) -> pl.DataFrame:
    """Split texts into rows (`BODY`, `ROW`, `text`), leaving out bodies of more than `MAX_ROWS`."""
    text = pl.col("text")
    if not lines["text"].str.contains(separator, literal=True).any():
        return lines.select(BODY, pl.lit(0, dtype=pl.UInt32).alias(ROW), text)
    lines = lines.with_columns(text.str.split(separator))
    lengths = text.list.len()
    rows = pl.int_ranges(0, lengths, dtype=pl.UInt32).alias(ROW)
    return lines.filter(lengths <= MAX_ROWS).select(BODY, rows, text).explode(ROW, "text")


def csv_bodies(bodies: pl.Series, names: Sequence[str] | None, delimiter: str) -> Decoded:
    """Decode CSV bodies without quotes whose lines all have the same number of fields.

    Parameters
    ----------
    bodies
        Texts (String), null where there is none.
    names
        Columns. None: as many as the first line has fields, called `_c0`, `_c1`, ….
    delimiter
        Between fields.
    """
    text = pl.col("text")
    lines = pl.DataFrame({"text": bodies}).with_row_index(BODY)
    if bodies.str.contains("\r", literal=True).any():
        lines = lines.with_columns(text.str.replace_all("\r\n", "\n", literal=True))
    plain = (
        text.is_not_null()
        & (text != "")
        & ~text.str.contains('"', literal=True)
        & ~text.str.contains("\r", literal=True)
        & ~text.str.starts_with("\ufeff")
        & small(text)
    )
    lines = lines.filter(plain).with_columns(text.str.strip_suffix("\n"))
    if not len(lines):
        return nothing_decoded(bodies)
    lines = split_rows(lines, "\n")
    return split_fields(lines, bodies, names, delimiter, missing="")


def split_fields(
    lines: pl.DataFrame, bodies: pl.Series, names: Sequence[str] | None, delimiter: str, *, missing: str
) -> Decoded:
    """Split lines into columns, leaving out every body that has a line of another width.

    Parameters
    ----------
    lines
        `BODY`, `ROW` and `text`.
    bodies
        All bodies.
    names
        Columns; None for `_c0`, `_c1`, ….
    delimiter
        Between fields.
    missing
        The field that means a missing value.
    """
    if not len(lines):
        return nothing_decoded(bodies)
    text = pl.col("text")
    has_missing = (
        lines["text"].str.contains(missing, literal=True).any() if missing else _has_empty(lines, delimiter)
    )
    lines = lines.with_columns(text.str.split(delimiter))
    if names is None:
        width = lines["text"].list.len()[0]
        if width > MAX_COLUMNS:
            return nothing_decoded(bodies)
        names = [f"_c{index}" for index in range(width)]
    even = lines["text"].list.len() == len(names)
    if not even.all():
        uneven = lines.filter(~even)[BODY].unique()
        lines = lines.filter(~pl.col(BODY).is_in(uneven.implode()))
    fields = lines["text"].list.to_struct(fields=list(names)).struct.unnest()
    if has_missing:
        fields = fields.select(pl.when(pl.all() != missing).then(pl.all()))
    return Decoded(lines.select(BODY, ROW).hstack(fields), done_bodies(lines, bodies))


def done_bodies(lines: pl.DataFrame, bodies: pl.Series) -> pl.Series:
    """Return which bodies have rows in a frame (Boolean, one per body)."""
    numbers = pl.int_range(0, len(bodies), dtype=pl.UInt32, eager=True)
    decoded = lines[BODY]
    if len(decoded) == len(numbers) and decoded.equals(numbers):
        return pl.repeat(value=True, n=len(bodies), dtype=pl.Boolean, eager=True)
    return numbers.is_in(decoded.unique().implode())


def _has_empty(lines: pl.DataFrame, delimiter: str) -> bool:
    text = lines["text"].str
    return bool(
        text.contains(delimiter * 2, literal=True).any()
        or text.starts_with(delimiter).any()
        or text.ends_with(delimiter).any()
        or (lines["text"] == "").any()
    )
