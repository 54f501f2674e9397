"""When a schedule fires in a cluster: the timing in force, and the fire time of a Job or an execution."""

from datetime import datetime, timedelta
from typing import Final

from model_monitor_api.names import fire_of, scheduled_name
from model_monitor_api.planning import windowing_of
from model_monitor_api.timing import timing_of
from model_monitor_api.v1alpha1.monitoringexecution import Window
from model_monitor_api.v1alpha1.monitoringschedule import MonitoringSchedule
from model_monitor_api.v1alpha1.windowing import PlannedWindowing, Resumption
from model_monitor_operator.naming import cron_job_name
from model_monitor_operator.objects import Object, created

STARTING_DEADLINE: Final = timedelta(seconds=120)
"""How late a CronJob may start a Job: longer than clocks differ and a controller restarts."""

GRACE: Final = STARTING_DEADLINE + timedelta(seconds=60)
"""After a fire without a Job for so long, its window is missed."""

_INSTANT: Final = timedelta(microseconds=1)


def in_force(schedule: MonitoringSchedule, now: datetime) -> PlannedWindowing:
    """Return the timing of a schedule, with where its tiling goes on if the spec has changed it.

    A schedule of which no window was ever begun has nothing to go on from.
    """
    wanted = windowing_of(schedule)
    before = schedule.status.windowing
    if before is None:
        return wanted
    if before.model_copy(update={"resumption": None}) == wanted:
        return before
    last_end = schedule.status.last_window_end
    resumed = Resumption(since=now, last_end=last_end) if last_end is not None else None
    return wanted.model_copy(update={"resumption": resumed})


def window_of(windowing: PlannedWindowing, fire: datetime) -> Window | None:
    """Return the window of a fire time; None where there is nothing left to look at."""
    found = timing_of(windowing).window(fire)
    return Window(start=found.start, end=found.end) if found is not None else None


def last_window(windowing: PlannedWindowing, at: datetime) -> Window | None:
    """Return the window of the last fire at a time or before."""
    found = timing_of(windowing).last_window(at)
    return Window(start=found.start, end=found.end) if found is not None else None


def next_fire(windowing: PlannedWindowing, now: datetime) -> datetime | None:
    """Return when a schedule fires next."""
    timing = timing_of(windowing)
    return timing.schedule.next(now, timing.zone)


def previous_fire(windowing: PlannedWindowing, at: datetime) -> datetime | None:
    """Return the last fire at a time or before."""
    timing = timing_of(windowing)
    return timing.schedule.previous(at + _INSTANT, timing.zone)


def fire_of_job(job: Object, schedule: str, windowing: PlannedWindowing) -> datetime | None:
    """Return the fire time that a Job of a schedule's CronJob is about.

    The controller names a Job after the minute that was due. A Job that a person made of the CronJob has
    another name and means the last window that was closed when it was made.
    """
    named = fire_of(job["metadata"]["name"], cron_job_name(schedule))
    return named if named is not None else previous_fire(windowing, created(job))


def fire_of_execution(name: str, schedule: str) -> datetime | None:
    """Return the fire time whose window an execution's name locks; None for another execution's name."""
    return fire_of(name, schedule)


def is_due(fire: datetime, now: datetime) -> bool:
    """Return whether a fire time may have come, as far as clocks differ.

    One that lies further ahead was made up by whoever named an object after it. If it counted, all windows
    before it would count as settled.
    """
    return fire <= now + GRACE


def execution_name(schedule: str, fire: datetime) -> str:
    """Return the name of the execution of a fire time."""
    return scheduled_name(schedule, fire)
