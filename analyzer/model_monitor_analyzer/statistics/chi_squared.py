"""The χ² distance of categories as SageMaker's analyzer computes it, with its rules for small categories.

The rules are those of Deequ's `Distance` (awslabs/deequ 2.0), which follow Cochran, Annals of Mathematical
Statistics 23 (1952), for two categories and Yates, Moore and McCabe, The Practice of Statistics (1999), p.
734, for more. The baseline counts as known exactly, and categories that it does not have are ignored: that is
the formula's nature, and the reason why the default rule does not use it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

from scipy import stats

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
    known_total = sum(count for name, count in sample.items() if name in baseline)
    baseline_total = sum(baseline.values())
    if baseline_total == 0:
        return ChiSquared(math.nan, math.nan, 0)
    expected = {name: count / baseline_total * known_total for name, count in baseline.items()}
    observed = {name: float(sample.get(name, 0)) for name in baseline}
    while len(expected) >= 2 and _too_many_small(expected):
        smallest = min(expected, key=expected.__getitem__)
        moved_expected, moved_observed = expected.pop(smallest), observed.pop(smallest)
        second = min(expected, key=expected.__getitem__)
        expected[second] += moved_expected
        observed[second] += moved_observed
    if len(expected) < 2:
        return ChiSquared(math.nan, math.nan, len(expected))
    statistic = sum((observed[name] - e) ** 2 / e for name, e in expected.items())
    return ChiSquared(statistic, float(stats.chi2.sf(statistic, len(expected) - 1)), len(expected))


def _too_many_small(expected: Mapping[str, float]) -> bool:
    two = len(expected) == 2
    least = LEAST_EXPECTED_OF_TWO if two else LEAST_EXPECTED_OF_MORE
    allowed = 0 if two else math.floor(SHARE_ALLOWED_BELOW * len(expected))
    return sum(1 for value in expected.values() if value < least) > allowed
