import numpy as np
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
    assert excess([counts], capacity) == np.sort(counts)[::-1][capacity]
