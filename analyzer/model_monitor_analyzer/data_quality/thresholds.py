"""What a constraints file asks of one column: its overrides, the file's own settings and defaults merged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from model_monitor_analyzer.errors import ConfigurationError
from model_monitor_analyzer.sagemaker.constraints import (
    DEFAULT_CONFIG,
    Constraints,
    DistributionConstraints,
    FeatureConstraints,
    MonitoringConfig,
)
from model_monitor_analyzer.sagemaker.document import Document
from model_monitor_api.v1alpha1.analysis import (
    CategoricalMethod,
    Comparison,
    FeatureComparison,
    NumericMethod,
)


@dataclass(frozen=True)
class Thresholds:
    """Settings of one column's checks.

    Attributes
    ----------
    evaluate, compare
        Whether constraints are checked at all, and whether distributions are compared.
    least_type_share, least_domain_share
        Least share of values that must have the type, or be in the domain.
    type_share_typed, domain_share_typed
        Whether a person set them: an override of this column, or a value other than the file's usual 1.0.
    """

    evaluate: bool
    compare: bool
    least_type_share: float
    type_share_typed: bool
    least_domain_share: float
    domain_share_typed: bool
    numeric_threshold: float
    numeric_method: NumericMethod
    categorical_threshold: float
    categorical_method: CategoricalMethod


def thresholds_for(constraints: Constraints, feature: FeatureConstraints | None) -> Thresholds:
    """Merge a column's overrides, the file's `monitoring_config` and the defaults, in this order."""
    override = (feature.overrides if feature else None) or MonitoringConfig()
    layers = (override, constraints.monitoring_config, DEFAULT_CONFIG)
    merged = _first_given(layers)
    distribution = _first_distribution(
        [layer.distribution_constraints for layer in layers if layer.distribution_constraints]
    )
    type_share, domain_share = merged.datatype_check_threshold, merged.domain_content_threshold
    numeric = distribution.comparison_threshold
    return Thresholds(
        evaluate=merged.evaluate_constraints == "Enabled",
        compare=distribution.perform_comparison == "Enabled",
        least_type_share=1.0 if type_share is None else type_share,
        type_share_typed=override.datatype_check_threshold is not None or type_share != 1.0,
        least_domain_share=1.0 if domain_share is None else domain_share,
        domain_share_typed=override.domain_content_threshold is not None or domain_share != 1.0,
        numeric_threshold=0.1 if numeric is None else numeric,
        numeric_method=distribution.comparison_method or "Robust",
        categorical_threshold=_categorical_threshold(layers),
        categorical_method=distribution.categorical_drift_method or "LInfinity",
    )


def _first_given(layers: Sequence[MonitoringConfig]) -> MonitoringConfig:
    fields = ("evaluate_constraints", "datatype_check_threshold", "domain_content_threshold")
    return MonitoringConfig(**{field: _nearest(layers, field) for field in fields})


def _first_distribution(layers: Sequence[DistributionConstraints]) -> DistributionConstraints:
    fields = DistributionConstraints.model_fields
    return DistributionConstraints(**{field: _nearest(layers, field) for field in fields})


def _nearest(layers: Sequence[Document], field: str) -> Any:
    return next((value for layer in layers if (value := getattr(layer, field)) is not None), None)


def _categorical_threshold(layers: Sequence[MonitoringConfig]) -> float:
    """Return the nearest threshold of categories; a layer that sets only the numeric one means both."""
    for layer in layers:
        given = layer.distribution_constraints
        if given and given.categorical_comparison_threshold is not None:
            return given.categorical_comparison_threshold
        if given and given.comparison_threshold is not None:
            return given.comparison_threshold
    return 0.1


def with_settings(
    constraints: Constraints, for_all: Comparison, for_features: Sequence[FeatureComparison]
) -> Constraints:
    """Write a manifest's settings into constraints: into `monitoring_config`, and as overrides of features.

    Raises
    ------
    ConfigurationError
        If a feature of the settings is not in the constraints.
    """
    known = {feature.name for feature in constraints.features}
    unknown = [settings.name for settings in for_features if settings.name not in known]
    if unknown:
        raise ConfigurationError(
            f"features[].name: the baseline has no feature '{unknown[0]}'; name one of its columns"
        )
    by_name = {settings.name: settings for settings in for_features}
    features = [
        feature.model_copy(update={"overrides": _overlaid(feature.overrides, by_name[feature.name])})
        if feature.name in by_name
        else feature
        for feature in constraints.features
    ]
    return constraints.model_copy(
        update={"features": features, "monitoring_config": _overlaid(constraints.monitoring_config, for_all)}
    )


def _overlaid(config: MonitoringConfig | None, settings: Comparison) -> MonitoringConfig:
    config = config or MonitoringConfig()
    given = {name: getattr(settings, name) for name in Comparison.model_fields}
    given = {name: value for name, value in given.items() if value is not None}
    of_distribution = {
        name: given.pop(name) for name in DistributionConstraints.model_fields if name in given
    }
    if of_distribution:
        old = config.distribution_constraints or DistributionConstraints()
        given["distribution_constraints"] = old.model_copy(update=of_distribution)
    return config.model_copy(update=given)
