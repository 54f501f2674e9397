"""A KLL quantile sketch without randomness, with an error bound that it keeps account of itself.

The form is SageMaker's (and Deequ's): level ``i`` holds items that stand for ``2^i`` rows each, the level
``h`` below the top has room for ``2 (ceil(k c^h / 2) + 1)`` of them, and an overfull level is sorted and
every other item of it moves up. Two things differ from Karnin, Lang and Liberty, "Optimal Quantile
Approximation in Streams" (FOCS 2016). A block of rows enters sorted, as evenly spaced order statistics, at
the level where it fits, which costs less than feeding rows and is more accurate. And which half survives a
compaction is not drawn: it is the half that balances the certified error. Keeping the even positions can only
raise a rank, by at most the items' weight; keeping the odd ones can only lower it. The sketch carries both
sums, so its bound holds for every input.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from model_monitor_analyzer.summaries.encoding import Decoder, Encoder, SummaryFormatError
from model_monitor_analyzer.summaries.tally import Tally, tally_values

SHRINK = 0.64
_MOST_LEVELS = 62


class WeightedItems(NamedTuple):
    """A weighted empirical distribution."""

    values: NDArray[np.float64]
    """float64[m], strictly ascending."""
    weights: NDArray[np.int64]
    """int64[m], rows that each value stands for; they add up to the sketch's `n`."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """One bar of a histogram with equal widths."""

    lower: float
    upper: float
    count: int


@dataclass(frozen=True, slots=True, eq=False)
class QuantileSketch:
    """Approximate distribution of `n` finite numbers."""

    k: int
    levels: tuple[NDArray[np.float64], ...] = (np.empty(0),)
    """Level ``i`` holds items of weight ``2^i``."""
    over: int = 0
    """Most rows by which a rank can be estimated too high."""
    under: int = 0
    """Most rows by which a rank can be estimated too low."""
    c: float = SHRINK

    @classmethod
    def of(cls, tally: Tally, k: int) -> "QuantileSketch":
        """Sketch tallied finite numbers; exact up to ``2 (ceil(k / 2) + 1)`` of them."""
        n = tally.total
        room = level_capacity(k, SHRINK, 0)
        top = 0
        while n >> top > room:
            top += 1
        levels = []
        start = 0
        # From the heaviest level down: each takes whole groups of 2^level rows and keeps a group's middle
        # row.
        for level in range(top, -1, -1):
            groups = (n - start) >> level
            rows = start + (np.arange(groups, dtype=np.int64) << level) + ((1 << level) >> 1)
            levels.append(tally.values[tally.at(rows)].astype(np.float64, copy=False))
            start += groups << level
        half = (1 << top) >> 1
        return cls(k, tuple(reversed(levels)), over=max(half - 1, 0), under=half)

    def __add__(self, other: "QuantileSketch") -> "QuantileSketch":
        """Return the sketch of both together.

        Raises
        ------
        ValueError
            If the sketches have different parameters.
        """
        if (self.k, self.c) != (other.k, other.c):
            raise ValueError(f"quantile sketches of k={self.k} and k={other.k} cannot be added")
        if other.n == 0:
            return self
        if self.n == 0:
            return other
        height = max(len(self.levels), len(other.levels))
        nothing: NDArray[np.float64] = np.empty(0)
        levels = [
            np.concatenate([part.levels[i] if i < len(part.levels) else nothing for part in (self, other)])
            for i in range(height)
        ]
        over, under = _compress(levels, self.k, self.c, self.over + other.over, self.under + other.under)
        return QuantileSketch(self.k, tuple(levels), over, under, self.c)

    @property
    def n(self) -> int:
        """Number of rows the sketch describes."""
        return sum(len(items) << level for level, items in enumerate(self.levels))

    @property
    def exact(self) -> bool:
        """Whether the sketch still holds every value."""
        return self.over == self.under == 0

    @property
    def rank_error(self) -> float:
        """Most that an estimated rank is off, as a share of `n`.

        Certified for sketches made here. For one adopted from SageMaker it is the single-sided 99 % bound of
        a KLL sketch of that k, ``2.296 / k^0.9723`` (Apache DataSketches' fit).
        """
        return max(self.over, self.under) / self.n if self.n else 0.0

    def weighted_items(self) -> WeightedItems:
        """Return the distribution as ascending values with weights."""
        weights = [np.full(len(items), 1 << level, np.int64) for level, items in enumerate(self.levels)]
        items = tally_values(np.concatenate(self.levels), np.concatenate(weights))
        return WeightedItems(items.values, items.count_array())

    def ranks(self, points: ArrayLike, *, inclusive: bool = True) -> NDArray[np.int64]:
        """Estimate how many rows are at most (or, exclusive, below) each point; the result has its shape."""
        values, weights = self.weighted_items()
        below = np.concatenate([[0], np.cumsum(weights)])
        return np.asarray(
            below[np.searchsorted(values, points, side="right" if inclusive else "left")], np.int64
        )

    def quantiles(self, shares: ArrayLike) -> NDArray[np.float64]:
        """Return the smallest kept values whose inclusive rank reaches each share (0…1) of the rows.

        Raises
        ------
        ValueError
            If the sketch is empty, or a share lies outside 0…1.
        """
        wanted = np.asarray(shares, np.float64)
        if self.n == 0:
            raise ValueError("an empty sketch has no quantiles")
        if not np.all((wanted >= 0) & (wanted <= 1)):
            raise ValueError("quantiles are asked for by shares between 0 and 1")
        values, weights = self.weighted_items()
        at = np.searchsorted(np.cumsum(weights), np.ceil(wanted * self.n), side="left")
        return np.asarray(values[np.minimum(at, len(values) - 1)], np.float64)

    def buckets(self, minimum: float, maximum: float, count: int = 10) -> list[Bucket]:
        """Return SageMaker's histogram: equal widths from minimum to maximum, the last bucket closed.

        A bucket's count is the difference of the exclusive ranks of its bounds; the last one ends with the
        inclusive rank of its upper bound.
        """
        width = maximum - minimum
        bounds = [
            minimum + width * i / count
            if math.isfinite(width)
            else minimum * (1 - i / count) + maximum * (i / count)
            for i in range(count)
        ]
        bounds.append(maximum)  # which the formula can miss by a rounding
        below = self.ranks(bounds, inclusive=False)
        below[-1] = self.ranks(bounds[-1])
        return [Bucket(bounds[i], bounds[i + 1], int(below[i + 1] - below[i])) for i in range(count)]

    def to_data(self) -> list[list[float]]:
        """Return the levels as SageMaker's ``sketch.data`` has them."""
        return [items.tolist() for items in self.levels]

    @classmethod
    def from_data(cls, k: float, c: float, data: Sequence[Sequence[float]]) -> "QuantileSketch":
        """Adopt SageMaker's ``sketch``; level ``i`` of the data weighs ``2^i``.

        Raises
        ------
        ValueError
            If the parameters or the data cannot be those of such a sketch.
        """
        if not (float(k).is_integer() and 2 <= k <= 1 << 20 and 0 < c <= 1):
            raise ValueError(
                f"sketch.parameters k={k}, c={c}: k must be a whole number from 2 and c in (0, 1]"
            )
        if len(data) > _MOST_LEVELS:
            raise ValueError(
                f"sketch.data has {len(data)} levels; {_MOST_LEVELS} is the most that can be weighed"
            )
        levels = tuple(np.asarray(items, np.float64) for items in data) or (np.empty(0),)
        if any(items.ndim != 1 or not np.isfinite(items).all() for items in levels):
            raise ValueError("sketch.data must hold one list of finite numbers per level")
        sketch = cls(int(k), levels, c=c)
        if len(levels) == 1:
            return sketch
        error = math.ceil(2.296 / k**0.9723 * sketch.n)
        return cls(int(k), levels, error, error, c)

    def encode(self, encoder: Encoder) -> None:
        """Append to the bytes of a summary."""
        encoder.integers(self.k, self.over, self.under, len(self.levels))
        encoder.reals(self.c)
        for items in self.levels:
            encoder.array(items)

    @classmethod
    def decode(cls, decoder: Decoder) -> "QuantileSketch":
        """Read from the bytes of a summary."""
        k, over, under, height = (
            decoder.integer(least=2),
            decoder.integer(),
            decoder.integer(),
            decoder.integer(),
        )
        c = decoder.real()
        if not 1 <= height <= _MOST_LEVELS or not 0 < c <= 1:
            raise SummaryFormatError("damaged summary: impossible parameters of a quantile sketch")
        levels = tuple(decoder.array(np.float64) for _ in range(height))
        if not all(np.isfinite(items).all() for items in levels):
            raise SummaryFormatError("damaged summary: a quantile sketch with values that are not finite")
        return cls(k, levels, over, under, c)


def level_capacity(k: int, c: float, depth: int) -> int:
    """Return the room of the level `depth` below the top."""
    return 2 * (math.ceil(k * c**depth / 2) + 1)


def _compress(levels: list[NDArray[np.float64]], k: int, c: float, over: int, under: int) -> tuple[int, int]:
    """Compact overfull levels, lowest first, until every level fits; return the new error sums."""
    level = 0
    while level < len(levels):
        items = levels[level]
        if len(items) <= level_capacity(k, c, len(levels) - 1 - level):
            level += 1
            continue
        ordered = np.sort(items)
        pairs = len(ordered) // 2 * 2
        keep_odd = over > under
        over, under = (over, under + (1 << level)) if keep_odd else (over + (1 << level), under)
        levels[level] = ordered[pairs:]
        promoted = ordered[keep_odd:pairs:2]
        if level + 1 < len(levels):
            levels[level + 1] = np.concatenate([levels[level + 1], promoted])
            level += 1
        else:
            levels.append(promoted)
            level = 0  # a new top leaves less room for every level below it
    return over, under
