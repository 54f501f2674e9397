"""What one column holds in one block of rows."""

from dataclasses import dataclass, field

import numpy as np
import polars as pl

from model_monitor_analyzer.summaries.numeric import NO_NUMBERS, Numbers
from model_monitor_analyzer.summaries.ordering import UNORDERED, Ordering
from model_monitor_analyzer.summaries.tally import Counts, Tally, empty_tally, tally_values
from model_monitor_analyzer.summaries.type_counts import TypeCounts

_NO_TEXT = pl.Series([], dtype=pl.String)
_NO_LENGTHS = empty_tally(np.int64)


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


def if_distinct(ordering: Ordering, n: int, numbers: Numbers) -> Ordering:
    """Return the order of n values, which is none unless all are finite numbers that differ."""
    return ordering if numbers.finite.total == n and numbers.finite.counts is None else UNORDERED


def lengths_of(strings: pl.Series, counts: Counts | None) -> Tally:
    """Tally the lengths, in characters, of strings that each stand for so many rows."""
    return tally_values(strings.str.len_chars().to_numpy(), counts)
