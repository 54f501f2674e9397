"""The rule `Compatible`: SageMaker's checks and formulas as documented, estimates against thresholds."""

from __future__ import annotations

import math

from model_monitor_analyzer.data_quality.findings import Finding, Pair, domain_of, share_outside
from model_monitor_analyzer.data_quality.kinds import LOW_CARDINALITY
from model_monitor_analyzer.data_quality.profile import FeatureProfile
from model_monitor_analyzer.data_quality.thresholds import Thresholds
from model_monitor_analyzer.sagemaker.violations import data_type_text, drift_text, requirement_text
from model_monitor_analyzer.statistics.categories import CategoryTable
from model_monitor_analyzer.statistics.chi_squared import chi_squared
from model_monitor_analyzer.statistics.distances import (
    kolmogorov_smirnov_distance,
    largest_share_difference,
    robust_distance,
)


def compatible_findings(pair: Pair) -> tuple[Finding, ...]:
    """Make every check of one column that SageMaker's analyzer makes.

    Where its documentation leaves open what is meant: shares of types and domains are of the present values;
    whole numbers satisfy Fractional, but 1.0 does not satisfy Integral; with `ChiSquared` a p-value below the
    threshold is a violation.
    """
    checks = (_completeness(pair), _data_type(pair), _domain(pair), _drift(pair))
    return tuple(finding for finding in checks if finding is not None)


def _completeness(pair: Pair) -> Finding:
    observed, required = pair.current.completeness, pair.constraint.completeness
    return Finding(
        "completeness_check",
        observed < required,
        effect=1 - observed,
        floor=1 - required,
        severity=max(0.0, required - observed),
        description=requirement_text(observed),
    )


def _data_type(pair: Pair) -> Finding | None:
    expected = pair.constraint.inferred_type
    matching = _strict_matches(pair.current, expected)
    if matching is None or not pair.current.present:
        return None
    share = matching / pair.current.present
    required = pair.thresholds.least_type_share
    return Finding(
        "data_type_check",
        share < required,
        effect=1 - share,
        floor=1 - required,
        severity=1 - share,
        description=data_type_text(expected, required, share),
    )


def _strict_matches(feature: FeatureProfile, expected: str) -> int | None:
    types = feature.types
    if types is None or expected == "Unknown":
        return None
    if expected == "Integral":
        return types.integral
    return types.integral + types.fractional if expected == "Fractional" else feature.present


def _domain(pair: Pair) -> Finding | None:
    domain = domain_of(pair.constraint)
    table = pair.current.categories if domain else None
    if table is None:
        return None
    share = 1 - share_outside(table, domain).share
    required = pair.thresholds.least_domain_share
    return Finding(
        "categorical_values_check",
        share < required,
        effect=1 - share,
        floor=1 - required,
        severity=1 - share,
        description=requirement_text(share),
    )


def _drift(pair: Pair) -> Finding | None:
    baseline, current, thresholds = pair.baseline, pair.current, pair.thresholds
    if baseline is None or not thresholds.compare:
        return None
    if baseline.cdf and current.cdf and pair.constraint.inferred_type in {"Integral", "Fractional"}:
        distance = kolmogorov_smirnov_distance(baseline.cdf, current.cdf)
        if thresholds.numeric_method == "Robust":
            distance = robust_distance(distance, current.cdf.n, baseline.cdf.n)
        return _drift_finding(distance, thresholds.numeric_threshold, thresholds)
    if pair.constraint.inferred_type == "String" and current.categories and baseline.categories:
        return _categorical_drift(current.categories, baseline.categories, thresholds)
    return None


def _categorical_drift(
    current: CategoryTable, baseline: CategoryTable, thresholds: Thresholds
) -> Finding | None:
    if not baseline.complete or len(baseline.counts) > LOW_CARDINALITY:
        return None
    if thresholds.categorical_method == "LInfinity":
        distance = largest_share_difference(current, baseline)
        if thresholds.numeric_method == "Robust":
            distance = robust_distance(distance, current.n, baseline.n)
        return _drift_finding(distance, thresholds.categorical_threshold, thresholds)
    p_value = chi_squared(current.beside(baseline), baseline.amounts).p_value
    if math.isnan(p_value):
        return None
    return Finding(
        "baseline_drift_check",
        p_value < thresholds.categorical_threshold,
        effect=None,
        floor=None,
        severity=1 - p_value,
        description=f"Chi-squared p-value: {p_value} is below threshold: {thresholds.categorical_threshold}",
        p_value=p_value,
        measure="ChiSquared",
    )


def _drift_finding(distance: float, threshold: float, thresholds: Thresholds) -> Finding:
    return Finding(
        "baseline_drift_check",
        distance > threshold,
        effect=distance,
        floor=threshold,
        severity=distance,
        description=drift_text(distance, threshold),
        measure="LInfinityRobust" if thresholds.numeric_method == "Robust" else "LInfinity",
    )
