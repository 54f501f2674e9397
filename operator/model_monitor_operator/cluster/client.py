"""What the operator asks of the API server, object by object."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from model_monitor_operator.cluster.connection import APPLY_PATCH, MERGE_PATCH, Connection
from model_monitor_operator.decision import Deletion
from model_monitor_operator.errors import AbsentError, ConflictedError
from model_monitor_operator.naming import FIELD_MANAGER
from model_monitor_operator.objects import RESOURCES, Key, Object, Resource, key_of, uid_of

PAGE: Final = 500
"""Objects that are asked for at once in a listing."""

_STEPS: Final = frozenset({"", ".", ".."})
"""What no object is called, and what would make a path that of another resource."""

_ATTEMPTS: Final = 3
"""How often a listing is begun: what it pages through may be forgotten on the way."""


class Listing(NamedTuple):
    """All objects of a kind at one moment."""

    items: tuple[Object, ...]
    """The objects."""

    version: str
    """The API server's resource version at that moment."""


class Client:
    """Reads and writes of single objects; every failure is an `OperatorError`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, kind: str, namespace: str, name: str) -> Object | None:
        """Return an object; None if there is none of that name."""
        key = Key(kind, namespace, name)
        if name in _STEPS:
            return None
        try:
            return self._connection.send("get", _path(key), subject=str(key))
        except AbsentError:
            return None

    def list(
        self,
        kind: str,
        namespace: str | None = None,
        *,
        labels: str = "",
        fields: str = "",
        since: str | None = None,
    ) -> Listing:
        """Return the objects of a kind in a namespace or in all, page by page.

        Parameters
        ----------
        kind
            The kind.
        namespace
            Where; everywhere if None.
        labels, fields
            Selectors, as the API server writes them.
        since
            As of which resource version at least, out of the API server's memory; as of now if None.

        Raises
        ------
        AbsentError
            If the kind is not served.
        """
        query = {"limit": str(PAGE)}
        query |= {"labelSelector": labels} if labels else {}
        query |= {"fieldSelector": fields} if fields else {}
        first = {"resourceVersion": since, "resourceVersionMatch": "NotOlderThan"} if since else {}
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                return self._pages(kind, namespace, query, first)
            except ConflictedError:  # 410: the moment of the first page was forgotten meanwhile
                if attempt == _ATTEMPTS:
                    raise
        raise AssertionError

    def create(self, thing: Object) -> Object:
        """Create an object.

        Raises
        ------
        ExistsError
            If the name is taken.
        """
        key = key_of(thing)
        query = {"fieldManager": FIELD_MANAGER}
        return self._connection.send(
            "post", _path(key._replace(name="")), subject=str(key), body=thing, query=query
        )

    def apply(self, thing: Object) -> Object:
        """Set an object's fields by server-side apply, taking over those that others own.

        Raises
        ------
        ConflictedError
            If the given `resourceVersion` is not the object's, or a `uid` is given and there is no object.
        """
        key = key_of(thing)
        query = {"fieldManager": FIELD_MANAGER, "force": "true"}
        return self._connection.send(
            "patch", _path(key), subject=str(key), body=thing, query=query, content_type=APPLY_PATCH
        )

    def merge(self, key: Key, change: Mapping[str, Any], subresource: str = "") -> Object:
        """Merge a change into an object, or into a subresource of it."""
        path = f"{_path(key)}/{subresource}" if subresource else _path(key)
        subject = f"{subresource} of {key}" if subresource else str(key)
        query = {"fieldManager": FIELD_MANAGER}
        return self._connection.send(
            "patch", path, subject=subject, body=change, query=query, content_type=MERGE_PATCH
        )

    def patch_status(self, thing: Object, status: Mapping[str, Any]) -> Object:
        """Make a status of an object as it was read, and return the object as it is then.

        What the new status lacks is removed. An object that was changed since it was read is left alone.

        Raises
        ------
        ConflictedError
            If it was.
        AbsentError
            If the object is gone.
        """
        meta = {"uid": uid_of(thing), "resourceVersion": thing["metadata"]["resourceVersion"]}
        change = merge_patch(thing.get("status") or {}, status)
        return self.merge(key_of(thing), {"metadata": meta, "status": change}, "status")

    def delete(self, deletion: Deletion) -> None:
        """Delete an object and what depends on it; harmless if it is gone or another one has its name."""
        body = {
            "kind": "DeleteOptions",
            "apiVersion": "v1",
            "propagationPolicy": "Background",
            "preconditions": {"uid": deletion.uid},
        }
        try:
            self._connection.send("delete", _path(deletion.key), subject=str(deletion.key), body=body)
        except (AbsentError, ConflictedError):
            return

    def served(self, resource: Resource) -> frozenset[str]:
        """Return the kinds that the API server serves of the group and version of a resource."""
        path = f"/apis/{resource.api_version}"
        try:
            found = self._connection.send("get", path, subject=resource.api_version)
        except AbsentError:
            return frozenset()
        return frozenset(each["kind"] for each in found["resources"])

    def _pages(
        self, kind: str, namespace: str | None, query: Mapping[str, str], which: Mapping[str, str]
    ) -> Listing:
        """Return all pages; `which` tells the first of them, after which the others must be asked for."""
        resource = RESOURCES[kind]
        path, where = _collection(resource, namespace), namespace or "all namespaces"
        items: list[Object] = []
        while True:
            page = self._connection.send(
                "get", path, subject=f"{resource.plural} of {where}", query={**query, **which}
            )
            # Items of a listing do not say what they are.
            items += [
                {**each, "kind": kind, "apiVersion": resource.api_version} for each in page["items"] or ()
            ]
            more = page["metadata"].get("continue")
            if not more:
                return Listing(tuple(items), page["metadata"]["resourceVersion"])
            which = {"continue": more}


def merge_patch(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """Return the JSON merge patch from one document to another; fields that are None count as absent."""
    wanted = {name: value for name, value in after.items() if value is not None}
    patch: dict[str, Any] = dict.fromkeys(before.keys() - wanted.keys())
    for name, value in wanted.items():
        old = before.get(name)
        if isinstance(old, Mapping) and isinstance(value, Mapping):
            if change := merge_patch(old, value):
                patch[name] = change
        elif isinstance(value, Mapping):
            patch[name] = merge_patch({}, value)
        elif old != value:
            patch[name] = value
    return patch


def _collection(resource: Resource, namespace: str | None) -> str:
    root = f"/apis/{resource.api_version}" if resource.group else f"/api/{resource.version}"
    where = f"/namespaces/{quote(namespace, safe='')}" if namespace else ""
    return f"{root}{where}/{resource.plural}"


def _path(key: Key) -> str:
    collection = _collection(RESOURCES[key.kind], key.namespace)
    return f"{collection}/{quote(key.name, safe='')}" if key.name else collection
