"""What flows through every reconcile: what shall be, what came of it, and what is said about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, NamedTuple, Protocol, Self, TypeVar

from model_monitor_operator.errors import PermanentError
from model_monitor_operator.objects import Key, Object, key_of, uid_of

Observation = TypeVar("Observation")
Decision = TypeVar("Decision", bound="Decided")


class Deletion(NamedTuple):
    """An object that shall go, if it still is the one that was seen."""

    key: Key
    """Which object."""

    uid: str
    """Its identity; another object of the name stays."""

    @classmethod
    def of(cls, thing: Object) -> Self:
        """Return the deletion of an object that was seen."""
        return cls(key_of(thing), uid_of(thing))


@dataclass(frozen=True)
class Desired:
    """What shall be once a reconcile is done."""

    apply: tuple[Object, ...] = ()
    """Objects that are kept as they stand here, by server-side apply."""

    create: tuple[Object, ...] = ()
    """Objects that are created once and never changed; one that is there already must be ours."""

    delete: tuple[Deletion, ...] = ()
    """Objects that shall go; those that depend on them go too."""


@dataclass(frozen=True)
class Applied:
    """What came of it. A status speaks of this, never of what was merely wished."""

    objects: Mapping[Key, Object] = field(default_factory=dict)
    """Objects as the API server has them now."""

    conflicts: Mapping[Key, str] = field(default_factory=dict)
    """Names that are taken by somebody else's object: who controls it, or `nobody`."""

    refusals: Mapping[Key, PermanentError] = field(default_factory=dict)
    """Objects that the API server did not take."""


class Note(NamedTuple):
    """Something to be told as an Event of the object that is reconciled, on a transition only."""

    type: Literal["Normal", "Warning"]
    """How bad it is."""

    reason: str
    """A constant of the conditions or failures."""

    message: str
    """For people."""


@dataclass(frozen=True)
class Outcome:
    """How a reconcile ends."""

    status: Mapping[str, Any]
    """The whole status of the object; written only when it differs from what is there."""

    notes: tuple[Note, ...] = ()
    """What is new."""

    requeue_at: datetime | None = None
    """When to look again although nothing happened; None for the next resync."""

    may_wait: bool = False
    """Whether the children of other objects are more urgent than this status: nothing of it need be known
    for what is decided next."""


class Decided(Protocol):
    """The least that a decision has."""

    @property
    def desired(self) -> Desired:
        """Return what shall be."""
        ...


class Reader(Protocol):
    """The cluster, as observing sees it."""

    def get(self, kind: str, namespace: str, name: str) -> Object | None:
        """Return an object of a watched kind, as last seen."""
        ...

    def items(self, kind: str, namespace: str) -> tuple[Object, ...]:
        """Return the objects of a watched kind in a namespace, as last seen."""
        ...

    def owned(self, kind: str, owner: Object) -> tuple[Object, ...]:
        """Return the objects of a watched kind that an object of their namespace controls, by name."""
        ...

    def executions_of(self, namespace: str, schedule: str) -> tuple[Object, ...]:
        """Return the executions that name a schedule, whoever made them, by name."""
        ...

    def fetch(self, kind: str, namespace: str, name: str) -> Object | None:
        """Return an object by asking the API server now; for kinds that are not watched."""
        ...

    def reports_of(self, pods: Sequence[Object]) -> Mapping[str, bytes]:
        """Return what the shippers in pods say of themselves, by the pods' names, by asking them now.

        One that does not answer at once is left out. Nobody vouches for what is said.
        """
        ...

    def events_about(self, thing: Object) -> tuple[Object, ...]:
        """Return the Events that tell of an object, oldest first, by asking the API server now."""
        ...


class Reconciler(Protocol[Observation, Decision]):
    """One kind's reconcile: two pure functions between reading and writing."""

    def observe(self, thing: Object, reader: Reader, now: datetime) -> Observation:
        """Return all that the decision needs; the only part that reads."""
        ...

    def decide(self, observation: Observation) -> Decision:
        """Return what shall be; pure."""
        ...

    def conclude(self, observation: Observation, decision: Decision, applied: Applied) -> Outcome:
        """Return the status and what is told; pure."""
        ...
