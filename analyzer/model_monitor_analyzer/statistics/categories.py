"""Counts of categories as the two-sample statistics read them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
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

    def top(self, limit: int) -> tuple[str, ...]:
        """Return the most frequent categories, most frequent first, ties by name."""
        frequent: Iterable[str] = self.counts
        if limit < len(self.counts):
            counts = np.fromiter(self.counts.values(), np.float64, len(self.counts))
            least = np.partition(counts, -limit)[-limit]
            frequent = compress(self.counts, (counts >= least).tolist())
        ordered = sorted(frequent, key=lambda name: (-self.counts[name], name))
        return tuple(ordered[:limit])

    def of(self, names: Iterable[str]) -> FloatArray:
        """Return how often each of some categories was observed, shape (len(names),); 0 if not listed."""
        return np.fromiter(map(self.counts.get, names, repeat(0)), np.float64)

    def observed_times(self, times: int) -> int:
        """Return how many listed categories were observed exactly so often."""
        return sum(1 for count in self.counts.values() if count == times)
