"""Events: what happened to an object, for people who ask with `kubectl describe`."""

import hashlib
import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

from model_monitor_api.printable import cut, printable
from model_monitor_operator.cluster.client import Client
from model_monitor_operator.decision import Note
from model_monitor_operator.errors import ExistsError, OperatorError
from model_monitor_operator.naming import FIELD_MANAGER
from model_monitor_operator.objects import Key, Object, key_of, uid_of

_log = logging.getLogger(__name__)

_LONGEST = 1000
"""Characters of a message; the API server takes 1,024."""


class Teller:
    """Writes Events as well as it can: one that is lost loses nothing that the status does not say."""

    def __init__(self, client: Client, clock: Callable[[], datetime]) -> None:
        self._client = client
        self._clock = clock

    def tell(self, thing: Object, note: Note) -> None:
        """Write an Event; one of the same words about the same object counts up."""
        event = _event(thing, note, self._clock())
        try:
            try:
                self._client.create(event)
            except ExistsError:
                self._again(event)
        except OperatorError as error:
            _log.warning("an Event was not written: %s", error, extra={"object": str(key_of(thing))})

    def _again(self, event: Object) -> None:
        there = self._client.get(*key_of(event))
        if there is not None:
            seen = {"count": (there.get("count") or 1) + 1, "lastTimestamp": event["lastTimestamp"]}
            self._client.merge(key_of(event), seen)


def _event(thing: Object, note: Note, now: datetime) -> Object:
    key, at = key_of(thing), now.strftime("%Y-%m-%dT%H:%M:%SZ")
    message = cut(printable(note.message), _LONGEST)
    about: dict[str, Any] = {
        "apiVersion": thing["apiVersion"],
        "kind": key.kind,
        "namespace": key.namespace,
        "name": key.name,
        "uid": uid_of(thing),
        "resourceVersion": thing["metadata"].get("resourceVersion"),
    }
    words = "\n".join((uid_of(thing), note.type, note.reason, message))
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"namespace": key.namespace, "name": _name(key, words)},
        "involvedObject": about,
        "type": note.type,
        "reason": note.reason,
        "message": message,
        "count": 1,
        "firstTimestamp": at,
        "lastTimestamp": at,
        "source": {"component": FIELD_MANAGER},
        "reportingComponent": FIELD_MANAGER,
        "reportingInstance": FIELD_MANAGER,
    }


def _name(key: Key, words: str) -> str:
    """Return a name that the same words about the same object always have."""
    return f"{key.name[:230].rstrip('-.')}.{hashlib.sha256(words.encode()).hexdigest()[:16]}"
