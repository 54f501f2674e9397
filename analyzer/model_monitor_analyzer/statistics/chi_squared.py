"""The χ² distance of categories as SageMaker's analyzer computes it, with its rules for small categories.

The rules are those of Deequ's `Distance` (awslabs/deequ 2.0), which follow Cochran, Annals of Mathematical
Statistics 23 (1952), for two categories and Yates, Moore and McCabe, The Practice of Statistics (1999), p.
734, for more. The baseline counts as known exactly, and categories that it does not have are ignored: that is
the formula's nature, and the reason why the default rule does not use it.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
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


def chi_squared(sample: FloatArray, baseline: FloatArray) -> ChiSquared:
    """Test the counts of a sample against the shares of a baseline.

    Expected counts are the baseline's, scaled to the sample's total over the categories that the baseline
    has. While too many are too small, the smallest is merged into the second smallest.

    Parameters
    ----------
    sample
        Observations of each category that the baseline has, shape (k,).
    baseline
        The baseline's observations of them, shape (k,).
    """
    total, seen = baseline.sum(), sample.sum()
    if total == 0 or seen == 0:  # nothing is expected anywhere: all is merged into one
        return ChiSquared(math.nan, math.nan, min(len(baseline), 1))
    expected, observed = _merge_small(baseline / total * seen, sample)
    left = len(expected)
    if left < 2:
        return ChiSquared(math.nan, math.nan, left)
    statistic = float(np.sum((observed - expected) ** 2 / expected))
    return ChiSquared(statistic, float(stats.chi2.sf(statistic, left - 1)), left)


def _merge_small(expected: FloatArray, observed: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Merge small categories and return those that are left, in their order.

    What is smaller than the two smallest together has its turn before any result of merging, so all of that
    is merged two by two at once: as many rounds as the sizes have doublings, not one for every category.
    """
    order = np.argsort(expected, kind="stable")
    # Ascending by what is expected, equal ones by their position.
    cells = np.stack([expected[order], order.astype(np.float64), observed[order]])
    small = int(np.count_nonzero(expected < LEAST_EXPECTED_OF_MORE))
    while (left := cells.shape[1]) > 2 and small > math.floor(SHARE_ALLOWED_BELOW * left):
        below = int(np.searchsorted(cells[0], cells[0, 0] + cells[0, 1]))
        pairs = min(max(below, 2) // 2, left - 2)
        first, second = cells[:, 0 : 2 * pairs : 2], cells[:, 1 : 2 * pairs : 2]
        merged = np.stack([first[0] + second[0], second[1], first[2] + second[2]])
        gone = _small(first[0]) + _small(second[0]) - _small(merged[0])
        small_after = small - np.cumsum(gone)
        enough = small_after <= np.floor(SHARE_ALLOWED_BELOW * (left - 1 - np.arange(pairs)))
        if enough.any():
            pairs = int(np.argmax(enough)) + 1
            merged = merged[:, :pairs]
        small = int(small_after[pairs - 1])
        rest = cells[:, 2 * pairs :]
        mixed = int(np.searchsorted(rest[0], merged[0, -1], side="right"))
        among = np.concatenate([merged, rest[:, :mixed]], axis=1)
        cells = np.concatenate([among[:, np.lexsort((among[1], among[0]))], rest[:, mixed:]], axis=1)
    if left == 2 and cells[0, 0] < LEAST_EXPECTED_OF_TWO:
        cells = cells[:, :1] + cells[:, 1:]
    in_order = np.argsort(cells[1])
    return cells[0, in_order], cells[2, in_order]


def _small(expected: FloatArray) -> NDArray[np.int64]:
    return (expected < LEAST_EXPECTED_OF_MORE).astype(np.int64)
