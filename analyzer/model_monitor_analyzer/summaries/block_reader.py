"""Columns of blocks, read by the rules for their types."""

from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from model_monitor_analyzer.summaries.block import ColumnBlock, if_distinct, lengths_of
from model_monitor_analyzer.summaries.numeric import NO_NUMBERS, sort_out
from model_monitor_analyzer.summaries.ordering import UNORDERED, Ordering
from model_monitor_analyzer.summaries.tally import tally_in_place
from model_monitor_analyzer.summaries.text_block import read_strings
from model_monitor_analyzer.summaries.type_counts import TypeCounts

_PER_SECOND = {"ms": 1e3, "us": 1e6, "ns": 1e9}
_NO_REALS = np.empty(0)


class ColumnTypeError(ValueError):
    """A column of values that nothing can be said of."""


def read_block(column: pl.Series, strings: Literal["Lexical", "Physical"]) -> ColumnBlock:
    """Read one column of a block by its physical type.

    Dates and times are strings, in ISO 8601 as Polars writes it; durations are numbers of seconds.

    Raises
    ------
    ColumnTypeError
        If the column holds lists, objects or raw bytes.
    """
    dtype = column.dtype
    missing = column.null_count()
    present = column.drop_nulls() if missing else column
    if dtype == pl.String:
        return read_strings(present, len(column), missing, lexical=strings == "Lexical")
    if dtype.is_integer() or (isinstance(dtype, pl.Decimal) and not dtype.scale):
        return _read_integers(present, len(column), missing)
    if dtype.is_float() or dtype.is_decimal() or isinstance(dtype, pl.Duration):
        return _read_floats(present, len(column))
    if dtype == pl.Boolean:
        return _read_booleans(present, len(column), missing)
    if dtype.is_temporal():
        return _read_temporal(present, len(column), missing)
    if isinstance(dtype, pl.Categorical | pl.Enum | pl.Null):
        return read_strings(present.cast(pl.String), len(column), missing, lexical=False)
    raise ColumnTypeError(
        f"column '{column.name}' holds values of type {dtype}; flatten it into columns of single values, "
        "or leave it out"
    )


def _read_integers(present: pl.Series, rows: int, missing: int) -> ColumnBlock:
    narrow = present.cast(pl.Int64, strict=False)
    reals = _NO_REALS
    if narrow.null_count():
        reals = present.filter(narrow.is_null()).cast(pl.Float64).to_numpy(writable=True)
        narrow = narrow.drop_nulls()
    integers = narrow.to_numpy(writable=True)
    ordering = Ordering.of(present.cast(pl.Float64).to_numpy() if len(reals) else integers)
    numbers = sort_out(tally_in_place(integers), tally_in_place(reals))
    return ColumnBlock(
        rows=rows,
        missing=missing,
        types=TypeCounts(integral=len(present)),
        numbers=numbers,
        keys=numbers,
        ordering=if_distinct(ordering, len(present), numbers),
    )


def _as_floats(present: pl.Series) -> NDArray[np.float64]:
    if isinstance(present.dtype, pl.Duration):
        return present.to_physical().to_numpy() / _PER_SECOND[present.dtype.time_unit]
    return present.cast(pl.Float64).to_numpy(writable=True)


def _read_floats(present: pl.Series, rows: int) -> ColumnBlock:
    values = _as_floats(present)
    ordering = Ordering.of(values)
    numbers = sort_out(NO_NUMBERS.integers, tally_in_place(values))
    n = numbers.finite.total + numbers.positive_infinities + numbers.negative_infinities
    if n < len(values):
        in_order = _as_floats(present)
        ordering = Ordering.of(in_order[~np.isnan(in_order)])
    return ColumnBlock(
        rows=rows,
        missing=rows - n,
        types=TypeCounts(fractional=n),
        numbers=numbers,
        keys=numbers,
        ordering=if_distinct(ordering, n, numbers),
    )


def _read_booleans(present: pl.Series, rows: int, missing: int) -> ColumnBlock:
    true = int(present.sum())
    counts = {"false": len(present) - true, "true": true}
    seen = {text: count for text, count in counts.items() if count}
    return ColumnBlock(
        rows=rows,
        missing=missing,
        types=TypeCounts(boolean=len(present)),
        texts=pl.Series(list(seen), dtype=pl.String),
        text_counts=np.array(list(seen.values()), np.int64),
        ordering=UNORDERED if len(present) else Ordering(),
    )


def _read_temporal(present: pl.Series, rows: int, missing: int) -> ColumnBlock:
    distinct = tally_in_place(present.to_physical().to_numpy().astype(np.int64))
    texts = pl.Series(distinct.values).cast(present.to_physical().dtype).cast(present.dtype).cast(pl.String)
    return ColumnBlock(
        rows=rows,
        missing=missing,
        types=TypeCounts(string=len(present)),
        texts=texts,
        text_counts=distinct.counts,
        lengths=lengths_of(texts, distinct.counts),
        temporal=len(present),
        ordering=UNORDERED if len(present) else Ordering(),
    )
