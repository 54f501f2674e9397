"""Summaries of data sets: what they hold, that sums describe unions, and which splits give the same bytes."""

import math
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model_monitor_analyzer.summaries import (
    ColumnSummary,
    ColumnTypeError,
    DatasetSummary,
    SummarySettings,
    leaf_rows,
    merge_tree,
    summarise,
)
from tests.support.data import data_file

SETTINGS = SummarySettings()


def mixed(n: int, seed: int = 0) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    gaps = pl.Series(rng.random(n) < 0.1)
    return pl.DataFrame(
        {
            "real": pl.Series(rng.normal(5, 2, n)).set(gaps, None),
            "rounded": np.round(rng.exponential(3, n), 1),
            "integer": rng.poisson(4, n),
            "flag": rng.random(n) < 0.3,
            "city": pl.Series([f"city {i}" for i in range(50)])[rng.integers(0, 50, n)].set(gaps, None),
            "row": np.arange(n),
        }
    )


def texts_of(frame: pl.DataFrame, folder: Path) -> pl.DataFrame:
    frame.write_csv(folder / "data.csv")
    return pl.read_csv(folder / "data.csv", infer_schema=False)


def assert_equivalent(found: DatasetSummary, expected: DatasetSummary) -> None:
    """The same rows in another split: equal but for roundings of moments and the items of sketches."""
    assert found.rows == expected.rows
    assert list(found.columns) == list(expected.columns)
    for name, one in found.columns.items():
        other = expected.columns[name]
        for field in (
            "rows",
            "missing",
            "types",
            "whole",
            "positive_infinities",
            "negative_infinities",
            "temporal",
        ):
            assert getattr(one, field) == getattr(other, field), (name, field)
        assert one.ordering == other.ordering
        assert one.categories.exact == other.categories.exact
        if one.categories.exact:
            assert one.categories.as_dict() == other.categories.as_dict()
        np.testing.assert_array_equal(one.distinct.hashes, other.distinct.hashes)
        for mine, theirs in ((one.moments, other.moments), (one.lengths, other.lengths)):
            assert (mine.n, mine.minimum, mine.maximum) == (theirs.n, theirs.minimum, theirs.maximum)
            assert mine.mean == pytest.approx(theirs.mean, rel=1e-12, abs=1e-300)
            assert mine.m2 == pytest.approx(theirs.m2, rel=1e-12, abs=1e-300)
        assert one.quantiles.n == other.quantiles.n


def test_a_column_against_numpy_and_polars() -> None:
    frame = mixed(10_000)
    found = summarise(frame, SETTINGS).columns
    for name in ("real", "rounded", "integer", "row"):
        values = frame[name].drop_nulls().to_numpy().astype(np.float64)
        column = found[name]
        assert column.rows == 10_000
        assert column.missing == frame[name].null_count()
        assert column.moments.sum == pytest.approx(math.fsum(values), rel=1e-13)
        assert column.moments.mean == pytest.approx(values.mean(), rel=1e-13)
        assert column.moments.std_dev == pytest.approx(values.std(), rel=1e-12)
        assert (column.moments.minimum, column.moments.maximum) == (values.min(), values.max())
        assert column.whole == np.count_nonzero(values == np.floor(values))
        assert abs(column.distinct_count / len(np.unique(values)) - 1) <= 5 * column.distinct.relative_error
    assert found["city"].categories.as_dict() == dict(
        frame["city"]
        .drop_nulls()
        .value_counts(sort=True)
        .sort(["count", "city"], descending=[True, False])
        .rows()
    )
    assert found["city"].lengths.mean == pytest.approx(frame["city"].str.len_chars().mean(), rel=1e-13)
    assert found["flag"].categories.as_dict() == {
        "false": int((~frame["flag"]).sum()),
        "true": frame["flag"].sum(),
    }
    assert [column.types.inferred for column in found.values()] == [
        *["Fractional", "Fractional", "Integral", "Boolean", "String", "Integral"]
    ]
    assert [name for name, column in found.items() if column.ordering.increasing] == ["row"]
    assert found["row"].distinct_count == found["row"].distinct.estimate


def test_published_figures_of_the_churn_data() -> None:
    found = summarise(pl.read_csv(data_file("churn-training.csv"), infer_schema=False), SETTINGS).columns
    assert len(found) == 70
    assert all(column.rows == 2333 and column.missing == 0 for column in found.values())
    mean_std_sum_range = {
        "Churn": (0.1393056150878697, 0.3462651595134284, 325, 0, 1),
        "Account Length": (101.2768966995285, 39.552442167470566, 236279, 1, 243),
        "VMail Message": (8.214316330904415, 13.776907846587019, 19164, 0, 51),
        "Day Mins": (180.2264894984998, 53.98717895990151, 420468.4, 0, 350.8),
    }
    for name, (mean, std, total, low, high) in mean_std_sum_range.items():
        moments = found[name].moments
        assert moments.mean == pytest.approx(mean, rel=1e-14)
        assert moments.std_dev == pytest.approx(std, rel=1e-14)
        assert moments.sum == pytest.approx(total, rel=1e-14)
        assert (moments.minimum, moments.maximum) == (low, high)
    rounded = {"Day Calls": (100.259323, 20.165008, 0, 165), "Eve Mins": (200.050107, 50.015928, 31.2, 361.8)}
    for name, expected in rounded.items():
        moments = found[name].moments
        assert (
            round(moments.mean, 6),
            round(moments.std_dev, 6),
            moments.minimum,
            moments.maximum,
        ) == expected
    assert [column.types.inferred for column in found.values()][:6] == [
        *["Integral", "Integral", "Integral", "Fractional", "Integral", "Fractional"]
    ]
    first_buckets = {
        "Churn": (0, 0.1),
        "Account Length": (1, 25.2),
        "VMail Message": (0, 5.1),
        "Day Mins": (0, 35.08),
        "Eve Mins": (31.2, 64.26),
    }
    for name, bounds in first_buckets.items():
        column = found[name]
        buckets = column.quantiles.buckets(column.moments.minimum, column.moments.maximum)
        assert (buckets[0].lower, buckets[0].upper) == bounds
        assert len(buckets) == 10
        # 2,333 rows are a few more than are kept one by one, so extremes can be off by a row or two.
        assert abs(sum(bucket.count for bucket in buckets) - 2333) <= 2 * column.quantiles.under


def test_churn_buckets_match_a_plain_histogram_within_the_bound() -> None:
    frame = pl.read_csv(data_file("churn-training.csv"), infer_schema=False)
    for name, column in summarise(frame, SETTINGS).columns.items():
        values = frame[name].cast(pl.Float64).to_numpy()
        buckets = column.quantiles.buckets(column.moments.minimum, column.moments.maximum)
        edges = np.array([bucket.lower for bucket in buckets[1:]])
        below = np.cumsum([bucket.count for bucket in buckets])[:-1]
        bound = 2 * max(column.quantiles.over, column.quantiles.under)
        assert np.abs(below - [np.count_nonzero(values < edge) for edge in edges]).max() <= bound <= 2, name


def test_text_and_physical_types_give_the_same_summary(tmp_path: Path) -> None:
    frame = mixed(6000).with_columns(
        day=pl.Series([date(2024, 1, 1 + i % 28) for i in range(6000)]),
        small=pl.Series(np.arange(6000) % 7, dtype=pl.UInt8),
        kind=pl.Series([f"k{i % 3}" for i in range(6000)], dtype=pl.Categorical),
    )
    physical, lexical = summarise(frame, SETTINGS), summarise(texts_of(frame, tmp_path), SETTINGS)
    assert physical.to_bytes() == lexical.to_bytes()


def test_strings_can_be_taken_as_they_are() -> None:
    frame = pl.DataFrame({"zip": ["02139", "10001", "1.0", "1e400", "true", None]})
    as_text, as_string = (
        summarise(frame, SummarySettings(strings=mode)).columns["zip"] for mode in ("Lexical", "Physical")
    )
    assert as_text.types.inferred == "String"
    assert (as_text.types.integral, as_text.types.fractional, as_text.types.boolean) == (2, 2, 1)
    assert as_text.positive_infinities == 1
    assert as_string.types.string == 5
    assert (as_string.moments.n, as_string.positive_infinities, as_string.lengths.n) == (0, 0, 5)
    assert as_string.categories.as_dict() == {"02139": 1, "1": 1, "10001": 1, "1e400": 1, "true": 1}
    assert as_text.categories.as_dict() == {"02139": 1, "1": 1, "10001": 1, "true": 1}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (pl.Series([1.0, math.nan, None, math.inf, -math.inf, -0.0]), (2, "Fractional", 2, 1, 1)),
        (pl.Series(["1", "", None, "NaN", "inf", "1e400", "-1e400"]), (1, "String", 1, 1, 1)),
        (pl.Series([None, None]), (2, "Unknown", 0, 0, 0)),
        (pl.Series([], dtype=pl.Float64), (0, "Unknown", 0, 0, 0)),
        (pl.Series([math.nan, math.nan]), (2, "Unknown", 0, 0, 0)),
        (pl.Series([2**63, 2**64 - 1, 5], dtype=pl.UInt64), (0, "Integral", 3, 0, 0)),
        (pl.Series([2**100, 5], dtype=pl.Int128), (0, "Integral", 2, 0, 0)),
        (pl.Series([1.5, 2.0], dtype=pl.Float32), (0, "Fractional", 2, 0, 0)),
        (pl.Series(["1.50", "2.00"]).str.to_decimal(scale=2), (0, "Fractional", 2, 0, 0)),
        (pl.Series([datetime(2024, 1, 1, 10), None]), (1, "String", 0, 0, 0)),  # noqa: DTZ001 - naive on purpose
        (pl.Series([True, None]), (1, "Boolean", 0, 0, 0)),
        (pl.Series(["a", "b"], dtype=pl.Enum(["a", "b"])), (0, "String", 0, 0, 0)),
    ],
)
def test_missing_infinite_and_special_values(
    values: pl.Series, expected: tuple[int, str, int, int, int]
) -> None:
    found = summarise(values.alias("x").to_frame(), SETTINGS).columns["x"]
    assert (
        *(found.missing, found.types.inferred, found.moments.n),
        *(found.positive_infinities, found.negative_infinities),
    ) == expected
    assert DatasetSummary.from_bytes(
        summarise(values.alias("x").to_frame(), SETTINGS).to_bytes()
    ).rows == len(values)


def test_times_are_strings_and_durations_are_seconds() -> None:
    instant = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)
    frame = pl.DataFrame(
        {
            "day": [instant.date(), None, instant.date()],
            "zoned": [instant] * 3,
            "clock": [instant.time()] * 3,
            "lasted": [timedelta(milliseconds=1500), timedelta(days=-1), None],
        }
    )
    found = summarise(frame, SETTINGS).columns
    assert [(c.types.string, c.temporal, c.distinct_count) for c in found.values()] == [
        *[(2, 2, 1), (3, 3, 1), (3, 3, 1), (0, 0, 2)]
    ]
    assert found["day"].categories.as_dict() == {"2024-05-06": 2}
    for unit in ("ms", "us", "ns"):
        lasted = summarise(frame.select(pl.col("lasted").cast(pl.Duration(unit))), SETTINGS).columns["lasted"]
        assert (lasted.types.fractional, lasted.missing) == (2, 1)
        assert (lasted.moments.minimum, lasted.moments.maximum) == (-86_400, 1.5)


@pytest.mark.parametrize("value", [[1, 2], {"a": 1}, b"raw"])
def test_nested_and_raw_columns_are_refused_by_name(value: object) -> None:
    with pytest.raises(ColumnTypeError, match=r"column 'x' holds values of type .*flatten"):
        summarise(pl.DataFrame({"x": [value]}), SETTINGS)


cells = (
    st.none()
    | st.integers(-20, 20).map(str)
    | st.floats(-5, 5, width=16).map(str)
    | st.sampled_from(["true", "a", "", "2024-01-01", "1e400", "007", "x" * 300])
)


@given(st.lists(cells, max_size=60), st.integers(0, 60))
@settings(deadline=None)
def test_a_sum_describes_the_union(values: list[str | None], cut: int) -> None:
    frame = pl.DataFrame({"x": pl.Series(values, dtype=pl.String)})
    whole = summarise(frame, SETTINGS)
    both = summarise(frame[:cut], SETTINGS) + summarise(frame[cut:], SETTINGS)
    assert_equivalent(both, whole)
    # So few rows are kept exactly, whatever the split.
    for one, other in zip(
        both.columns["x"].quantiles.weighted_items(),
        whole.columns["x"].quantiles.weighted_items(),
        strict=True,
    ):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("leaf", [1, 13, 1000, 4097])
def test_any_split_gives_equivalent_summaries(leaf: int) -> None:
    frame = mixed(20_000 if leaf > 13 else 500)
    parts = [summarise(frame[i : i + leaf], SETTINGS) for i in range(0, frame.height, leaf)]
    merged = merge_tree(parts)
    assert merged is not None
    assert_equivalent(merged, summarise(frame, SETTINGS))


def test_the_same_leaves_give_the_same_bytes_also_by_way_of_bytes() -> None:
    frame = mixed(20_000)
    leaves = [summarise(frame[i : i + 999], SETTINGS) for i in range(0, 20_000, 999)]
    merged = merge_tree(leaves)
    again = merge_tree(DatasetSummary.from_bytes(leaf.to_bytes()) for leaf in leaves)
    assert merged is not None
    assert again is not None
    assert merged.to_bytes() == again.to_bytes()
    assert DatasetSummary.from_bytes(merged.to_bytes()).to_bytes() == merged.to_bytes()


def test_a_frame_of_several_chunks_gives_the_same_bytes() -> None:
    frame = mixed(5000)
    chunked = pl.concat([frame[:700], frame[700:701], frame[701:]], rechunk=False)
    assert chunked.n_chunks() == 3
    assert summarise(chunked, SETTINGS).to_bytes() == summarise(frame, SETTINGS).to_bytes()


def test_a_column_that_comes_and_goes_is_missing_in_between() -> None:
    parts = [
        pl.DataFrame({"a": [1, 2]}),
        pl.DataFrame({"b": ["x"], "a": [3]}),
        pl.DataFrame({"b": ["y", "y", None]}),
    ]
    merged = merge_tree([summarise(part, SETTINGS) for part in parts])
    assert merged is not None
    assert list(merged.columns) == ["a", "b"]
    a, b = merged.columns["a"], merged.columns["b"]
    assert (merged.rows, a.rows, a.missing, a.moments.sum) == (6, 6, 3, 6)
    assert (b.rows, b.missing, b.categories.as_dict()) == (6, 3, {"y": 2, "x": 1})
    assert (a.completeness, a.ordering.increasing) == (0.5, True)


def test_hostile_sizes() -> None:
    frame = pl.DataFrame({"cell": ["x" * 10_000_000, "<script>", None], "n": [1, 2, 3]})
    found = summarise(frame, SETTINGS)
    assert found.columns["cell"].lengths.maximum == 10_000_000
    assert len(found.to_bytes()) < 5000
    wide = pl.DataFrame({f"c{i}": [float(i), 1.5] for i in range(5000)})
    small = SETTINGS.for_columns(5000)
    both = summarise(wide, small) + summarise(wide, small)
    assert len(both.columns) == 5000
    assert both.columns["c7"].moments.sum == 17.0


def test_sizes_shrink_with_the_number_of_columns() -> None:
    assert SETTINGS.for_columns(21) == SETTINGS
    assert SETTINGS.for_columns(500).quantile_k == 2048
    wide = SETTINGS.for_columns(5000)
    assert (wide.quantile_k, wide.distinct_k, wide.category_capacity) == (204, 409, 1024)
    assert [leaf_rows(n) for n in (1, 21, 32, 33, 5000, 10**6)] == [2**18, 2**18, 2**18, 2**17, 2**10, 2**10]
    with pytest.raises(ValueError, match="quantile_k is 1; it must"):
        SummarySettings(quantile_k=1)


def test_summaries_of_different_sizes_do_not_add() -> None:
    frame = mixed(100)
    with pytest.raises(ValueError, match="cannot be added"):
        summarise(frame, SETTINGS) + summarise(frame, SETTINGS.for_columns(5000))


def test_merge_tree_adds_neighbours_and_keeps_few() -> None:
    assert merge_tree([]) is None
    live = most = 0

    class Leaf(str):
        def __add__(self, other: str) -> "Leaf":
            nonlocal live
            live -= 1
            return Leaf(f"({super().__str__()}{other})")

    def leaves(n: int) -> "Iterator[Leaf]":
        nonlocal live, most
        for i in range(n):
            live += 1
            most = max(most, live)
            yield Leaf(i % 10)

    assert merge_tree(leaves(5)) == "(((01)(23))4)"
    assert merge_tree(leaves(7)) == "(((01)(23))((45)6))"
    live = most = 0
    merge_tree(leaves(1000))
    assert most <= 11


def test_absent_values_are_no_division_by_zero() -> None:
    empty = summarise(pl.DataFrame({"x": pl.Series([], dtype=pl.Int64)}), SETTINGS).columns["x"]
    assert isinstance(empty, ColumnSummary)
    assert (empty.completeness, empty.distinct_count, empty.quantiles.rank_error) == (1.0, 0, 0.0)
