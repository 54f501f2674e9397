"""How far the values of a column have moved from the baseline, and how likely that is by chance."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import special, stats

from model_monitor_analyzer.data_quality.profile import FeatureProfile
from model_monitor_analyzer.statistics.categories import CategoryTable
from model_monitor_analyzer.statistics.cdf import BinnedCdf, Cdf
from model_monitor_analyzer.statistics.distances import (
    common_cells,
    excess_variation,
    kolmogorov_smirnov_distance,
)
from model_monitor_analyzer.statistics.homogeneity import homogeneity_p_value
from model_monitor_analyzer.statistics.kolmogorov import kolmogorov_smirnov_p_value
from model_monitor_analyzer.statistics.proportions import Proportion, greater_p_value
from model_monitor_analyzer.summaries import Moments
from model_monitor_api.v1alpha1.columns import ColumnKind

TOP_CATEGORIES = 100
"""Categories of the baseline that are compared one by one; its others are one cell, unseen ones another."""

_PARTS: Mapping[ColumnKind, str] = {
    "Numeric": "distribution of numbers",
    "Text": "lengths of texts",
    "Categorical": "counts of categories",
    "Boolean": "counts of categories",
}


@dataclass(frozen=True)
class Drift:
    """A measured change of distribution.

    Attributes
    ----------
    form
        What was compared: distribution functions, shares of categories, the share of values other than a
        constant baseline's, or lengths of text.
    effect
        Distance between 0 and 1, after what summaries may err has been taken off.
    n, m
        Values of the current sample and of the baseline.
    p_value
        Probability of such a distance without a change.
    """

    form: Literal["Numbers", "Categories", "NewValues", "Lengths"]
    effect: float
    n: int
    m: int
    p_value: float

    def p_value_at(self, effect: float) -> float:
        """Return the smallest p-value that samples of these sizes could give a distance of `effect`."""
        if self.form == "Numbers":
            return kolmogorov_smirnov_p_value(effect, self.n, self.m)
        if self.form == "Lengths":
            deviations = 2 * float(special.ndtri((1 + min(effect, 1 - 1e-12)) / 2))
            return _two_sided_t(deviations / math.sqrt(1 / self.n + 1 / self.m), min(self.n, self.m) - 1)
        # The clearest change of categories: so many values of one that the baseline does not have.
        moved = Proportion(min(self.n, math.ceil(effect * self.n)), self.n)
        return min(
            1.0, greater_p_value(moved, Proportion(0, self.m)) * (4 if self.form == "Categories" else 1)
        )


def why_not_compared(kind: ColumnKind, baseline: FeatureProfile, current: FeatureProfile) -> str | None:
    """Return why the distributions of two columns are not compared, None if they are."""
    if kind in {"Id", "Timestamp"}:
        return "identifiers and times are watched for completeness only"
    for feature, whose in ((baseline, "the baseline"), (current, "the window")):
        if feature.present == 0:
            return f"{whose} has no values here"
        if _compared_part(kind, feature) is None:
            return f"{whose} has no {_PARTS.get(kind, 'values to compare')}"
    return None


def _compared_part(kind: ColumnKind, feature: FeatureProfile) -> object:
    if kind == "Numeric":
        return feature.numbers
    return feature.lengths if kind == "Text" else feature.categories


def measure_drift(kind: ColumnKind, baseline: FeatureProfile, current: FeatureProfile) -> Drift | None:
    """Compare the distributions of two columns as the kind asks for; None if they cannot be compared.

    A baseline that holds one value only is compared by the share of other values. Numbers: Kolmogorov-Smirnov
    distance less the rank errors of both summaries. Categories: total variation over the baseline's top 100,
    its others and unseen ones, less what chance puts there. Texts: the distance between two normal
    distributions as far apart, in standard deviations, as the mean lengths are.
    """
    if why_not_compared(kind, baseline, current):
        return None
    if kind == "Numeric" and baseline.numbers and current.numbers:
        if baseline.constant is not None:
            return _new_numbers(baseline.constant, baseline.numbers.n, current.numbers)
        return _numbers(baseline.numbers, current.numbers)
    if kind == "Text" and baseline.lengths and current.lengths:
        return _lengths(baseline.lengths, current.lengths)
    if baseline.categories and current.categories:
        return _categories(baseline.categories, current.categories)
    return None


def _numbers(baseline: Cdf, current: Cdf) -> Drift:
    distance = kolmogorov_smirnov_distance(baseline, current) - baseline.rank_error - current.rank_error
    effect = max(0.0, distance)
    return Drift(
        "Numbers", effect, current.n, baseline.n, kolmogorov_smirnov_p_value(effect, current.n, baseline.n)
    )


def _new_numbers(constant: float, m: int, current: Cdf) -> Drift:
    if isinstance(current, BinnedCdf):
        point = np.array([constant])
        same = 1.0 if np.all(current.edges == point) else 0.0
    else:
        same = float(current.at(constant) - current.below(constant))
    return _new_values(round((1 - same) * current.n), current.n, m)


def _new_values(new: int, n: int, m: int) -> Drift:
    current = Proportion(new, n)
    return Drift("NewValues", current.share, n, m, greater_p_value(current, Proportion(0, m)))


def _categories(baseline: CategoryTable, current: CategoryTable) -> Drift:
    n, m = current.n, baseline.n
    if baseline.complete and len(baseline.counts) == 1:
        (only,) = baseline.counts
        return _new_values(n - current.counts.get(only, 0), n, m)
    cells = common_cells(baseline, current, TOP_CATEGORIES)
    effect = excess_variation(cells.current, cells.reference, n, m)
    return Drift("Categories", effect, n, m, homogeneity_p_value(current, baseline))


def _lengths(baseline: Moments, current: Moments) -> Drift:
    """Test the mean lengths (Welch, Biometrika 34, 1947), with the smaller sample's degrees of freedom."""
    n, m = current.n, baseline.n
    gap = abs(current.mean - baseline.mean)
    pooled = math.sqrt((current.variance * n + baseline.variance * m) / (n + m))
    if pooled == 0:
        changed = Proportion(n if gap else 0, n)
        return Drift("Lengths", changed.share, n, m, greater_p_value(changed, Proportion(0, m)))
    effect = float(special.erf(gap / pooled / math.sqrt(8)))
    # A handful of texts may be of one length by chance: their own variance alone would prove anything.
    error = math.sqrt(max(current.variance, pooled**2) / n + baseline.variance / m)
    return Drift("Lengths", effect, n, m, _two_sided_t(gap / error, min(n, m) - 1))


def _two_sided_t(value: float, freedom: int) -> float:
    return float(2 * stats.t.sf(value, freedom)) if freedom > 0 else 1.0
