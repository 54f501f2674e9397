import copy
import json
from typing import Any

import numpy as np
import pytest

from model_monitor_analyzer.data_quality.adopted import adopt_statistics
from model_monitor_analyzer.data_quality.evaluate import Settings, evaluate
from model_monitor_analyzer.data_quality.findings import Baseline
from model_monitor_analyzer.data_quality.kinds import column_kinds
from model_monitor_analyzer.data_quality.profile import DatasetProfile
from model_monitor_analyzer.data_quality.suggest import suggest_constraints
from model_monitor_analyzer.errors import ConfigurationError
from model_monitor_analyzer.sagemaker.constraints import StringConstraints
from model_monitor_analyzer.sagemaker.statistics import Statistics
from model_monitor_analyzer.statistics.cdf import BinnedCdf, WeightedCdf
from tests.analyzer.data_quality.builders import alarms, profile_of

NUMBERS: dict[str, Any] = {
    "common": {"num_present": 1000, "num_missing": 0},
    "mean": 50.0,
    "sum": 50_000.0,
    "std_dev": 28.9,
    "min": 0.0,
    "max": 100.0,
    "distribution": {
        "kll": {
            "buckets": [
                {"lower_bound": 10.0 * i, "upper_bound": 10.0 * i + 10, "count": 100.0} for i in range(10)
            ]
        }
    },
}
DOCUMENT: dict[str, Any] = {
    "version": 0.0,
    "dataset": {"item_count": 1000},
    "features": [
        {"name": "x", "inferred_type": "Fractional", "numerical_statistics": NUMBERS},
        {
            "name": "c",
            "inferred_type": "String",
            "string_statistics": {
                "common": {"num_present": 990, "num_missing": 10},
                "distinct_count": 2.0,
                "distribution": {
                    "categorical": {"buckets": [{"value": "a", "count": 590}, {"value": "b", "count": 400}]}
                },
            },
        },
        {"name": "nothing", "inferred_type": "Unknown"},
    ],
}


def adopt(document: dict[str, Any]) -> DatasetProfile:
    return adopt_statistics(Statistics.from_json(json.dumps(document), "statistics.json"), "statistics.json")


def test_buckets_alone_are_read_at_their_edges() -> None:
    profile = adopt(DOCUMENT)
    x, c, nothing = profile.features
    assert isinstance(x.cdf, BinnedCdf)
    assert x.moments is not None
    assert x.moments.std_dev == pytest.approx(28.9)
    assert c.completeness == 0.99
    assert c.categories is not None
    assert c.categories.complete
    assert nothing.missing == 1000


def test_an_adopted_baseline_decides_by_both_rules() -> None:
    profile = adopt(DOCUMENT)
    kinds = column_kinds(profile, {})
    baseline = Baseline(profile, kinds, suggest_constraints(profile, kinds))
    rng = np.random.default_rng(0)
    same: dict[str, Any] = {
        "x": rng.uniform(0, 100, 800),
        "c": rng.choice(["a", "b"], 800, p=[0.6, 0.4]),
        "nothing": [None] * 800,
    }
    moved = {**same, "x": rng.uniform(0, 70, 800), "c": rng.choice(["a", "n"], 800, p=[0.6, 0.4])}
    assert evaluate(baseline, profile_of(same), Settings()).decided.verdict == "Compliant"
    result = evaluate(baseline, profile_of(moved), Settings())
    expected = {
        ("x", "baseline_drift_check"),
        ("c", "baseline_drift_check"),
        ("c", "categorical_values_check"),
    }
    assert alarms(result) == expected
    assert {(v.feature, v.check) for v in result.otherwise.violations} == expected
    drift = next(v for v in result.decided.violations if v.feature == "x")
    assert drift.severity == pytest.approx(0.3, abs=0.03)


def test_a_sketch_is_preferred_and_knows_its_error() -> None:
    document = copy.deepcopy(DOCUMENT)
    kll = document["features"][0]["numerical_statistics"]["distribution"]["kll"]
    kll["sketch"] = {
        "parameters": {"c": 0.64, "k": 2048.0},
        "data": [[0.0, 100.0], [float(i) for i in range(499)]],
    }
    cdf = adopt(document).by_name["x"].cdf
    assert isinstance(cdf, WeightedCdf)
    assert cdf.n == 1000
    assert 0 < cdf.rank_error < 0.01


def test_listed_categories_that_are_not_all_leave_a_rest() -> None:
    document = copy.deepcopy(DOCUMENT)
    document["features"][1]["string_statistics"]["distribution"]["categorical"]["buckets"].pop()
    table = adopt(document).by_name["c"].categories
    assert table is not None
    assert table.other == 400


def test_values_are_compared_as_they_are_counted() -> None:
    """SageMaker lists a 1.0 among strings as it was written; here 1 and 1.0 are one value, 007 another."""
    document = copy.deepcopy(DOCUMENT)
    buckets = [("1.0", 300), ("1", 290), ("007", 400)]
    document["features"][1]["string_statistics"]["distribution"]["categorical"]["buckets"] = [
        {"value": value, "count": count} for value, count in buckets
    ]
    profile = adopt(document)
    table = profile.by_name["c"].categories
    assert table is not None
    assert table.counts == {"1": 590, "007": 400}
    kinds = column_kinds(profile, {})
    suggested = suggest_constraints(profile, kinds)
    listed = suggested.features[1].model_copy(
        update={"string_constraints": StringConstraints(domains=["1.0", "1", "007"])}
    )
    constraints = suggested.model_copy(
        update={"features": [suggested.features[0], listed, suggested.features[2]]}
    )
    rng = np.random.default_rng(0)
    window: dict[str, Any] = {
        "x": rng.uniform(0, 100, 1000),
        "c": ["1"] * 590 + ["007"] * 400 + [None] * 10,
        "nothing": [None] * 1000,
    }
    result = evaluate(Baseline(profile, kinds, constraints), profile_of(window), Settings())
    assert result.decided.verdict == "Compliant"
    assert not [v for v in result.otherwise.violations if v.feature == "c"]


def change(path: list[str | int], value: object) -> dict[str, Any]:
    document = copy.deepcopy(DOCUMENT)
    place: Any = document["features"]
    for part in path[:-1]:
        place = place[part]
    place[path[-1]] = value
    return document


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (
            [0, "numerical_statistics", "common", "num_present"],
            7,
            r"\$.features\[0\]: num_present and num_missing do not add up to item_count, got 7 and 0 of 1000",
        ),
        (
            [0, "numerical_statistics", "distribution", "kll", "buckets", 3, "upper_bound"],
            -5.0,
            r"\$.features\[0\].numerical_statistics.distribution.kll.buckets: .*in order",
        ),
        (
            [0, "numerical_statistics", "distribution", "kll", "sketch"],
            {"parameters": {"c": 0.64, "k": 1.5}, "data": [[1.0]]},
            r"kll.sketch: .*k must be a whole number",
        ),
        (
            [1, "string_statistics", "distribution", "categorical", "buckets", 0, "count"],
            5000,
            r"categorical: the counts add up to 5400, more than the 990 present values",
        ),
        (
            [0, "numerical_statistics", "std_dev"],
            1e300,
            r"\$.features\[0\].numerical_statistics.std_dev: must be between 0 and 1e\+150, got 1e\+300; ",
        ),
        ([0, "numerical_statistics", "std_dev"], -1.0, r"numerical_statistics.std_dev: .* got -1; correct"),
        (
            [0, "numerical_statistics", "max"],
            "Infinity",
            r"numerical_statistics.max: must be a finite number",
        ),
        ([0, "numerical_statistics", "min"], 101.0, r"min: must not be above max, which is 100, got 101"),
        ([0, "numerical_statistics", "mean"], "NaN", r"numerical_statistics.mean: .* finite number, got nan"),
        ([0, "numerical_statistics", "mean"], 200.0, r"mean: must be between min 0 and max 100, got 200"),
        ([0, "numerical_statistics", "sum"], "NaN", r"numerical_statistics.sum: must be a number"),
        ([0, "numerical_statistics", "completeness"], 7.0, r"completeness: must be between 0 and 1, got 7"),
        (
            [1, "string_statistics", "completeness"],
            -0.1,
            r"\[1\].string_statistics.completeness: .* got -0.1",
        ),
        ([1, "string_statistics", "distinct_count"], float("nan"), r"distinct_count: .* finite .*, got nan"),
        ([1, "string_statistics"], None, r"\$.features\[1\]: a feature of type String has neither"),
    ],
)
def test_contradictions_are_refused(path: list[str | int], value: object, message: str) -> None:
    with pytest.raises(ConfigurationError, match="statistics.json: " + r".*" + message):
        adopt(change(path, value))


def test_statistics_of_no_feature_are_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"statistics.json: \$.features: there is no feature"):
        adopt({**DOCUMENT, "features": []})


def test_figures_at_the_ends_of_their_ranges_are_taken() -> None:
    """The mean of equal values may be beyond them by what an addition loses."""
    figures = {
        "min": 0.1,
        "max": 0.1,
        "mean": 0.1 + 1e-16 * 3,
        "std_dev": 0.0,
        "sum": 100.0,
        "distribution": None,
    }
    document = change([0, "numerical_statistics"], {**NUMBERS, **figures, "completeness": 1.0})
    assert adopt(document).by_name["x"].constant == 0.1
    huge = change([0, "numerical_statistics"], {**NUMBERS, "std_dev": 1e150})
    moments = adopt(huge).by_name["x"].moments
    assert moments is not None
    assert moments.std_dev == pytest.approx(1e150)
