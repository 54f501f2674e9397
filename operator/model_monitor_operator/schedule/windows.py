"""Which windows of a schedule are due, missed or settled."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from model_monitor_api.timing import timing_of
from model_monitor_api.v1alpha1.monitoringexecution import Window
from model_monitor_api.v1alpha1.monitoringschedule import MonitoringSchedule, Pause
from model_monitor_api.v1alpha1.windowing import PlannedWindowing
from model_monitor_api.windows import Pause as Interval
from model_monitor_api.windows import due_windows
from model_monitor_operator import timeline
from model_monitor_operator.schedule.observe import Execution, Started

_BEFORE: Final = timedelta(microseconds=1)


class Missed(NamedTuple):
    """A window that was due and has no execution."""

    fire: datetime
    """When it was due."""

    window: Window
    """Stretch of time."""


class Account(NamedTuple):
    """How the windows of a schedule stand."""

    missed: tuple[Missed, ...]
    """Windows to be made up for, oldest first."""

    given_up_before: datetime | None
    """Missed windows due before this are too many, and are not made up for."""

    settled_until: datetime
    """Up to this fire time every window has ended, or is not to be run."""

    pauses: list[Pause]
    """Pauses that still matter."""


def account(
    schedule: MonitoringSchedule,
    windowing: PlannedWindowing,
    executions: Iterable[Execution],
    started: Iterable[Started],
    now: datetime,
) -> Account:
    """Return how the windows stand.

    Parameters
    ----------
    schedule
        The schedule, with its status.
    windowing
        Timing in force.
    executions
        Executions that exist.
    started
        Fires for which there is a Job whose execution is about to be made.
    now
        The present.
    """
    status, meta = schedule.status, schedule.metadata
    created = meta.creation_timestamp or now
    floor = max(created, status.settled_until or created)
    pauses = _pauses(status.pauses, suspended=schedule.spec.suspend, now=now)
    by_fire = {each.fire: each for each in executions if each.fire is not None}
    begun = {each.fire for each in started}
    horizon = now - timeline.GRACE
    timing = timing_of(windowing)
    remembered = {entry.window_end + timing.delay for entry in status.history}
    due = due_windows(
        timing,
        created=created,
        settled_until=floor,
        settled={*by_fire, *begun, *remembered},
        pauses=[Interval(pause.start, pause.end) for pause in pauses],
        now=horizon,
        limit=max(1, schedule.spec.missed_executions_limit),
    )
    missed = tuple(Missed(each.fire, Window(start=each.start, end=each.end)) for each in due.windows)
    given_up = due.given_up_before
    if not schedule.spec.missed_executions_limit and missed:
        missed, given_up = (), timeline.previous_fire(windowing, horizon)
    open_fires = [each.fire for each in missed]
    open_fires += [fire for fire, each in by_fire.items() if not each.ended and fire > floor]
    open_fires += [fire for fire in begun if fire > floor]
    if open_fires:
        settled = min(open_fires) - _BEFORE
    else:
        latest = max(horizon, _last_ended(by_fire.values()))
        settled = (timeline.previous_fire(windowing, latest) if latest > floor else None) or floor
    settled = max(floor, settled)
    pauses = [pause for pause in pauses if pause.end is None or pause.end > settled]
    return Account(missed, given_up, settled, pauses)


def _last_ended(executions: Iterable[Execution]) -> datetime:
    """Return the last fire whose execution has ended; the beginning of time where there is none."""
    ended = [each.fire for each in executions if each.ended and each.fire is not None]
    return max(ended, default=_LONG_AGO)


def _pauses(known: list[Pause], *, suspended: bool, now: datetime) -> list[Pause]:
    """Return the pauses with the one that begins or ends now."""
    running = bool(known) and known[-1].end is None
    if suspended and not running:
        return [*known[-31:], Pause(start=now)]
    if not suspended and running:
        return [*known[:-1], Pause(start=known[-1].start, end=now)]
    return known


_LONG_AGO: Final = datetime.fromisoformat("1970-01-02T00:00:00+00:00")
