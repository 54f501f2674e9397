"""Columns of text: what types the values have, and the numbers among them."""

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from model_monitor_analyzer.summaries.block import ColumnBlock, if_distinct, lengths_of
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
from model_monitor_analyzer.summaries.tally import Counts, tally_values
from model_monitor_analyzer.summaries.type_counts import TypeCounts

_SAMPLE = 4096


def read_strings(present: pl.Series, rows: int, missing: int, *, lexical: bool) -> ColumnBlock:
    """Read a String column's present values.

    Parameters
    ----------
    present
        String without nulls.
    rows, missing
        Rows of the column, and how many of them are null.
    lexical
        Whether numbers and booleans are read out of the text, or all values are the strings they are.
    """
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
        ordering = if_distinct(Ordering.of(_in_order(parsed)), len(values), numbers)
    texts, text_counts = _select(values, counts, own_text)
    return ColumnBlock(
        rows=rows,
        missing=missing,
        types=types,
        numbers=numbers,
        keys=keys,
        texts=texts,
        text_counts=text_counts,
        lengths=lengths_of(strings, string_counts),
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


def _weigh(mask: NDArray[np.bool_], counts: Counts | None) -> int:
    return int(np.count_nonzero(mask) if counts is None else counts[mask].sum())


def _select(
    values: pl.Series, counts: Counts | None, mask: NDArray[np.bool_]
) -> tuple[pl.Series, Counts | None]:
    if mask.all():
        return values, counts
    return values.filter(pl.Series(mask)), None if counts is None else counts[mask]
