"""Windows over changes of clocks: each fire's is run once, and none is missing between.

That a CronJob fires when our schedules say is tested against robfig/cron in `tests/api/test_cron.py`.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.operator.life.manifests import a_world, minute_name
from tests.operator.life.world import World

BERLIN = ZoneInfo("Europe/Berlin")
SPRING = datetime(2026, 3, 27, 12, tzinfo=UTC)
AUTUMN = datetime(2026, 10, 23, 12, tzinfo=UTC)
"""Two days before clocks change, at noon."""

LIMIT = {"missedExecutionsLimit": 200, "successfulExecutionsHistoryLimit": 100}


def fires(world: World, until: datetime) -> Iterator[datetime]:
    """Let time pass from fire to fire."""
    while True:
        due = datetime.fromisoformat(world.status("MonitoringSchedule", "hourly")["nextRunTime"])
        if due > until:
            return
        world.client.now = due
        world.settle()
        yield due


def run_by_cron_job(now: datetime, days: int, **schedule: Any) -> World:
    """Let the CronJob fire whenever it is due."""
    world = a_world(now, timeZone="Europe/Berlin", **LIMIT, **schedule)
    for _ in fires(world, now + timedelta(days=days)):
        job, name = world.fire("hourly"), minute_name(world)
        world.finish(str(job), world.verdict(name))
    return world


def made_up_for(now: datetime, days: int, **schedule: Any) -> World:
    """Let no CronJob fire, and everything be made up for at the end."""
    world = a_world(now, timeZone="Europe/Berlin", **LIMIT, **schedule)
    world.client.now = now + timedelta(days=days, minutes=4)
    world.settle()
    while busy := [name for name in world.names("MonitoringExecution") if state(world, name) == "Pending"]:
        (name,) = busy
        world.finish(world.status("MonitoringExecution", name)["job"], world.verdict(name))
    return world


def state(world: World, name: str) -> str:
    return str(world.status("MonitoringExecution", name)["state"])


def windows(world: World) -> list[tuple[datetime, datetime]]:
    found = [
        world.status("MonitoringExecution", name)["window"] for name in world.names("MonitoringExecution")
    ]
    return sorted(
        (datetime.fromisoformat(each["start"]), datetime.fromisoformat(each["end"])) for each in found
    )


@pytest.mark.parametrize(
    ("now", "hours"), [(SPRING, [24, 23, 24, 24]), (AUTUMN, [24, 25, 24, 24])], ids=["spring", "autumn"]
)
def test_a_day_in_which_clocks_change_is_one_window_of_23_or_25_hours(
    now: datetime, hours: list[int]
) -> None:
    world = run_by_cron_job(now, 4, schedule="0 6 * * *")
    found = windows(world)
    assert [(end - start) // timedelta(hours=1) for start, end in found] == hours
    assert {end.astimezone(BERLIN).strftime("%H:%M") for _, end in found} == {"05:50"}


@pytest.mark.parametrize("now", [SPRING, AUTUMN], ids=["spring", "autumn"])
@pytest.mark.parametrize(
    "schedule", ["30 2 * * *", "0 */6 * * *"], ids=["in the changed hour", "by the hour"]
)
def test_windows_tile_over_a_change_and_what_is_missed_is_what_would_have_been_run(
    now: datetime, schedule: str
) -> None:
    fired, missed = (tell(now, 3, schedule=schedule) for tell in (run_by_cron_job, made_up_for))
    found = windows(fired)
    assert [start for start, _ in found[1:]] == [end for _, end in found[:-1]]
    assert windows(missed) == found
    for world in (fired, missed):
        assert world.status("MonitoringSchedule", "hourly")["totals"]["completed"] == len(found)
