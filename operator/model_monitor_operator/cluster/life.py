"""Whether every watch still lives."""

import threading
from collections.abc import Callable, Iterable
from typing import Final

from model_monitor_operator.cluster.places import Place

SILENT_SECONDS: Final = 180.0
"""A watch that was not begun anew for so long is stuck: each asks the API server to be ended sooner."""


class Life:
    """Remembers when each watch was last begun.

    Events would be no proof: where nothing happens there are none. A request that the API server grants is
    one, of the network, the credentials and the loop that begins it.

    Parameters
    ----------
    watched
        What is watched.
    clock
        Seconds since some moment.
    """

    def __init__(self, watched: Iterable[Place], clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._begun: dict[Place, float | None] = dict.fromkeys(watched)

    def begun(self, place: Place) -> None:
        """Remember that the API server has agreed to a watch."""
        with self._lock:
            if place in self._begun:
                self._begun[place] = self._clock()

    def silent(self) -> tuple[Place, ...]:
        """Return the watches that were never begun, or too long ago."""
        with self._lock:
            limit = self._clock() - SILENT_SECONDS
            return tuple(place for place, at in self._begun.items() if at is None or at < limit)
