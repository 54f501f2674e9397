import numpy as np
import pytest

from model_monitor_analyzer.data_quality.evaluate import Settings
from model_monitor_analyzer.data_quality.result import Violation
from model_monitor_api.v1alpha1.analysis import Comparison, FeatureComparison
from tests.analyzer.data_quality.builders import baseline_of, profile_of, run

COMPATIBLE = Settings(decision="Compatible")


def only(violations: tuple[Violation, ...]) -> Violation:
    (found,) = violations
    return found


def test_type_check_says_the_analyzers_sentence() -> None:
    baseline = baseline_of(profile_of({"x": [str(i % 9) for i in range(2000)]}, lexical=True))
    window = profile_of({"x": [*("1" for _ in range(1970)), *("1.5" for _ in range(7))]}, lexical=True)
    found = [v for v in run(baseline, window, COMPATIBLE).decided.violations if v.check == "data_type_check"]
    assert found[0].description == (
        "Data type match requirement is not met. Expected data type: Integral, Expected match: 100.0%. "
        "Observed: Only 99.64592817400101% of data is Integral."
    )


def test_a_whole_number_with_a_point_is_not_integral_here_but_is_for_the_other_rule() -> None:
    baseline = baseline_of(profile_of({"x": ["1", "2"] * 200}, lexical=True))
    result = run(baseline, profile_of({"x": ["1.0", "2.0"] * 200}, lexical=True), COMPATIBLE)
    assert only(result.decided.violations).check == "data_type_check"
    assert result.otherwise.rule == "Calibrated"
    assert result.otherwise.verdict == "Compliant"


@pytest.mark.parametrize(("threshold", "violated"), [(1.0, True), (0.995, True), (0.99, False), (0.1, False)])
def test_one_unknown_value_in_a_hundred(threshold: float, violated: bool) -> None:
    baseline = baseline_of(
        profile_of({"c": ["a", "b"] * 50}), for_all=Comparison(domain_content_threshold=threshold)
    )
    result = run(baseline, {"c": [*(["a", "b"] * 49), "a", "new"]}, COMPATIBLE)
    found = {v.check: v for v in result.decided.violations}
    assert ("categorical_values_check" in found) is violated
    if violated:
        assert (
            found["categorical_values_check"].description
            == "Value: 0.99 does not meet the constraint requirement!"
        )


def test_any_loss_of_completeness_is_a_violation() -> None:
    baseline = {"x": [*(float(i) for i in range(98)), None, None]}
    lost = run(baseline, {"x": [*(float(i) for i in range(97)), None, None, None]}, COMPATIBLE)
    assert (
        only(lost.decided.violations).description == "Value: 0.97 does not meet the constraint requirement!"
    )
    assert run(baseline, baseline, COMPATIBLE).decided.verdict == "Compliant"


@pytest.mark.parametrize(
    ("method", "threshold", "distance"), [("Simple", 0.1, 0.25), ("Robust", 0.1, 0.25 - 1.8 * 0.0447213595)]
)
def test_numeric_drift_by_both_methods(method: str, threshold: float, distance: float) -> None:
    settings = Comparison.model_validate({"comparisonMethod": method, "comparisonThreshold": threshold})
    baseline = baseline_of(profile_of({"x": [1.0, 2.0, 3.0, 4.0] * 250}), for_all=settings)
    result = run(baseline, {"x": [2.0, 3.0, 4.0, 5.0] * 250}, COMPATIBLE)
    violation = only(result.decided.violations)
    assert violation.severity == pytest.approx(distance, abs=1e-9)
    assert (
        violation.description
        == f"Baseline drift distance: {violation.severity} exceeds threshold: {threshold}"
    )


@pytest.mark.parametrize(
    ("method", "description"),
    [
        ("Simple", "Baseline drift distance: 0.2857142857142857 exceeds threshold: 0.1"),
        ("Robust", None),
    ],
)
def test_categorical_drift(method: str, description: str | None) -> None:
    one = [
        name for name, count in {"f": 11, "a": 20, "c": 25, "d": 10, "e": 10}.items() for _ in range(count)
    ]
    two = [name for name, count in {"a": 10, "b": 20, "c": 25, "d": 10, "e": 5}.items() for _ in range(count)]
    settings = Comparison.model_validate({"comparisonMethod": method})
    result = run(baseline_of(profile_of({"c": two}), for_all=settings), {"c": one}, COMPATIBLE)
    found = [v.description for v in result.decided.violations if v.check == "baseline_drift_check"]
    assert found == ([description] if description else [])


@pytest.mark.parametrize(("threshold", "violated"), [(0.05, True), (1e-9, False)])
def test_chi_squared_is_a_violation_below_the_threshold(threshold: float, violated: bool) -> None:
    settings = Comparison(categorical_drift_method="ChiSquared", categorical_comparison_threshold=threshold)
    baseline = baseline_of(profile_of({"c": ["a"] * 20 + ["b"] * 20}), for_all=settings)
    result = run(baseline, {"c": ["a"] * 30}, COMPATIBLE)
    found = [v for v in result.decided.violations if v.check == "baseline_drift_check"]
    assert bool(found) is violated
    if violated:
        assert found[0].description.endswith("is below threshold: 0.05")
        assert 1 - found[0].severity == pytest.approx(4.3204630539861455e-8, rel=1e-6)


def test_many_small_categories_are_not_seen_but_the_other_rule_sees_them() -> None:
    old = [f"old{i}" for i in range(50)] * 40
    new = [f"new{i}" for i in range(50)] * 40
    settings = Comparison(domain_content_threshold=0.0, comparison_method="Simple")
    result = run(baseline_of(profile_of({"c": old}), for_all=settings), {"c": new}, COMPATIBLE)
    assert result.decided.verdict == "Compliant"
    assert ("c", "baseline_drift_check") in {(v.feature, v.check) for v in result.otherwise.violations}


def test_disabled_checks_are_not_made() -> None:
    profile = profile_of({"x": [1.0, 2.0] * 100, "y": [1.0, 2.0] * 100, "z": [1.0] * 200})
    window = {"x": [8.0, 9.0] * 100, "y": [8.0, 9.0] * 100}
    features = [
        FeatureComparison(name="x", perform_comparison="Disabled"),
        FeatureComparison(name="z", evaluate_constraints="Disabled"),
    ]
    result = run(baseline_of(profile, for_features=features), window, COMPATIBLE)
    assert only(result.decided.violations).feature == "y"
    assert ("z", "its constraints are disabled") in result.not_assessed
    off = run(baseline_of(profile, for_all=Comparison(evaluate_constraints="Disabled")), window, COMPATIBLE)
    assert off.decided.verdict == "Compliant"
    assert off.otherwise.verdict == "Compliant"


def test_a_column_fires_in_nearly_every_window_where_nothing_changed() -> None:
    """Why this rule is not the default: 50 stable features, 98 % complete."""
    rng = np.random.default_rng(1)

    def draw() -> dict[str, list[float]]:
        values = np.where(rng.random((50, 500)) < 0.02, np.nan, rng.normal(size=(50, 500)))
        return {f"x{i}": values[i].tolist() for i in range(50)}

    baseline = baseline_of(profile_of(draw()))
    results = [run(baseline, profile_of(draw()), COMPATIBLE) for _ in range(5)]
    assert all(result.decided.verdict == "Violations" for result in results)
    assert all(result.otherwise.verdict == "Compliant" for result in results)
