import numpy as np
import numpy.typing as npt
import pytest
from scipy import stats

from model_monitor_analyzer.data_quality.calibrated import decide
from model_monitor_analyzer.data_quality.evaluate import Settings
from model_monitor_analyzer.data_quality.findings import Baseline
from model_monitor_analyzer.data_quality.shares import Candidate
from model_monitor_api.v1alpha1.analysis import Comparison, FeatureComparison
from tests.analyzer.data_quality.builders import alarms, baseline_of, check_of, profile_of, run


def normal(size: int, mean: float = 0.0, seed: int = 12) -> npt.NDArray[np.float64]:
    return np.random.default_rng(seed).normal(mean, size=size)


NORMAL = normal(2333, seed=11)


def candidate(effect: float, p_value: float | None, *, certain: bool = False) -> Candidate:
    return Candidate("baseline_drift_check", effect, 0.1, p_value, 1e-6, effect, "moved", certain)


def test_an_alarm_needs_an_effect_and_significance() -> None:
    found = decide([candidate(0.2, 1e-9), candidate(0.05, 1e-9), candidate(0.2, 0.2)], 0.01)
    assert [finding.violated for finding in found] == [True, False, False]
    assert found[0].q_value == pytest.approx(3e-9)
    assert found[1].q_value is None
    assert found[0].description == "moved (q-value 3e-09)"


def test_many_small_changes_do_not_make_it_generous() -> None:
    """40 real changes below the floor would lift the bar of Benjamini-Hochberg eighty-fold."""
    small = [candidate(0.05, 1e-12)] * 40
    (*_, borderline) = decide([*small, *[candidate(0.01, 0.5)] * 9, candidate(0.3, 0.005)], 0.01)
    plain = stats.false_discovery_control([1e-12] * 40 + [0.5] * 9 + [0.005])
    assert plain[-1] < 0.01
    assert not borderline.violated


def test_what_is_certain_needs_no_test_and_does_not_join_the_family() -> None:
    found = decide([candidate(1.0, None, certain=True), candidate(0.2, 0.009)], 0.01)
    assert [finding.violated for finding in found] == [True, True]
    assert found[0].description == "moved (all values)"


def test_nothing_to_decide() -> None:
    assert decide([], 0.01) == []
    (only,) = decide([candidate(0.2, None)], 0.01)
    assert not only.violated


def test_a_shift_of_a_quarter_deviation_is_seen_in_five_hundred_rows() -> None:
    window = {"x": normal(500, 0.5)}
    result = run({"x": NORMAL}, window)
    assert alarms(result) == {("x", "baseline_drift_check")}
    check = check_of(result, "x", "baseline_drift_check")
    expected = stats.ks_2samp(NORMAL, window["x"])
    assert check.effect == pytest.approx(expected.statistic, abs=0.002)
    assert check.p_value is not None
    assert 0.2 < np.log(check.p_value) / np.log(expected.pvalue) < 1.1


def test_a_tiny_real_change_is_none() -> None:
    rng = np.random.default_rng(3)
    result = run({"x": rng.normal(size=200_000)}, {"x": rng.normal(0.1, size=200_000)})
    assert result.decided.verdict == "Compliant"
    check = check_of(result, "x", "baseline_drift_check")
    assert check.p_value is not None
    assert check.p_value < 1e-50
    assert check.effect is not None
    assert 0.03 < check.effect < 0.05


def test_a_threshold_in_the_constraints_is_a_floor() -> None:
    window = {"x": normal(3000, 0.5), "y": normal(3000, 0.5, seed=13)}
    profile = profile_of({"x": NORMAL, "y": NORMAL})
    features = [FeatureComparison(name="x", comparison_threshold=0.3)]
    result = run(baseline_of(profile, for_features=features), profile_of(window))
    assert alarms(result) == {("y", "baseline_drift_check")}
    assert check_of(result, "x", "baseline_drift_check").floor == 0.3


def test_the_baselines_own_rhythm_is_a_floor() -> None:
    window = {"x": normal(3000, 0.5)}
    profile = profile_of({"x": NORMAL})
    assert run(baseline_of(profile, floors={"x": 0.25}), profile_of(window)).decided.verdict == "Compliant"
    assert (
        check_of(
            run(baseline_of(profile, floors={"x": 0.05}), profile_of(window)), "x", "baseline_drift_check"
        ).floor
        == 0.1
    )


@pytest.mark.parametrize(
    ("change", "feature"),
    [
        ({"evaluate_constraints": "Disabled"}, None),
        ({"perform_comparison": "Disabled"}, None),
        ({}, "x"),
    ],
)
def test_disabled_is_respected(change: dict[str, str], feature: str | None) -> None:
    settings = FeatureComparison.model_validate({"name": "x", **change})
    baseline = baseline_of(profile_of({"x": NORMAL}), for_features=[settings])
    found = alarms(run(baseline, {"x": normal(500, 1)}))
    assert found == ({(feature, "baseline_drift_check")} if feature else set())


def missing(share: float, n: int, seed: int) -> list[float | None]:
    rng = np.random.default_rng(seed)
    return [
        None if gone else float(value)
        for gone, value in zip(rng.random(n) < share, rng.normal(size=n), strict=True)
    ]


@pytest.mark.parametrize(
    ("before", "after", "n", "violated"),
    [
        (0.02, 0.02, 5000, False),
        (0.02, 0.025, 200_000, False),
        (0.02, 0.06, 5000, True),
        (0.0, 0.05, 500, True),
        (0.0, 0.05, 20, False),
    ],
    ids=["as before", "significant but small", "large", "never before", "one in twenty"],
)
def test_completeness(before: float, after: float, n: int, violated: bool) -> None:
    result = run({"x": missing(before, 2333, 1)}, {"x": missing(after, n, 2)})
    assert (("x", "completeness_check") in alarms(result)) is violated


def test_a_completeness_that_a_person_lowered_tolerates_as_much() -> None:
    baseline = baseline_of(profile_of({"x": missing(0.02, 2333, 1)}))
    (feature,) = baseline.constraints.features
    for completeness, violated in ((0.9, False), (0.96, True)):
        changed = baseline.constraints.model_copy(
            update={"features": [feature.model_copy(update={"completeness": completeness})]}
        )
        given = Baseline(baseline.profile, baseline.kinds, changed)
        result = run(given, {"x": missing(0.06, 5000, 2)})
        assert (("x", "completeness_check") in alarms(result)) is violated


def test_a_completeness_that_a_person_raised_is_exact() -> None:
    baseline = baseline_of(profile_of({"x": missing(0.02, 2333, 1)}))
    (feature,) = baseline.constraints.features
    changed = baseline.constraints.model_copy(
        update={"features": [feature.model_copy(update={"completeness": 1.0})]}
    )
    result = run(Baseline(baseline.profile, baseline.kinds, changed), {"x": missing(0.02, 2333, 2)})
    assert ("x", "completeness_check") in alarms(result)


def test_types() -> None:
    before = profile_of({"x": [str(i % 50) for i in range(2333)]}, lexical=True)
    wrong = profile_of({"x": ["oops"] * 40 + [str(i % 50) for i in range(460)]}, lexical=True)
    few = profile_of({"x": ["oops"] + [str(i % 50) for i in range(499)]}, lexical=True)
    assert alarms(run(baseline_of(before), wrong)) == {("x", "data_type_check")}
    assert alarms(run(baseline_of(before), few)) == set()
    tolerant = baseline_of(before, for_all=Comparison(datatype_check_threshold=0.9))
    assert alarms(run(tolerant, wrong)) == set()
    strict = baseline_of(before, for_features=[FeatureComparison(name="x", datatype_check_threshold=1.0)])
    five = profile_of({"x": ["oops"] * 5 + [str(i % 50) for i in range(495)]}, lexical=True)
    assert alarms(run(strict, five)) == {("x", "data_type_check")}
    assert alarms(run(baseline_of(before), five)) == set()


def test_a_threshold_of_zero_tolerates_every_value_of_another_type() -> None:
    before = profile_of({"x": [str(i % 50) for i in range(500)]}, lexical=True)
    window = profile_of({"x": ["n/a"] * 50}, lexical=True)
    for threshold, violated in ((0.0, False), (0.01, True)):
        baseline = baseline_of(before, for_all=Comparison(datatype_check_threshold=threshold))
        assert (("x", "data_type_check") in alarms(run(baseline, window))) is violated


@pytest.mark.parametrize("rows", [1, 3, 50])
def test_a_column_that_is_gone_or_turned_to_text_shows_at_any_size(rows: int) -> None:
    before = profile_of(
        {"x": [str(i % 50) for i in range(500)], "y": [str(i) for i in range(500)]}, lexical=True
    )
    window = profile_of({"x": [None] * rows, "y": ["n/a"] * rows}, lexical=True)
    assert alarms(run(baseline_of(before), window)) >= {("x", "completeness_check"), ("y", "data_type_check")}


def test_new_categories() -> None:
    rng = np.random.default_rng(2)
    before = {"c": rng.choice(["a", "b", "c"], 2333)}
    few, many = ({"c": [*["new"] * k, *rng.choice(["a", "b", "c"], 1000 - k)]} for k in (5, 40))
    assert alarms(run(before, few)) == set()
    assert alarms(run(before, many)) == {("c", "categorical_values_check")}


def test_categories_that_a_short_baseline_happened_not_to_hold_are_none() -> None:
    """Of a Zipf column with 60 of its 100 values seen, every window holds values outside the domain."""
    rng = np.random.default_rng(6)
    shares = 1 / np.arange(1, 101)
    draws = [
        {"c": [f"v{i}" for i in rng.choice(100, size, p=shares / shares.sum())]}
        for size in (300, *[3000] * 30)
    ]
    baseline = baseline_of(profile_of(draws[0]))
    results = [run(baseline, draw) for draw in draws[1:]]
    assert all(
        ("c", "categorical_values_check") in {(v.feature, v.check) for v in result.otherwise.violations}
        for result in results
    )
    assert all(result.decided.verdict == "Compliant" for result in results)


def test_a_constant_column_is_watched_for_other_values() -> None:
    for constant, other in ((7.0, 8.0), ("a", "b")):
        before = {"x": [constant] * 500}
        assert alarms(run(before, {"x": [constant] * 480 + [other] * 20})) <= {
            ("x", "categorical_values_check")
        }
        found = run(before, {"x": [constant] * 400 + [other] * 100})
        assert ("x", "baseline_drift_check") in alarms(found)
        assert check_of(found, "x", "baseline_drift_check").effect == pytest.approx(0.2)


def test_identifiers_and_times_do_not_drift() -> None:
    before = {"id": range(1000), "day": [f"2026-01-{i % 28 + 1:02d}" for i in range(1000)]}
    result = run(before, {"id": range(5000, 6000), "day": ["2026-02-03"] * 1000})
    assert not {check for _, check in alarms(result)} & {"baseline_drift_check"}
    assert result.features[0].kind == "Id"
    assert result.features[0].notes == ("identifiers and times are watched for completeness only",)


def test_texts_are_compared_by_length() -> None:
    rng = np.random.default_rng(4)

    def texts(mean: int, n: int) -> list[str]:
        return [f"{i:06d}" + "x" * int(length) for i, length in enumerate(rng.poisson(mean, n))]

    before = {"t": texts(40, 1000)}
    assert alarms(run(before, {"t": texts(40, 500)})) == set()
    assert alarms(run(before, {"t": texts(46, 500)})) == {("t", "baseline_drift_check")}


def test_infinities_count_as_values() -> None:
    values = NORMAL.copy()
    values[:600] = np.inf
    assert ("x", "baseline_drift_check") in alarms(run({"x": NORMAL}, {"x": values}))
    assert ("x", "baseline_drift_check") in alarms(run({"x": NORMAL}, {"x": [np.inf] * 200}))


def test_settings_of_the_false_discovery_rate() -> None:
    window = {"x": normal(80, 0.6)}
    p_value = check_of(run({"x": NORMAL}, window), "x", "baseline_drift_check").p_value
    assert p_value is not None
    assert 1e-10 < p_value < 0.01
    strict = run({"x": NORMAL}, window, Settings(false_discovery_rate=p_value / 10))
    assert alarms(strict) == set()
    assert alarms(run({"x": NORMAL}, window)) == {("x", "baseline_drift_check")}
