"""Distinct counts: exact below k, unbiased above, and a function of the set of values alone."""

import numpy as np
import pytest

from model_monitor_analyzer.summaries import DistinctCount
from model_monitor_analyzer.summaries.hashing import hash_integers, hash_reals


def count(values: np.typing.NDArray[np.int64], k: int = 1024) -> DistinctCount:
    return DistinctCount.of(k, integers=values)


@pytest.mark.parametrize("n", [0, 1, 1023])
def test_exact_below_k(n: int) -> None:
    found = count(np.repeat(np.arange(n), 3))
    assert found.exact
    assert found.estimate == n
    assert found.relative_error == 0


@pytest.mark.parametrize("n", [1024, 5000, 100_000, 1_000_000])
def test_estimates_are_within_five_standard_errors(n: int) -> None:
    found = count(np.arange(n) * 7919)
    assert not found.exact
    assert abs(found.estimate / n - 1) <= 5 * found.relative_error


def test_the_error_is_the_stated_one() -> None:
    relative = [
        count(np.arange(start, start + 20_000)).estimate / 20_000 - 1 for start in range(0, 8_000_000, 20_000)
    ]
    # 400 estimates: the spread is known to 3.5 %, the mean to a twentieth of the spread.
    assert np.std(relative) == pytest.approx(1022**-0.5, rel=0.12)
    assert abs(np.mean(relative)) < 4 * 1022**-0.5 / 20


@pytest.mark.parametrize("order", ["split", "overlapping", "reversed", "repeated"])
def test_only_the_set_of_values_matters(order: str) -> None:
    values = np.random.default_rng(0).integers(0, 10**12, 30_000)
    whole = count(values)
    merged = {
        "split": lambda: count(values[:100]) + count(values[100:]),
        "overlapping": lambda: count(values[:20_000]) + count(values[10_000:]),
        "reversed": lambda: count(values[::-1]),
        "repeated": lambda: count(np.concatenate([values, values])),
    }[order]()
    np.testing.assert_array_equal(merged.hashes, whole.hashes)


def test_many_repeats_of_few_hashes_are_still_counted_exactly() -> None:
    assert count(np.arange(100_000) % 1000).estimate == 1000
    # Only large hashes: none lies below the bound that usually holds enough of them.
    large = np.sort(hash_integers(np.arange(100_000)))[-5000:]
    assert len(DistinctCount.of(1024, texts=large).hashes) == 1024


def test_numbers_and_texts_count_together() -> None:
    rng = np.random.default_rng(1)
    integers, reals = rng.integers(0, 10**6, 9000), rng.normal(size=9000)
    texts = hash_integers(rng.integers(0, 10**6, 9000) << 30)
    every = np.unique(np.concatenate([hash_integers(integers), hash_reals(reals), texts]))
    found = DistinctCount.of(1024, integers=integers, reals=reals, texts=texts)
    np.testing.assert_array_equal(found.hashes, every[:1024])


def test_different_sizes_do_not_add() -> None:
    with pytest.raises(ValueError, match="k=16 and k=32"):
        count(np.arange(3), 16) + count(np.arange(3), 32)
