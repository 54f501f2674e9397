"""The operator as a whole: what starts when, and how it ends."""

import logging
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from random import Random
from time import monotonic
from typing import Final

from kubernetes.client.configuration import Configuration
from prometheus_client import CollectorRegistry

from model_monitor_operator.cluster.asking import reports_of
from model_monitor_operator.cluster.cache import Cache
from model_monitor_operator.cluster.client import Client
from model_monitor_operator.cluster.connection import Connection
from model_monitor_operator.cluster.driver import Driver, Reconcilers
from model_monitor_operator.cluster.life import Life
from model_monitor_operator.cluster.listing import Lister, Relisting
from model_monitor_operator.cluster.measuring import Measures
from model_monitor_operator.cluster.places import Place, places
from model_monitor_operator.cluster.queue import WorkQueue
from model_monitor_operator.cluster.routing import concerned
from model_monitor_operator.cluster.watching import Watching
from model_monitor_operator.cluster.working import Workers
from model_monitor_operator.errors import OperatorError
from model_monitor_operator.objects import BASELINES, CAPTURES, EXECUTIONS, SCHEDULES, Key, Object, key_of
from model_monitor_operator.settings import Settings

_log = logging.getLogger(__name__)

OWN_KINDS: Final = frozenset(each.kind for each in (CAPTURES, BASELINES, SCHEDULES, EXECUTIONS))
"""Kinds that the API server must serve before anything can begin."""

_ANY_VERSION: Final = "0"
"""What the API server remembers; each place is listed once more when its watch starts."""

_STUCK_SECONDS: Final = 600.0
"""A reconcile takes a few requests, each of which fails after 30 s."""

_SILENT_SECONDS: Final = 60.0
"""An event loop that has not turned for so long hangs."""

_WAIT_SECONDS: Final = 5.0
"""Between two attempts to start."""

_GRACE_SECONDS: Final = 15.0
"""For running reconciles at the end; Kubernetes kills a pod after 30 s."""


class Operator:
    """All parts, from the first listing to the last reconcile.

    Parameters
    ----------
    settings
        What the installation decides.
    how
        How the API server is reached.
    reconcilers
        What is done with the objects of each kind.
    registry
        Where metrics are published.
    """

    def __init__(
        self,
        settings: Settings,
        how: Configuration,
        reconcilers: Reconcilers,
        registry: CollectorRegistry,
    ) -> None:
        self.cache = Cache()
        """What was seen."""
        self._settings = settings
        self._reconcilers = reconcilers
        self._connection = Connection(how)
        self._client = Client(self._connection)
        self._queue = WorkQueue(monotonic, Random())  # noqa: S311 - spreads retries, guards nothing
        watched = places(settings.namespaces)
        driver = Driver(self._client, self.cache, reconcilers, _now, self._wrote, ask=reports_of)
        self._workers = Workers(self._queue, driver.reconcile, Measures(registry, self._queue), _now)
        self._life = Life(watched, monotonic)
        self._lister = Lister(self._client, self.cache, watched, self._changed)
        self._relisting = Relisting(self._lister, self._resynced, settings.resync_seconds)
        self._stop = threading.Event()
        self._watching = Watching(how, settings.namespaces, self._seen, self, self._stop.set)
        self._asked_to_stop = False
        self._waiting_for: str | None = "the first listing is not complete"

    def run(self) -> int:
        """Work until somebody says `stop`; return the exit status: 0 then, 1 if a part has failed."""
        if self._begun(self._check_kinds) and self._begun(self._list_all):
            self._waiting_for = None
            self._workers.start(self._settings.workers)
            self._watching.start()
            self._relisting.start()
            _log.info("started", extra={"watched": [str(place) for place in self._lister.watched]})
            self._stop.wait()
            _log.info(
                "stopping" if self._asked_to_stop else "watching has ended; stopping to be started anew"
            )
            self._finish()
        self._connection.close()
        return 0 if self._asked_to_stop else 1

    def stop(self) -> None:
        """Finish what is being done and end."""
        self._asked_to_stop = True
        self._stop.set()

    def illness(self) -> str | None:
        """Return why the process should be killed and started anew; None if it lives."""
        if self._waiting_for is not None:
            return None
        if not self._workers.alive or not self._relisting.alive:
            return "a thread has ended"
        if self._queue.busiest() > _STUCK_SECONDS:
            return f"a reconcile has taken longer than {_STUCK_SECONDS:.0f} s"
        if self._watching.silence > _SILENT_SECONDS:
            return f"the event loop has not turned for {_SILENT_SECONDS:.0f} s"
        return None

    def unreadiness(self) -> str | None:
        """Return why what happens in the cluster may go unnoticed; None if it does not."""
        if self._waiting_for is not None:
            return self._waiting_for
        silent = self._life.silent()
        if silent:
            return f"no watch of {silent[0]}" + (f" and {len(silent) - 1} more" if silent[1:] else "")
        return None

    def anew(self, place: Place, version: str) -> None:
        """Compare a place, since a watch of it starts anew and does not tell what changed before."""
        self._relisting.ask(place, version)

    def begun(self, place: Place) -> None:
        """Remember that a watch lives."""
        self._life.begun(place)

    def _begun(self, step: Callable[[], str | None]) -> bool:
        """Try a first step until it succeeds; return whether it did before somebody said `stop`."""
        told = None
        while not self._stop.is_set():
            try:
                problem = step()
            except OperatorError as error:
                problem = str(error)
            if problem is None:
                return True
            self._waiting_for = problem
            if problem != told:
                _log.error("cannot start yet, trying again: %s", problem)
                told = problem
            self._stop.wait(_WAIT_SECONDS)
        return False

    def _check_kinds(self) -> str | None:
        missing = OWN_KINDS - self._client.served(SCHEDULES)
        if not missing:
            return None
        return (
            f"the API server does not serve {', '.join(sorted(missing))} of {SCHEDULES.api_version}: "
            "install them with `kubectl apply --server-side -f crds/`, or the chart with `crds.enabled=true`"
        )

    def _list_all(self) -> str | None:
        for place in self._lister.watched:
            self._lister.list(place, _ANY_VERSION)
        return None

    def _finish(self) -> None:
        if not self._workers.stop(_GRACE_SECONDS):
            _log.warning("a reconcile is still running after %.0f s", _GRACE_SECONDS)
        self._watching.stop(10)
        self._relisting.stop(1)

    def _seen(self, type_: str | None, thing: Object) -> None:
        if self.cache.remove(thing) if type_ == "DELETED" else self.cache.put(thing):
            self._changed([thing])

    def _wrote(self, thing: Object, by: Key) -> None:
        self._queue.add(self._reconciled(concerned(thing, self.cache) - {by}))

    def _changed(self, things: Iterable[Object]) -> None:
        for thing in things:
            self._queue.add(self._reconciled(concerned(thing, self.cache)))

    def _resynced(self) -> None:
        for kind in self._reconcilers:
            self._queue.add(key_of(thing) for thing in self.cache.items(kind))

    def _reconciled(self, keys: Iterable[Key]) -> list[Key]:
        """Return those of the keys whose kind has a reconciler, by name."""
        return sorted(key for key in keys if key.kind in self._reconcilers)


def _now() -> datetime:
    return datetime.now(UTC)
