"""Numbers of a block, whichever way they were written, sorted into canonical tallies."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from model_monitor_analyzer.summaries.tally import Tally, empty_tally, merge_tallies, tally_values

# The first float64 that int64 cannot hold.
INT64_END = 2.0**63


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
        return self.integers.total + int(self.reals.counts[np.abs(self.reals.values) >= INT64_END].sum())


NO_NUMBERS = Numbers(empty_tally(np.float64), empty_tally(np.int64), empty_tally(np.float64), 0, 0)


def sort_out(
    integers: NDArray[np.int64],
    reals: NDArray[np.float64],
    integer_counts: NDArray[np.int64] | None = None,
    real_counts: NDArray[np.int64] | None = None,
) -> Numbers:
    """Tally numbers in any order, each standing for as many rows as its count; no NaN among them.

    A float that is a whole number is counted as the integer it is, and the negative zero as zero.
    """
    whole_tally = tally_values(integers, integer_counts)
    negatives, real_tally, positives = _split_infinities(tally_values(reals, real_counts))
    finite = merge_tallies(real_tally, _as_floats(whole_tally))
    is_whole = np.trunc(real_tally.values) == real_tally.values
    if is_whole.any():
        is_whole &= np.abs(real_tally.values) < INT64_END
        from_reals = real_tally.where(is_whole)
        whole_tally = merge_tallies(whole_tally, Tally(from_reals.values.astype(np.int64), from_reals.counts))
        real_tally = real_tally.where(~is_whole)
    return Numbers(finite, whole_tally, real_tally, positives, negatives)


def _split_infinities(tally: Tally) -> tuple[int, Tally, int]:
    """Return how many are -inf, the finite rest with an unsigned zero, and how many are +inf."""
    start = int(np.searchsorted(tally.values, -np.inf, side="right"))
    end = int(np.searchsorted(tally.values, np.inf, side="left"))
    values, counts = tally.values[start:end], tally.counts[start:end]
    zero = int(np.searchsorted(values, 0.0))
    if zero < len(values) and values[zero] == 0:
        values = values.copy() if not values.flags.writeable else values
        values[zero] = 0.0
    return int(tally.counts[:start].sum()), Tally(values, counts), int(tally.counts[end:].sum())


def _as_floats(tally: Tally) -> Tally:
    return Tally(tally.values.astype(np.float64), tally.counts)
