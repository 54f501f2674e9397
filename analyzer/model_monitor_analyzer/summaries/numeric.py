"""Numbers of a block, whichever way they were written, sorted into canonical tallies."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from model_monitor_analyzer.summaries.tally import Tally, empty_tally, merge_tallies

# The first float64 that int64 cannot hold.
INT64_END = 2.0**63
# Values that stay in the processor's cache.
_CHUNK = 1 << 15


class Numbers(NamedTuple):
    """Numbers of a block of rows."""

    finite: Tally
    """All finite numbers as float64."""
    integers: Tally
    """Whole numbers that fit, as int64."""
    reals: Tally
    """All other finite numbers, as float64."""
    positive_infinities: int
    negative_infinities: int

    @property
    def whole(self) -> int:
        """How many are whole numbers."""
        start, end = np.searchsorted(self.reals.values, [-INT64_END, INT64_END])
        huge = (
            self.reals.between(0, int(start)).total
            + self.reals.between(int(end), len(self.reals.values)).total
        )
        return self.integers.total + huge


NO_NUMBERS = Numbers(empty_tally(np.float64), empty_tally(np.int64), empty_tally(np.float64), 0, 0)


def sort_out(integers: Tally, reals: Tally) -> Numbers:
    """Part tallied numbers; NaN, which comes last among the reals, is left out.

    A float that is a whole number is counted as the integer it is, and the negative zero as zero.
    """
    whole_tally = integers
    negatives, real_tally, positives = _finite(reals)
    finite = merge_tallies(real_tally, whole_tally.with_values(whole_tally.values.astype(np.float64)))
    if len(real_tally.values):
        is_whole = _is_whole(real_tally.values)
        if is_whole.any():
            from_reals = real_tally.where(is_whole)
            whole_tally = merge_tallies(
                whole_tally, from_reals.with_values(from_reals.values.astype(np.int64))
            )
            real_tally = real_tally.where(~is_whole)
    return Numbers(finite, whole_tally, real_tally, positives, negatives)


def _finite(tally: Tally) -> tuple[int, Tally, int]:
    """Return how many are -inf, the finite ones with an unsigned zero, and how many are +inf."""
    values = tally.values
    start = int(np.searchsorted(values, -np.inf, side="right"))
    end = int(np.searchsorted(values, np.inf, side="left"))
    nan = int(np.searchsorted(values, np.nan, side="left"))
    zero = int(np.searchsorted(values, 0.0))
    if zero < end and values[zero] == 0:
        values[zero] = 0.0
    return tally.between(0, start).total, tally.between(start, end), tally.between(end, nan).total


def _is_whole(values: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which of ascending values are whole numbers that fit into int64."""
    found = np.empty(len(values), np.bool_)
    for start in range(0, len(values), _CHUNK):
        part = values[start : start + _CHUNK]
        np.equal(np.trunc(part), part, out=found[start : start + _CHUNK])
    found[: np.searchsorted(values, -INT64_END, side="right")] = False
    found[np.searchsorted(values, INT64_END) :] = False
    return found
