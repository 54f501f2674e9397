"""Which stretch of time a fire of a schedule is about, and which windows are still due.

The window of a fire time ends the delay before it. With a length it begins that much earlier; without one,
where the window of the previous fire ends: such windows tile time, nothing is looked at twice and nothing is
left out, whatever daylight saving does to the distance of two fires. All times are UTC; a window holds the
records with start ≤ time < end.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Final, NamedTuple

from model_monitor_api.cron import Schedule

_INSTANT: Final = timedelta(microseconds=1)


class Window(NamedTuple):
    """The stretch of time that one execution is about.

    Attributes
    ----------
    start, end
        The window holds the records with start ≤ time < end.
    fire
        When it is due: the fire time it belongs to.
    """

    start: datetime
    end: datetime
    fire: datetime


@dataclass(frozen=True)
class Resumption:
    """Where tiling goes on after somebody changed the schedule, its zone, or the window's length or delay.

    Attributes
    ----------
    since
        When the settings of now came into force. Their earlier fires never took place.
    last_end
        The end of the last window under the settings before.
    """

    since: datetime
    last_end: datetime


@dataclass(frozen=True)
class Timing:
    """What decides the windows of a monitoring schedule.

    Attributes
    ----------
    schedule, zone
        When it fires.
    length
        How long each window is; None for windows that tile.
    delay
        How long after a window's end it is due, so that late records are in.
    resumption
        Where tiling goes on after the last change of these settings; None if they never changed.
    """

    schedule: Schedule
    zone: tzinfo
    length: timedelta | None
    delay: timedelta
    resumption: Resumption | None = None

    def window(self, fire: datetime) -> Window | None:
        """Return the window of a fire time.

        None if there is nothing to look at: a tiling window that the last one before a change of settings
        already covers, or a schedule without any earlier fire.
        """
        end = fire - self.delay
        start = end - self.length if self.length is not None else self._tile_start(fire)
        return Window(start, end, fire) if start is not None and start < end else None

    def _tile_start(self, fire: datetime) -> datetime | None:
        """Return where the window before this fire's ends."""
        previous = self.schedule.previous(fire, self.zone)
        change = self.resumption
        if change is not None and fire > change.since and (previous is None or previous <= change.since):
            return change.last_end
        if previous is None:
            return None
        start = previous - self.delay
        return max(start, change.last_end) if change is not None and fire > change.since else start

    def last_window(self, at: datetime) -> Window | None:
        """Return the window of the last fire at a time or before; None if there is none."""
        fire = self.schedule.previous(at + _INSTANT, self.zone)
        return self.window(fire) if fire is not None else None


class DueWindows(NamedTuple):
    """Windows that were due and have no execution.

    Attributes
    ----------
    windows
        In the order of their fire times; at most as many as asked for, the latest ones.
    given_up_before
        If there may be more: those due before this time are not listed and will not be run. Else None.
    """

    windows: tuple[Window, ...]
    given_up_before: datetime | None


class Pause(NamedTuple):
    """A time in which a schedule was suspended.

    Attributes
    ----------
    start, end
        Windows due from `start` on and before `end` are not run later; None for an end that has not come.
    """

    start: datetime
    end: datetime | None

    def holds(self, fire: datetime) -> bool:
        """Return whether a window due at a time fell into the pause."""
        return self.start <= fire and (self.end is None or fire < self.end)


def due_windows(
    timing: Timing,
    *,
    created: datetime,
    settled_until: datetime,
    settled: Collection[datetime],
    pauses: Sequence[Pause],
    now: datetime,
    limit: int,
) -> DueWindows:
    """Return the windows that were missed: due, but neither run nor meant to be left out.

    Parameters
    ----------
    timing
        What decides the windows.
    created
        When the schedule was created; no window due before is listed.
    settled_until
        Up to this fire time every window is dealt with.
    settled
        Fire times later than that whose windows have an execution.
    pauses
        When the schedule was suspended.
    now
        The present; a window due now is listed.
    limit
        The largest number of windows to list, 1 or more.
    """
    floor = max(created, settled_until)
    done = frozenset(settled)
    missed: list[Window] = []
    before = now + _INSTANT
    while (
        before > floor  # else nothing can be found, and the search costs as much as all else
        and (fire := timing.schedule.previous(before, timing.zone)) is not None
        and fire > floor
    ):
        before = fire
        if pause := next((pause for pause in pauses if pause.holds(fire)), None):
            before = pause.start  # at once, however often the schedule would have fired in it
        elif fire not in done and (window := timing.window(fire)) is not None:
            if len(missed) == limit:
                return DueWindows(tuple(reversed(missed)), given_up_before=missed[-1].fire)
            missed.append(window)
    return DueWindows(tuple(reversed(missed)), given_up_before=None)
