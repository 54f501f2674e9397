"""From the settings of a plan or of a status to the timing that yields windows."""

from model_monitor_api import windows
from model_monitor_api.cron import Schedule
from model_monitor_api.durations import parse_duration
from model_monitor_api.timezones import time_zone
from model_monitor_api.v1alpha1.windowing import PlannedWindowing


def timing_of(windowing: PlannedWindowing) -> windows.Timing:
    """Return what decides the windows of a schedule.

    Raises
    ------
    CronError, TimeZoneError, DurationError
        If the schedule, zone or a duration cannot be read; a checked manifest leads to none of them.
    """
    resumed = windowing.resumption
    return windows.Timing(
        schedule=Schedule.parse(windowing.schedule),
        zone=time_zone(windowing.time_zone),
        length=None if windowing.length is None else parse_duration(windowing.length),
        delay=parse_duration(windowing.delay),
        resumption=windows.Resumption(resumed.since, resumed.last_end) if resumed else None,
    )
