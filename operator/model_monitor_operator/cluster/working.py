"""Threads that take keys out of the queue, reconcile them, and say when to look again."""

import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from time import monotonic
from typing import Final

from model_monitor_operator.cluster.backlog import Rest, Turn
from model_monitor_operator.cluster.measuring import Measures
from model_monitor_operator.cluster.queue import WorkQueue
from model_monitor_operator.errors import (
    ApiUnavailableError,
    ConflictedError,
    PermanentError,
    TemporaryError,
)
from model_monitor_operator.objects import Key

_log = logging.getLogger(__name__)

_SOONEST: Final = 1.0
"""Seconds; nobody looks again sooner than that without a change."""


class Workers:
    """Threads that reconcile what is due, until the queue ends.

    Parameters
    ----------
    queue
        What is due.
    reconcile
        Reconciles one object and returns when to look again, or what of it may wait.
    measures
        Counts it.
    clock
        The time.
    """

    def __init__(
        self,
        queue: WorkQueue,
        reconcile: Callable[[Key], datetime | Rest | None],
        measures: Measures,
        clock: Callable[[], datetime],
    ) -> None:
        self._queue = queue
        self._reconcile = reconcile
        self._measures = measures
        self._clock = clock
        self._threads: list[threading.Thread] = []

    def start(self, count: int) -> None:
        """Let threads begin."""
        # As daemons, so that one that hangs can't keep the process from ending.
        self._threads = [
            threading.Thread(target=self._work, name=f"worker-{number}", daemon=True)
            for number in range(count)
        ]
        for thread in self._threads:
            thread.start()

    def stop(self, seconds: float) -> bool:
        """End the queue and wait for running reconciles; return whether all of them ended in time."""
        self._queue.end()
        deadline = monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, deadline - monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    @property
    def alive(self) -> bool:
        """Whether all threads run."""
        return all(thread.is_alive() for thread in self._threads)

    def _work(self) -> None:
        while (turn := self._queue.get()) is not None:
            rest = None
            try:
                rest = self.work(turn)
                if rest is not None and self._queue.ended:
                    rest = self.work(Turn(turn.key, rest))
            finally:
                self._queue.done(turn.key, rest)

    def work(self, turn: Turn) -> Rest | None:
        """Reconcile one object and return what of it may wait; whatever fails is tried again, ever later."""
        key, rest = turn.key, turn.rest
        began = monotonic() - (rest.spent if rest is not None else 0.0)
        try:
            again = rest.finish() if rest is not None else self._reconcile(key)
        except Exception as error:  # noqa: BLE001 - what is not foreseen must not end the thread
            outcome = self._failed(key, error)
            self._measures.ended(key.kind, outcome, monotonic() - began, error)
            return None
        if isinstance(again, Rest):
            return replace(again, spent=monotonic() - began)
        self._measures.ended(key.kind, "success", monotonic() - began)
        self._queue.forgive(key)
        if again is not None:
            self._queue.add_after(key, max(_SOONEST, (again - self._clock()).total_seconds()))
        return None

    def _failed(self, key: Key, error: Exception) -> str:
        delay = self._queue.retry(key, error.retry_after if isinstance(error, ApiUnavailableError) else 0)
        about = {"object": str(key), "retrySeconds": round(delay, 1)}
        match error:
            case ConflictedError():
                # Somebody else was faster; nothing is wrong.
                _log.info("%s", error, extra=about)
                return "temporary"
            case TemporaryError():
                _log.warning("%s", error, extra=about)
                return "temporary"
            case PermanentError():
                _log.error("%s", error, extra=about)
                return "permanent"
            case _:
                _log.error("reconciling %s failed", key, exc_info=error, extra=about)
                return "unforeseen"
