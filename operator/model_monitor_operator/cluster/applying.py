"""Making what shall be so, without ever touching somebody else's object."""

from collections.abc import Callable
from typing import Final

from model_monitor_operator.cluster.cache import WHOLE, Cache
from model_monitor_operator.cluster.client import Client
from model_monitor_operator.cluster.comparing import fingerprint, holds
from model_monitor_operator.decision import Applied, Deletion, Desired
from model_monitor_operator.errors import ConflictedError, ExistsError, PermanentError
from model_monitor_operator.naming import APPLIED, FIELD_MANAGER
from model_monitor_operator.objects import SECRETS, Key, Object, is_deleted, key_of, uid_of
from model_monitor_operator.ownership import controller_of

NOBODY: Final = "nobody"
"""Who controls an object that has no controller."""


class _TakenError(Exception):
    """The name belongs to somebody else's object; the message is who controls it."""


class Applier:
    """Writes the children of objects.

    Parameters
    ----------
    client, cache
        The cluster.
    wrote
        Told of every object that was written, as the API server has it now.
    """

    def __init__(self, client: Client, cache: Cache, wrote: Callable[[Object], object]) -> None:
        self._client = client
        self._cache = cache
        self._wrote = wrote

    def make(self, desired: Desired) -> Applied:
        """Apply, then create, then delete, and return what came of it.

        What is created may need what was created before it: after an object that was not taken the rest of
        `create` waits for another reconcile. Nothing is deleted unless all else is as it shall be.

        Raises
        ------
        TemporaryError
            If trying again may help.
        """
        objects: dict[Key, Object] = {}
        conflicts: dict[Key, str] = {}
        refusals: dict[Key, PermanentError] = {}

        def succeeds(key: Key, make: Callable[[], Object]) -> bool:
            try:
                objects[key] = make()
            except _TakenError as taken:
                conflicts[key] = str(taken)
            except PermanentError as error:
                refusals[key] = error
            return key in objects

        fine = True
        for wanted in desired.apply:
            fine &= succeeds(key_of(wanted), lambda: self._apply(wanted))  # noqa: B023 - called at once
        for wanted in desired.create:
            if not succeeds(key_of(wanted), lambda: self._create(wanted)):  # noqa: B023 - called at once
                fine = False
                break
        for deletion in desired.delete if fine else ():
            try:
                self._delete(deletion)
            except PermanentError as error:
                refusals[deletion.key] = error
        return Applied(objects, conflicts, refusals)

    def _apply(self, wanted: Object) -> Object:
        key, digest = key_of(wanted), fingerprint(wanted)
        there = self._cache.get(*key) if key.kind in WHOLE else self._client.get(*key)
        if there is None:
            there = self._created(_marked(wanted, digest))
        _must_belong(there, wanted)
        if is_deleted(there):
            raise ConflictedError(f"{key} is being deleted")
        annotations = there["metadata"].get("annotations") or {}
        if annotations.get(APPLIED) == digest and holds(there, wanted):
            return there
        there = self._owned(there)
        marked = _marked(wanted, digest)
        # The version guards an object that took the name meanwhile, the identity a name that became free.
        guard = {name: there["metadata"][name] for name in ("uid", "resourceVersion")}
        try:
            applied = self._client.apply({**marked, "metadata": {**marked["metadata"], **guard}})
        except ConflictedError:
            # Whoever tries again shall see what is there, even if the watch is late.
            self._wrote(self._client.get(*key) or there)
            raise
        self._wrote(applied)
        return applied

    def _create(self, wanted: Object) -> Object:
        there = self._cache.get(*key_of(wanted))
        if there is None:
            there = self._created(wanted)
        _must_belong(there, wanted)
        return there

    def _created(self, wanted: Object) -> Object:
        """Create an object, or return the one that has its name."""
        key = key_of(wanted)
        try:
            there: Object | None = self._client.create(wanted)
        except ExistsError:
            # Secrets are never read; the names of ours hold the owner's identity.
            there = wanted if key.kind == SECRETS.kind else self._client.get(*key)
        if there is None:
            raise ConflictedError(f"{key} was there and is not any more")
        self._wrote(there)
        return there

    def _owned(self, there: Object) -> Object:
        """Let server-side apply own what was set when the object was created, and return the object.

        The API server counts that as an update; what an update has set, apply would never remove.
        """
        if "managedFields" not in there["metadata"]:
            there = self._client.get(*key_of(there)) or there
        entries = there["metadata"].get("managedFields") or []
        ours = [each for each in entries if each["manager"] == FIELD_MANAGER and "subresource" not in each]
        if [each["operation"] for each in ours] != ["Update"]:
            return there
        owned = [{**each, "operation": "Apply"} if each in ours else each for each in entries]
        meta = {name: there["metadata"][name] for name in ("uid", "resourceVersion")}
        return self._client.merge(key_of(there), {"metadata": {**meta, "managedFields": owned}})

    def _delete(self, deletion: Deletion) -> None:
        there = self._cache.get(*deletion.key)
        if there is None or uid_of(there) != deletion.uid or not is_deleted(there):
            self._client.delete(deletion)


def _marked(wanted: Object, digest: str) -> Object:
    """Return an object with the annotation that tells what was applied."""
    meta = wanted["metadata"]
    return {
        **wanted,
        "metadata": {**meta, "annotations": {**(meta.get("annotations") or {}), APPLIED: digest}},
    }


def _must_belong(there: Object, wanted: Object) -> None:
    """Refuse an object that is not controlled by whom the wanted one names as its controller."""
    owner, controller = controller_of(wanted), controller_of(there)
    if owner is None:
        raise ValueError(f"{key_of(wanted)} is made for nobody")
    if controller is None:
        raise _TakenError(NOBODY)
    if controller.get("uid") == owner["uid"]:
        return
    if all(controller.get(part) == owner[part] for part in ("apiVersion", "kind", "name")):
        # The garbage collector is about to remove it.
        raise ConflictedError(f"{key_of(there)} belongs to an earlier {owner['kind']} '{owner['name']}'")
    raise _TakenError(f"{controller.get('kind')}/{controller.get('name')}")
