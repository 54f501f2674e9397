import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_monitor_analyzer.statistics.categories import CategoryTable

TABLES = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(1, 50)).map(CategoryTable)


@given(TABLES, TABLES, TABLES)
def test_tables_are_read_beside_whichever_is_asked_for(
    one: CategoryTable, two: CategoryTable, three: CategoryTable
) -> None:
    for other in (two, three, two, one):
        assert one.beside(other).tolist() == [one.counts.get(name, 0) for name in other.counts]
        new = [count for name, count in one.counts.items() if name not in other.counts]
        assert one.beyond(other).tolist() == new
        assert one.beside(other).sum() + sum(new) == one.n


@given(TABLES)
def test_amounts_and_times_are_those_of_the_counts(table: CategoryTable) -> None:
    np.testing.assert_array_equal(table.amounts, [*table.counts.values()])
    assert table.observed_times(3) == [*table.counts.values()].count(3)


@given(TABLES, st.integers(1, 9))
def test_the_most_frequent_come_first_and_equals_by_name(table: CategoryTable, limit: int) -> None:
    ordered = sorted(table.counts, key=lambda name: (-table.counts[name], name))
    assert table.top(limit) == tuple(ordered[:limit])


@pytest.mark.parametrize(("counts", "other"), [({"a": 0}, 0), ({"a": -1}, 0), ({}, -1)])
def test_counts_are_positive(counts: dict[str, int], other: int) -> None:
    with pytest.raises(ValueError, match="positive"):
        CategoryTable(counts, other)
