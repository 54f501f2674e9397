"""Summaries by hour."""

from datetime import UTC, datetime, timedelta
from typing import Literal

import numpy as np
import polars as pl
import pytest

from model_monitor_analyzer.summaries import (
    ChunkedSummary,
    SummaryFormatError,
    SummarySettings,
    merge_tree,
    summarise,
    summarise_hours,
)

SETTINGS = SummarySettings()
START = datetime(2024, 3, 30, 22, tzinfo=UTC)


def traffic(n: int) -> tuple[pl.DataFrame, pl.Series]:
    rng = np.random.default_rng(0)
    minutes = rng.integers(0, 300, n)
    times = pl.Series(
        "at", [START + timedelta(minutes=int(m)) for m in minutes], dtype=pl.Datetime("ms", "UTC")
    )
    return pl.DataFrame({"x": rng.normal(size=n), "kind": [f"k{m // 60}" for m in minutes]}), times


def test_hours_hold_exactly_their_rows() -> None:
    frame, times = traffic(3000)
    found = summarise_hours(frame, times, SETTINGS)
    assert found.total.to_bytes() == summarise(frame, SETTINGS).to_bytes()
    assert list(found.hours) == [START + timedelta(hours=i) for i in range(5)]
    for i, chunk in enumerate(found.hours.values()):
        rows = frame.filter(pl.col("kind") == f"k{i}")
        assert chunk.rows == rows.height
        assert chunk.columns["kind"].categories.as_dict() == {f"k{i}": rows.height}
        assert chunk.columns["x"].moments.mean == pytest.approx(rows["x"].mean(), rel=1e-12)
        assert chunk.columns["x"].quantiles.k == 256


def test_split_merged_and_by_way_of_bytes() -> None:
    frame, times = traffic(3000)
    leaves = [summarise_hours(frame[i : i + 700], times[i : i + 700], SETTINGS) for i in range(0, 3000, 700)]
    merged, again = (
        merge_tree(leaves),
        merge_tree(ChunkedSummary.from_bytes(leaf.to_bytes()) for leaf in leaves),
    )
    assert merged is not None
    assert again is not None
    assert merged.to_bytes() == again.to_bytes()
    assert sum(chunk.rows for chunk in merged.hours.values()) == 3000
    assert list(merged.hours) == sorted(merged.hours)


def test_rows_without_a_time_are_in_the_total_only() -> None:
    times = pl.Series([None, datetime(1969, 12, 31, 23, 59), None], dtype=pl.Datetime("us"))  # noqa: DTZ001 - naive means UTC
    found = summarise_hours(pl.DataFrame({"x": [1, 2, 3]}), times, SETTINGS)
    assert found.total.rows == 3
    assert {hour: chunk.columns["x"].moments.sum for hour, chunk in found.hours.items()} == {
        datetime(1969, 12, 31, 23, tzinfo=UTC): 2.0
    }


def test_other_zones_are_brought_to_utc() -> None:
    times = pl.Series([START], dtype=pl.Datetime("us", "UTC")).dt.convert_time_zone("Asia/Kathmandu")
    assert list(summarise_hours(pl.DataFrame({"x": [1]}), times, SETTINGS).hours) == [START]


@pytest.mark.parametrize("times", [pl.Series("at", ["2024-01-01"]), pl.Series("at", [START, START])])
def test_what_is_no_time_per_row_is_refused(times: pl.Series) -> None:
    with pytest.raises(ValueError, match=r"column 'at': .* one Datetime per row"):
        summarise_hours(pl.DataFrame({"x": [1]}), times, SETTINGS)


def test_a_plain_summary_is_no_chunked_one() -> None:
    with pytest.raises(SummaryFormatError, match="kind 1 where kind 2"):
        ChunkedSummary.from_bytes(summarise(pl.DataFrame({"x": [1]}), SETTINGS).to_bytes())


@pytest.mark.parametrize("unit", ["us", "ns"])
def test_no_row_with_a_time_of_the_calendar(unit: Literal["us", "ns"]) -> None:
    """Without any usable time there are no hours; 2**62 microseconds are 146,000 years."""
    times = pl.Series("at", [None, 2**62, -(2**62)]).cast(pl.Datetime(unit))
    frame = pl.DataFrame({"x": [1, 2, 3]})
    for rows in (slice(0, 1), slice(0, 3)):
        found = summarise_hours(frame[rows], times[rows], SETTINGS)
        assert found.total.rows == len(times[rows])
        expected = {} if unit == "us" or rows.stop == 1 else {1823: 1, 2116: 1}
        assert {hour.year: chunk.rows for hour, chunk in found.hours.items()} == expected
        assert ChunkedSummary.from_bytes(found.to_bytes()).to_bytes() == found.to_bytes()


def test_the_ends_of_the_calendar_are_in_it() -> None:
    ends = [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, tzinfo=UTC)]
    found = summarise_hours(pl.DataFrame({"x": [1, 2]}), pl.Series("at", ends), SETTINGS)
    assert [hour.year for hour in found.hours] == [1, 9999]
