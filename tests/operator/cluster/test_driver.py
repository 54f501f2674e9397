"""A reconcile goes from what is seen to a status that tells what was done."""

from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from model_monitor_operator.cluster.backlog import Rest
from model_monitor_operator.cluster.cache import Cache
from model_monitor_operator.cluster.client import Client
from model_monitor_operator.cluster.driver import Driver
from model_monitor_operator.errors import ConflictedError, ForbiddenError
from model_monitor_operator.objects import Key, Object, key_of
from tests.operator.cluster.toy import Toy, capture, child_of
from tests.operator.life.memory import MemoryClient

NOW = datetime(2026, 1, 1, tzinfo=UTC)
KEY = Key("DataCapture", "models", "a")
CHILD = Key("ConfigMap", "models", "a-child")


class World:
    """A server with one DataCapture, and the driver."""

    def __init__(self, **toy: Any) -> None:
        self.client = MemoryClient(NOW)
        self.cache = Cache()
        self.toy = Toy(**toy)
        self.told: list[tuple[Key, Key]] = []
        self.driver = Driver(
            cast("Client", self.client),
            self.cache,
            {"DataCapture": self.toy},
            lambda: NOW,
            self.concern,
            ask=lambda _pods: {},
        )
        self.cache.put(self.client.create(capture("a")))
        self.client.writes.clear()

    def concern(self, written: Object, by: Key) -> None:
        self.told.append((key_of(written), by))

    def reconcile(self) -> datetime | None:
        found = self.driver.reconcile(KEY)
        return found.finish() if isinstance(found, Rest) else found

    @property
    def status(self) -> dict[str, Any]:
        found: dict[str, Any] = self.client.things[KEY]["status"]
        return found

    @property
    def events(self) -> list[Object]:
        return [thing for key, thing in self.client.things.items() if key.kind == "Event"]


def test_children_status_and_events_are_written_once() -> None:
    world = World()
    for _ in range(3):
        world.reconcile()
    assert world.status == {"observedGeneration": 1, "lastObject": "made"}
    assert [verb for verb, _ in world.client.writes] == ["create", "status", "create"]
    (event,) = world.events
    assert (event["reason"], event["message"], event["count"]) == ("Toyed", "the child is made", 1)
    assert event["involvedObject"]["uid"] == world.client.things[KEY]["metadata"]["uid"]


def test_a_status_that_may_wait_is_left() -> None:
    world = World(may_wait=True)
    rest = world.driver.reconcile(KEY)
    assert isinstance(rest, Rest)
    assert [verb for verb, _ in world.client.writes] == ["create"]
    rest.finish()
    assert world.status == {"observedGeneration": 1, "lastObject": "made"}


def test_a_status_that_waited_is_not_written_over_a_newer_object() -> None:
    world = World(may_wait=True)
    rest = world.driver.reconcile(KEY)
    assert isinstance(rest, Rest)
    world.client.change(KEY, spec={"source": {"files": {"uri": "s3://other/"}}})
    with pytest.raises(ConflictedError):
        rest.finish()
    world.reconcile()
    assert world.status["observedGeneration"] == 2


def test_an_event_of_the_same_words_counts_up() -> None:
    world = World()
    world.reconcile()
    world.cache.put(world.client.change(KEY, status={"lastObject": "something else"}))
    world.reconcile()
    (event,) = world.events
    assert event["count"] == 2


def test_an_event_that_is_refused_fails_nothing() -> None:
    world = World()
    world.client.refused["Event"] = ForbiddenError("no")
    world.reconcile()
    assert world.status["lastObject"] == "made"
    assert world.events == []


def test_whom_a_write_concerns_is_told() -> None:
    world = World()
    world.reconcile()
    assert world.told == [(CHILD, KEY), (KEY, KEY)]


def test_a_status_speaks_of_what_was_refused() -> None:
    world = World()
    world.client.refused["ConfigMap"] = ForbiddenError("may not create ConfigMaps")
    world.reconcile()
    assert world.status["lastObject"] == "may not create ConfigMaps"


def test_a_status_that_somebody_else_wrote_meanwhile_is_read_before_the_next_attempt() -> None:
    world = World()
    world.client.change(KEY, status={"url": "written by another operator"})
    with pytest.raises(ConflictedError):
        world.reconcile()
    world.reconcile()
    assert world.status == {"observedGeneration": 1, "lastObject": "made"}


@pytest.mark.parametrize("gone", [True, False])
def test_an_object_that_is_gone_or_about_to_go_needs_nothing(gone: bool) -> None:
    world = World()
    if gone:
        world.cache.remove(world.client.things[KEY])
    else:
        world.cache.put(world.client.change(KEY, metadata__deletionTimestamp="2026-01-01T00:00:00Z"))
    world.client.writes.clear()
    assert world.reconcile() is None
    assert world.toy.seen == []
    assert world.client.writes == []


def test_the_time_to_look_again_is_passed_on() -> None:
    at = NOW + timedelta(hours=1)
    assert World(requeue_at=at).reconcile() == at


def test_a_child_of_somebody_else_is_left_alone_and_named_in_the_status() -> None:
    world = World()
    theirs = child_of(world.client.things[KEY])
    del theirs["metadata"]["ownerReferences"]
    world.client.create(theirs)
    world.reconcile()
    assert world.status["lastObject"] == "nobody"
    assert world.client.things[CHILD]["data"] == theirs["data"]
