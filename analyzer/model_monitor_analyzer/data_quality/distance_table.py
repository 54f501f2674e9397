"""Distances that are published for every compared feature without deciding."""

from __future__ import annotations

import math

import numpy as np

from model_monitor_analyzer.data_quality.drift import TOP_CATEGORIES, why_not_compared
from model_monitor_analyzer.data_quality.profile import FeatureProfile
from model_monitor_analyzer.data_quality.result import Distances
from model_monitor_analyzer.statistics.categories import CategoryTable
from model_monitor_analyzer.statistics.cdf import BinnedCdf, Cdf, FloatArray, WeightedCdf
from model_monitor_analyzer.statistics.chi_squared import chi_squared
from model_monitor_analyzer.statistics.distances import (
    bucket_shares,
    common_cells,
    hellinger_distance,
    jensen_shannon_distance,
    kolmogorov_smirnov_distance,
    largest_share_difference,
    population_stability_index,
    robust_distance,
    total_variation,
    wasserstein_distance,
)
from model_monitor_api.v1alpha1.columns import ColumnKind


def measure_distances(
    kind: ColumnKind, baseline: FeatureProfile, current: FeatureProfile
) -> Distances | None:
    """Compute every distance that has a meaning for the two columns; None if they are not compared."""
    if kind == "Text" or why_not_compared(kind, baseline, current):
        return None
    if kind == "Numeric" and baseline.numbers and current.numbers:
        spread = baseline.moments.std_dev if baseline.moments else 0.0
        return _of_numbers(baseline.numbers, current.numbers, spread)
    if baseline.categories and current.categories:
        return _of_categories(baseline.categories, current.categories)
    return None


def _of_numbers(baseline: Cdf, current: Cdf, spread: float) -> Distances:
    simple = kolmogorov_smirnov_distance(baseline, current)
    edges = _decile_edges(baseline)
    one, two = bucket_shares(current, edges), bucket_shares(baseline, edges)
    moved = None
    if spread > 0 and isinstance(baseline, WeightedCdf) and isinstance(current, WeightedCdf):
        moved = wasserstein_distance(baseline, current) / spread
    return Distances(
        linf_simple=simple,
        linf_robust=robust_distance(simple, current.n, baseline.n),
        psi=population_stability_index(one, two),
        jensen_shannon=jensen_shannon_distance(one, two),
        hellinger=hellinger_distance(one, two),
        wasserstein=moved,
    )


def _decile_edges(baseline: Cdf) -> FloatArray:
    if isinstance(baseline, BinnedCdf):
        return np.unique(baseline.edges[1:-1])
    return np.unique(baseline.quantile(np.arange(1, 10) / 10))


def _of_categories(baseline: CategoryTable, current: CategoryTable) -> Distances:
    simple = largest_share_difference(current, baseline)
    cells = common_cells(baseline, current, TOP_CATEGORIES)
    test = chi_squared(current.beside(baseline), baseline.amounts)
    return Distances(
        linf_simple=simple,
        linf_robust=robust_distance(simple, current.n, baseline.n),
        total_variation=total_variation(cells.current, cells.reference),
        chi_squared=None if math.isnan(test.statistic) else test.statistic,
        chi_squared_p=None if math.isnan(test.p_value) else test.p_value,
        psi=population_stability_index(cells.current, cells.reference),
        jensen_shannon=jensen_shannon_distance(cells.current, cells.reference),
        hellinger=hellinger_distance(cells.current, cells.reference),
    )
