# ruff: noqa: RUF001, RUF002 # signs of typography are meant: minus, dash, multiplication
"""Numbers and times for people: significant digits, thousands separators, UTC. The same in every locale."""

import math
from datetime import UTC, datetime, timedelta

NOTHING = "–"
"""Stands where there is no value."""

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_MAGNITUDES = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))


def number(value: float | None, digits: int = 4) -> str:
    """Return a number with so many significant digits; a whole number below 10¹⁵ in full."""
    if value is None:
        return NOTHING
    if not math.isfinite(value):
        return "not a number" if math.isnan(value) else _signed("∞" if value > 0 else "-∞")
    if abs(value) < 1e15 and float(value).is_integer():
        return _signed(f"{int(value):,}")
    mantissa, _, power = f"{value:.{digits - 1}e}".partition("e")
    exponent = int(power)
    if not -4 <= exponent < 15:
        return _signed(f"{_trimmed(mantissa)} × 10{str(exponent).translate(_SUPERSCRIPT)}")
    return _signed(_trimmed(f"{value:,.{max(0, digits - 1 - exponent)}f}"))


def compact(value: float) -> str:
    """Return a number for the tick of an axis: 25,000 but 250k, 1.5M, 4G."""
    if abs(value) >= 1e15 or abs(value) < 1e5:
        return number(value, 6)
    size, suffix = next((size, suffix) for size, suffix in _MAGNITUDES if abs(value) >= size)
    return number(value / size, 6) + suffix


def percent(share: float | None) -> str:
    """Return a share as a percentage that never rounds to 0 % or 100 % what is not."""
    if share is None or not math.isfinite(share):
        return NOTHING
    if share in (0, 1):
        return f"{share:.0%}"
    if 0 < share < 0.0001:
        return "<0.01%"
    if 0.9999 < share < 1:
        return ">99.99%"
    return _signed(f"{share:.{2 if share < 0.01 or share > 0.99 else 1}%}")


def points(difference: float) -> str:
    """Return a difference of shares in percentage points, with its sign."""
    value = round(difference * 100, 1)
    return "0" if value == 0 else _signed(f"{value:+.1f}")


def probability(value: float | None) -> str:
    """Return a p- or q-value."""
    if value is None or math.isnan(value):
        return NOTHING
    if value < 0.0001:
        return "<0.0001"
    return ">0.99" if value > 0.99 else number(value, 2)


def plural(count: int, noun: str) -> str:
    """Return `1 record` or `1,234 records`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def moment(when: datetime) -> str:
    """Return a moment, such as `Tue 4 Mar 2025, 15:10 UTC`."""
    return f"{_day(_utc(when))}, {_clock(_utc(when))} UTC"


def span(start: datetime, end: datetime) -> str:
    """Return a stretch of time, such as `Tue 4 Mar 2025, 14:00–15:00 UTC (1 hour)`."""
    first, last = _utc(start), _utc(end)
    length = _length(last - first)
    if first.date() == last.date():
        return f"{_day(first)}, {_clock(first)}–{_clock(last)} UTC ({length})"
    return f"{_day(first)}, {_clock(first)} – {_day(last)}, {_clock(last)} UTC ({length})"


def machine(when: datetime) -> str:
    """Return a moment for machines: RFC 3339 in UTC."""
    return _utc(when).isoformat().replace("+00:00", "Z")


def _signed(text: str) -> str:
    return text.replace("-", "−")


def _trimmed(decimals: str) -> str:
    return decimals.rstrip("0").rstrip(".") if "." in decimals else decimals


def _utc(when: datetime) -> datetime:
    return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)


def _day(when: datetime) -> str:
    return f"{_DAYS[when.weekday()]} {when.day} {_MONTHS[when.month - 1]} {when.year}"


def _clock(when: datetime) -> str:
    return f"{when:%H:%M:%S}" if when.second else f"{when:%H:%M}"


def _length(length: timedelta) -> str:
    seconds = int(length.total_seconds())
    parts = []
    for size, noun in ((86_400, "day"), (3600, "hour"), (60, "minute"), (1, "second")):
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(plural(count, noun))
    return " ".join(parts) or "empty"
