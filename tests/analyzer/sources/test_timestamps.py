"""Timestamps in every form that is accepted."""

from datetime import UTC, date, datetime

import polars as pl
import pytest

from model_monitor_analyzer.sources.timestamps import read_times

MOMENT = datetime(2026, 3, 1, 12, 30, 45, tzinfo=UTC)
EPOCH = int(MOMENT.timestamp())


@pytest.mark.parametrize(
    "column",
    [
        pl.Series(["2026-03-01T12:30:45Z"]),
        pl.Series(["2026-03-01T12:30:45.000Z"]),
        pl.Series(["2026-03-01T14:30:45+02:00"]),
        pl.Series(["2026-03-01 12:30:45"]),
        pl.Series(["2026-03-01T12:30:45"]),
        pl.Series([str(EPOCH)]),
        pl.Series([f"{EPOCH}.0"]),
        pl.Series([str(EPOCH * 1000)]),
        pl.Series([EPOCH]),
        pl.Series([float(EPOCH)]),
        pl.Series([EPOCH * 1000]),
        pl.Series([EPOCH * 1_000_000]),
        pl.Series([EPOCH * 1_000_000_000]),
        pl.Series([MOMENT.replace(tzinfo=None)]),
        pl.Series([MOMENT.replace(tzinfo=None)], dtype=pl.Datetime("ns")),
        pl.Series([MOMENT]).dt.convert_time_zone("Asia/Kolkata"),
        pl.Series([MOMENT.replace(tzinfo=None)], dtype=pl.Datetime("ms")),
    ],
    ids=str,
)
def test_one_moment_in_many_forms(column: pl.Series) -> None:
    times = read_times(column)
    assert times.dtype == pl.Datetime("us", "UTC")
    assert times.to_list() == [MOMENT]


def test_fractions_dates_mixtures_and_what_is_no_time() -> None:
    texts = pl.Series(["2026-03-01", None, "soon", "", "NaN", str(EPOCH), "1772368245.5"])
    assert read_times(texts).to_list() == [
        datetime(2026, 3, 1, tzinfo=UTC),
        None,
        None,
        None,
        None,
        MOMENT,
        MOMENT.replace(microsecond=500_000),
    ]
    assert read_times(pl.Series([date(2026, 3, 1)])).to_list() == [datetime(2026, 3, 1, tzinfo=UTC)]
    numbers = pl.Series([float("nan"), float("inf"), None, 1e300, 0.0])
    assert read_times(numbers).to_list() == [None, None, None, None, datetime(1970, 1, 1, tzinfo=UTC)]
    assert read_times(pl.Series([True, False])).to_list() == [None, None]


@pytest.mark.parametrize("size", [2**62, 2**63 - 1])
def test_moments_beyond_the_years_of_four_digits_are_none(size: int) -> None:
    far = pl.Series([size, -size, EPOCH * 1_000_000]).cast(pl.Datetime("us"))
    for column in (far, far.dt.replace_time_zone("UTC")):
        assert read_times(column).to_list() == [None, None, MOMENT]
    assert read_times(far.cast(pl.Int64).cast(pl.Datetime("ms"))).to_list()[:2] == [None, None]


def test_every_day_of_the_calendar_is_kept() -> None:
    days = [date(1, 1, 1), date(9999, 12, 31)]
    assert [moment.date() for moment in read_times(pl.Series(days)).to_list()] == days
