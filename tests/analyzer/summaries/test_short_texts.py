"""Short texts are counted by the number that their bytes make: it must be theirs alone."""

from collections import Counter

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from model_monitor_analyzer.summaries.short_texts import LONGEST, count_short

SHORT = st.text(alphabet="\0a\x7fé€😀 1", max_size=LONGEST).filter(lambda text: len(text.encode()) <= LONGEST)


@given(st.lists(SHORT, min_size=1), st.integers(0, 3))
def test_each_text_has_its_count(texts: list[str], chunks: int) -> None:
    parts = [pl.Series(texts, dtype=pl.String)] * (chunks + 1)
    found = count_short(pl.concat(parts, rechunk=False))
    assert found is not None
    values, counts = found
    assert dict(zip(values.to_list(), counts.tolist(), strict=True)) == Counter(texts * (chunks + 1))
    assert values.n_unique() == len(values)


def test_a_slice_is_counted_from_its_first_row() -> None:
    found = count_short(pl.Series(["a", "b", "b", "c"])[1:3])
    assert found is not None
    assert found[0].to_list() == ["b"]
    assert found[1].tolist() == [2]


def test_longer_texts_and_none_at_all_are_left_alone() -> None:
    assert count_short(pl.Series(["a", "b" * (LONGEST + 1)])) is None
    assert count_short(pl.Series([], dtype=pl.String)) is None
