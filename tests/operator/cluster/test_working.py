"""Workers try again what fails, count it, and never end because of it."""

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from model_monitor_operator.cluster.backlog import Rest, Turn
from model_monitor_operator.cluster.measuring import Measures
from model_monitor_operator.cluster.queue import WorkQueue
from model_monitor_operator.cluster.working import Workers
from model_monitor_operator.errors import ApiUnavailableError, ConflictedError, RefusedError
from model_monitor_operator.objects import Key
from tests.cluster.waiting import wait_for

KEY = Key("Baseline", "models", "churn")
NOW = datetime(2026, 1, 1, tzinfo=UTC)


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class World:
    """Workers without threads, around a reconcile that a test gives."""

    def __init__(self, reconcile: Callable[[Key], datetime | Rest | None]) -> None:
        self.clock = Clock()
        self.registry = CollectorRegistry()
        self.queue = WorkQueue(self.clock, Random(1))
        measures = Measures(self.registry, self.queue)
        self.workers = Workers(self.queue, reconcile, measures, lambda: NOW)

    def value(self, name: str, **labels: str) -> float | None:
        return self.registry.get_sample_value(f"model_monitor_{name}", labels)

    def due_within(self, seconds: float) -> bool:
        self.clock.now += seconds
        return self.queue.depth() == 1


def failing(error: Exception) -> Callable[[Key], datetime | Rest | None]:
    def reconcile(key: Key) -> datetime | None:
        raise error

    return reconcile


@pytest.mark.parametrize(
    ("error", "outcome", "level"),
    [
        (ConflictedError("changed meanwhile"), "temporary", logging.INFO),
        (ApiUnavailableError("away"), "temporary", logging.WARNING),
        (RefusedError("status refused"), "permanent", logging.ERROR),
        (KeyError("a bug"), "unforeseen", logging.ERROR),
    ],
)
def test_a_failure_is_counted_logged_and_tried_again(
    error: Exception, outcome: str, level: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    world = World(failing(error))
    world.workers.work(Turn(KEY))
    assert world.value("reconcile_total", kind="Baseline", outcome=outcome) == 1
    assert world.value("reconcile_failures_total", kind="Baseline", error=type(error).__name__) == 1
    assert world.value("reconcile_duration_seconds_count", kind="Baseline") == 1
    (record,) = caplog.records
    assert record.levelno == level
    assert record.__dict__["object"] == "Baseline/models/churn"
    assert bool(record.exc_info) == (outcome == "unforeseen")
    assert not world.due_within(0.3)
    assert world.due_within(0.5)


def test_a_server_that_asks_to_wait_is_obeyed() -> None:
    world = World(failing(ApiUnavailableError("later", 60)))
    world.workers.work(Turn(KEY))
    assert not world.due_within(59)
    assert world.due_within(1.1)


def test_the_time_to_look_again_is_kept_and_never_at_once() -> None:
    for again, seconds in ((NOW + timedelta(minutes=5), 300), (NOW - timedelta(days=1), 1)):
        world = World(lambda _, at=again: at)  # type: ignore[misc]
        world.workers.work(Turn(KEY))
        assert not world.due_within(seconds - 0.1)
        assert world.due_within(0.2)


def test_what_needs_nothing_more_is_not_looked_at_again() -> None:
    world = World(lambda _: None)
    world.workers.work(Turn(KEY))
    assert world.value("reconcile_total", kind="Baseline", outcome="success") == 1
    assert not world.due_within(1e6)


def test_a_rest_comes_after_what_has_not_begun_and_ends_the_reconcile() -> None:
    done: list[str] = []

    def reconcile(key: Key) -> Rest:
        done.append(f"{key.name} begun")
        return Rest(lambda: done.append(f"{key.name} finished"))

    world = World(reconcile)
    world.queue.add([KEY, KEY._replace(name="other")])
    world.workers.start(1)
    wait_for(lambda: len(done) == 4, 10)
    assert world.workers.stop(10)
    assert done == ["churn begun", "other begun", "churn finished", "other finished"]
    assert world.value("reconcile_total", kind="Baseline", outcome="success") == 2


def test_a_rest_that_fails_is_a_reconcile_that_fails() -> None:
    def finish() -> None:
        raise ConflictedError("changed meanwhile")

    world = World(lambda _: Rest(finish))
    rest = world.workers.work(Turn(KEY))
    assert world.value("reconcile_total", kind="Baseline", outcome="temporary") is None
    assert world.workers.work(Turn(KEY, rest)) is None
    assert world.value("reconcile_total", kind="Baseline", outcome="temporary") == 1
    assert world.due_within(1)


def test_a_queue_shows_how_much_is_due_and_for_how_long() -> None:
    world = World(lambda _: None)
    world.queue.add([KEY, KEY._replace(name="other")])
    world.clock.now += 7
    assert (world.value("queue_depth"), world.value("queue_oldest_seconds")) == (2, 7)


def test_a_running_reconcile_is_finished_before_the_end() -> None:
    done: list[Any] = []

    def slow(key: Key) -> Rest:
        done.append("begun")
        time.sleep(0.2)
        done.append("done")
        return Rest(lambda: done.append("finished"))

    world = World(slow)
    world.workers.start(2)
    world.queue.add([KEY])
    wait_for(lambda: done, 10)
    assert world.workers.alive
    assert world.workers.stop(10)
    assert done == ["begun", "done", "finished"]
    assert not world.workers.alive


def test_a_reconcile_that_hangs_is_noticed_and_not_waited_for() -> None:
    hang: list[Any] = []

    def hangs(key: Key) -> None:
        hang.append(key)
        time.sleep(1)

    world = World(hangs)
    world.workers.start(1)
    world.queue.add([KEY])
    wait_for(lambda: hang, 10)
    world.clock.now += 700
    assert world.queue.busiest() == 700
    assert not world.workers.stop(0.01)
