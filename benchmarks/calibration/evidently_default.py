"""Evidently's default drift decision per column, as version 0.7.23 makes it, with NumPy and SciPy.

`compare_evidently.py` checks that scores and decisions are those of the real package.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import stats
from scipy.spatial import distance

Values = npt.NDArray[Any]

SMALL_REFERENCE = 1000
"""Up to so many reference rows tests at 5 % decide, above it distances of 0.1."""


def drift_score(reference: Values, current: Values, *, numeric: bool) -> tuple[float, bool]:
    """Return the score and whether the column counts as drifted; missing values must have been dropped."""
    distinct = _distinct(reference, current)
    if len(reference) <= SMALL_REFERENCE:
        if numeric and distinct > 5:
            p_value = float(stats.ks_2samp(reference, current)[1])
            return p_value, p_value <= 0.05
        p_value = _chi_squared(reference, current) if distinct > 2 else _two_proportions(reference, current)
        return p_value, p_value < 0.05
    if numeric and distinct > 5:
        spread = max(float(np.std(reference)), 0.001)
        score = float(stats.wasserstein_distance(reference, current)) / spread
    else:
        shares = _counts(reference, current)
        score = float(distance.jensenshannon(shares[0] / len(reference), shares[1] / len(current)))
    return score, score >= 0.1


def _distinct(reference: Values, current: Values) -> int:
    """Count different values, all of them only if those of the first rows do not exceed five already."""
    some = set(reference[:100].tolist())
    return len(some) if len(some) > 5 else len(set(reference.tolist()) | set(current.tolist()))


def _counts(reference: Values, current: Values) -> tuple[Values, Values]:
    names = {
        name: index for index, name in enumerate(sorted(set(reference.tolist()) | set(current.tolist())))
    }
    one, two = (
        np.bincount([names[value] for value in sample.tolist()], minlength=len(names))
        for sample in (reference, current)
    )
    return one, two


def _chi_squared(reference: Values, current: Values) -> float:
    expected, observed = _counts(reference, current)
    with warnings.catch_warnings(), np.errstate(divide="ignore", invalid="ignore"):
        warnings.simplefilter("ignore", RuntimeWarning)
        return float(stats.chisquare(observed, expected * (len(current) / len(reference)))[1])


def _two_proportions(reference: Values, current: Values) -> float:
    """Two-sided z-test of the share of the first reference value."""
    first = reference[0]
    one, two = float(np.mean(reference == first)), float(np.mean(current == first))
    n, m = len(reference), len(current)
    pooled = (one * n + two * m) / (n + m)
    error = np.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
    return float(2 * stats.norm.sf(abs(one - two) / error)) if error else 1.0
