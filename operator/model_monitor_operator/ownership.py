"""Who owns what: owner references, and telling our objects from somebody else's."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from model_monitor_operator.objects import Object, uid_of


class Owner(NamedTuple):
    """The object that another one is made for."""

    api_version: str
    """Version of its kind."""

    kind: str
    """Its kind."""

    name: str
    """Its name."""

    uid: str
    """Its identity."""

    def reference(self) -> dict[str, Any]:
        """Return the reference by which the garbage collector removes what it owned."""
        return {
            "apiVersion": self.api_version,
            "kind": self.kind,
            "name": self.name,
            "uid": self.uid,
            "controller": True,
            "blockOwnerDeletion": True,
        }


def owner_of(thing: Object) -> Owner:
    """Return an object as the owner of others."""
    return Owner(thing["apiVersion"], thing["kind"], thing["metadata"]["name"], uid_of(thing))


def controller_of(thing: Object) -> Mapping[str, Any] | None:
    """Return the reference to an object's controller; None if it has none."""
    references = thing["metadata"].get("ownerReferences") or []
    return next((each for each in references if each.get("controller")), None)


def is_controlled_by(thing: Object, uid: str) -> bool:
    """Return whether an object is controlled by the one with this identity."""
    controller = controller_of(thing)
    return controller is not None and controller.get("uid") == uid
