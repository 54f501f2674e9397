"""An API server's memory, as far as the driver needs one: for stories that span days, told in milliseconds.

What an API server itself decides (schemas, admission, garbage collection by controllers) is tested against a
real one in `tests/cluster`.
"""

import copy
import itertools
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from model_monitor_operator.cluster.client import Listing
from model_monitor_operator.decision import Deletion
from model_monitor_operator.errors import ConflictedError, ExistsError, PermanentError
from model_monitor_operator.objects import Key, Object, key_of, uid_of, written

_WORLDS = itertools.count(1)
"""No two objects anywhere have one identity."""


class MemoryClient:
    """Objects by key, with versions, UIDs, owners and status as a server keeps them."""

    def __init__(self, now: datetime) -> None:
        self.things: dict[Key, Object] = {}
        self.now = now
        self.refused: dict[str, PermanentError] = {}
        self.writes: list[tuple[str, Key]] = []
        self._world = next(_WORLDS)
        self._world = next(_WORLDS)
        self._count = itertools.count(1)

    def get(self, kind: str, namespace: str, name: str) -> Object | None:
        return copy.deepcopy(self.things.get(Key(kind, namespace, name)))

    def list(self, kind: str, namespace: str | None = None, **_selectors: str) -> Listing:
        found = [
            copy.deepcopy(thing)
            for key, thing in sorted(self.things.items())
            if key.kind == kind and namespace in (None, key.namespace)
        ]
        return Listing(tuple(found), str(next(self._count)))

    def create(self, thing: Object) -> Object:
        key = key_of(thing)
        self._admit(key)
        if key in self.things:
            raise ExistsError(f"{key} exists")
        stored = copy.deepcopy(thing)
        stored["metadata"] |= {
            "uid": f"{next(self._count):08x}-0000-4000-8000-{self._world:012x}",
            "creationTimestamp": written(self.now),
            "generation": 1,
            "managedFields": [{"manager": "model-monitor", "operation": "Apply"}],
        }
        return self._store("create", stored)

    def apply(self, thing: Object) -> Object:
        self._admit(key_of(thing))
        stored = copy.deepcopy(self.things[key_of(thing)])
        changed = stored.get("spec") != thing.get("spec")
        stored |= {field: copy.deepcopy(thing[field]) for field in ("spec", "data") if field in thing}
        stored["metadata"] |= copy.deepcopy(thing["metadata"])
        stored["metadata"]["generation"] += changed
        return self._store("apply", stored)

    def patch_status(self, thing: Object, status: Mapping[str, Any]) -> Object:
        key = key_of(thing)
        stored = copy.deepcopy(self.things[key])
        if stored["metadata"]["resourceVersion"] != thing["metadata"]["resourceVersion"]:
            raise ConflictedError(f"{key} was changed")
        stored["status"] = copy.deepcopy(dict(status))
        return self._store("status", stored)

    def merge(self, key: Key, change: Mapping[str, Any]) -> Object:
        return self._store("merge", {**copy.deepcopy(self.things[key]), **copy.deepcopy(dict(change))})

    def delete(self, deletion: Deletion) -> None:
        there = self.things.get(deletion.key)
        if there is not None and uid_of(there) == deletion.uid:
            self.writes.append(("delete", deletion.key))
            self.remove(deletion.key)

    def remove(self, key: Key) -> None:
        """Remove an object and what it controlled."""
        gone = self.things.pop(key)
        for each in list(self.things.values()):
            references = each["metadata"].get("ownerReferences") or []
            if any(reference["uid"] == uid_of(gone) for reference in references):
                self.remove(key_of(each))

    def change(self, key: Key, **fields: Any) -> Object:
        """Change an object as somebody else does."""
        stored = copy.deepcopy(self.things[key])
        for path, value in fields.items():
            *parents, last = path.split("__")
            place = stored
            for part in parents:
                place = place.setdefault(part, {})
            place[last] = value
        stored["metadata"]["generation"] += any(path.startswith("spec") for path in fields)
        return self._store("change", stored)

    def _admit(self, key: Key) -> None:
        if key.kind in self.refused:
            raise self.refused[key.kind]

    def _store(self, verb: str, stored: Object) -> Object:
        stored["metadata"]["resourceVersion"] = str(next(self._count))
        self.things[key_of(stored)] = stored
        self.writes.append((verb, key_of(stored)))
        return copy.deepcopy(stored)
