import numpy as np
import numpy.typing as npt
import pytest
from scipy import stats

from model_monitor_analyzer.statistics.categories import CategoryTable
from model_monitor_analyzer.statistics.cdf import FloatArray
from model_monitor_analyzer.statistics.homogeneity import homogeneity_p_value


def table(counts: npt.NDArray[np.int64]) -> CategoryTable:
    return CategoryTable({str(i): int(count) for i, count in enumerate(counts) if count})


def zipf(categories: int) -> FloatArray:
    weights = 1 / np.arange(1, categories + 1)
    shares: FloatArray = weights / weights.sum()
    return shares


def test_two_categories_are_fishers_exact_test_doubled() -> None:
    found = homogeneity_p_value(CategoryTable({"a": 12, "b": 3}), CategoryTable({"a": 30, "b": 40}))
    one_sided = stats.fisher_exact([[12, 3], [30, 40]], alternative="greater").pvalue
    assert found == pytest.approx(2 * one_sided, rel=1e-9)


def test_many_frequent_categories_agree_with_the_contingency_test() -> None:
    rng = np.random.default_rng(1)
    one, two = rng.multinomial(20_000, np.full(30, 1 / 30)), rng.multinomial(30_000, np.full(30, 1 / 30))
    one[:10] += 60
    expected = stats.chi2_contingency(np.array([one, two]), correction=False).pvalue
    assert homogeneity_p_value(table(one), table(two)) == pytest.approx(min(1, 2 * expected), rel=0.05)


@pytest.mark.parametrize(
    ("n", "m", "shares"),
    [
        (20, 2333, zipf(1000)),
        (100, 500, zipf(100)),
        (100, 2333, np.full(100, 0.01)),
        (500, 500, zipf(1000)),
        (2000, 500, np.array([0.5, 0.3, 0.1, 0.07, 0.03])),
        (100, 2333, np.array([0.98, 0.02])),
    ],
    ids=["tiny window", "Zipf of 100", "uniform of 100", "Zipf of 1,000", "five", "two"],
)
def test_without_a_change_small_p_values_are_no_more_frequent_than_they_say(
    n: int, m: int, shares: FloatArray
) -> None:
    rng = np.random.default_rng([n, m])
    repetitions = 800
    found = np.array(
        [
            homogeneity_p_value(table(rng.multinomial(n, shares)), table(rng.multinomial(m, shares)))
            for _ in range(repetitions)
        ]
    )
    for level in (0.05, 0.01, 0.002):
        allowed = level + 3 * np.sqrt(level * (1 - level) / repetitions)
        assert np.mean(found <= level) <= allowed


def test_a_change_of_many_small_categories_is_found() -> None:
    one = {f"old{i}": 20 for i in range(50)}
    two = {f"new{i}": 20 for i in range(50)}
    common = {"a": 2000, "b": 1000}
    found = homogeneity_p_value(CategoryTable({**common, **two}), CategoryTable({**common, **one}))
    assert found < 1e-100


def test_five_rows_of_a_new_value_are_enough() -> None:
    baseline = CategoryTable({f"v{i}": 23 for i in range(100)})
    assert homogeneity_p_value(CategoryTable({"new": 5}), baseline) < 1e-8


def test_only_what_both_tables_know_is_compared() -> None:
    complete = CategoryTable({"a": 50, "b": 30, "c": 20})
    cut = CategoryTable({"a": 500, "b": 300}, other=200)
    assert homogeneity_p_value(complete, cut) > 0.5


@pytest.mark.parametrize("empty", [CategoryTable({}), CategoryTable({"a": 7})])
def test_nothing_to_compare_proves_nothing(empty: CategoryTable) -> None:
    assert homogeneity_p_value(empty, CategoryTable({"a": 7})) == 1
