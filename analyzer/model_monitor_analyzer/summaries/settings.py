"""What decides the size and the content of a summary, and the number of rows in a leaf."""

from dataclasses import dataclass, field, replace
from typing import Literal

_WIDE = 500
_CATEGORY_KEYS = 1 << 22
_CELLS_PER_LEAF = 1 << 23


@dataclass(frozen=True, slots=True, kw_only=True)
class SummarySettings:
    """How rows are summarised. Summaries made with different sizes cannot be added.

    Parameters
    ----------
    quantile_k
        Size parameter of the quantile sketches; 2048 is SageMaker's.
    distinct_k
        Number of hashes kept for counting distinct values; the count is exact below it, and beyond has a
        standard error of ``1 / sqrt(distinct_k - 2)`` (1.6 % for 4096).
    category_capacity
        Most different strings of a column counted exactly; also most numbers of a column in `categorical`.
    number_capacity
        Most different numbers of any other column counted exactly.
    categorical
        Columns whose numbers are codes, counted up to `category_capacity`.
    text
        Columns of free text: no category counts.
    ignored
        Columns of which only rows and missing values are counted.
    strings
        How values of a String column get their type: ``Lexical`` reads numbers and booleans out of the text
        (CSV, JSON and other text formats), ``Physical`` takes them as the strings they are (Parquet).
        Category keys and distinct counts are the same in both.
    """

    quantile_k: int = 2048
    distinct_k: int = 4096
    category_capacity: int = 131_072
    number_capacity: int = 4096
    categorical: frozenset[str] = field(default_factory=frozenset)
    text: frozenset[str] = field(default_factory=frozenset)
    ignored: frozenset[str] = field(default_factory=frozenset)
    strings: Literal["Lexical", "Physical"] = "Lexical"

    def __post_init__(self) -> None:
        for name, least in (
            ("quantile_k", 8),
            ("distinct_k", 16),
            ("category_capacity", 16),
            ("number_capacity", 16),
        ):
            value = getattr(self, name)
            if value < least:
                raise ValueError(f"SummarySettings.{name} is {value}; it must be at least {least}")

    def for_columns(self, columns: int) -> "SummarySettings":
        """Return settings whose summaries stay within memory for a data set of so many columns.

        Sketches shrink in proportion above 500 columns, category capacity above 32. Apply this once per data
        set, not per block: summaries of different sizes cannot be added.
        """
        capacity = max(1024, _power_of_two_at_most(_CATEGORY_KEYS // max(columns, 1)))
        return replace(
            self,
            quantile_k=_shrunk(self.quantile_k, columns, least=128),
            distinct_k=_shrunk(self.distinct_k, columns, least=256),
            category_capacity=min(self.category_capacity, capacity),
            number_capacity=min(self.number_capacity, capacity),
        )

    def for_chunks(self) -> "SummarySettings":
        """Return the smaller settings of per-hour summaries, which are kept by the hundred."""
        return replace(
            self,
            quantile_k=min(self.quantile_k, 256),
            distinct_k=min(self.distinct_k, 64),
            category_capacity=min(self.category_capacity, 1024),
            number_capacity=min(self.number_capacity, 128),
        )


def leaf_rows(columns: int) -> int:
    """Return the number of rows in a leaf for data of so many columns: a power of two, at most 2^18.

    It depends on nothing but the data, so that the leaves, and with them the bytes of the result, are the
    same on every machine. A leaf holds at most 2^23 values.
    """
    return min(1 << 18, max(1 << 10, _power_of_two_at_most(_CELLS_PER_LEAF // max(columns, 1))))


def _shrunk(size: int, columns: int, *, least: int) -> int:
    return size if columns <= _WIDE else min(size, max(least, size * _WIDE // columns))


def _power_of_two_at_most(value: int) -> int:
    return 1 << max(value.bit_length() - 1, 0)
