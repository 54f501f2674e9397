"""A reconcile as small as can be: every DataCapture gets a ConfigMap that says what its storage is."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from model_monitor_operator.decision import Applied, Desired, Note, Outcome, Reader
from model_monitor_operator.naming import labels_for
from model_monitor_operator.objects import CAPTURES, CONFIG_MAPS, Key, Object, key_of
from model_monitor_operator.ownership import owner_of


def capture(name: str, namespace: str = "models", uri: str = "s3://models/capture/", **meta: Any) -> Object:
    """Return a DataCapture as a person writes it."""
    return {
        "apiVersion": CAPTURES.api_version,
        "kind": CAPTURES.kind,
        "metadata": {"name": name, "namespace": namespace, **meta},
        "spec": {"source": {"files": {"uri": uri, "format": "CSV"}}},
    }


def stored(thing: Object, version: int, uid: str = "", **status: Any) -> Object:
    """Return an object as an API server has it."""
    meta = {**thing["metadata"], "uid": uid or f"uid-{thing['metadata']['name']}"}
    meta |= {"resourceVersion": str(version), "creationTimestamp": "2026-01-01T00:00:00Z", "generation": 1}
    return {**thing, "metadata": meta} | ({"status": status} if status else {})


def child_of(parent: Object, **fields: Any) -> Object:
    """Return the ConfigMap that a DataCapture shall have."""
    name = f"{parent['metadata']['name']}-child"
    return {
        "apiVersion": CONFIG_MAPS.api_version,
        "kind": CONFIG_MAPS.kind,
        "metadata": {
            "name": name,
            "namespace": parent["metadata"]["namespace"],
            "labels": labels_for(parent["kind"], parent["metadata"]["name"], "toy"),
            "ownerReferences": [owner_of(parent).reference()],
        },
        "data": {"uri": parent["spec"]["source"]["files"]["uri"]},
        **fields,
    }


@dataclass(frozen=True)
class ToyDecision:
    """What shall be."""

    thing: Object
    desired: Desired


@dataclass
class Toy:
    """The reconcile; it remembers for which objects it was asked."""

    create: bool = False
    """Whether the child is created once instead of kept."""

    requeue_at: datetime | None = None
    """When to look again."""

    may_wait: bool = False
    """Whether the status may."""

    seen: list[Key] = field(default_factory=list)
    """Objects that were observed, in order."""

    def observe(self, thing: Object, reader: Reader, now: datetime) -> Object:  # noqa: ARG002
        """Return the object itself."""
        self.seen.append(key_of(thing))
        return thing

    def decide(self, observation: Object) -> ToyDecision:
        """Return the child."""
        child = (child_of(observation),)
        return ToyDecision(observation, Desired(create=child) if self.create else Desired(apply=child))

    def conclude(self, observation: Object, decision: ToyDecision, applied: Applied) -> Outcome:  # noqa: ARG002
        """Return what became of the child, in the place of an object's name."""
        said = [*applied.conflicts.values(), *map(str, applied.refusals.values())]
        status = {
            "observedGeneration": observation["metadata"]["generation"],
            "lastObject": said[0] if said else "made",
        }
        new = (observation.get("status") or {}).get("lastObject") != status["lastObject"]
        notes = (Note("Normal", "Toyed", f"the child is {status['lastObject']}"),) if new else ()
        return Outcome(status, notes, self.requeue_at, self.may_wait)
