"""Counts of categories as the two-sample statistics read them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import compress, repeat

import numpy as np

from model_monitor_analyzer.statistics.cdf import FloatArray


@dataclass(frozen=True)
class CategoryTable:
    """How often each category was observed.

    Parameters
    ----------
    counts
        Observations of each known category, each positive.
    other
        Observations of categories that are not listed; 0 if the table is complete.

    Raises
    ------
    ValueError
        If a count is not positive or `other` is negative.
    """

    counts: Mapping[str, int]
    other: int = 0
    _beside: list[tuple[CategoryTable, FloatArray]] = field(
        default_factory=list, init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        if self.other < 0 or min(self.counts.values(), default=1) <= 0:
            raise ValueError("counts of categories must be positive")

    @cached_property
    def n(self) -> int:
        """Number of observations."""
        return sum(self.counts.values()) + self.other

    @property
    def complete(self) -> bool:
        """Whether every observed category is listed."""
        return self.other == 0

    @cached_property
    def amounts(self) -> FloatArray:
        """Observations of each listed category, in their order, shape (len(counts),)."""
        return np.fromiter(self.counts.values(), np.float64, len(self.counts))

    def beside(self, other: CategoryTable) -> FloatArray:
        """Return how often each category that another table lists was observed here, 0 if it is not listed.

        The shape is (len(other.counts),). Kept until another table is asked for: looking many names up costs
        most of what any measure of a pair of tables does.
        """
        if other is self:
            return self.amounts
        if not self._beside or self._beside[0][0] is not other:
            found = np.fromiter(map(self.counts.get, other.counts, repeat(0)), np.float64, len(other.counts))
            self._beside[:] = [(other, found)]
        return self._beside[0][1]

    def beyond(self, other: CategoryTable) -> FloatArray:
        """Return the counts of the categories that another table does not list."""
        if np.count_nonzero(self.beside(other)) == len(self.counts):
            return np.empty(0)
        return np.array(
            [count for name, count in self.counts.items() if name not in other.counts], np.float64
        )

    def top(self, limit: int) -> tuple[str, ...]:
        """Return the most frequent categories, most frequent first, ties by name."""
        frequent: Iterable[str] = self.counts
        if limit < len(self.counts):
            least = np.partition(self.amounts, -limit)[-limit]
            frequent = compress(self.counts, (self.amounts >= least).tolist())
        ordered = sorted(frequent, key=lambda name: (-self.counts[name], name))
        return tuple(ordered[:limit])

    def observed_times(self, times: int) -> int:
        """Return how many listed categories were observed exactly so often."""
        return int(np.count_nonzero(self.amounts == times))
