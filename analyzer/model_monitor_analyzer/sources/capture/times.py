"""Inference times, which capture files hold as text."""

from datetime import UTC, datetime

import polars as pl

_USUAL = "%Y-%m-%dT%H:%M:%SZ"
_TYPE = pl.Datetime("us", "UTC")


def parse_times(texts: pl.Series) -> pl.Series:
    """Return ISO 8601 texts as times (Datetime in microseconds, UTC); null where one is none.

    Without an offset a time counts as UTC.
    """
    times = texts.str.to_datetime(_USUAL, time_unit="us", strict=False).dt.replace_time_zone("UTC")
    unusual = times.is_null() & texts.is_not_null()
    if not unusual.any():
        return times
    parsed = pl.Series([_parse(text) for text in texts.filter(unusual)], dtype=_TYPE)
    return times.scatter(unusual.arg_true(), parsed)


def _parse(text: str) -> datetime | None:
    try:
        time = datetime.fromisoformat(text)
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
