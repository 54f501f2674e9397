"""Profiles and baselines for tests, made as a run makes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from model_monitor_analyzer.data_quality.evaluate import Settings, evaluate
from model_monitor_analyzer.data_quality.findings import Baseline
from model_monitor_analyzer.data_quality.kinds import column_kinds
from model_monitor_analyzer.data_quality.profile import DatasetProfile, Role
from model_monitor_analyzer.data_quality.result import CheckResult, DataQualityResult
from model_monitor_analyzer.data_quality.suggest import suggest_constraints
from model_monitor_analyzer.data_quality.summarised import profile_summary
from model_monitor_analyzer.data_quality.thresholds import with_settings
from model_monitor_analyzer.summaries import SummarySettings, summarise
from model_monitor_api.v1alpha1.analysis import Comparison, FeatureComparison
from model_monitor_api.v1alpha1.columns import ColumnKind

Columns = Mapping[str, Any]


def profile_of(
    columns: Columns | pl.DataFrame,
    *,
    lexical: bool = False,
    roles: Mapping[str, Role] | None = None,
    kinds: Mapping[str, ColumnKind] | None = None,
) -> DatasetProfile:
    """Summarise columns; `lexical` reads strings as CSV would be read."""
    frame = columns if isinstance(columns, pl.DataFrame) else pl.DataFrame(dict(columns), strict=False)
    codes = frozenset(name for name, kind in (kinds or {}).items() if kind == "Categorical")
    settings = SummarySettings(strings="Lexical" if lexical else "Physical", categorical=codes)
    return profile_summary(summarise(frame, settings), roles)


def baseline_of(
    profile: DatasetProfile,
    *,
    kinds: Mapping[str, ColumnKind] | None = None,
    for_all: Comparison | None = None,
    for_features: Sequence[FeatureComparison] = (),
    floors: Mapping[str, float] | None = None,
) -> Baseline:
    """Make a baseline with suggested constraints and a manifest's settings."""
    found = column_kinds(profile, kinds or {})
    constraints = with_settings(suggest_constraints(profile, found), for_all or Comparison(), for_features)
    return Baseline(profile, found, constraints, floors or {})


def run(
    baseline: Baseline | Columns, current: DatasetProfile | Columns, settings: Settings | None = None
) -> DataQualityResult:
    """Compare two data sets."""
    if not isinstance(baseline, Baseline):
        baseline = baseline_of(profile_of(baseline))
    if not isinstance(current, DatasetProfile):
        current = profile_of(current)
    return evaluate(baseline, current, settings or Settings())


def check_of(result: DataQualityResult, feature: str, check: str) -> CheckResult:
    """Return one check of one feature."""
    (found,) = [
        outcome
        for item in result.features
        if item.name == feature
        for outcome in item.checks
        if outcome.check == check
    ]
    return found


def alarms(result: DataQualityResult) -> set[tuple[str, str]]:
    """Return what the deciding rule calls violations."""
    return {(violation.feature, violation.check) for violation in result.decided.violations}
