"""The work queue: a backlog that threads may wait at."""

import threading
from collections.abc import Callable, Iterable
from random import Random

from model_monitor_operator.cluster.backlog import Backlog, Rest, Turn
from model_monitor_operator.objects import Key


class WorkQueue:
    """Keys of objects that are to be reconciled; may be used by several threads.

    Parameters
    ----------
    clock
        Seconds since some moment, never going back.
    rng
        Random numbers for delays.
    """

    def __init__(self, clock: Callable[[], float], rng: Random) -> None:
        self._clock = clock
        self._backlog = Backlog(rng)
        self._changed = threading.Condition()
        self._ended = False

    def add(self, keys: Iterable[Key]) -> None:
        """Let keys be due."""
        with self._changed:
            for key in keys:
                self._backlog.add(key, self._clock())
            self._changed.notify_all()

    def add_after(self, key: Key, seconds: float) -> None:
        """Let a key be due after a time."""
        with self._changed:
            self._backlog.add_at(key, self._clock() + seconds)
            self._changed.notify_all()

    def retry(self, key: Key, least: float = 0) -> float:
        """Let a key that failed be due again, later and later; return in how many seconds."""
        with self._changed:
            delay = self._backlog.retry(key, self._clock(), least)
            self._changed.notify_all()
            return delay

    def forgive(self, key: Key) -> None:
        """Forget the failures of a key."""
        with self._changed:
            self._backlog.forgive(key)

    def get(self) -> Turn | None:
        """Return whose turn it is, waiting for somebody's; None once the queue has ended.

        Whoever gets a turn says `done` afterwards.
        """
        with self._changed:
            while not self._ended:
                now = self._clock()
                turn = self._backlog.take(now)
                if turn is not None:
                    return turn
                self._changed.wait(self._backlog.next_due(now))
            return None

    def done(self, key: Key, rest: Rest | None = None) -> None:
        """Be busy with a key no longer, but for a rest."""
        with self._changed:
            self._backlog.done(key, self._clock(), rest)
            self._changed.notify_all()

    @property
    def ended(self) -> bool:
        """Whether nothing is given out any more."""
        return self._ended

    def end(self) -> None:
        """Give out nothing more."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def depth(self) -> int:
        """Return how many keys are due."""
        with self._changed:
            return self._backlog.depth(self._clock())

    def oldest(self) -> float:
        """Return for how many seconds a key has been due at most."""
        with self._changed:
            return self._backlog.oldest(self._clock())

    def busiest(self) -> float:
        """Return for how many seconds somebody has been busy with one key at most."""
        with self._changed:
            return self._backlog.busiest(self._clock())
