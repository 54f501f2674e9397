"""Durations as Kubernetes users write them, in Go's notation: ``1h30m``, ``90s``, ``500ms``.

The grammar is that of Go's ``time.ParseDuration`` (https://pkg.go.dev/time#ParseDuration): an optional
sign, then one or more decimal numbers, each with a unit out of ``h m s ms us µs ns``; a bare ``0`` needs no
unit. Two limits are ours: a ``timedelta`` counts microseconds, so anything finer is refused rather than
rounded, and negative durations are refused unless the caller asks for them. Go's own limit (292 years)
holds here too.
"""

import re
from datetime import timedelta
from fractions import Fraction
from functools import lru_cache
from typing import Final

_NANOSECONDS: Final = {
    "ns": 1,
    "us": 10**3,
    "\u00b5s": 10**3,  # micro sign
    "\u03bcs": 10**3,  # Greek mu, which keyboards give
    "ms": 10**6,
    "s": 10**9,
    "m": 60 * 10**9,
    "h": 3600 * 10**9,
}
_LARGEST_NANOSECONDS: Final = 2**63 - 1
_LONGEST_TEXT: Final = 100
"""Characters; far beyond any duration a person writes, short enough to refuse garbage before it costs
anything."""

_NUMBER: Final = r"[0-9]+(?:\.[0-9]*)?|\.[0-9]+"
_COMPONENT: Final = re.compile(rf"({_NUMBER})([^.0-9]*)")
_WHOLE_DAYS: Final = re.compile(r"([0-9]{1,6})\s*(d|days?|w|weeks?)", re.IGNORECASE)
_ISO: Final = re.compile(r"[-+]?P(?=.)[0-9DWT.HMS]*", re.IGNORECASE)


class DurationError(ValueError):
    """A text that is no duration; the message says what to write instead."""


@lru_cache(maxsize=1024)  # the few texts that people write are read over and over
def parse_duration(text: str, *, allow_negative: bool = False) -> timedelta:
    """Return the duration that a Go-style text means.

    Parameters
    ----------
    text
        For instance ``1h30m``, ``90s``, ``500ms``, ``168h``, ``1.5h`` or ``0``.
    allow_negative
        Whether a leading minus is accepted.

    Raises
    ------
    DurationError
        If the text does not follow the grammar, is negative where that makes no sense, is finer than a
        microsecond or longer than Go can hold.
    """
    shown = repr(text if len(text) <= _LONGEST_TEXT else text[:_LONGEST_TEXT] + "…")
    if len(text) > _LONGEST_TEXT:
        raise DurationError(f"duration {shown} is longer than {_LONGEST_TEXT} characters; write e.g. 1h30m")
    sign, body = (text[0], text[1:]) if text[:1] in {"-", "+"} else ("+", text)
    total = Fraction(0) if body == "0" else _sum_of_components(body, shown)
    if total > _LARGEST_NANOSECONDS:
        raise DurationError(f"duration {shown} is too long; the longest is 2562047h")
    if sign == "-" and total and not allow_negative:
        raise DurationError(f"duration {shown} is negative; write it without the minus sign")
    microseconds = total / 1000
    if microseconds.denominator != 1:
        raise DurationError(f"duration {shown} is finer than a microsecond; write whole microseconds (us)")
    return timedelta(microseconds=-int(microseconds) if sign == "-" else int(microseconds))


def format_duration(duration: timedelta) -> str:
    """Return the shortest Go-style text for a duration: ``1h30m``, ``45s``, ``1.5s``, ``500ms``, ``0s``.

    ``parse_duration(format_duration(d), allow_negative=True) == d`` for every duration that Go can hold.
    """
    microseconds = duration // timedelta(microseconds=1)
    if microseconds == 0:
        return "0s"
    sign, microseconds = ("-", -microseconds) if microseconds < 0 else ("", microseconds)
    if microseconds < 10**6:
        milliseconds, rest = divmod(microseconds, 1000)
        return f"{sign}{microseconds}us" if rest else f"{sign}{milliseconds}ms"
    seconds, fraction = divmod(microseconds, 10**6)
    hours, seconds = divmod(seconds, 3600)
    minutes, seconds = divmod(seconds, 60)
    decimals = f".{fraction:06d}".rstrip("0").rstrip(".")
    parts = [f"{hours}h" if hours else "", f"{minutes}m" if minutes else ""]
    parts.append(f"{seconds}{decimals}s" if seconds or fraction else "")
    return sign + "".join(parts)


def _sum_of_components(body: str, shown: str) -> Fraction:
    """Return the nanoseconds of a text without its sign."""
    if not body:
        raise DurationError("the duration is empty; write e.g. 1h30m, 90s or 0s")
    total = Fraction(0)
    position = 0
    while position < len(body):
        component = _COMPONENT.match(body, position)
        if component is None:
            raise DurationError(f"duration {shown} is not understood; {_remedy(body)}")
        number, unit = component.groups()
        if unit == "":
            raise DurationError(
                f"duration {shown} has no unit after {number}; write e.g. {number}s or {number}m"
            )
        if unit not in _NANOSECONDS:
            raise DurationError(f"duration {shown} has the unknown unit {unit!r}; {_remedy(body)}")
        total += Fraction(number if number[-1] != "." else number[:-1]) * _NANOSECONDS[unit]
        position = component.end()
    return total


def _remedy(body: str) -> str:
    """Say what to write instead of a text that is no duration, guessing the common slips."""
    if days := _WHOLE_DAYS.fullmatch(body.strip()):
        return f"write {int(days[1]) * (24 if days[2][0] in 'dD' else 168)}h"
    if _ISO.fullmatch(body):
        return "ISO 8601 durations are not accepted; write e.g. 1h30m for PT1H30M"
    tightened = "".join(body.split()).lower()
    if tightened != body and re.fullmatch(rf"(?:(?:{_NUMBER})(?:{'|'.join(_NANOSECONDS)}))+", tightened):
        return f"write {tightened}"
    return "units are h, m, s, ms, us and ns, as in 1h30m (a day is 24h)"
