"""How often each value occurs: exact up to a capacity, beyond it a Misra-Gries summary.

Keys are canonical scalars: 1, 1.0 and the text "1" are one key, and so are true and the text "true". Text
that a number cannot be turned back into, such as 007, stays a text.
"""

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from model_monitor_analyzer.summaries.encoding import Decoder, Encoder, SummaryFormatError
from model_monitor_analyzer.summaries.keys import integer_key, real_key
from model_monitor_analyzer.summaries.misra_gries import excess, reduced
from model_monitor_analyzer.summaries.tally import Tally, empty_tally, merge_tallies
from model_monitor_analyzer.summaries.text_counts import TextCounts


@dataclass(frozen=True, slots=True, eq=False)
class CategoryCounts:
    """Counts of the values of a column.

    Numbers and strings are each exact as long as no more than their capacity of different ones were seen.
    From then on every kept count can be too low by up to the undercount, and a value that is not kept
    occurred at most so often.
    """

    capacity: int
    """Most different strings kept."""
    number_capacity: int
    """Most different numbers kept."""
    integers: Tally
    """int64 values: whole numbers."""
    reals: Tally
    """float64 values: finite numbers that are not whole, or too large for int64."""
    texts: TextCounts
    number_undercount: int = 0
    text_undercount: int = 0
    total: int = 0
    """Values counted, kept or not: all present ones but infinities."""

    @classmethod
    def empty(cls, capacity: int, number_capacity: int) -> "CategoryCounts":
        """Return the counts of nothing."""
        nothing = empty_tally(np.int64), empty_tally(np.float64), TextCounts.empty()
        return cls(capacity, number_capacity, *nothing)

    @classmethod
    def of(
        cls,
        integers: Tally,
        reals: Tally,
        texts: TextCounts,
        *,
        text_undercount: int,
        total: int,
        capacity: int,
        number_capacity: int,
    ) -> "CategoryCounts":
        """Count tallied values, reduced to the capacities."""
        counts = cls(capacity, number_capacity, integers, reals, texts, 0, text_undercount, total)
        return counts.reduced()

    @classmethod
    def uncounted(cls, total: int, *, capacity: int, number_capacity: int) -> "CategoryCounts":
        """Return the counts of so many values none of which was looked at."""
        counts = cls.empty(capacity, number_capacity)
        return replace(counts, number_undercount=total, text_undercount=total, total=total)

    def __add__(self, other: "CategoryCounts") -> "CategoryCounts":
        """Return the counts over both together.

        Raises
        ------
        ValueError
            If the two have different capacities.
        """
        if (self.capacity, self.number_capacity) != (other.capacity, other.number_capacity):
            raise ValueError("category counts of different capacities cannot be added")
        return CategoryCounts(
            self.capacity,
            self.number_capacity,
            merge_tallies(self.integers, other.integers),
            merge_tallies(self.reals, other.reals),
            self.texts + other.texts,
            self.number_undercount + other.number_undercount,
            self.text_undercount + other.text_undercount,
            self.total + other.total,
        ).reduced()

    def reduced(self) -> "CategoryCounts":
        """Return the counts with no more keys than there is room for."""
        integers, reals, texts = self.integers, self.reals, self.texts
        numbers_off = texts_off = 0
        if len(integers.values) + len(reals.values) > self.number_capacity:
            # What occurs once goes in any case.
            counts = [tally.counts for tally in (integers, reals) if tally.counts is not None]
            numbers_off = excess(counts, self.number_capacity)
            integers, reals = reduced(integers, numbers_off), reduced(reals, numbers_off)
        if len(texts) > self.capacity:
            texts_off = excess([texts.counts], self.capacity)
            kept_texts = texts.where(texts.counts > texts_off)
            texts = TextCounts(kept_texts.keys, kept_texts.counts - texts_off)
        if not numbers_off and not texts_off:
            return self
        return replace(
            self,
            integers=integers,
            reals=reals,
            texts=texts,
            number_undercount=self.number_undercount + numbers_off,
            text_undercount=self.text_undercount + texts_off,
        )

    @property
    def undercount(self) -> int:
        """Most by which any count is too low, and most occurrences of any value that is not kept."""
        return max(self.number_undercount, self.text_undercount)

    @property
    def exact(self) -> bool:
        """Whether all values are kept with exact counts."""
        return self.undercount == 0

    def __len__(self) -> int:
        return len(self.integers.values) + len(self.reals.values) + len(self.texts)

    def as_dict(self) -> dict[str, int]:
        """Return the counts by canonical key, most frequent first, equal counts in the order of the keys."""
        numbers = [
            *map(integer_key, self.integers.values.tolist()),
            *map(real_key, self.reals.values.tolist()),
        ]
        keys = pl.concat([pl.Series(numbers, dtype=pl.String), self.texts.keys.alias("")])
        counts = np.concatenate([self.integers.count_array(), self.reals.count_array(), self.texts.counts])
        by_key = keys.arg_sort().to_numpy()
        order = by_key[np.argsort(-counts[by_key], kind="stable")]
        return dict(zip(keys.gather(order).to_list(), counts[order].tolist(), strict=True))

    def encode(self, encoder: Encoder) -> None:
        """Append to the bytes of a summary."""
        texts = self.texts.ordered()
        encoder.integers(
            self.capacity, self.number_capacity, self.number_undercount, self.text_undercount, self.total
        )
        encoder.array(self.integers.values)
        encoder.array(self.integers.count_array())
        encoder.array(self.reals.values)
        encoder.array(self.reals.count_array())
        encoder.strings(texts.keys)
        encoder.array(texts.counts)

    @classmethod
    def decode(cls, decoder: Decoder) -> "CategoryCounts":
        """Read from the bytes of a summary."""
        capacity, number_capacity = decoder.integer(least=1), decoder.integer(least=1)
        number_undercount, text_undercount, total = decoder.integer(), decoder.integer(), decoder.integer()
        integers = Tally(decoder.array(np.int64), decoder.array(np.int64))
        reals = Tally(decoder.array(np.float64), decoder.array(np.int64))
        texts = TextCounts(decoder.strings(), decoder.array(np.int64))
        kept = 0.0
        entries = [(part.values, part.count_array()) for part in (integers, reals)]
        for keys, counts in [*entries, (texts.keys.to_numpy(), texts.counts)]:
            kept += float(counts.sum(dtype=np.float64))
            if len(keys) != len(counts) or (counts < 1).any() or not (keys[1:] > keys[:-1]).all():
                raise SummaryFormatError("damaged summary: impossible category counts")
        found = cls(
            capacity, number_capacity, integers, reals, texts, number_undercount, text_undercount, total
        )
        if kept > total or found.reduced() is not found:
            raise SummaryFormatError("damaged summary: category counts beyond their total or capacity")
        return found
