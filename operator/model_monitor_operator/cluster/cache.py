"""The objects that are watched, as last seen; found by name, by controller and by schedule.

Watches, listings and our own writes all put objects here, in any order: what is older than what is there
already is not taken, and what was seen to be deleted does not come back.
"""

import threading
from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Iterator
from typing import Final

from model_monitor_operator.cluster.trimming import trimmed
from model_monitor_operator.naming import MANAGED_BY, MANAGER
from model_monitor_operator.objects import Key, Object, key_of, uid_of
from model_monitor_operator.ownership import controller_of, is_controlled_by

OURS: Final = f"{MANAGED_BY}={MANAGER}"
"""Label selector of what the operator makes."""

WATCHED: Final = {
    "DataCapture": "",
    "Baseline": "",
    "MonitoringSchedule": "",
    "MonitoringExecution": "",
    "CronJob": OURS,
    "Pod": OURS,
    "Job": OURS,
    "ConfigMap": OURS,
    "ReplicaSet": OURS,
    "Deployment": OURS,
}
"""Kinds that are watched, with the label selector of the objects that are.

In this order they are listed: a Job that has ended is not known before the end of its pods is.
"""

WHOLE: Final = frozenset(WATCHED) - {"Job", "Pod", "ConfigMap", "ReplicaSet"}
"""Kinds of which the cache keeps all that can be set; see `trimming`."""

_REMEMBERED: Final = 20_000
"""Identities of deleted objects that are kept, so that a late answer does not bring one back."""


class Cache:
    """Objects of the watched kinds; may be used by several threads.

    Whoever gets an object shares it with all others, and must not change it.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._places: defaultdict[tuple[str, str], dict[str, Object]] = defaultdict(dict)
        self._owned: defaultdict[tuple[str, str], set[Key]] = defaultdict(set)
        self._executions: defaultdict[tuple[str, str], set[Key]] = defaultdict(set)
        self._gone: OrderedDict[str, str] = OrderedDict()

    def get(self, kind: str, namespace: str, name: str) -> Object | None:
        """Return an object, as last seen."""
        with self._lock:
            return self._places.get((kind, namespace), {}).get(name)

    def items(self, kind: str, namespace: str | None = None) -> tuple[Object, ...]:
        """Return all objects of a kind, in a namespace or in all."""
        with self._lock:
            return tuple(self._items(kind, namespace))

    def owned(self, kind: str, owner: Object) -> tuple[Object, ...]:
        """Return the objects of a kind that an object of their namespace controls, by name."""
        with self._lock:
            named = self._things(self._owned.get((kind, uid_of(owner)), ()))
        return tuple(each for each in named if is_controlled_by(each, owner))

    def executions_of(self, namespace: str, schedule: str) -> tuple[Object, ...]:
        """Return the executions that name a schedule, by name."""
        with self._lock:
            return self._things(self._executions.get((namespace, schedule), ()))

    def put(self, thing: Object) -> bool:
        """Take an object as somebody saw it; return whether that was news.

        One that no watch would tell of is not taken: nobody would notice when it goes.
        """
        if not _is_watched(thing):
            return False
        with self._lock:
            return self._put(trimmed(thing))

    def remove(self, thing: Object) -> bool:
        """Take away an object that was seen to be deleted; return whether that was news."""
        with self._lock:
            self._bury(thing, _version(thing))
            there = self.get(*key_of(thing))
            if there is None or uid_of(there) != uid_of(thing):
                return False
            self._drop(there)
            return True

    def replace(
        self, kind: str, namespace: str | None, items: Iterable[Object], version: str
    ) -> tuple[Object, ...]:
        """Take a complete listing; return the objects that are new, changed or gone, as last seen.

        Parameters
        ----------
        kind
            Kind of all items.
        namespace
            Where was listed; everywhere if None.
        items
            The objects.
        version
            The API server's resource version at the moment of the listing: what is newer than that stays.
        """
        listed = [trimmed(each) for each in items]
        uids = {uid_of(each) for each in listed}
        with self._lock:
            news = [each for each in listed if self._put(each)]
            for there in tuple(self._items(kind, namespace)):
                if uid_of(there) not in uids and not _is_newer(_version(there), version):
                    self._bury(there, version)
                    self._drop(there)
                    news.append(there)
            return tuple(news)

    def _items(self, kind: str, namespace: str | None) -> Iterator[Object]:
        if namespace is not None:
            yield from self._places.get((kind, namespace), {}).values()
            return
        for (each, _), things in self._places.items():
            if each == kind:
                yield from things.values()

    def _things(self, keys: Iterable[Key]) -> tuple[Object, ...]:
        return tuple(self._places[key.kind, key.namespace][key.name] for key in sorted(keys))

    def _put(self, thing: Object) -> bool:
        key = key_of(thing)
        there = self._places[key.kind, key.namespace].get(key.name)
        gone = self._gone.get(uid_of(thing))
        if gone is not None and not _is_newer(_version(thing), gone):
            return False
        if there is not None:
            if not _is_newer(_version(thing), _version(there)):
                return False
            if uid_of(there) != uid_of(thing):
                self._bury(there, _version(thing))
            self._drop(there)
        self._places[key.kind, key.namespace][key.name] = thing
        for index, value in self._entries(thing):
            index[value].add(key)
        return True

    def _drop(self, there: Object) -> None:
        key = key_of(there)
        del self._places[key.kind, key.namespace][key.name]
        for index, value in self._entries(there):
            index[value].discard(key)
            if not index[value]:
                del index[value]

    def _entries(
        self, thing: Object
    ) -> Iterator[tuple[defaultdict[tuple[str, str], set[Key]], tuple[str, str]]]:
        controller = controller_of(thing)
        if controller is not None:
            yield self._owned, (thing["kind"], str(controller.get("uid")))
        if thing["kind"] == "MonitoringExecution":
            yield self._executions, (thing["metadata"]["namespace"], thing["spec"]["scheduleRef"]["name"])

    def _bury(self, thing: Object, version: str) -> None:
        # One that had only lost our label comes back, with a newer version.
        self._gone[uid_of(thing)] = version
        if len(self._gone) > _REMEMBERED:
            self._gone.popitem(last=False)


def _is_watched(thing: Object) -> bool:
    selector = WATCHED.get(thing["kind"])
    labels = thing["metadata"].get("labels") or {}
    return selector == "" or (selector == OURS and labels.get(MANAGED_BY) == MANAGER)


def _version(thing: Object) -> str:
    return str(thing["metadata"].get("resourceVersion", ""))


def _is_newer(version: str, than: str) -> bool:
    """Return whether a resource version is newer: they are numbers that grow over the whole cluster.

    Of what is no number nothing is known; it counts as newer unless it is the same.
    """
    if version.isdecimal() and than.isdecimal():
        return int(version) > int(than)
    return version != than
