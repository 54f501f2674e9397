"""Category counts: exact within capacity, Misra-Gries bounds beyond it."""

from collections import Counter

import numpy as np
import polars as pl
import pytest

from model_monitor_analyzer.summaries import SummarySettings, merge_tree, summarise
from model_monitor_analyzer.summaries.misra_gries import excess
from model_monitor_analyzer.summaries.text_counts import LONGEST_KEY

SETTINGS = SummarySettings(category_capacity=500, number_capacity=300, categorical=frozenset({"code"}))


def zipf(n: int, seed: int, a: float = 1.2, most: int = 5000) -> np.typing.NDArray[np.int64]:
    return np.minimum(np.random.default_rng(seed).zipf(a, n), most)


@pytest.mark.parametrize("as_text", [True, False])
@pytest.mark.parametrize("leaf", [311, 2000, 10_000, 40_000])
def test_beyond_capacity_counts_are_within_the_undercount(leaf: int, *, as_text: bool) -> None:
    values = zipf(40_000, seed=leaf)
    column = pl.Series("x", [f"item {v}" for v in values]) if as_text else pl.Series("x", values)
    merged = merge_tree(
        [summarise(column[i : i + leaf].to_frame(), SETTINGS) for i in range(0, 40_000, leaf)]
    )
    assert merged is not None
    found = merged.columns["x"].categories
    truth = Counter(column.cast(pl.String).to_list())
    counts = found.as_dict()
    capacity = 500 if as_text else 300
    assert len(counts) <= capacity
    assert not found.exact
    assert found.total == 40_000
    assert found.undercount <= 40_000 / (capacity + 1)
    for key, count in truth.items():
        assert count - found.undercount <= counts.get(key, 0) <= count


def test_within_capacity_counts_are_exact_in_any_split() -> None:
    values = zipf(30_000, seed=1, most=400)
    frame = pl.DataFrame({"x": [f"item {v}" for v in values], "code": values})
    expected = dict(sorted(Counter(frame["x"]).items(), key=lambda entry: (-entry[1], entry[0])))
    for leaf in (97, 4096, 30_000):
        merged = merge_tree([summarise(frame[i : i + leaf], SETTINGS) for i in range(0, 30_000, leaf)])
        assert merged is not None
        assert merged.columns["x"].categories.exact
        assert list(merged.columns["x"].categories.as_dict().items()) == list(expected.items())
        assert merged.columns["code"].categories.as_dict() == {
            k.removeprefix("item "): v for k, v in expected.items()
        }
        assert merged.columns["x"].distinct_count == len(expected)


@pytest.mark.parametrize("scale", [1, 7, 5000])
def test_what_is_taken_off_is_the_largest_count_without_room(scale: int) -> None:
    counts = np.random.default_rng(scale).zipf(1.3, 3000).clip(max=10**6) * scale
    for capacity in (1, 16, 500, 2999):
        assert excess([counts], capacity) == np.sort(counts)[::-1][capacity]


def test_unique_strings_leave_nothing_but_a_small_undercount() -> None:
    frame = pl.DataFrame({"x": [f"id-{i:09d}" for i in range(20_000)]})
    found = summarise(frame, SETTINGS).columns["x"]
    assert len(found.categories) == 0
    assert found.categories.undercount == 1
    assert found.categories.total == 20_000


def test_a_frequent_value_among_unique_ones_is_found() -> None:
    texts = [f"id-{i:09d}" if i % 3 else "unknown" for i in range(30_000)]
    found = summarise(pl.DataFrame({"x": texts}), SETTINGS).columns["x"].categories
    assert found.as_dict() == {"unknown": 10_000 - found.undercount}
    assert found.undercount == 1


def test_both_ways_of_counting_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = pl.Series([f"item {v}" for v in zipf(20_000, seed=3)])
    frame = pl.DataFrame({"x": texts})
    by_value = summarise(frame, SETTINGS)  # the sample repeats itself, so values are counted
    monkeypatch.setattr(
        "model_monitor_analyzer.summaries.text_block._SAMPLE", 1
    )  # a sample of one never does
    by_hash = summarise(frame, SETTINGS)
    assert by_hash.to_bytes() == by_value.to_bytes()


def test_numbers_and_their_texts_are_one_key() -> None:
    frames = [
        pl.DataFrame({"x": pl.Series([1, 2, 2], dtype=pl.Int16)}),
        pl.DataFrame({"x": [1.0, 2.5, -0.0]}),
        pl.DataFrame({"x": ["1", "1.0", "007", "2.50", "true", "0"]}),
        pl.DataFrame({"x": [True, False]}),
        pl.DataFrame({"x": pl.Series(["1", "a"], dtype=pl.Categorical)}),
    ]
    merged = merge_tree([summarise(frame, SETTINGS) for frame in frames])
    assert merged is not None
    column = merged.columns["x"]
    expected = {"1": 5, "0": 2, "2": 2, "2.5": 2, "true": 2, "007": 1, "a": 1, "false": 1}
    assert column.categories.as_dict() == expected
    assert column.distinct.estimate == len(expected) == column.distinct_count


def test_long_keys_are_cut_but_told_apart() -> None:
    long = "é" * 1000
    frame = pl.DataFrame({"x": [long + "a", long + "b", long + "b", "é" * 256]})
    counts = summarise(frame, SETTINGS).columns["x"].categories.as_dict()
    assert sorted(counts.values()) == [1, 1, 2]
    assert all(len(key) <= LONGEST_KEY for key in counts)
    assert "é" * 256 in counts


def test_text_and_ignored_columns_are_not_counted() -> None:
    settings = SummarySettings(text=frozenset({"note"}), ignored=frozenset({"blob"}))
    frame = pl.DataFrame({"note": ["a", "b", None], "blob": [[1], None, None]})
    found = summarise(frame, settings)
    note, blob = found.columns["note"], found.columns["blob"]
    assert (len(note.categories), note.categories.exact, note.categories.undercount) == (0, False, 2)
    assert (note.distinct_count, note.distinct_exact, note.lengths.mean) == (2, True, 1.0)
    assert (blob.rows, blob.missing, blob.types.inferred) == (3, 2, "Unknown")
