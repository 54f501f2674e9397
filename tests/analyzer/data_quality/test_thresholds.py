import pytest

from model_monitor_analyzer.data_quality.thresholds import thresholds_for, with_settings
from model_monitor_analyzer.errors import ConfigurationError
from model_monitor_analyzer.sagemaker.constraints import (
    Constraints,
    DistributionConstraints,
    FeatureConstraints,
    MonitoringConfig,
)
from model_monitor_api.v1alpha1.analysis import Comparison, FeatureComparison


def constraints(
    config: MonitoringConfig | None = None, overrides: MonitoringConfig | None = None
) -> Constraints:
    feature = FeatureConstraints(name="x", inferred_type="String", completeness=1.0, overrides=overrides)
    if config is None:
        return Constraints(features=[feature])
    return Constraints(features=[feature], monitoring_config=config)


def test_defaults_are_not_wishes() -> None:
    found = thresholds_for(constraints(), constraints().features[0])
    assert found.evaluate
    assert found.compare
    assert (found.numeric_threshold, found.categorical_threshold) == (0.1, 0.1)
    assert (found.numeric_method, found.categorical_method) == ("Robust", "LInfinity")
    assert not found.type_share_typed
    assert not found.domain_share_typed


def test_an_override_is_a_wish_even_where_it_says_the_default() -> None:
    document = constraints(overrides=MonitoringConfig(domain_content_threshold=1.0))
    found = thresholds_for(document, document.features[0])
    assert found.domain_share_typed
    assert not found.type_share_typed


def test_what_an_override_leaves_open_is_the_files() -> None:
    document = constraints(
        MonitoringConfig(
            datatype_check_threshold=0.9,
            distribution_constraints=DistributionConstraints(
                comparison_threshold=0.3, comparison_method="Simple"
            ),
        ),
        MonitoringConfig(distribution_constraints=DistributionConstraints(perform_comparison="Disabled")),
    )
    found = thresholds_for(document, document.features[0])
    assert found.least_type_share == 0.9
    assert found.type_share_typed
    assert not found.compare
    assert (found.numeric_threshold, found.numeric_method) == (0.3, "Simple")


def test_a_numeric_threshold_alone_is_the_categorical_one_too() -> None:
    document = constraints(
        MonitoringConfig(distribution_constraints=DistributionConstraints(comparison_threshold=0.3))
    )
    assert thresholds_for(document, document.features[0]).categorical_threshold == 0.3


def test_a_manifests_settings_are_written_into_the_constraints() -> None:
    found = with_settings(
        constraints(),
        Comparison(comparison_threshold=0.2, evaluate_constraints="Enabled"),
        [FeatureComparison(name="x", evaluate_constraints="Disabled", categorical_drift_method="ChiSquared")],
    )
    distribution = found.monitoring_config.distribution_constraints
    assert distribution is not None
    assert (distribution.comparison_threshold, distribution.categorical_comparison_threshold) == (0.2, 0.1)
    overrides = found.features[0].overrides
    assert overrides is not None
    assert overrides.evaluate_constraints == "Disabled"
    assert not thresholds_for(found, found.features[0]).evaluate
    assert thresholds_for(found, found.features[0]).categorical_method == "ChiSquared"
    assert Constraints.from_json(found.to_json(), "again") == found


def test_settings_of_an_unknown_feature_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="the baseline has no feature 'y'; name one of its columns"):
        with_settings(constraints(), Comparison(), [FeatureComparison(name="y")])
