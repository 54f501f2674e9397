"""Misra-Gries: keeping the counts of the most frequent values when there is no room for all of them.

Taking the same number off every count, so much that no more than `capacity` of them stay above zero, leaves
every count too low by at most what was taken off in all, and that is at most total / (capacity + 1) (Misra
and Gries 1982; Agarwal, Cormode, Huang, Phillips, Wei and Yi, "Mergeable summaries", 2012).
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from model_monitor_analyzer.summaries.tally import Tally

_FIRST_COUNTS = 8
_SMALL_COUNT = 1024


def excess(counts: Iterable[NDArray[np.int64]], capacity: int) -> int:
    """Return what is taken off every count, at least 1: the largest count there is no room for."""
    # They are compared many times, and the narrower the faster; what holds -1 - n holds n.
    narrow = [each.astype(np.min_scalar_type(-1 - each.max(initial=1))) for each in counts]
    if not narrow:
        return 1
    joined = np.concatenate(narrow)
    # Where most values are rare, so is that one.
    for off in range(1, _FIRST_COUNTS):
        if np.count_nonzero(joined > off) <= capacity:
            return off
    # How many reach each small count; partitioning, slow among so many ties, is left for large ones.
    small = np.bincount(np.minimum(joined, np.int64(_SMALL_COUNT)), minlength=_SMALL_COUNT + 1)
    reaching = np.cumsum(small[::-1])[::-1]
    if reaching[_SMALL_COUNT] <= capacity:
        return int(np.flatnonzero(reaching > capacity)[-1])
    at = len(joined) - capacity - 1
    return int(np.partition(joined, at)[at])


def reduced(tally: Tally, off: int) -> Tally:
    """Return the tally with `off` taken off every count."""
    if tally.counts is None:
        return tally.between(0, 0)
    kept = np.flatnonzero(tally.counts > off)
    return Tally(tally.values[kept], tally.counts[kept] - off)
