"""Listing everything anew: at the start, from time to time, and when a watch may have missed something."""

import logging
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from time import monotonic
from typing import Final

from model_monitor_operator.cluster.cache import WATCHED, Cache
from model_monitor_operator.cluster.client import Client
from model_monitor_operator.cluster.places import Place
from model_monitor_operator.errors import OperatorError
from model_monitor_operator.objects import Object

_log = logging.getLogger(__name__)

_GATHER_SECONDS: Final = 1.0
"""For so long requests are gathered: after an outage all watches list at once."""

_RETRY_SECONDS: Final = 10.0
"""After a listing that failed."""


class Lister:
    """Compares the cache with the API server.

    Parameters
    ----------
    client, cache
        The cluster.
    watched
        What is watched.
    changed
        Told of the objects that turned out to be new, changed or gone.
    """

    def __init__(
        self,
        client: Client,
        cache: Cache,
        watched: Sequence[Place],
        changed: Callable[[Iterable[Object]], None],
    ) -> None:
        self._client = client
        self._cache = cache
        self.watched = watched
        self._changed = changed

    def list(self, place: Place, since: str | None = None) -> None:
        """List a place and take what is there.

        Parameters
        ----------
        place
            The place.
        since
            As of which resource version at least; as of now if None, which costs the API server much more.
        """
        found = self._client.list(place.kind, place.namespace, labels=WATCHED[place.kind], since=since)
        self._changed(self._cache.replace(place.kind, place.namespace, found.items, found.version))


class Relisting:
    """A thread that lists places when asked, and all of them from time to time.

    Parameters
    ----------
    lister
        Lists.
    resynced
        Called after all places were listed because it was time.
    seconds
        How often that is.
    """

    def __init__(self, lister: Lister, resynced: Callable[[], None], seconds: float) -> None:
        self._lister = lister
        self._resynced = resynced
        self._seconds = seconds
        self._due: dict[Place, tuple[float, str | None]] = {}
        self._resync_at = monotonic() + seconds
        self._changed = threading.Condition()
        self._ended = False
        self._thread = threading.Thread(target=self._run, name="relisting", daemon=True)

    def start(self) -> None:
        """Let the thread begin."""
        self._thread.start()

    def ask(self, place: Place, since: str) -> None:
        """Ask for a place to be listed soon, as of a resource version or a later one."""
        with self._changed:
            at, _ = self._due.get(place, (monotonic() + _GATHER_SECONDS, None))
            self._due[place] = at, since
            self._changed.notify_all()

    def stop(self, seconds: float) -> None:
        """End after what is being listed, for which is waited so long."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()
        self._thread.join(seconds)

    @property
    def alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

    def _run(self) -> None:
        while (work := self._wait()) is not None:
            due, resync = work
            failed = [place for place, since in due.items() if not self._listed(place, since)]
            with self._changed:
                later = monotonic() + _RETRY_SECONDS
                self._due |= dict.fromkeys(failed, (later, None))
                if resync:
                    self._resync_at = later if failed else monotonic() + self._seconds
            if resync and not failed:
                self._resynced()

    def _wait(self) -> tuple[Mapping[Place, str | None], bool] | None:
        """Wait for something to be due and return it, and whether it is all; None at the end."""
        with self._changed:
            while not self._ended:
                now = monotonic()
                nearest = min([self._resync_at, *(at for at, _ in self._due.values())])
                if nearest > now:
                    self._changed.wait(nearest - now)
                    continue
                resync = self._resync_at <= now
                asked = {place: since for place, (at, since) in self._due.items() if at <= now}
                due = dict.fromkeys(self._lister.watched) if resync else asked
                self._due = {place: each for place, each in self._due.items() if place not in due}
                return due, resync
            return None

    def _listed(self, place: Place, since: str | None) -> bool:
        try:
            self._lister.list(place, since)
        except OperatorError as error:
            _log.warning("%s", error, extra={"retrySeconds": _RETRY_SECONDS})
        except Exception:  # noqa: BLE001 - what is not foreseen must not end the thread
            _log.exception("listing %s failed", place)
        else:
            return True
        return False
