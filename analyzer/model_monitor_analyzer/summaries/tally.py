"""Sorted values with the number of times each occurs: what every numeric statistic is computed from."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]

_FEW = 64
"""Gaps that are cheaper to step over than to look for at every value."""


class Tally(NamedTuple):
    """Values in ascending order and how often each occurs."""

    values: NDArray[Any]
    """int64[m] or float64[m], strictly ascending (float64 images of large integers may repeat)."""
    counts: Counts | None
    """int64[m], each at least 1; None if every value occurs once, which is worth knowing."""
    ends: Counts | None = None
    """int64[m], how many occurrences there are up to each value and with it, where that is known already."""

    @property
    def total(self) -> int:
        """Number of occurrences of all values."""
        if self.ends is not None and len(self.ends):
            return int(self.ends[-1])
        return len(self.values) if self.counts is None else int(self.counts.sum())

    def count_array(self) -> Counts:
        """Return the counts as an array in any case."""
        return np.ones(len(self.values), np.int64) if self.counts is None else self.counts

    def at(self, occurrences: NDArray[Any]) -> NDArray[np.intp]:
        """Return the positions of the values of ascending occurrences, which are counted from 0."""
        if self.counts is None:
            return occurrences.astype(np.intp, copy=False)
        ends = np.cumsum(self.counts) if self.ends is None else self.ends
        return np.searchsorted(ends, occurrences, side="right")

    def with_values(self, values: NDArray[Any]) -> "Tally":
        """Return a tally of other values, in the same order, that occur as often."""
        return self._replace(values=values)

    def where(self, mask: NDArray[np.bool_]) -> "Tally":
        """Return the part of the tally that the mask selects."""
        select = _selection(mask)
        return Tally(select(self.values), None if self.counts is None else select(self.counts))

    def between(self, start: int, end: int) -> "Tally":
        """Return the part of the tally from position `start` up to `end`."""
        if start == 0 and end == len(self.values):
            return self
        return Tally(self.values[start:end], None if self.counts is None else self.counts[start:end])


def _selection(mask: NDArray[np.bool_]) -> Callable[[NDArray[Any]], NDArray[Any]]:
    """Return what selects by a mask: by stretches where little is left out, else by positions."""
    if len(mask) - np.count_nonzero(mask) > _FEW:
        chosen = np.flatnonzero(mask)
        return lambda array: array[chosen]
    gaps = np.flatnonzero(~mask).tolist()
    stretches = [slice(start + 1, end) for start, end in pairwise([-1, *gaps, len(mask)])]
    return lambda array: np.concatenate([array[stretch] for stretch in stretches])


def empty_tally(dtype: type[np.generic]) -> Tally:
    """Return a tally of nothing."""
    return Tally(np.empty(0, dtype), None)


def tally_sorted(values: NDArray[Any], counts: Counts | None = None) -> Tally:
    """Return the tally of ascending values, each standing for `counts` (one, if not given) occurrences."""
    if len(values) < 2:
        return Tally(values, counts)
    is_end = np.empty(len(values), np.bool_)
    np.not_equal(values[1:], values[:-1], out=is_end[:-1])
    is_end[-1] = True
    if is_end.all():
        return Tally(values, counts)
    below = np.flatnonzero(is_end)
    distinct = values[below]
    if counts is None:
        below += 1
    else:
        below = np.cumsum(counts)[below]
    between = np.empty_like(below)
    between[0] = below[0]
    np.subtract(below[1:], below[:-1], out=between[1:])
    return Tally(distinct, between, below)


def tally_values(values: NDArray[Any], counts: Counts | None = None) -> Tally:
    """Return the tally of values in any order; NaN, of which there should be none, would come last."""
    if counts is None:
        return tally_sorted(np.sort(values))
    order = np.argsort(values, kind="stable")
    return tally_sorted(values[order], counts[order])


def tally_in_place(values: NDArray[Any]) -> Tally:
    """Return the tally of values in any order, which are sorted where they lie; NaN comes last."""
    values.sort()
    return tally_sorted(values)


def merge_tallies(first: Tally, second: Tally) -> Tally:
    """Return the tally of both together."""
    if not len(first.values):
        return second
    if not len(second.values):
        return first
    # A stable sort of two ascending runs is one merge.
    return tally_values(
        np.concatenate([first.values, second.values]),
        np.concatenate([first.count_array(), second.count_array()]),
    )
