"""Clocks that differ, and hours in which no CronJob fired."""

import shutil
from datetime import datetime, timedelta

import pytest

from model_monitor_operator.naming import TRIGGER
from tests.cluster.faults.lives import MINUTELY, run_minutes, scheduled, total
from tests.cluster.faults.together import Scene, with_own_operators
from tests.operator.life.manifests import SCHEDULE
from tests.support.parts import missing

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

SKEW_SECONDS = 120


@with_own_operators
def test_an_operator_whose_clock_is_two_minutes_ahead_runs_each_window_once(scene: Scene) -> None:
    with_skew(scene, SKEW_SECONDS)


@with_own_operators
def test_an_operator_whose_clock_is_two_minutes_behind_runs_each_window_once(scene: Scene) -> None:
    with_skew(scene, -SKEW_SECONDS)


def with_skew(scene: Scene, ahead: int) -> None:
    need_faketime()
    scene.new_operator(ahead=ahead).start()
    scene.begin(**MINUTELY)
    run_minutes(scene, 2)


def need_faketime() -> None:
    if shutil.which("faketime") is None:
        missing("clocks that differ: there is no `faketime`")


@with_own_operators
def test_windows_of_three_hours_in_which_no_cron_job_fired_are_made_up_for_oldest_first(scene: Scene) -> None:
    """The operator's clock is ahead of the CronJob controller's, which so is late by three hours."""
    need_faketime()
    scene.new_operator(ahead=3 * 3600 + 210).start()
    scene.begin(**SCHEDULE)
    made = datetime.fromisoformat(
        scene.of("MonitoringSchedule").get("hourly")["metadata"]["creationTimestamp"]
    )
    first = made.replace(minute=50, second=0)
    for number in range(3):
        names = scene.wait(
            lambda number=number: (found := scheduled(scene)) and len(found) > number and found,  # type: ignore[misc]
            f"missed window {number}",
        )
        assert len(names) == number + 1, "one at a time"
        scene.succeed(names[-1])
        there = scene.of("MonitoringExecution").get(names[-1])
        assert there["metadata"]["labels"][TRIGGER] == "Missed"
        end = datetime.fromisoformat(there["spec"]["window"]["end"])
        assert end == first + timedelta(hours=number), "the hour's window, ten minutes late"
    scene.wait(lambda: total(scene) == 3, "three executions counted")
