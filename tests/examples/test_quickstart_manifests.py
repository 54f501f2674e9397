"""The quickstart's manifests say what its README tells: an hour is looked at ten minutes after it ended."""

from datetime import UTC, datetime
from pathlib import Path

from model_monitor_api.cron import Schedule
from model_monitor_api.durations import parse_duration
from model_monitor_api.manifests import load_path
from model_monitor_api.objects import Key
from model_monitor_api.timezones import time_zone
from model_monitor_api.windows import Timing

MANIFESTS = Path(__file__).parents[2] / "examples" / "quickstart" / "manifests"


def test_they_are_without_a_problem() -> None:
    loaded = load_path(MANIFESTS)
    assert not loaded.problems
    assert not loaded.notices
    assert len(loaded.objects.captures) == len(loaded.objects.baselines) == len(loaded.objects.schedules) == 1


def test_a_window_is_one_hour_of_the_clock() -> None:
    spec = load_path(MANIFESTS).objects.schedules[Key("default", "credit-risk-data-quality")].spec
    delay = parse_duration(spec.window.delay)
    window = Timing(Schedule.parse(spec.schedule), time_zone(spec.time_zone), None, delay).last_window(
        datetime(2026, 11, 1, 10, 10, tzinfo=UTC)
    )
    assert window is not None
    assert (window.start, window.end) == (
        datetime(2026, 11, 1, 9, tzinfo=UTC),
        datetime(2026, 11, 1, 10, tzinfo=UTC),
    )
