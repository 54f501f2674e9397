"""Constraints suggested from the baseline's profile, by SageMaker's rules."""

from __future__ import annotations

from collections.abc import Mapping

from model_monitor_analyzer.data_quality.kinds import LOW_CARDINALITY
from model_monitor_analyzer.data_quality.profile import DatasetProfile, FeatureProfile
from model_monitor_analyzer.sagemaker.constraints import (
    DEFAULT_CONFIG,
    Constraints,
    FeatureConstraints,
    NumConstraints,
    StringConstraints,
)
from model_monitor_api.v1alpha1.columns import ColumnKind


def suggest_constraints(profile: DatasetProfile, kinds: Mapping[str, ColumnKind]) -> Constraints:
    """Suggest what future data must be like: the type, completeness, sign and domain that were observed.

    Columns of kind Ignore get none. Completeness is the observed share. A domain, every observed value, is
    suggested for strings of at most 120 distinct values that are Categorical or Boolean.
    """
    features = [
        _suggest(feature, kinds[feature.name])
        for feature in profile.features
        if kinds[feature.name] != "Ignore"
    ]
    return Constraints(version=0.0, features=features, monitoring_config=DEFAULT_CONFIG)


def _suggest(feature: FeatureProfile, kind: ColumnKind) -> FeatureConstraints:
    numbers = strings = None
    if feature.inferred_type in {"Integral", "Fractional"} and feature.moments:
        numbers = NumConstraints(
            is_non_negative=feature.moments.minimum >= 0 and not feature.negative_infinities
        )
    if feature.inferred_type == "String" and kind in {"Categorical", "Boolean"}:
        table = feature.categories
        if table and table.complete and 0 < len(table.counts) <= LOW_CARDINALITY:
            strings = StringConstraints(domains=list(table.top(LOW_CARDINALITY)))
    return FeatureConstraints(
        name=feature.name,
        inferred_type=feature.inferred_type,
        completeness=feature.completeness,
        num_constraints=numbers,
        string_constraints=strings,
    )
