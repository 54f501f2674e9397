"""One reconcile: observe, decide, apply, conclude."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from model_monitor_operator.cluster.applying import Applier
from model_monitor_operator.cluster.asking import Ask
from model_monitor_operator.cluster.backlog import Rest
from model_monitor_operator.cluster.cache import Cache
from model_monitor_operator.cluster.client import Client, merge_patch
from model_monitor_operator.cluster.reading import ClusterReader
from model_monitor_operator.cluster.telling import Teller
from model_monitor_operator.decision import Outcome, Reconciler
from model_monitor_operator.errors import AbsentError, ConflictedError
from model_monitor_operator.objects import Key, Object, is_deleted, key_of

Reconcilers = Mapping[str, Reconciler[Any, Any]]
"""Reconcilers by the kind that they are for."""


class Driver:
    """Brings single objects to where they shall be; may be used by several threads, one object at a time.

    Parameters
    ----------
    client, cache
        The cluster.
    reconcilers
        What is done with the objects of each kind.
    clock
        The time.
    concern
        Told of every object that was written, and for which object: whom else it concerns looks again.
    ask
        Asks shippers how they fare.
    """

    def __init__(
        self,
        client: Client,
        cache: Cache,
        reconcilers: Reconcilers,
        clock: Callable[[], datetime],
        concern: Callable[[Object, Key], None],
        *,
        ask: Ask,
    ) -> None:
        self._client = client
        self._cache = cache
        self._reconcilers = reconcilers
        self._clock = clock
        self._concern = concern
        self._reader = ClusterReader(cache, client, ask)
        self._teller = Teller(client, clock)

    def reconcile(self, key: Key) -> datetime | Rest | None:
        """Reconcile an object and return when to look again; None where only a change or a resync matters.

        One that is gone or about to go needs nothing: what it owned goes with it. If its status may wait, it
        is left.

        Raises
        ------
        TemporaryError
            If trying again may help.
        PermanentError
            If the object's own status was refused.
        """
        thing = self._cache.get(*key)
        if thing is None or is_deleted(thing):
            return None
        reconciler = self._reconcilers[key.kind]
        observation = reconciler.observe(thing, self._reader, self._clock())
        decision = reconciler.decide(observation)
        applier = Applier(self._client, self._cache, lambda written: self._take(written, key))
        outcome = reconciler.conclude(observation, decision, applier.make(decision.desired))
        rest = Rest(lambda: self._conclude(thing, outcome))
        return rest if outcome.may_wait else rest.finish()

    def _conclude(self, thing: Object, outcome: Outcome) -> datetime | None:
        """Write the status and tell what is new; return when to look again."""
        if merge_patch(thing.get("status") or {}, outcome.status) and not self._write(thing, outcome.status):
            return None
        for note in outcome.notes:
            self._teller.tell(thing, note)
        return outcome.requeue_at

    def _write(self, thing: Object, status: Mapping[str, Any]) -> bool:
        """Write a status and return whether the object is still there."""
        key = key_of(thing)
        try:
            self._take(self._client.patch_status(thing, status), key)
        except AbsentError:
            return False
        except ConflictedError:
            # Whoever tries again shall see what is there, even if the watch is late.
            fresh = self._client.get(*key)
            if fresh is not None:
                self._take(fresh, key)
            raise
        return True

    def _take(self, written: Object, by: Key) -> None:
        if self._cache.put(written):
            self._concern(written, by)
