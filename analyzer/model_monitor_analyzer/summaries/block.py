"""One column of one block of rows, read by the rules for its type."""

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from model_monitor_analyzer.summaries.lexical import (
    BOOLEAN,
    FRACTIONAL,
    INTEGRAL,
    STRING,
    ParsedText,
    looks_temporal,
    parse_text,
)
from model_monitor_analyzer.summaries.numeric import NO_NUMBERS, Numbers, sort_out
from model_monitor_analyzer.summaries.ordering import UNORDERED, Ordering
from model_monitor_analyzer.summaries.short_texts import count_short
from model_monitor_analyzer.summaries.tally import Counts, Tally, empty_tally, tally_in_place, tally_values
from model_monitor_analyzer.summaries.type_counts import TypeCounts

_SAMPLE = 4096
_PER_SECOND = {"ms": 1e3, "us": 1e6, "ns": 1e9}

_NO_REALS = np.empty(0)
_NO_TEXT = pl.Series([], dtype=pl.String)
_NO_LENGTHS = empty_tally(np.int64)


class ColumnTypeError(ValueError):
    """A column of values that nothing can be said of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnBlock:
    """What one column holds in one block of rows."""

    rows: int
    missing: int
    types: TypeCounts = field(default_factory=TypeCounts)
    numbers: Numbers = NO_NUMBERS
    """What the statistics of a numeric column are about: the fractional and integral values."""
    keys: Numbers = NO_NUMBERS
    """Values that are identified as numbers: without 007, and with the "1" of a physical string column."""
    texts: pl.Series = field(default_factory=lambda: _NO_TEXT)
    """Values that are their own text: strings, booleans, numbers with leading zeros. Not necessarily
    distinct."""
    text_counts: Counts | None = None
    """Rows each text stands for; one each if None."""
    lengths: Tally = _NO_LENGTHS
    """Lengths in characters of the values of type string."""
    temporal: int = 0
    """How many of the values of type string are dates or date-times."""
    ordering: Ordering = UNORDERED


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
        return _read_strings(present, len(column), missing, lexical=strings == "Lexical")
    if dtype.is_integer() or (isinstance(dtype, pl.Decimal) and not dtype.scale):
        return _read_integers(present, len(column), missing)
    if dtype.is_float() or dtype.is_decimal() or isinstance(dtype, pl.Duration):
        return _read_floats(present, len(column))
    if dtype == pl.Boolean:
        return _read_booleans(present, len(column), missing)
    if dtype.is_temporal():
        return _read_temporal(present, len(column), missing)
    if isinstance(dtype, pl.Categorical | pl.Enum | pl.Null):
        return _read_strings(present.cast(pl.String), len(column), missing, lexical=False)
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
        ordering=_if_distinct(ordering, len(present), numbers),
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
        ordering=_if_distinct(ordering, n, numbers),
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
        lengths=_lengths(texts, distinct.counts),
        temporal=len(present),
        ordering=UNORDERED if len(present) else Ordering(),
    )


def _read_strings(present: pl.Series, rows: int, missing: int, *, lexical: bool) -> ColumnBlock:
    values, counts = _deduplicated(present.rechunk())  # once, not for every step
    parsed = parse_text(values)
    keys = _numbers(parsed, counts, padded=False)
    own_text = (parsed.kinds == STRING) | (parsed.kinds == BOOLEAN) | parsed.padded
    if lexical:
        is_string = parsed.kinds == STRING
        numbers = keys if not parsed.padded.any() else _numbers(parsed, counts, padded=True)
        types = TypeCounts(
            fractional=_weigh(parsed.kinds == FRACTIONAL, counts),
            integral=_weigh(parsed.kinds == INTEGRAL, counts),
            boolean=_weigh(parsed.kinds == BOOLEAN, counts),
            string=_weigh(is_string, counts),
        )
    else:
        is_string = np.ones(len(values), np.bool_)
        numbers = NO_NUMBERS
        types = TypeCounts(string=len(present))
        own_text[parsed.real_rows] |= np.isinf(parsed.reals)
    strings, string_counts = _select(values, counts, is_string)
    ordering = UNORDERED
    if counts is None and not len(strings):
        ordering = _if_distinct(Ordering.of(_in_order(parsed)), len(values), numbers)
    texts, text_counts = _select(values, counts, own_text)
    return ColumnBlock(
        rows=rows,
        missing=missing,
        types=types,
        numbers=numbers,
        keys=keys,
        texts=texts,
        text_counts=text_counts,
        lengths=_lengths(strings, string_counts),
        temporal=_weigh(looks_temporal(strings), string_counts),
        ordering=ordering,
    )


def _deduplicated(values: pl.Series) -> tuple[pl.Series, Counts | None]:
    """Return distinct values with counts if a sample repeats itself, else the values as they are.

    Both describe the same values: which one is returned decides how long the rest takes.
    """
    sample = values.head(_SAMPLE)
    if 2 * sample.n_unique() > len(sample) or not len(sample):
        return values, None
    if (short := count_short(values)) is not None:
        return short
    counted = values.alias("value").value_counts(name="count")
    return counted["value"], counted["count"].to_numpy().astype(np.int64)


def _numbers(parsed: ParsedText, counts: Counts | None, *, padded: bool) -> Numbers:
    """Sort out the numbers found in texts, with or without those that keep their text as their key."""
    integer_rows, integers, real_rows, reals = (
        parsed.integer_rows,
        parsed.integers,
        parsed.real_rows,
        parsed.reals,
    )
    if not padded and parsed.padded.any():
        plain = ~parsed.padded[integer_rows]
        integer_rows, integers = integer_rows[plain], integers[plain]
        plain = ~parsed.padded[real_rows]
        real_rows, reals = real_rows[plain], reals[plain]
    if counts is None:
        return sort_out(tally_values(integers), tally_values(reals))
    return sort_out(tally_values(integers, counts[integer_rows]), tally_values(reals, counts[real_rows]))


def _in_order(parsed: ParsedText) -> NDArray[Any]:
    """Return the numbers of a column that holds nothing else, in the order of its rows."""
    for values in (parsed.integers, parsed.reals):
        if len(values) == len(parsed.kinds):
            return values
    values = np.full(len(parsed.kinds), np.nan)
    values[parsed.integer_rows] = parsed.integers
    values[parsed.real_rows] = parsed.reals
    return values


def _if_distinct(ordering: Ordering, n: int, numbers: Numbers) -> Ordering:
    """Return the order of n values, which is none unless all are finite numbers that differ."""
    return ordering if numbers.finite.total == n and numbers.finite.counts is None else UNORDERED


def _lengths(strings: pl.Series, counts: Counts | None) -> Tally:
    return tally_values(strings.str.len_chars().to_numpy(), counts)


def _weigh(mask: NDArray[np.bool_], counts: Counts | None) -> int:
    return int(np.count_nonzero(mask) if counts is None else counts[mask].sum())


def _select(
    values: pl.Series, counts: Counts | None, mask: NDArray[np.bool_]
) -> tuple[pl.Series, Counts | None]:
    if mask.all():
        return values, counts
    return values.filter(pl.Series(mask)), None if counts is None else counts[mask]
