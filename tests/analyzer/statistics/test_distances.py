import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.spatial import distance as scipy_distance

from model_monitor_analyzer.statistics.categories import CategoryTable
from model_monitor_analyzer.statistics.cdf import BinnedCdf, FloatArray, WeightedCdf
from model_monitor_analyzer.statistics.distances import (
    bucket_shares,
    common_cells,
    excess_variation,
    hellinger_distance,
    jensen_shannon_distance,
    kolmogorov_smirnov_distance,
    largest_share_difference,
    population_stability_index,
    robust_distance,
    total_variation,
    wasserstein_distance,
)

A = CategoryTable({"a": 10, "b": 20, "c": 25, "d": 10, "e": 5})
NEAR_A = CategoryTable({"a": 11, "b": 20, "c": 25, "d": 10, "e": 10})
OTHER_A = CategoryTable({"f": 11, "a": 20, "c": 25, "d": 10, "e": 10})
S = CategoryTable({"a": 207, "b": 20, "c": 25, "d": 14, "e": 25, "g": 13})
OTHER_S = CategoryTable({"a": 22, "b": 20, "c": 25, "d": 12, "e": 13, "f": 15})

samples = st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=50)


def shares(*values: float) -> FloatArray:
    found: FloatArray = np.array(values, dtype=np.float64) / sum(values)
    return found


def test_numeric_distances_are_deequs() -> None:
    one, two = WeightedCdf.of([1, 2, 3, 4]), WeightedCdf.of([2, 3, 4, 5])
    simple = kolmogorov_smirnov_distance(one, two)
    assert simple == 0.25
    assert robust_distance(simple, one.n, two.n) == 0


@pytest.mark.parametrize(
    ("first", "second", "simple"), [(A, NEAR_A, 0.06015037593984962), (A, OTHER_A, 0.2857142857142857)]
)
def test_categorical_distances_are_deequs(first: CategoryTable, second: CategoryTable, simple: float) -> None:
    found = largest_share_difference(first, second)
    assert found == pytest.approx(simple, abs=1e-15)
    assert robust_distance(found, first.n, second.n) == 0


@pytest.mark.parametrize(
    ("alpha", "expected"),
    [(0.003, 0.2726338046550349), (0.1, 0.33774199396969184), (None, 0.27298150100888)],
)
def test_robust_distance_takes_off_what_alpha_says(alpha: float | None, expected: float) -> None:
    found = robust_distance(largest_share_difference(S, OTHER_S), S.n, OTHER_S.n, alpha)
    assert found == pytest.approx(expected, abs=1e-14)


@pytest.mark.parametrize(
    ("n", "m", "allowance"), [(60, 9999, 0.233), (200, 9999, 0.129), (500, 9999, 0.082), (1000, 2333, 0.068)]
)
def test_allowance_of_the_robust_distance(n: int, m: int, allowance: float) -> None:
    assert 1 - robust_distance(1.0, n, m) == pytest.approx(allowance, abs=6e-4)


def test_psi_is_deequs() -> None:
    expected = shares(428, 425, 414, 427, 440, 447, 380, 386, 444, 386)
    actual = shares(426, 437, 429, 391, 469, 433, 360, 443, 371, 418)
    assert population_stability_index(actual, expected) == pytest.approx(0.007406694184014186, abs=1e-16)


def test_psi_of_an_empty_cell_is_finite() -> None:
    found = population_stability_index(np.array([0.5, 0.5]), np.array([1.0, 0.0]))
    assert found == pytest.approx(0.5 * np.log(2) + (0.5 - 1e-4) * np.log(5000))


# SciPy gives up on exact p-values that are not looked at here.
@pytest.mark.filterwarnings("ignore:ks_2samp:RuntimeWarning")
@given(samples, samples)
def test_numeric_distances_are_scipys(first: list[float], second: list[float]) -> None:
    one, two = WeightedCdf.of(first), WeightedCdf.of(second)
    expected = stats.ks_2samp(first, second, method="exact").statistic
    assert kolmogorov_smirnov_distance(one, two) == pytest.approx(expected, abs=1e-12)
    assert wasserstein_distance(one, two) == pytest.approx(
        stats.wasserstein_distance(first, second), abs=1e-9, rel=1e-9
    )


counts = st.lists(st.integers(0, 50), min_size=4, max_size=4).filter(any)


@given(counts, counts)
def test_distances_of_shares(first: list[int], second: list[int]) -> None:
    p, q = shares(*first), shares(*second)
    assert jensen_shannon_distance(p, q) == pytest.approx(
        scipy_distance.jensenshannon(p, q, base=2), abs=1e-7
    )
    assert hellinger_distance(p, q) == pytest.approx(np.sqrt(max(0, 1 - np.sum(np.sqrt(p * q)))), abs=1e-7)
    assert total_variation(p, q) == pytest.approx(np.maximum(p - q, 0).sum(), abs=1e-12)


def test_infinite_values_do_not_count_as_transport() -> None:
    assert wasserstein_distance(WeightedCdf.of([0.0, 1.0, np.inf]), WeightedCdf.of([0.0, 1.0, np.inf])) == 0


def test_transport_across_the_whole_range_of_the_floats() -> None:
    far = WeightedCdf.of([-1e308, 1e308])
    assert wasserstein_distance(far, WeightedCdf.of([-1e308, -1e308])) == pytest.approx(1e308)
    assert wasserstein_distance(WeightedCdf.of([-1e308]), WeightedCdf.of([1e308])) == np.inf
    assert wasserstein_distance(WeightedCdf.of([0.0]), WeightedCdf.of([5e-324])) == 5e-324


def test_cells_are_the_references_top_others_and_unseen() -> None:
    reference = CategoryTable({"a": 5, "b": 3, "c": 1, "d": 1})
    cells = common_cells(reference, CategoryTable({"b": 2, "d": 4, "x": 4}), limit=2)
    assert cells.names == ("a", "b")
    np.testing.assert_allclose(cells.reference, [0.5, 0.3, 0.2, 0])
    np.testing.assert_allclose(cells.current, [0, 0.2, 0.4, 0.4])


def test_incomplete_tables_cannot_tell_others_from_unseen() -> None:
    reference = CategoryTable({"a": 5, "b": 3}, other=2)
    cells = common_cells(reference, CategoryTable({"b": 2, "x": 8}), limit=2)
    np.testing.assert_allclose(cells.reference, [0.5, 0.3, 0.2, 0])
    np.testing.assert_allclose(cells.current, [0, 0.2, 0.8, 0])


def test_excess_variation_is_near_zero_without_change_where_the_plain_one_is_not() -> None:
    rng = np.random.default_rng(3)
    uniform = np.full(100, 0.01)
    draws = [(rng.multinomial(100, uniform) / 100, rng.multinomial(500, uniform) / 500) for _ in range(50)]
    plain = np.mean([total_variation(p, q) for p, q in draws])
    excess = np.mean([excess_variation(p, q, 100, 500) for p, q in draws])
    assert plain > 0.38
    assert excess < 0.55 * plain


def test_excess_variation_keeps_a_real_change() -> None:
    rng = np.random.default_rng(4)
    before, after = np.array([0.4, 0.3, 0.2, 0.1, 0]), np.array([0.25, 0.3, 0.2, 0.1, 0.15])
    draws = [
        excess_variation(rng.multinomial(500, after) / 500, rng.multinomial(2333, before) / 2333, 500, 2333)
        for _ in range(300)
    ]
    assert np.mean(draws) == pytest.approx(0.15, abs=0.012)


def test_buckets_hold_everything() -> None:
    edges = np.array([1.0, 2.0, 3.0])
    np.testing.assert_allclose(
        bucket_shares(WeightedCdf.of([0, 1, 1.5, 2, 3, 9]), edges), np.array([1, 2, 1, 2]) / 6
    )
    binned = BinnedCdf(np.array([1.0, 3.0]), np.array([4.0]))
    np.testing.assert_allclose(bucket_shares(binned, edges), [0, 0.5, 0.5, 0])
