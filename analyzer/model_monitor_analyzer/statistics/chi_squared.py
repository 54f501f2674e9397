"""The χ² distance of categories as SageMaker's analyzer computes it, with its rules for small categories.

The rules are those of Deequ's `Distance` (awslabs/deequ 2.0), which follow Cochran, Annals of Mathematical
Statistics 23 (1952), for two categories and Yates, Moore and McCabe, The Practice of Statistics (1999), p.
734, for more. The baseline counts as known exactly, and categories that it does not have are ignored: that is
the formula's nature, and the reason why the default rule does not use it.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Mapping
from itertools import repeat
from typing import NamedTuple

import numpy as np
from scipy import stats

from model_monitor_analyzer.statistics.cdf import FloatArray

LEAST_EXPECTED_OF_TWO = 10
LEAST_EXPECTED_OF_MORE = 5
SHARE_ALLOWED_BELOW = 0.2


class ChiSquared(NamedTuple):
    """Result of the test.

    Attributes
    ----------
    statistic
        Σ (observed - expected)² / expected, NaN if fewer than two categories are left.
    p_value
        Upper tail of the χ² distribution with one degree of freedom less than categories, or NaN.
    categories
        Categories after merging.
    """

    statistic: float
    p_value: float
    categories: int


def chi_squared(sample: Mapping[str, int], baseline: Mapping[str, int]) -> ChiSquared:
    """Test the counts of a sample against the shares of a baseline.

    Expected counts are the baseline's, scaled to the sample's total over the categories that the baseline
    has. While too many are too small, the smallest is merged into the second smallest.
    """
    names = len(baseline)
    counts = np.fromiter(baseline.values(), np.float64, names)
    observed = np.fromiter(map(sample.get, baseline, repeat(0)), np.float64, names)
    total = counts.sum()
    if total == 0:
        return ChiSquared(math.nan, math.nan, 0)
    expected = counts / total * observed.sum()
    kept = _merge_small(expected, observed)
    if len(kept) < 2:
        return ChiSquared(math.nan, math.nan, len(kept))
    expected, observed = expected[kept], observed[kept]
    statistic = float(np.sum((observed - expected) ** 2 / expected))
    return ChiSquared(statistic, float(stats.chi2.sf(statistic, len(kept) - 1)), len(kept))


def _merge_small(expected: FloatArray, observed: FloatArray) -> list[int]:
    """Merge small categories in place and return the positions of those that are left."""
    order = np.argsort(expected, kind="stable")
    # Sorted by value and position, which is a heap.
    heap = list(zip(expected[order].tolist(), order.tolist(), strict=True))
    least = LEAST_EXPECTED_OF_MORE
    small = int(np.count_nonzero(expected < least))
    while len(heap) >= 2:
        if len(heap) == 2:
            if min(value for value, _ in heap) >= LEAST_EXPECTED_OF_TWO:
                break
        elif small <= math.floor(SHARE_ALLOWED_BELOW * len(heap)):
            break
        value, smallest = heapq.heappop(heap)
        other, second = heapq.heappop(heap)
        merged = value + other
        expected[second] = merged
        observed[second] += observed[smallest]
        heapq.heappush(heap, (merged, second))
        small += (merged < least) - (value < least) - (other < least)
    return sorted(position for _, position in heap)
