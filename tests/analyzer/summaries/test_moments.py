"""Moments against exact rational arithmetic."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_monitor_analyzer.summaries import Moments, merge_tree
from model_monitor_analyzer.summaries.tally import tally_values

finite = st.floats(-1e9, 1e9, allow_nan=False)


def moments(values: list[float]) -> Moments:
    return Moments.of(tally_values(np.array(values, np.float64)))


def assert_exact(found: Moments, values: list[float]) -> None:
    """Relative to the size of the values: nothing else can be promised of a sum that cancels."""
    exact = [Fraction(value) for value in values]
    total = sum(exact, Fraction(0))
    mean = total / len(exact)
    m2 = sum(((value - mean) ** 2 for value in exact), Fraction(0))
    size = float(sum(abs(value) for value in exact))
    assert found.n == len(values)
    assert abs(found.sum - float(total)) <= 1e-12 * size
    assert abs(found.mean - float(mean)) <= 1e-12 * size / len(values)
    assert abs(found.m2 - float(m2)) <= 1e-12 * float(m2) + 1e-22 * size**2
    assert (found.minimum, found.maximum) == (min(values), max(values))


@given(st.lists(finite, min_size=1, max_size=200), st.integers(0, 200))
def test_of_a_block_and_of_two(values: list[float], cut: int) -> None:
    assert_exact(moments(values), values)
    assert_exact(moments(values[:cut]) + moments(values[cut:]), values)


@pytest.mark.parametrize("offset", [0.0, 1e6, 1e12])
def test_a_large_mean_does_not_cancel_the_variance(offset: float) -> None:
    rng = np.random.default_rng(0)
    values = (offset + rng.normal(size=20_000)).tolist()
    merged = merge_tree([moments(values[i : i + 700]) for i in range(0, 20_000, 700)])
    assert merged is not None
    mean = sum(map(Fraction, values), Fraction(0)) / 20_000
    m2 = float(sum(((Fraction(value) - mean) ** 2 for value in values), Fraction(0)))
    assert merged.m2 == pytest.approx(m2, rel=1e-12)
    assert abs(merged.mean - float(mean)) <= 1e-15 + 2**-53 * offset
    assert merged.std_dev == pytest.approx(math.sqrt(m2 / 20_000), rel=1e-12)


def test_integers_add_up_exactly() -> None:
    values = np.random.default_rng(1).integers(-(10**9), 10**9, 300_000)
    merged = moments(values[:111_111].tolist()) + moments(values[111_111:].tolist())
    assert merged.sum == int(values.sum())
    assert Moments.of(tally_values(values)).sum == int(values.sum())


def test_repeated_values_count_as_often_as_they_occur() -> None:
    values = np.repeat([0.1, 2.5, -7.0], [5, 1, 17])
    assert_exact(Moments.of(tally_values(values)), values.tolist())


@pytest.mark.parametrize("values", [[1e308, 1e308, -1e308], [1e308] * 4, [-1e308, 1e308], [1e200, 0.0]])
def test_huge_numbers_overflow_to_infinities_not_to_nan(values: list[float]) -> None:
    for found in (moments(values), moments(values[:1]) + moments(values[1:])):
        assert math.isfinite(found.mean)
        assert not math.isnan(found.sum)
        assert found.m2 == (math.inf if len(set(values)) > 1 else 0)
        assert found.mean == pytest.approx(
            float(sum(map(Fraction, values)) / len(values)), rel=1e-12, abs=1e292
        )


def test_nothing_is_neutral() -> None:
    assert moments([]) == Moments()
    assert moments([1.5, 2.0]) + Moments() == moments([1.5, 2.0]) == Moments() + moments([1.5, 2.0])
    assert math.isnan(Moments().std_dev)
