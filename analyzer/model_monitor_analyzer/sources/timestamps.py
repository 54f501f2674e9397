"""The declared timestamp column: RFC 3339 text, a timestamp, or a number of seconds or finer since 1970."""

from datetime import date
from typing import Final

import polars as pl

from model_monitor_analyzer.sources.capture.times import parse_times

_TYPE: Final = pl.Datetime("us", "UTC")
_UNITS_TO_MICROSECONDS: Final = ((1e11, 1e6), (1e14, 1e3), (1e17, 1.0), (float("inf"), 1e-3))
"""A number below the first, in absolute value, has a unit of so many microseconds: seconds up to the year
5138, then ms, µs and ns likewise."""

_FIRST_DAY: Final = (date.min - date(1970, 1, 1)).days
_LAST_DAY: Final = (date.max - date(1970, 1, 1)).days
_PER_DAY: Final = {"ms": 86_400_000, "us": 86_400_000_000}

_EPOCH: Final = r"^[-+]?\d+(\.\d+)?$"


def read_times(column: pl.Series) -> pl.Series:
    """Return the moments of a column (Datetime in microseconds, UTC); null where there is none.

    A moment without a zone counts as UTC; a date is its midnight. What is no moment of the years 1 to 9999
    is none.
    """
    match column.dtype:
        case pl.Datetime():
            zoned = column.dtype.time_zone is not None
            column = _in_calendar(column, _PER_DAY.get(column.dtype.time_unit))
            moments = column.dt.convert_time_zone("UTC") if zoned else column.dt.replace_time_zone("UTC")
            return moments.dt.cast_time_unit("us")
        case pl.Date():
            return _in_calendar(column, 1).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
        case pl.String():
            numbers = column.set(~column.str.contains(_EPOCH), None)
            if numbers.null_count() == len(column):
                return parse_times(column)
            texts = parse_times(column.set(numbers.is_not_null(), None))
            return _since_epoch(numbers.cast(pl.Float64)).fill_null(texts)
        case dtype if dtype.is_numeric():
            return _since_epoch(column.cast(pl.Float64))
        case _:
            return pl.repeat(None, len(column), dtype=_TYPE, eager=True)


def _since_epoch(numbers: pl.Series) -> pl.Series:
    size = pl.col("n").abs()
    factor = pl.lit(None, pl.Float64)
    for below, scale in reversed(_UNITS_TO_MICROSECONDS):
        factor = pl.when(size < below).then(scale).otherwise(factor)
    moments = (pl.col("n") * factor).round().cast(pl.Int64, strict=False).cast(pl.Datetime("us"))
    found = pl.DataFrame({"n": numbers}).select(moments).to_series()
    return _in_calendar(found, _PER_DAY["us"]).dt.replace_time_zone("UTC")


def _in_calendar(moments: pl.Series, per_day: int | None) -> pl.Series:
    """Return moments, null outside the years 1 to 9999; None for a unit too fine to reach beyond them.

    Polars panics on some of the others.
    """
    if per_day is None:
        return moments
    ticks = moments.to_physical()
    return moments.set((ticks < _FIRST_DAY * per_day) | (ticks >= (_LAST_DAY + 1) * per_day), None)
