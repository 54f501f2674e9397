"""Strictly rising and falling columns, in one block and over several."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_monitor_analyzer.summaries import Ordering


def ordering(values: list[int]) -> Ordering:
    return Ordering.of(np.array(values, np.int64))


def truth(values: list[int]) -> tuple[bool, bool]:
    pairs = list(itertools.pairwise(values))
    return all(a < b for a, b in pairs), all(a > b for a, b in pairs)


rising = st.lists(st.integers(-(2**63), 2**63 - 1), max_size=5, unique=True).map(sorted)


@given(
    values=st.lists(st.integers(-5, 5), max_size=5) | rising, cut=st.integers(0, 5), backwards=st.booleans()
)
def test_of_a_block_and_of_two(values: list[int], cut: int, *, backwards: bool) -> None:
    values = values[::-1] if backwards else values
    for found in (ordering(values), ordering(values[:cut]) + ordering(values[cut:])):
        assert (found.increasing, found.decreasing) == truth(values)
        if values and found.strict:
            assert (found.first, found.last) == (values[0], values[-1])


@pytest.mark.parametrize("fault", [1, 63, 64, 65, 99_999])
def test_one_fault_far_in(fault: int) -> None:
    values = np.arange(100_000)
    assert Ordering.of(values).increasing
    assert Ordering.of(values[::-1]).decreasing
    values[fault] = values[fault - 1]
    assert not Ordering.of(values).strict


def test_integers_beyond_floats_are_told_apart() -> None:
    assert ordering([2**53, 2**53 + 1, 2**53 + 2]).increasing
    assert not (ordering([2**53 + 1]) + ordering([2**53])).increasing
