"""Counts of strings are added by hash, and by the strings themselves where two have one hash."""

from collections import Counter

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_monitor_analyzer.summaries import text_counts
from model_monitor_analyzer.summaries.text_counts import TextCounts

COUNTS = st.dictionaries(st.text(max_size=3), st.integers(1, 9), max_size=30)


def counted(counts: dict[str, int]) -> TextCounts:
    return TextCounts(pl.Series(list(counts), dtype=pl.String), np.array(list(counts.values()), np.int64))


def as_dict(counts: TextCounts) -> dict[str, int]:
    return dict(zip(counts.keys.to_list(), counts.counts.tolist(), strict=True))


@given(COUNTS, COUNTS)
def test_the_sum_counts_both(one: dict[str, int], two: dict[str, int]) -> None:
    assert as_dict(counted(one) + counted(two)) == dict(Counter(one) + Counter(two))


@pytest.mark.parametrize("buckets", [1, 2, 7])
def test_strings_of_one_hash_are_told_apart(monkeypatch: pytest.MonkeyPatch, buckets: int) -> None:
    def few(keys: pl.Series) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
        return np.array([len(key) % buckets for key in keys], np.uint64)

    monkeypatch.setattr(text_counts, "hash_strings", few)
    one, two = {"a": 1, "bb": 2, "ccc": 3, "d": 4}, {"bb": 5, "e": 6, "a": 7, "ffff": 8}
    assert as_dict(counted(one) + counted(two)) == dict(Counter(one) + Counter(two))
