"""Everything that is known about one column."""

from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from model_monitor_analyzer.summaries.block import ColumnBlock
from model_monitor_analyzer.summaries.categories import CategoryCounts
from model_monitor_analyzer.summaries.distinct import DistinctCount
from model_monitor_analyzer.summaries.encoding import Decoder, Encoder, SummaryFormatError
from model_monitor_analyzer.summaries.hashing import hash_strings
from model_monitor_analyzer.summaries.moments import Moments
from model_monitor_analyzer.summaries.ordering import Ordering
from model_monitor_analyzer.summaries.quantiles import QuantileSketch
from model_monitor_analyzer.summaries.settings import SummarySettings
from model_monitor_analyzer.summaries.text_counts import count_texts
from model_monitor_analyzer.summaries.type_counts import TypeCounts


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnSummary:
    """Summary of the values of one column. ``a + b`` describes a's rows followed by b's."""

    rows: int
    missing: int
    """Rows without a value: null, NaN, or the column was not there."""
    types: TypeCounts
    whole: int
    """How many finite numbers are whole, however they were written."""
    positive_infinities: int
    negative_infinities: int
    temporal: int
    """How many values of type string are ISO 8601 dates or date-times, or are physically such."""
    moments: Moments
    """Of the finite numbers."""
    quantiles: QuantileSketch
    """Of the finite numbers."""
    distinct: DistinctCount
    """Of all present values but infinities."""
    categories: CategoryCounts
    """Of all present values but infinities; not counted, hence nothing but undercount, in text columns."""
    lengths: Moments
    """Of the lengths, in characters, of the values of type string."""
    ordering: Ordering
    """Of the present values from row to row."""

    @classmethod
    def of(
        cls, block: ColumnBlock, settings: SummarySettings, *, is_text: bool, is_code: bool
    ) -> "ColumnSummary":
        """Summarise a block; `is_text` leaves out categories, `is_code` has room for many numbers."""
        hashes = hash_strings(block.texts)
        number_capacity = settings.category_capacity if is_code else settings.number_capacity
        numbers = block.numbers
        return cls(
            rows=block.rows,
            missing=block.missing,
            types=block.types,
            whole=numbers.whole,
            positive_infinities=numbers.positive_infinities,
            negative_infinities=numbers.negative_infinities,
            temporal=block.temporal,
            moments=Moments.of(numbers.finite),
            quantiles=QuantileSketch.of(numbers.finite, settings.quantile_k),
            distinct=DistinctCount.of(
                settings.distinct_k,
                integers=block.keys.integers.values,
                reals=block.keys.reals.values,
                texts=hashes,
            ),
            categories=_count_categories(
                block, hashes, settings.category_capacity, number_capacity, is_text=is_text
            ),
            lengths=Moments.of(block.lengths),
            ordering=block.ordering,
        )

    def __add__(self, other: "ColumnSummary") -> "ColumnSummary":
        """Return the summary of these rows followed by the other ones.

        Raises
        ------
        ValueError
            If the two were made with different sizes.
        """
        return ColumnSummary(**{f.name: getattr(self, f.name) + getattr(other, f.name) for f in fields(self)})

    def with_missing(self, rows: int) -> "ColumnSummary":
        """Return the summary with so many more rows in which the column is missing."""
        return replace(self, rows=self.rows + rows, missing=self.missing + rows)

    @property
    def present(self) -> int:
        """Rows with a value."""
        return self.rows - self.missing

    @property
    def completeness(self) -> float:
        """Share of rows with a value; 1 for no rows."""
        return self.present / self.rows if self.rows else 1.0

    @property
    def distinct_count(self) -> int:
        """Number of different values, infinities not counted; exact if `distinct_exact`."""
        return len(self.categories) if self.categories.exact else self.distinct.estimate

    @property
    def distinct_exact(self) -> bool:
        """Whether `distinct_count` is exact."""
        return self.categories.exact or self.distinct.exact

    def encode(self, encoder: Encoder) -> None:
        """Append to the bytes of a summary."""
        types = self.types
        encoder.integers(self.rows, self.missing)
        encoder.integers(types.fractional, types.integral, types.boolean, types.string)
        encoder.integers(self.whole, self.positive_infinities, self.negative_infinities, self.temporal)
        for part in (
            self.moments,
            self.quantiles,
            self.distinct,
            self.categories,
            self.lengths,
            self.ordering,
        ):
            part.encode(encoder)

    @classmethod
    def decode(cls, decoder: Decoder) -> "ColumnSummary":
        """Read from the bytes of a summary."""
        rows, missing, fractional, integral, boolean, string, whole, positive, negative, temporal = (
            decoder.integer() for _ in range(10)
        )
        found = cls(
            rows=rows,
            missing=missing,
            types=TypeCounts(fractional=fractional, integral=integral, boolean=boolean, string=string),
            whole=whole,
            positive_infinities=positive,
            negative_infinities=negative,
            temporal=temporal,
            moments=Moments.decode(decoder),
            quantiles=QuantileSketch.decode(decoder),
            distinct=DistinctCount.decode(decoder),
            categories=CategoryCounts.decode(decoder),
            lengths=Moments.decode(decoder),
            ordering=Ordering.decode(decoder),
        )
        if missing > rows or fractional + integral + boolean + string > rows - missing:
            raise SummaryFormatError("damaged summary: more values than rows")
        if found.moments.n != found.quantiles.n:
            raise SummaryFormatError("damaged summary: a quantile sketch of other rows than the moments")
        return found


def _count_categories(
    block: ColumnBlock, hashes: NDArray[np.uint64], capacity: int, number_capacity: int, *, is_text: bool
) -> CategoryCounts:
    text_rows = len(block.texts) if block.text_counts is None else int(block.text_counts.sum())
    total = block.keys.integers.total + block.keys.reals.total + text_rows
    if is_text:
        return CategoryCounts.uncounted(total, capacity=capacity, number_capacity=number_capacity)
    texts, undercount = count_texts(block.texts, block.text_counts, hashes, capacity)
    return CategoryCounts.of(
        block.keys.integers,
        block.keys.reals,
        texts,
        text_undercount=undercount,
        total=total,
        capacity=capacity,
        number_capacity=number_capacity,
    )
