"""The text form of a cron schedule, as a Kubernetes CronJob reads it.

CronJobs use the standard parser of robfig/cron v3 (https://pkg.go.dev/github.com/robfig/cron/v3): five
fields, names of months and days, lists, ranges, steps, ``?`` for ``*``, and ``@hourly`` to ``@yearly``.
This accepts and refuses what that does, but for two refusals of our own:

- ``@every``, which has no fixed fire times, and a zone inside the text (``TZ=``, ``CRON_TZ=``), which
  CronJobs refuse beside ``timeZone``;
- a field that lists no value at all (``,``), which there is accepted and never fires.
"""

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Final

_LONGEST_TEXT: Final = 1000
_LARGEST_STEP: Final = 2**63 - 1
_NUMBER: Final = re.compile(r"\+?[0-9]{1,30}")
_ZONE_PREFIX: Final = re.compile(r"(?:CRON_)?TZ=\S*\s*")
_FOREIGN: Final = re.compile(r".*#.*|[0-9]*[LW]+", re.IGNORECASE)
"""What other dialects write for the last day of a month, the nearest weekday and the nth weekday."""

_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAYS: Final = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")

_DESCRIPTORS: Final = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}


class CronError(ValueError):
    """A text that is no schedule; the message names the field and its value and says what to write."""


@dataclass(frozen=True)
class _Place:
    """One of the five places of a schedule: its name, its bounds (both included), the names of its values."""

    name: str
    low: int
    high: int
    names: Mapping[str, int] = field(default_factory=dict)


_PLACES: Final = (
    _Place("minute", 0, 59),
    _Place("hour", 0, 23),
    _Place("day of month", 1, 31),
    _Place("month", 1, 12, {name: number for number, name in enumerate(_MONTHS, start=1)}),
    _Place("day of week", 0, 6, {name: number for number, name in enumerate(_WEEKDAYS)}),
)


@dataclass(frozen=True)
class Fields:
    """The values of each field at which a schedule fires.

    Attributes
    ----------
    minutes, hours, days, months, weekdays
        The values that match; weekdays count from Sunday, 0.
    either_day
        Whether a day needs to match only one of `days` and `weekdays`: so when neither field is ``*``
        (``*/2`` is not).
    """

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    either_day: bool

    def match_day(self, day: date) -> bool:
        """Return whether a schedule fires on a day, its month left aside."""
        in_month, in_week = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        return in_month or in_week if self.either_day else in_month and in_week


@lru_cache(maxsize=1024)  # each look at a schedule needs it several times
def read_fields(text: str) -> Fields:
    """Return what the text of a schedule matches.

    Raises
    ------
    CronError
        If a CronJob would refuse the text, or for the reasons that the module's description gives.
    """
    parts = _split(text)
    minutes, hours, days, months, weekdays = (
        _values(part, place, text) for part, place in zip(parts, _PLACES, strict=True)
    )
    return Fields(
        minutes=minutes.values,
        hours=hours.values,
        days=days.values,
        months=months.values,
        weekdays=weekdays.values,
        either_day=not (days.star or weekdays.star),
    )


def _split(text: str) -> list[str]:
    """Return the five fields of a schedule."""
    if len(text) > _LONGEST_TEXT:
        raise CronError(f"the schedule is {len(text)} characters long; at most {_LONGEST_TEXT} are accepted")
    if not text.strip():
        raise CronError("the schedule is empty; write five fields, e.g. 0 * * * * for every hour, or @hourly")
    if prefix := _ZONE_PREFIX.match(text):
        rest = text[prefix.end() :] or "0 * * * *"
        raise CronError(f"schedule {text!r} carries a time zone; write it in timeZone, and {rest!r} here")
    if text.startswith("@") and text not in _DESCRIPTORS:
        raise CronError(f"schedule {text!r} is not known; {_descriptor_remedy(text)}")
    parts = _DESCRIPTORS.get(text, text).split()
    if len(parts) != len(_PLACES):
        more = " (there is none for seconds or years)" if len(parts) > len(_PLACES) else ""
        raise CronError(
            f"schedule {text!r} has {len(parts)} {'field' if len(parts) == 1 else 'fields'}{more}; "
            "write five: minute, hour, day of month, month, day of week, e.g. 0 * * * *"
        )
    return parts


@dataclass(frozen=True)
class _Values:
    """What a field matches, and whether it counts as ``*`` in the rule for days."""

    values: frozenset[int]
    star: bool


def _values(part: str, place: _Place, text: str) -> _Values:
    """Return what one field of a schedule matches: the union of its comma-separated ranges."""
    ranges = [_range(item, place, text) for item in part.split(",") if item]
    if not ranges:
        raise _refusal(text, place, part, "lists no value")
    return _Values(frozenset().union(*(item.values for item in ranges)), any(item.star for item in ranges))


def _range(item: str, place: _Place, text: str) -> _Values:
    """Return what ``*``, ``5``, ``5-20`` or any of them with ``/step`` matches."""
    span, *steps = item.split("/")
    first, *others = span.split("-")
    if len(steps) > 1:
        raise _refusal(text, place, item, "has more than one '/'")
    star = first in {"*", "?"}
    if star:
        low, high = place.low, place.high  # whatever follows a hyphen is not looked at, there as here
    elif len(others) > 1:
        raise _refusal(text, place, item, "has more than one '-'")
    else:
        low = _number(first, place, text, item)
        high = _number(others[0], place, text, item) if others else low
    step = 1
    if steps:
        if not _NUMBER.fullmatch(steps[0]) or not 0 < int(steps[0]) <= _LARGEST_STEP:
            raise _refusal(text, place, item, "has a step that is not a whole number from 1 on")
        step = int(steps[0])
        high = high if others else place.high
        star = star and step == 1
    if low < place.low:
        raise _refusal(text, place, item, f"begins below {place.low}")
    if high > place.high:
        raise _refusal(text, place, item, f"goes above {place.high}")
    if low > high:
        raise _refusal(text, place, item, "runs backwards")
    return _Values(frozenset(range(low, high + 1, step)), star)


def _number(word: str, place: _Place, text: str, item: str) -> int:
    """Return the value that a number or a three-letter name stands for."""
    if (named := place.names.get(word.lower())) is not None:
        return named
    if not _NUMBER.fullmatch(word):
        raise _refusal(text, place, item, "is not a number" + (" or a name" if place.names else ""))
    return int(word)


def _refusal(text: str, place: _Place, item: str, problem: str) -> CronError:
    """Return the error for one field, with what may be written there."""
    remedy = f"numbers from {place.low} to {place.high}"
    if place.names:
        names = tuple(place.names)
        remedy += f" or names from {names[0]} to {names[-1]}"
    remedy = f"write {remedy}, as in {place.low}, {place.low}-{place.high} or */2"
    if problem.startswith("runs"):
        remedy = (
            "split it in two, as in 22-23,0-5 for hours"
            if place.name == "hour"
            else "write the smaller first"
        )
    elif place.name == "day of week" and item == "7":
        remedy = "write 0 or sun for Sunday"
    elif _FOREIGN.fullmatch(item):
        remedy = f"L, W and # are not known to Kubernetes' CronJobs; {remedy}"
    return CronError(f"schedule {text!r}: {place.name} {item!r} {problem}; {remedy}")


def _descriptor_remedy(text: str) -> str:
    """Return what to write instead of an unknown ``@…``."""
    word = text.split(maxsplit=1)[0].lower()
    if word == "@every":
        return "it has no fixed fire times; write fields, e.g. 0 * * * * (hourly) or */15 * * * *"
    if near := difflib.get_close_matches(word, _DESCRIPTORS, n=1, cutoff=0.6):
        return f"did you mean {near[0]}?"
    return f"write one of {', '.join(sorted(_DESCRIPTORS))}, or five fields"
