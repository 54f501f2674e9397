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


def is_controlled_by(thing: Object, owner: Object) -> bool:
    """Return whether an object is controlled by another one of its namespace.

    Whoever may write an object can name anything as its controller, so an identity alone proves nothing: what
    is in another namespace than its controller is somebody's forgery.
    """
    controller, meant = controller_of(thing), owner_of(owner)
    if controller is None or not meant.uid:
        return False
    named = (controller.get("kind"), controller.get("name"), controller.get("uid"))
    return (
        thing["metadata"].get("namespace") == owner["metadata"].get("namespace")
        and named == (meant.kind, meant.name, meant.uid)
        and _group(str(controller.get("apiVersion"))) == _group(meant.api_version)
    )


def _group(api_version: str) -> str:
    return api_version.rpartition("/")[0]
