import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_monitor_analyzer.statistics.cdf import BinnedCdf, WeightedCdf, common_steps, with_infinities

numbers = st.lists(st.integers(-20, 20).map(float), min_size=1, max_size=60)


@given(numbers, st.floats(-25, 25))
def test_shares_are_those_of_the_sample(values: list[float], point: float) -> None:
    cdf = WeightedCdf.of(values)
    assert cdf.at(point) == pytest.approx(np.mean(np.array(values) <= point))
    assert cdf.below(point) == pytest.approx(np.mean(np.array(values) < point))
    assert cdf.n == len(values)


@given(numbers, st.integers(1, 99))
def test_quantiles_are_numpys_inverted_cdf(values: list[float], percent: int) -> None:
    expected = np.quantile(values, percent / 100, method="inverted_cdf")
    assert WeightedCdf.of(values).quantile(percent / 100) == expected


@given(st.lists(st.tuples(st.integers(0, 9).map(float), st.integers(1, 8)), min_size=1, max_size=20))
def test_a_weight_is_so_many_repetitions(items: list[tuple[float, int]]) -> None:
    weighted = WeightedCdf.of([v for v, _ in items], [w for _, w in items])
    repeated = WeightedCdf.of([v for v, w in items for _ in range(w)])
    points = np.arange(-1, 11)
    assert weighted.n == repeated.n
    np.testing.assert_allclose(weighted.at(points), repeated.at(points))
    np.testing.assert_allclose(weighted.below(points), repeated.below(points))


def test_infinities_stand_at_the_ends() -> None:
    cdf = with_infinities(WeightedCdf.of([1.0, 2.0], rank_error=0.25), 1, 1)
    assert cdf is not None
    assert cdf.rank_error == 0.25
    assert cdf.n == 4
    np.testing.assert_array_equal(cdf.at([-np.inf, 0, 1, 2, 1e300, np.inf]), [0.25, 0.25, 0.5, 0.75, 0.75, 1])
    infinite = with_infinities(None, 0, 3)
    assert infinite is not None
    assert infinite.quantile(0.9) == np.inf
    assert with_infinities(None, 0, 0) is None


def test_buckets_are_read_at_their_edges_only() -> None:
    binned = BinnedCdf(np.array([0.0, 1.0, 2.0]), np.array([3.0, 1.0]))
    points, one, two = common_steps(binned, WeightedCdf.of([0.0, 0.5, 1.0, 2.0]))
    np.testing.assert_array_equal(points, [0, 1, 2])
    np.testing.assert_array_equal(one, [0, 0.75, 1])
    np.testing.assert_array_equal(two, [0, 0.5, 1])
    assert binned.n == 4


def test_buckets_of_a_constant_column_have_no_width() -> None:
    binned = BinnedCdf(np.full(11, 7.0), np.array([0.0] * 9 + [5.0]))
    _, one, two = common_steps(binned, WeightedCdf.of([7.0, 8.0]))
    assert one[-1] == 1
    assert two[-1] == 0.5


@pytest.mark.parametrize(
    ("values", "weights"),
    [([], []), ([1.0, 0.0], [1.0, 1.0]), ([np.nan], [1.0]), ([1.0], [0.0]), ([1.0, 2.0], [1.0])],
    ids=["empty", "unsorted", "nan", "no weight", "too few weights"],
)
def test_what_is_no_distribution_is_refused(values: list[float], weights: list[float]) -> None:
    with pytest.raises(ValueError, match="weight"):
        WeightedCdf(np.array(values), np.array(weights))


@pytest.mark.parametrize(
    ("edges", "counts"),
    [
        ([0.0], []),
        ([0.0, np.inf], [1.0]),
        ([1.0, 0.0], [1.0]),
        ([0.0, 1.0], [0.0]),
        ([0.0, 1.0, 2.0], [2.0, -1.0]),
    ],
    ids=["none", "infinite", "unordered", "empty", "negative"],
)
def test_impossible_buckets_are_refused(edges: list[float], counts: list[float]) -> None:
    with pytest.raises(ValueError, match="bucket"):
        BinnedCdf(np.array(edges), np.array(counts))
