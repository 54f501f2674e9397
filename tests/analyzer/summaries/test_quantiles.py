"""Quantile sketches: certified error on hard inputs, SageMaker's form and buckets."""

import itertools
import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from model_monitor_analyzer.summaries import QuantileSketch, merge_tree
from model_monitor_analyzer.summaries.quantiles import level_capacity
from model_monitor_analyzer.summaries.tally import tally_values

Floats = NDArray[np.float64]


def sketch(values: Floats, k: int = 2048) -> QuantileSketch:
    return QuantileSketch.of(tally_values(np.asarray(values, np.float64)), k)


def worst_error(found: QuantileSketch, values: Floats) -> tuple[int, int]:
    """Largest over- and underestimate of a rank, at and between all values, by counting."""
    ordered = np.sort(values)
    points = np.unique(ordered)
    points = np.concatenate([points, (points[1:] + points[:-1]) / 2, [-np.inf, np.inf]])
    off = found.ranks(points) - np.searchsorted(ordered, points, side="right")
    off_exclusive = found.ranks(points, inclusive=False) - np.searchsorted(ordered, points, side="left")
    both = np.concatenate([off, off_exclusive])
    return int(max(both.max(), 0)), int(max(-both.min(), 0))


def distributions(n: int) -> dict[str, Floats]:
    rng = np.random.default_rng(n)
    normal = rng.normal(size=n)
    alternating = np.where(np.arange(n) // 500 % 2 == 0, rng.random(n), 1e6 + rng.random(n))
    return {
        "sorted": np.arange(n, dtype=np.float64),
        "reversed": np.arange(n, dtype=np.float64)[::-1].copy(),
        "shuffled": rng.permutation(n).astype(np.float64),
        "normal": normal,
        "heavy tails": rng.standard_cauchy(n),
        "zipf": rng.zipf(1.3, n).astype(np.float64),
        "zero-inflated": np.where(rng.random(n) < 0.9, 0.0, normal),
        "constant": np.full(n, 3.25),
        "few values": rng.integers(0, 7, n).astype(np.float64),
        "alternating blocks": alternating,
        "sawtooth": (np.arange(n) % 1000).astype(np.float64),
    }


@pytest.mark.parametrize("name", list(distributions(1)))
@pytest.mark.parametrize(("n", "leaf"), [(1, 1), (2050, 2050), (5000, 700), (60_000, 1009), (60_000, 2**14)])
@pytest.mark.parametrize("k", [128, 2048])
@pytest.mark.parametrize("tree", ["balanced", "left", "right"])
def test_ranks_stay_within_the_certified_bound(name: str, n: int, leaf: int, k: int, tree: str) -> None:
    values = distributions(n)[name]
    leaves = [sketch(values[start : start + leaf], k) for start in range(0, n, leaf)]
    if tree == "balanced":
        merged = merge_tree(leaves)
    else:
        merged = leaves[0] if tree == "left" else leaves[-1]
        for part in leaves[1:] if tree == "left" else leaves[-2::-1]:
            merged = merged + part if tree == "left" else part + merged
    assert merged is not None
    over, under = worst_error(merged, values)
    assert merged.n == n
    assert over <= merged.over
    assert under <= merged.under
    for depth, items in enumerate(reversed(merged.levels)):
        assert len(items) <= level_capacity(k, 0.64, depth)


def test_the_certified_bound_is_small_where_it_matters() -> None:
    rng = np.random.default_rng(1)
    leaf = 2**14
    for blocks in (1, 6, 64):
        values = rng.normal(size=blocks * leaf)
        merged = merge_tree([sketch(values[i * leaf : (i + 1) * leaf]) for i in range(blocks)])
        assert merged is not None
        assert merged.rank_error <= 0.0015


def test_few_values_are_kept_exactly() -> None:
    values = np.random.default_rng(2).normal(size=2050)
    merged = sketch(values[:1000]) + sketch(values[1000:])
    kept, weights = merged.weighted_items()
    assert merged.exact
    assert merged.rank_error == 0
    np.testing.assert_array_equal(kept, np.sort(values))
    assert set(weights) == {1}
    assert not sketch(np.arange(2051.0)).exact


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False, width=32), min_size=1, max_size=300))
def test_quantiles_of_an_exact_sketch_are_order_statistics(values: list[float]) -> None:
    shares = np.array([0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0])
    expected = np.quantile(np.array(values, np.float64), shares, method="inverted_cdf")
    np.testing.assert_array_equal(sketch(np.array(values)).quantiles(shares), expected)


def test_quantiles_refuse_nonsense() -> None:
    with pytest.raises(ValueError, match="no quantiles"):
        sketch(np.empty(0)).quantiles([0.5])
    with pytest.raises(ValueError, match="between 0 and 1"):
        sketch(np.ones(3)).quantiles([0.5, math.nan])


def test_sketches_of_different_sizes_do_not_add() -> None:
    with pytest.raises(ValueError, match="k=128 and k=256"):
        sketch(np.arange(9.0), 128) + sketch(np.arange(9.0), 256)


@pytest.mark.parametrize("n", [1, 37, 2050])
def test_buckets_of_an_exact_sketch_are_a_histogram(n: int) -> None:
    values = np.round(np.random.default_rng(n).normal(size=n), 1)
    found = sketch(values).buckets(float(values.min()), float(values.max()))
    edges = [found[0].lower, *(bucket.upper for bucket in found)]
    expected = [
        int(np.count_nonzero((values >= low) & ((values < high) | ((i == 9) & (values <= high)))))
        for i, (low, high) in enumerate(itertools.pairwise(edges))
    ]
    assert [bucket.count for bucket in found] == expected
    assert edges[0] == values.min()
    assert edges[-1] == values.max()


def test_a_written_sketch_is_read_back_with_its_buckets() -> None:
    values = np.random.default_rng(3).gamma(2, size=23_432)
    original = sketch(values[:9000]) + sketch(values[9000:])
    document = json.loads(
        json.dumps({"parameters": {"c": original.c, "k": float(original.k)}, "data": original.to_data()})
    )
    adopted = QuantileSketch.from_data(
        document["parameters"]["k"], document["parameters"]["c"], document["data"]
    )
    low, high = float(values.min()), float(values.max())
    assert sum(len(items) << level for level, items in enumerate(adopted.levels)) == 23_432
    assert adopted.buckets(low, high) == original.buckets(low, high)
    assert adopted.to_data() == original.to_data()
    assert 0.001 < adopted.rank_error < 0.002  # 0.14 % for k = 2048


def test_the_weight_of_an_adopted_sketch_is_the_number_of_rows() -> None:
    # Level sizes of a published baseline of 23,432 rows.
    sizes = [266, 1093, 2127, 1, 779]
    rng = np.random.default_rng(4)
    adopted = QuantileSketch.from_data(2048, 0.64, [rng.normal(size=size).tolist() for size in sizes])
    assert adopted.n == 23_432


@pytest.mark.parametrize(
    ("k", "c", "data", "message"),
    [
        (2048.5, 0.64, [[1.0]], "whole number"),
        (2048, 0.0, [[1.0]], r"c in \(0, 1\]"),
        (2048, 0.64, [[math.nan]], "finite"),
        (2048, 0.64, [[1.0]] * 63, "63 levels"),
    ],
)
def test_impossible_sketches_are_refused(k: float, c: float, data: list[list[float]], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        QuantileSketch.from_data(k, c, data)


def test_the_same_rows_in_the_same_leaves_give_the_same_items() -> None:
    values = np.random.default_rng(5).normal(size=50_000)
    first, second = (
        merge_tree([sketch(values[i : i + 999]) for i in range(0, 50_000, 999)]) for _ in range(2)
    )
    assert first is not None
    assert second is not None
    for one, other in zip(first.levels, second.levels, strict=True):
        np.testing.assert_array_equal(one, other)
