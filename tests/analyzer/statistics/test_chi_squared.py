import heapq
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from model_monitor_analyzer.statistics.chi_squared import ChiSquared, chi_squared

S = {"a": 207, "b": 20, "c": 25, "d": 14, "e": 25, "g": 13}
OTHER_S = {"a": 223, "b": 20, "c": 25, "d": 12, "e": 13, "f": 15}


def compare(sample: dict[str, int], baseline: dict[str, int]) -> ChiSquared:
    return chi_squared(
        np.array([sample.get(name, 0) for name in baseline], np.float64),
        np.array([*baseline.values()], np.float64),
    )


def test_published_statistic_and_p_value() -> None:
    found = compare(S, OTHER_S)
    assert found.statistic == pytest.approx(28.175042782458068, rel=1e-12)
    assert found.p_value == pytest.approx(3.3640191298478506e-5, rel=1e-9)


def test_published_p_value_of_common_categories() -> None:
    common = [{name: side[name] for name in "abcde"} for side in (S, OTHER_S)]
    assert compare(*common).p_value == pytest.approx(0.013227994814265176, rel=1e-10)


@pytest.mark.parametrize(
    ("sample", "baseline", "statistic"),
    [
        (
            {"a": 100, "b": 20, "c": 25, "d": 10, "e": 5, "f": 2},
            {"a": 100, "b": 22, "c": 25, "d": 5, "e": 13, "f": 2},
            8.789790456457125,
        ),
        ({"a": 100, "b": 40, "c": 30, "d": 10}, {"a": 100, "b": 40, "c": 30, "e": 4}, 0.38754325259515626),
        (
            {"a": 100, "b": 4, "c": 3, "d": 27},
            {"a": 100, "b": 4, "c": 3, "d": 34},
            1.1507901668129925,
        ),
        (
            {"a": 100, "b": 4, "c": 3, "d": 27, "e": 20, "f": 20, "g": 20, "h": 20},
            {"a": 100, "b": 2, "c": 1, "d": 34, "e": 20, "f": 20, "g": 20, "h": 20},
            6.827423492761593,
        ),
    ],
    ids=["six", "unknown category", "merged", "few small ones allowed"],
)
def test_published_statistics(sample: dict[str, int], baseline: dict[str, int], statistic: float) -> None:
    assert compare(sample, baseline).statistic == pytest.approx(statistic, rel=1e-12)


def test_published_p_value_of_two_categories() -> None:
    assert compare({"a": 30}, {"a": 20, "b": 20}).p_value == pytest.approx(4.3204630539861455e-8, rel=1e-9)


@pytest.mark.parametrize(
    ("sample", "baseline"),
    [
        ({"a": 100, "b": 4, "c": 3}, {"a": 100, "b": 4, "c": 3}),
        ({"a": 10, "b": 20}, {"b": 20}),
        ({"a": 10}, {"b": 10}),
        ({"a": 10}, {}),
    ],
    ids=["merged into one", "one known category", "disjoint", "empty baseline"],
)
def test_too_few_categories_give_no_result(sample: dict[str, int], baseline: dict[str, int]) -> None:
    found = compare(sample, baseline)
    assert math.isnan(found.statistic)
    assert math.isnan(found.p_value)


@given(st.lists(st.tuples(st.integers(30, 200), st.integers(30, 200)), min_size=3, max_size=12))
def test_without_small_categories_it_is_the_goodness_of_fit_test(cells: list[tuple[int, int]]) -> None:
    sample = {str(i): a for i, (a, _) in enumerate(cells)}
    baseline = {str(i): b for i, (_, b) in enumerate(cells)}
    n, m = sum(sample.values()), sum(baseline.values())
    expected = stats.chisquare(list(sample.values()), [b * n / m for b in baseline.values()])
    found = compare(sample, baseline)
    assert found.statistic == pytest.approx(expected.statistic, rel=1e-9)
    assert found.p_value == pytest.approx(expected.pvalue, rel=1e-7)


def naive(sample: dict[str, int], baseline: dict[str, int]) -> float:
    """The merging rules word for word, without any cleverness."""
    n, m = sum(sample[k] for k in baseline), sum(baseline.values())
    expected = {k: v / m * n for k, v in baseline.items()}
    observed = {k: float(sample[k]) for k in baseline}
    while len(expected) >= 2:
        least, allowed = (10, 0) if len(expected) == 2 else (5, int(0.2 * len(expected)))
        if sum(v < least for v in expected.values()) <= allowed:
            break
        first = min(expected, key=lambda k: expected[k])
        e, o = expected.pop(first), observed.pop(first)
        second = min(expected, key=lambda k: expected[k])
        expected[second] += e
        observed[second] += o
    if len(expected) < 2:
        return math.nan
    return sum((observed[k] - e) ** 2 / e for k, e in expected.items())


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 40)), min_size=1, max_size=30))
def test_merging_follows_the_rules(cells: list[tuple[int, int]]) -> None:
    sample = {str(i): a for i, (a, _) in enumerate(cells)}
    baseline = {str(i): b for i, (_, b) in enumerate(cells)}
    if not sum(sample.values()):
        return
    expected = naive(sample, baseline)
    found = compare(sample, baseline).statistic
    assert found == pytest.approx(expected, rel=1e-9, nan_ok=True)


def merged_one_by_one(cells: list[tuple[int, int]]) -> ChiSquared:
    """The same rules on a heap, with every sum and every tie as the rounds must have them."""
    n, m = sum(a for a, _ in cells), sum(b for _, b in cells)
    heap = [(b / m * n, i) for i, (_, b) in enumerate(cells)]
    observed = [float(a) for a, _ in cells]
    heapq.heapify(heap)
    while len(heap) >= 2:
        least, allowed = (10, 0) if len(heap) == 2 else (5, math.floor(0.2 * len(heap)))
        if sum(value < least for value, _ in heap) <= allowed:
            break
        value, first = heapq.heappop(heap)
        other, second = heapq.heappop(heap)
        observed[second] += observed[first]
        heapq.heappush(heap, (value + other, second))
    if len(heap) < 2:
        return ChiSquared(math.nan, math.nan, len(heap))
    left = sorted(position for _, position in heap)
    expected = np.array([value for value, _ in sorted(heap, key=lambda cell: cell[1])])
    terms = (np.array([observed[position] for position in left]) - expected) ** 2 / expected
    return ChiSquared(float(terms.sum()), float(stats.chi2.sf(terms.sum(), len(left) - 1)), len(left))


@given(
    st.integers(0, 2**32 - 1),
    st.sampled_from([3, 10, 100, 700]),
    st.sampled_from([1, 2, 5, 40, 10**6]),
    st.sampled_from([1.05, 1.5, 3.0, 20.0]),
)
def test_rounds_merge_what_a_heap_would(seed: int, categories: int, most: int, tail: float) -> None:
    rng = np.random.default_rng(seed)
    sample = rng.integers(0, most, categories, endpoint=True)
    baseline = np.minimum(rng.zipf(tail, categories), most)
    cells = list(zip(sample.tolist(), baseline.tolist(), strict=True))
    if not sample.sum():
        return
    found = chi_squared(sample.astype(np.float64), baseline.astype(np.float64))
    np.testing.assert_array_equal(found, merged_one_by_one(cells))


def test_a_hundred_thousand_categories_take_no_time() -> None:
    many = {str(i): 1 for i in range(100_000)}
    assert compare(many, many).categories > 1000
