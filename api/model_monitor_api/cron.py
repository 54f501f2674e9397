"""The fire times of a cron schedule, exactly those of a Kubernetes CronJob, daylight saving included.

A window of data is derived from a fire time, so ours must be the CronJob's. Its controller asks robfig/cron
v3 (https://pkg.go.dev/github.com/robfig/cron/v3), whose answer near a change of clocks depends on the order
of its search (months, days at midnight, hours of elapsed time, minutes) and on how Go resolves a clock time
that does not exist or exists twice. Cron libraries for Python answer otherwise there; this follows that
search step for step. The one difference: a calendar day that a zone skipped altogether (Samoa, 30 December
2011) is stepped over; there it hangs.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

from model_monitor_api.cron_fields import Fields, read_fields

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTE: Final = 60
_HOUR: Final = 60 * _MINUTE
_DAY: Final = 24 * _HOUR
_YEARS_AHEAD: Final = 5
_YEARS: Final = range(1900, 9990)
"""The years in which a search may start; the margins keep it inside Python's calendar (1 to 9999)."""

_LOOK_BACKS: Final = tuple(
    timedelta(hours=hours) for hours in (1, 5, 24 * 4, 24 * 32, 24 * 128, 24 * 366 * 6)
)
"""How far before a time its previous fire is looked for; the last is as far as `Schedule.next` looks
ahead."""
_ENOUGH_FIRES: Final = 3
"""Fires after which a chain no longer depends on where it began, short of two clock changes that mislead
it."""
_TWO_DAYS: Final = timedelta(days=2)


@dataclass(frozen=True)
class Schedule:
    """A schedule as it was written, and what it matches."""

    text: str
    fields: Fields

    @classmethod
    def parse(cls, text: str) -> "Schedule":
        """Return the schedule that a text means; raises `CronError` with what to write instead."""
        return cls(text, read_fields(text))

    def next(self, after: datetime, zone: tzinfo) -> datetime | None:
        """Return the first fire later than a time, in UTC; None if there is none within five calendar years.

        A clock time that daylight saving skips does not fire; one that it repeats fires twice.
        """
        return _Search(self.fields, after, zone).run() if after.year in _YEARS else None

    def fires_between(self, start: datetime, end: datetime, zone: tzinfo) -> Iterator[datetime]:
        """Yield the fires t with start < t ≤ end in order, in UTC: each is `next` of the one before."""
        fire = self.next(start, zone)
        while fire is not None and fire <= end:
            yield fire
            fire = self.next(fire, zone)

    def previous(self, before: datetime, zone: tzinfo) -> datetime | None:
        """Return the last fire earlier than a time, in UTC; None when there is none in the six years before.

        It is the last one in a chain of `next` that began a few fires earlier, away from any change of
        clocks; so `next` of it is never earlier than `before`. The chain matters because, around a change
        of clocks at or near midnight, the search finds other fires when it starts elsewhere; a CronJob goes
        on from its last fire.
        """
        last = None
        for span in _LOOK_BACKS if before.year in _YEARS else ():
            fire = self.next(_quiet_time(before - span, zone), zone)
            count = 0
            while fire is not None and fire < before:
                last = fire
                count += 1
                fire = self.next(fire, zone)
            if count >= _ENOUGH_FIRES:
                break
        return last


def _quiet_time(moment: datetime, zone: tzinfo) -> datetime:
    """Return a time, moved back until the zone's clocks did not change in the two days before it."""
    moment = moment.astimezone(UTC)
    while moment.astimezone(zone).utcoffset() != (moment - _TWO_DAYS).astimezone(zone).utcoffset():
        moment -= _TWO_DAYS
    return moment


class _Search:
    """One search: a time that moves forward until every field matches.

    Each step method moves the time until its field matches. It returns False when that carried over into a
    larger unit, after which all fields must be looked at again.
    """

    def __init__(self, fields: Fields, after: datetime, zone: tzinfo) -> None:
        self._fields = fields
        self._zone = zone
        self._move_to((after - _EPOCH) // timedelta(seconds=1) + 1)
        self._aligned = False  # whether the smaller units have been set to their beginnings

    def run(self) -> datetime | None:
        """Return the time found, in UTC."""
        last_year = self._clock.year + _YEARS_AHEAD
        while self._clock.year <= last_year:
            if self._month() and self._day() and self._hour() and self._minute() and self._second():
                return _EPOCH + timedelta(seconds=self._moment)
        return None

    def _move_to(self, moment: int) -> None:
        """Set the time, in seconds since the epoch, and what the zone's clocks show then."""
        self._moment = moment
        self._clock = datetime.fromtimestamp(moment, self._zone)

    def _move_to_clock(self, clock: datetime) -> None:
        """Set the time at which the zone's clocks show a naive time, resolved as Go's ``time.Date`` does.

        Go takes the offset in force at that clock time read as UTC, and where the time so found has another
        offset, that one.
        """
        read_as_utc = (clock.replace(tzinfo=UTC) - _EPOCH) // timedelta(seconds=1)
        guess = self._offset(read_as_utc)
        self._move_to(read_as_utc - self._offset(read_as_utc - guess))

    def _offset(self, moment: int) -> int:
        """Return by how many seconds the zone's clocks are ahead of UTC."""
        offset = datetime.fromtimestamp(moment, self._zone).utcoffset()
        return int(offset.total_seconds()) if offset else 0

    def _align(self, **beginnings: int) -> None:
        """Set the smaller units to their beginnings, once in a search."""
        if not self._aligned:
            self._aligned = True
            self._move_to_clock(
                self._clock.replace(tzinfo=None, minute=0, second=0, microsecond=0, **beginnings)
            )

    def _month(self) -> bool:
        while self._clock.month not in self._fields.months:
            self._align(day=1, hour=0)
            clock = self._clock.replace(tzinfo=None)
            first_of_next = (clock.replace(day=1) + timedelta(days=32)).replace(day=1)
            self._move_to_clock(first_of_next + timedelta(days=clock.day - 1))
            if self._clock.month == 1:
                return False
        return True

    def _day(self) -> bool:
        while not self._fields.match_day(self._clock):
            self._align(hour=0)
            moment = self._moment
            self._move_to_clock(self._clock.replace(tzinfo=None) + timedelta(days=1))
            if self._moment <= moment:
                self._move_to(moment + _DAY)  # the zone skipped the whole day
            if hour := self._clock.hour:  # there was no midnight: go to the nearest hour counted from it
                self._move_to(self._moment + ((24 - hour) if hour > 12 else -hour) * _HOUR)
            if self._clock.day == 1:
                return False
        return True

    def _hour(self) -> bool:
        while self._clock.hour not in self._fields.hours:
            self._align()
            self._move_to(self._moment + _HOUR)
            if self._clock.hour == 0:
                return False
        return True

    def _minute(self) -> bool:
        while self._clock.minute not in self._fields.minutes:
            if not self._aligned:
                self._aligned = True
                self._move_to(self._moment - self._moment % _MINUTE)
            self._move_to(self._moment + _MINUTE)
            if self._clock.minute == 0:
                return False
        return True

    def _second(self) -> bool:
        if self._clock.second == 0:
            return True
        self._move_to(self._moment + _MINUTE - self._clock.second)
        return False
