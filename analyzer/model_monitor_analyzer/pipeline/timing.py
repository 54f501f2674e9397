"""The window of a run, from its plan."""

from datetime import datetime

from model_monitor_analyzer.errors import ConfigurationError
from model_monitor_api import timing
from model_monitor_api.cron_fields import CronError
from model_monitor_api.durations import DurationError
from model_monitor_api.timezones import TimeZoneError
from model_monitor_api.v1alpha1.monitoringexecution import Window
from model_monitor_api.v1alpha1.windowing import PlannedWindowing
from model_monitor_api.windows import Timing
from model_monitor_api.windows import Window as TimedWindow


def timing_of(windowing: PlannedWindowing) -> Timing:
    """Return what decides the windows of a schedule.

    Raises
    ------
    ConfigurationError
        If the plan holds a schedule, zone or duration that cannot be read; a checked manifest leads to none.
    """
    try:
        return timing.timing_of(windowing)
    except (CronError, TimeZoneError, DurationError) as error:
        raise ConfigurationError(f"execution.windowing: {error}") from error


def last_window(windowing: PlannedWindowing, at: datetime) -> Window | None:
    """Return the window of the last fire at a time or before; None as `window_of_fire` says."""
    return _window(timing_of(windowing).last_window(at))


def window_of_fire(windowing: PlannedWindowing, fire: datetime) -> Window | None:
    """Return the window of a fire time.

    None if nothing is left for it to look at: the windows before the last change of the schedule's timing
    reach that far already, or the schedule never fired before.
    """
    return _window(timing_of(windowing).window(fire))


def required_window(windowing: PlannedWindowing, at: datetime) -> Window:
    """Return the window of the last fire at a time or before, which a person asked for.

    Raises
    ------
    ConfigurationError
        If there is none.
    """
    found = last_window(windowing, at)
    if found is None:
        raise ConfigurationError(
            f"spec.schedule: '{windowing.schedule}' has no window that is due at {at:%Y-%m-%dT%H:%MZ}; "
            "give a later --at, or a --window"
        )
    return found


def _window(found: TimedWindow | None) -> Window | None:
    return None if found is None else Window(start=found.start, end=found.end)
