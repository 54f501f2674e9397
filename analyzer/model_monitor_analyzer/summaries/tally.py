"""Sorted values with the number of times each occurs: what every numeric statistic is computed from."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray


class Tally(NamedTuple):
    """Values in ascending order and how often each occurs."""

    values: NDArray[Any]
    """int64[m] or float64[m], strictly ascending (float64 images of large integers may repeat)."""
    counts: NDArray[np.int64]
    """int64[m], each at least 1."""

    @property
    def total(self) -> int:
        """Number of occurrences of all values."""
        return int(self.counts.sum())

    @property
    def distinct(self) -> bool:
        """Whether every value occurs once."""
        return self.total == len(self.values)

    def where(self, mask: NDArray[np.bool_]) -> "Tally":
        """Return the part of the tally that the mask selects."""
        return Tally(self.values[mask], self.counts[mask])


def empty_tally(dtype: type[np.generic]) -> Tally:
    """Return a tally of nothing."""
    return Tally(np.empty(0, dtype), np.empty(0, np.int64))


def tally_sorted(values: NDArray[Any], counts: NDArray[np.int64] | None = None) -> Tally:
    """Return the tally of ascending values, each standing for `counts` (one, if not given) occurrences."""
    if len(values) == 0:
        return Tally(values, np.empty(0, np.int64))
    ends = np.flatnonzero(values[1:] != values[:-1])
    if len(ends) == len(values) - 1:
        return Tally(values, np.ones(len(values), np.int64) if counts is None else counts)
    ends = np.append(ends, len(values) - 1)
    below = ends + 1 if counts is None else np.cumsum(counts)[ends]
    return Tally(values[ends], np.diff(below, prepend=0))


def tally_values(values: NDArray[Any], counts: NDArray[np.int64] | None = None) -> Tally:
    """Return the tally of values in any order (NaN excluded beforehand)."""
    if counts is None:
        return tally_sorted(np.sort(values))
    order = np.argsort(values, kind="stable")
    return tally_sorted(values[order], counts[order])


def merge_tallies(first: Tally, second: Tally) -> Tally:
    """Return the tally of both together."""
    if len(first.values) == 0:
        return second
    if len(second.values) == 0:
        return first
    # A stable sort of two ascending runs is one merge.
    return tally_values(
        np.concatenate([first.values, second.values]), np.concatenate([first.counts, second.counts])
    )
