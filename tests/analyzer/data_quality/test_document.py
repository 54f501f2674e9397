import csv

import numpy as np
import pytest

from model_monitor_analyzer.data_quality.adopted import adopt_statistics
from model_monitor_analyzer.data_quality.document import to_statistics
from model_monitor_analyzer.data_quality.kinds import column_kinds
from model_monitor_analyzer.data_quality.profile import DatasetProfile
from model_monitor_analyzer.data_quality.suggest import suggest_constraints
from model_monitor_analyzer.sagemaker.statistics import NumericalStatistics, Statistics
from tests.analyzer.data_quality.builders import profile_of
from tests.support.data import data_file


@pytest.fixture(scope="module")
def rows() -> dict[str, list[str]]:
    with data_file("churn-training.csv").open(newline="") as lines:
        header, *body = csv.reader(lines)
    return {name: [row[index] for row in body] for index, name in enumerate(header)}


@pytest.fixture(scope="module")
def churn(rows: dict[str, list[str]]) -> DatasetProfile:
    return profile_of(rows, lexical=True)


def numbers(statistics: Statistics, name: str) -> NumericalStatistics:
    (found,) = [f.numerical_statistics for f in statistics.features if f.name == name]
    assert found is not None
    return found


PUBLISHED = {
    "Churn": (0.1393056150878697, 0.3462651595134284, 325, 0, 1),
    "Account Length": (101.2768966995285, 39.552442167470566, 236279, 1, 243),
    "VMail Message": (8.214316330904415, 13.776907846587019, 19164, 0, 51),
    "Day Mins": (180.2264894984998, 53.98717895990151, 420468.4, 0, 350.8),
}


def moments(churn: DatasetProfile, name: str) -> tuple[float | None, ...]:
    found = numbers(to_statistics(churn), name)
    assert found.completeness == 1.0
    return found.mean, found.std_dev, found.sum, found.min, found.max


@pytest.mark.parametrize("name", PUBLISHED)
def test_moments_are_those_that_sagemaker_published(churn: DatasetProfile, name: str) -> None:
    assert moments(churn, name) == pytest.approx(PUBLISHED[name], rel=1e-12)


def test_rounded_figures_that_sagemaker_published(churn: DatasetProfile) -> None:
    mean, deviation, _, low, high = moments(churn, "Day Calls")
    assert (mean, deviation, low, high) == pytest.approx((100.259323, 20.165008, 0, 165), abs=5e-7)
    mean, deviation, _, low, high = moments(churn, "Eve Mins")
    assert (mean, deviation, low, high) == pytest.approx((200.050107, 50.015928, 31.2, 361.8), abs=5e-7)


def test_first_buckets_and_types_are_sagemakers(churn: DatasetProfile) -> None:
    statistics = to_statistics(churn)
    types = [feature.inferred_type for feature in statistics.features[:6]]
    assert types == ["Integral", "Integral", "Integral", "Fractional", "Integral", "Fractional"]
    expected = {
        "Churn": (0, 0.1),
        "Account Length": (1, 25.2),
        "VMail Message": (0, 5.1),
        "Day Mins": (0, 35.08),
        "Eve Mins": (31.2, 64.26),
    }
    for name, bounds in expected.items():
        distribution = numbers(statistics, name).distribution
        assert distribution is not None
        assert distribution.kll is not None
        first = distribution.kll.buckets[0]
        assert (first.lower_bound, first.upper_bound) == pytest.approx(bounds)
        assert len(distribution.kll.buckets) == 10
        assert sum(bucket.count for bucket in distribution.kll.buckets) == 2333


def test_suggested_constraints_are_sagemakers(churn: DatasetProfile) -> None:
    constraints = suggest_constraints(churn, column_kinds(churn, {}))
    assert len(constraints.features) == 70
    for feature in constraints.features:
        assert feature.completeness == 1.0
        assert feature.num_constraints is not None
        assert feature.num_constraints.is_non_negative is True
        assert feature.string_constraints is None


def test_an_adopted_file_gives_back_its_own_buckets(
    churn: DatasetProfile, rows: dict[str, list[str]]
) -> None:
    written = to_statistics(churn)
    text = written.to_json()
    adopted = adopt_statistics(Statistics.from_json(text, "statistics.json"), "statistics.json")
    again = to_statistics(adopted)
    for name in ("Account Length", "Day Mins", "Intl Calls"):
        assert numbers(again, name) == numbers(written, name)
        values = np.array([float(value) for value in rows[name]])
        cdf = adopted.by_name[name].cdf
        assert cdf is not None
        assert cdf.n == 2333
        assert cdf.rank_error < 0.003
        points = np.quantile(values, [0.1, 0.5, 0.9])
        exact = np.searchsorted(np.sort(values), points, side="right") / values.size
        assert hasattr(cdf, "at")
        np.testing.assert_allclose(cdf.at(points), exact, atol=0.003)


def test_without_sketches_ten_buckets_remain(churn: DatasetProfile) -> None:
    distribution = numbers(to_statistics(churn, sketches=False), "Day Mins").distribution
    assert distribution is not None
    assert distribution.kll is not None
    assert distribution.kll.sketch is None
    assert len(distribution.kll.buckets) == 10


def test_there_are_no_more_distinct_values_than_values() -> None:
    # The estimates of these are 9,029 and 12,111.
    for n in (9_000, 12_000):
        (number,) = to_statistics(profile_of({"number": range(n)})).features
        assert number.numerical_statistics is not None
        assert number.numerical_statistics.approximate_num_distinct_values == n


def test_strings_and_missing_values() -> None:
    profile = profile_of(
        {"state": ["NY", "CA", None, "NY"], "flag": [True, None, False, True], "none": [None] * 4}
    )
    statistics = to_statistics(profile)
    state, flag, nothing = statistics.features
    assert state.string_statistics is not None
    assert state.string_statistics.completeness == 0.75
    assert state.string_statistics.distinct_count == 2
    distribution = state.string_statistics.distribution
    assert distribution is not None
    assert distribution.categorical is not None
    assert [(b.value, b.count) for b in distribution.categorical.buckets] == [("NY", 2), ("CA", 1)]
    assert flag.inferred_type == "String"
    assert nothing.inferred_type == "Unknown"
    assert nothing.common is not None
    assert nothing.common.num_missing == 4
    kinds = column_kinds(profile, {})
    suggested = suggest_constraints(profile, kinds).features
    assert suggested[0].string_constraints is not None
    assert suggested[0].string_constraints.domains == ["NY", "CA"]
    assert suggested[0].completeness == 0.75
    assert suggested[2].string_constraints is None
    assert (
        adopt_statistics(statistics, "s").by_name["state"].categories == profile.by_name["state"].categories
    )


def test_many_categories_get_no_domain_and_no_counts() -> None:
    profile = profile_of(
        {"x": [f"v{i % 121}" for i in range(1000)], "y": [f"v{i % 120}" for i in range(1000)]}
    )
    one, two = suggest_constraints(profile, column_kinds(profile, {})).features
    assert one.string_constraints is None
    assert two.string_constraints is not None
    assert len(two.string_constraints.domains or []) == 120
    first = to_statistics(profile).features[0].string_statistics
    assert first is not None
    assert first.distribution is None


def test_ignored_columns_get_no_constraints_and_negative_numbers_say_so() -> None:
    profile = profile_of({"x": [1, -2, 3], "y": [1, 2, 3], "z": [-np.inf, 1.0, 2.0]})
    kinds = column_kinds(profile, {"y": "Ignore"})
    found = {f.name: f.num_constraints for f in suggest_constraints(profile, kinds).features}
    assert set(found) == {"x", "z"}
    assert all(constraint and constraint.is_non_negative is False for constraint in found.values())
