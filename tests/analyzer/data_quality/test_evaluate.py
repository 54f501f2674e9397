from typing import Any

import numpy as np
import pytest
from scipy import stats

from model_monitor_analyzer.data_quality.evaluate import Segment, Settings, evaluate
from model_monitor_analyzer.data_quality.profile import DatasetProfile
from model_monitor_analyzer.data_quality.result import DataQualityResult
from model_monitor_api.v1alpha1.analysis import Comparison, Decision
from tests.analyzer.data_quality.builders import alarms, baseline_of, profile_of, run


def fresh(rows: int, shift: float = 0.0, seed: int = 8) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    return {"x": rng.normal(shift, size=rows), "c": rng.choice(["a", "b"], rows)}


BEFORE = fresh(1000, seed=7)


def test_no_rows_are_no_data_by_either_rule() -> None:
    result = run(BEFORE, DatasetProfile(0, ()))
    assert (result.decided.verdict, result.decided.reason) == ("Inconclusive", "NoData")
    assert (result.otherwise.verdict, result.otherwise.reason) == ("Inconclusive", "NoData")
    assert result.decided.rule == "Calibrated"
    assert result.otherwise.rule == "Compatible"


@pytest.mark.parametrize(("rows", "verdict"), [(99, "Inconclusive"), (100, "Compliant")])
def test_few_rows_without_an_alarm_are_inconclusive(rows: int, verdict: str) -> None:
    result = run(BEFORE, fresh(rows))
    assert result.decided.verdict == verdict
    assert result.decided.reason == ("TooFewRecords" if rows < 100 else None)
    assert result.otherwise.verdict == "Compliant"


def test_few_rows_with_an_alarm_are_violations() -> None:
    result = run(BEFORE, fresh(30, shift=4))
    assert result.decided.verdict == "Violations"
    assert alarms(result) == {("x", "baseline_drift_check")}


def test_columns_that_are_gone_or_new_show_at_any_size() -> None:
    result = run(BEFORE, {"x": [0.1], "new": [1]})
    assert {("c", "missing_column_check"), ("new", "extra_column_check")} <= alarms(result)
    assert result.decided.violations[0].feature == "c"
    assert result.decided.violations[-1].feature == "new"
    by_name = {feature.name: feature for feature in result.features}
    assert by_name["c"].current is None
    assert by_name["c"].baseline is not None
    assert by_name["new"].baseline is None


def test_a_prediction_is_a_feature_if_the_baseline_has_it() -> None:
    baseline = baseline_of(profile_of({**BEFORE, "p": np.linspace(0, 1, 1000)}, roles={"p": "Prediction"}))
    window = profile_of({**fresh(500), "p": np.linspace(0, 1, 500) / 2}, roles={"p": "Prediction"})
    result = run(baseline, window)
    assert alarms(result) == {("p", "baseline_drift_check")}
    assert result.features[-1].role == "Prediction"


def test_a_prediction_that_the_baseline_does_not_have_is_not_assessed_and_not_extra() -> None:
    window = profile_of({**fresh(500), "p": np.linspace(0, 1, 500)}, roles={"p": "Prediction"})
    result = run(BEFORE, window)
    assert result.decided.verdict == "Compliant"
    assert result.otherwise.verdict == "Compliant"
    assert result.not_assessed == (("p", "the baseline has no prediction"),)


def test_ignored_columns_are_not_looked_at() -> None:
    baseline = baseline_of(profile_of(BEFORE), kinds={"x": "Ignore"})
    assert run(baseline, fresh(500, shift=9)).decided.verdict == "Compliant"
    assert run(baseline, {"c": ["a", "b"] * 200}).decided.verdict == "Compliant"


@pytest.mark.parametrize("decision", ["Calibrated", "Compatible"])
def test_an_ignored_column_is_never_an_extra_one(decision: Decision) -> None:
    """It has no constraints, as an extra column has none."""
    baseline = baseline_of(profile_of(BEFORE), kinds={"x": "Ignore"})
    assert "x" not in {constraint.name for constraint in baseline.constraints.features}
    window = {**fresh(500, shift=9), "more": [1.0] * 500}
    result = run(baseline, window, Settings(decision=decision))
    assert alarms(result) == {("more", "extra_column_check")}
    assert {(v.feature, v.check) for v in result.otherwise.violations} == alarms(result)


def test_every_result_says_what_the_other_rule_would_have_said() -> None:
    window = fresh(1000)
    window["x"] = [*window["x"][:999], None]
    calibrated = run(BEFORE, window)
    compatible = run(BEFORE, window, Settings(decision="Compatible"))
    assert calibrated.decided == compatible.otherwise
    assert calibrated.otherwise == compatible.decided
    (check,) = [c for c in calibrated.features[0].checks if c.check == "completeness_check"]
    assert not check.violated
    assert check.violated_by_other_rule
    assert check.description == ""
    (check,) = [c for c in compatible.features[0].checks if c.check == "completeness_check"]
    assert check.violated
    assert not check.violated_by_other_rule
    assert check.description == "Value: 0.999 does not meet the constraint requirement!"


def test_worst_first() -> None:
    before = dict.fromkeys("abc", fresh(1000)["x"])
    window = {name: fresh(1000, shift, seed=9)["x"] for name, shift in zip("abc", (0.5, 2, 1), strict=True)}
    result = run(before, window)
    assert [violation.feature for violation in result.decided.violations] == ["b", "c", "a"]
    severities = [violation.severity for violation in result.decided.violations]
    assert severities == sorted(severities, reverse=True)


def test_features_that_could_not_have_shown_the_floor_are_listed() -> None:
    assert run(BEFORE, fresh(200)).underpowered == ("x", "c")
    large = fresh(50_000, seed=9)
    assert run(large, fresh(20_000)).underpowered == ()


def test_distances_are_published_without_deciding() -> None:
    result = run(BEFORE, fresh(500, shift=0.1))
    x, c = result.features
    assert x.distances is not None
    assert c.distances is not None
    spread = float(np.std(BEFORE["x"]))
    expected = stats.wasserstein_distance(BEFORE["x"], fresh(500, shift=0.1)["x"]) / spread
    assert x.distances.wasserstein == pytest.approx(expected, rel=1e-9)
    assert x.distances.total_variation is None
    assert c.distances.total_variation is not None
    assert c.distances.psi is not None
    for distances in (x.distances, c.distances):
        assert distances.linf_robust <= distances.linf_simple
        assert distances.jensen_shannon is not None
        assert 0 <= distances.jensen_shannon <= 1


def test_a_distance_without_a_meaning_is_none() -> None:
    result = run({"c": ["a"] * 500}, {"c": ["a"] * 500})
    distances = result.features[0].distances
    assert distances is not None
    assert distances.chi_squared is None
    assert distances.wasserstein is None


def test_segments_are_in_one_family() -> None:
    baseline = baseline_of(profile_of({"x": fresh(1000)["x"]}))
    same, moved = profile_of({"x": fresh(400, seed=9)["x"]}), profile_of({"x": fresh(100, 1)["x"]})
    result = evaluate(
        baseline, same, Settings(), [Segment("north", baseline, same), Segment("south", baseline, moved)]
    )
    (violation,) = result.decided.violations
    assert (violation.segment, violation.feature) == ("south", "x")
    assert [feature.segment for feature in result.features] == [None, "north", "south"]
    alone = evaluate(baseline, moved, Settings()).features[0].checks[-1].q_value
    together = result.features[2].checks[-1].q_value
    assert alone is not None
    assert together == pytest.approx(3 * alone)


def test_a_baseline_of_constraints_alone_still_checks_what_it_can() -> None:
    full = baseline_of(profile_of(BEFORE))
    baseline = type(full)(DatasetProfile(0, ()), {}, full.constraints)
    window = {"x": [*fresh(400)["x"], *[None] * 100], "c": [*["a"] * 400, *["z"] * 100]}
    result = run(baseline, window)
    assert alarms(result) == {("x", "completeness_check"), ("c", "categorical_values_check")}
    assert result.features[0].notes == ("the baseline has no statistics of it",)


def test_hostile_names_and_values_go_through() -> None:
    name = "<script>alert(1)</script>\u202e\n{{7*7}}"
    before = {name: ["<b>", "a"] * 300}
    result = run(before, {name: ["<img onerror=x>", "a"] * 300})
    assert {feature for feature, _ in alarms(result)} == {name}


def test_two_columns_of_one_name_are_refused() -> None:
    (feature,) = profile_of({"x": [1]}).features
    with pytest.raises(ValueError, match="same name"):
        DatasetProfile(1, (feature, feature))


def measures(result: DataQualityResult, feature: str) -> dict[str, str | None]:
    (found,) = [item for item in result.features if item.name == feature]
    return {check.check: check.measure for check in found.checks}


def test_every_check_says_what_it_measures() -> None:
    rng = np.random.default_rng(5)
    words = ["".join(rng.choice(list("abcdef"), size)) for size in rng.integers(8, 20, 500)]
    before = {
        "x": rng.normal(size=500),
        "one": [1.5] * 500,
        "c": rng.choice(["a", "b"], 500),
        "t": words,
    }
    shares = {"completeness_check": "ShareDifference", "data_type_check": "ShareDifference"}
    drifts = {"x": "KolmogorovSmirnov", "one": "NewValues", "c": "TotalVariation", "t": "Lengths"}
    result = run(before, {**before, "new": [1] * 500})
    for name, drift in drifts.items():
        expected = {**shares, "baseline_drift_check": drift}
        found = measures(result, name)
        assert {check: found[check] for check in expected} == expected
    assert measures(result, "c")["categorical_values_check"] == "ShareDifference"
    assert measures(result, "new") == {"extra_column_check": None}


@pytest.mark.parametrize(
    ("settings", "number", "category"),
    [
        ({"comparisonMethod": "Simple"}, "LInfinity", "LInfinity"),
        ({"comparisonMethod": "Robust"}, "LInfinityRobust", "LInfinityRobust"),
        ({"comparisonMethod": "Simple", "categoricalDriftMethod": "ChiSquared"}, "LInfinity", "ChiSquared"),
    ],
)
def test_compatible_checks_say_sagemakers_distance(
    settings: dict[str, str], number: str, category: str
) -> None:
    baseline = baseline_of(profile_of(BEFORE), for_all=Comparison.model_validate(settings))
    result = run(baseline, fresh(500), Settings(decision="Compatible"))
    assert measures(result, "x")["baseline_drift_check"] == number
    assert measures(result, "c")["baseline_drift_check"] == category
