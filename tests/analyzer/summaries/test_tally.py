import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_monitor_analyzer.summaries.misra_gries import excess
from model_monitor_analyzer.summaries.tally import Tally, tally_values

VALUES = st.lists(st.integers(-20, 20), min_size=1, max_size=200).map(np.array)


@given(VALUES)
def test_occurrences_are_found_whether_their_ends_are_known_or_not(values: np.ndarray) -> None:
    tally = tally_values(values)
    every = np.sort(values)
    for known in (tally, Tally(tally.values, tally.counts), Tally(tally.values, tally.count_array())):
        np.testing.assert_array_equal(known.values[known.at(np.arange(len(values)))], every)
        assert known.total == len(values)


@given(VALUES)
def test_other_values_occur_as_often(values: np.ndarray) -> None:
    tally = tally_values(values).with_values(tally_values(values).values * 2.0)
    np.testing.assert_array_equal(np.repeat(tally.values, tally.count_array()), np.sort(values) * 2.0)


@given(
    st.lists(st.one_of(st.integers(1, 12), st.integers(1, 5000)), min_size=2, max_size=300).map(np.array),
    st.data(),
)
def test_what_is_taken_off_is_the_largest_count_without_room(counts: np.ndarray, data: st.DataObject) -> None:
    capacity = data.draw(st.integers(1, len(counts) - 1))
    expected = np.sort(counts)[::-1][capacity]
    assert excess([counts], capacity) == expected
    assert excess(np.array_split(counts, 3), capacity) == expected


def test_values_that_occur_once_are_taken_off_with_the_least() -> None:
    assert excess([], 5) == 1
    assert excess([np.full(100, 1)], 5) == 1


@pytest.mark.parametrize("left_out", [0, 1, 64, 65, 999, 1000])
def test_a_part_is_what_the_mask_selects_however_little_is_left_out(left_out: int) -> None:
    rng = np.random.default_rng(left_out)
    counts = rng.integers(1, 9, 1000)
    mask = np.ones(1000, np.bool_)
    mask[rng.permutation(1000)[:left_out]] = False
    for tally in (Tally(np.arange(1000), counts), Tally(np.arange(1000), None)):
        part = tally.where(mask)
        np.testing.assert_array_equal(part.values, tally.values[mask])
        np.testing.assert_array_equal(part.count_array(), tally.count_array()[mask])
        assert (part.counts is None) == (tally.counts is None)
