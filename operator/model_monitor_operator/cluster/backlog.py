"""Which objects are to be looked at, and when: the queue's memory, without threads or a clock."""

import heapq
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Final

from model_monitor_operator.objects import Key

FIRST_RETRY: Final = 0.5
"""Seconds after a first failure."""

LONGEST_RETRY: Final = 300.0
"""Seconds after many."""

_JITTER: Final = 0.2
"""By how much of itself a delay differs, so that what failed together is not tried together for ever."""

PATIENCE: Final = 30.0
"""Seconds; a rest lets what becomes due within them go before."""


@dataclass(frozen=True)
class Rest:
    """What is left of a reconcile and may wait for those that have not begun."""

    finish: Callable[[], datetime | None]
    """Does it, and returns when to look again."""

    spent: float = 0.0
    """Seconds that the reconcile has taken so far."""


@dataclass(frozen=True)
class Turn:
    """A key that somebody is to be busy with."""

    key: Key
    """Whose turn it is."""

    rest: Rest | None = None
    """What is left to do; None for all."""


class Backlog:
    """Keys that are due, keys that will be, and keys that somebody is busy with.

    A key is due once however often it was added. While somebody is busy with it nobody else gets it, and if
    it was added meanwhile it is due again afterwards. First come, first served; a rest counts as having come
    later than it did, and is dropped when its key is added: all of it is done anew then.

    Parameters
    ----------
    rng
        Random numbers for delays.
    """

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._due: OrderedDict[Key, float] = OrderedDict()
        self._rests: OrderedDict[Key, tuple[float, Rest]] = OrderedDict()
        self._again: dict[Key, float] = {}
        self._busy: dict[Key, float] = {}
        self._later: dict[Key, float] = {}
        self._heap: list[tuple[float, Key]] = []
        self._failures: dict[Key, int] = {}

    def add(self, key: Key, now: float) -> None:
        """Let a key be due."""
        if key in self._busy:
            self._again.setdefault(key, now)
        else:
            self._rests.pop(key, None)
            self._due.setdefault(key, now)

    def add_at(self, key: Key, at: float) -> None:
        """Let a key be due at a time; the earliest of several counts."""
        if at < self._later.get(key, float("inf")):
            self._later[key] = at
            heapq.heappush(self._heap, (at, key))

    def take(self, now: float) -> Turn | None:
        """Return whose turn it is, and be busy with it; None if nothing is due.

        What it was to be due for later is forgotten: whoever looks at it says anew when to look again.
        """
        self._ripen(now)
        came = next(iter(self._due.values()), float("inf"))
        put_off = next((at for at, _ in self._rests.values()), float("inf"))
        if self._rests and put_off + PATIENCE <= came:
            key, (_, rest) = self._rests.popitem(last=False)
            turn = Turn(key, rest)
        elif self._due:
            turn = Turn(self._due.popitem(last=False)[0])
        else:
            return None
        self._busy[turn.key] = now
        self._later.pop(turn.key, None)
        return turn

    def done(self, key: Key, now: float, rest: Rest | None = None) -> None:
        """Be busy with a key no longer, but for a rest."""
        del self._busy[key]
        since = self._again.pop(key, None)
        if since is not None:
            self._due[key] = since
        elif rest is not None:
            self._rests[key] = now, rest

    def retry(self, key: Key, now: float, least: float = 0) -> float:
        """Let a key be due after a delay that doubles with every failure; return the delay.

        Parameters
        ----------
        key
            What failed.
        now
            The time.
        least
            Seconds that it takes at least.
        """
        failures = self._failures[key] = self._failures.get(key, 0) + 1
        delay = min(FIRST_RETRY * 2.0 ** min(failures - 1, 30), LONGEST_RETRY)
        delay = max(delay * self._rng.uniform(1 - _JITTER, 1 + _JITTER), least)
        self.add_at(key, now + delay)
        return delay

    def forgive(self, key: Key) -> None:
        """Forget the failures of a key."""
        self._failures.pop(key, None)

    def next_due(self, now: float) -> float | None:
        """Return in how many seconds a key will be due; 0 if one is, None if none will be."""
        self._ripen(now)
        if self._due or self._rests:
            return 0.0
        return self._heap[0][0] - now if self._heap else None

    def depth(self, now: float) -> int:
        """Return how many keys are due."""
        self._ripen(now)
        return len(self._due) + len(self._again) + len(self._rests)

    def oldest(self, now: float) -> float:
        """Return for how many seconds a key has been due at most."""
        self._ripen(now)
        put_off = (at for at, _ in self._rests.values())
        return now - min([*self._due.values(), *self._again.values(), *put_off], default=now)

    def busiest(self, now: float) -> float:
        """Return for how many seconds somebody has been busy with one key at most."""
        return now - min(self._busy.values(), default=now)

    def _ripen(self, now: float) -> None:
        """Let be due what has become so, and drop what was superseded."""
        while self._heap:
            at, key = self._heap[0]
            if self._later.get(key) == at:
                if at > now:
                    return
                del self._later[key]
                self.add(key, at)
            heapq.heappop(self._heap)
