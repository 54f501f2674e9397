"""Places are listed when asked, from time to time, and again after a failure."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from model_monitor_operator.cluster import listing
from model_monitor_operator.cluster.cache import Cache
from model_monitor_operator.cluster.client import Client
from model_monitor_operator.cluster.listing import Lister, Relisting
from model_monitor_operator.cluster.places import Place
from model_monitor_operator.errors import ApiUnavailableError
from tests.cluster.waiting import wait_for
from tests.operator.cluster.toy import capture
from tests.operator.life.memory import MemoryClient

PLACE = Place("DataCapture", None)


class Server(MemoryClient):
    """A server that may be away."""

    def __init__(self) -> None:
        super().__init__(datetime(2026, 1, 1, tzinfo=UTC))
        self.failures: list[Exception] = []
        self.since: list[str | None] = []

    @property
    def listed(self) -> int:
        return len(self.since)

    def list(self, *given: Any, **named: Any) -> Any:
        self.since.append(named["since"])
        if self.failures:
            raise self.failures.pop()
        return super().list(*given, **named)


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "_GATHER_SECONDS", 0.05)
    monkeypatch.setattr(listing, "_RETRY_SECONDS", 0.05)


@contextmanager
def relisting(
    server: Server, told: list[str], resynced: Callable[[], None] = lambda: None, seconds: float = 1000
) -> Iterator[Relisting]:
    def changed(things: Any) -> None:
        told.extend(thing["metadata"]["name"] for thing in things)

    lister = Lister(cast("Client", server), Cache(), (PLACE,), changed)
    thread = Relisting(lister, resynced, seconds)
    thread.start()
    yield thread
    assert thread.alive
    thread.stop(10)
    assert not thread.alive


def test_a_place_is_listed_once_however_often_it_was_asked_for_and_as_of_the_last_version() -> None:
    server, told = Server(), list[str]()
    server.create(capture("a"))
    with relisting(server, told) as thread:
        for version in range(20):
            thread.ask(PLACE, str(version))
        wait_for(lambda: told, 10)
    assert told == ["a"]
    assert server.since == ["19"]


@pytest.mark.parametrize("error", [ApiUnavailableError("away"), KeyError("a bug")])
def test_a_listing_that_failed_is_tried_again_as_of_now(error: Exception) -> None:
    server, told = Server(), list[str]()
    server.create(capture("a"))
    server.failures = [error, error]
    with relisting(server, told) as thread:
        thread.ask(PLACE, "1")
        wait_for(lambda: told, 10)
    assert server.since == ["1", None, None]


def test_everything_is_listed_and_looked_at_from_time_to_time() -> None:
    server, resynced = Server(), threading.Event()
    with relisting(server, [], resynced.set, 0.05):
        assert resynced.wait(10)
        wait_for(lambda: server.listed > 2, 10)


def test_a_resync_that_failed_is_made_up_for() -> None:
    server, resynced = Server(), threading.Event()
    server.failures = [ApiUnavailableError("away")]
    with relisting(server, [], resynced.set, 0.05):
        assert resynced.wait(10)
    assert server.listed >= 2
