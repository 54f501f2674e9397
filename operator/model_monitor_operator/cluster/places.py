"""What is watched where, and how the API server's URLs name it."""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from model_monitor_operator.cluster.cache import WATCHED
from model_monitor_operator.objects import RESOURCES

_PATH: Final = re.compile(
    r"/apis?/(?P<version>(?:[^/]+/)?v[^/]+)(?:/namespaces/(?P<namespace>[^/]+))?/(?P<plural>[^/]+)"
)
_KINDS: Final = {(RESOURCES[kind].api_version, RESOURCES[kind].plural): kind for kind in WATCHED}


class Place(NamedTuple):
    """One kind in one namespace or in all: there is one watch for each."""

    kind: str
    """The kind."""

    namespace: str | None
    """The namespace; None for all."""

    def __str__(self) -> str:
        """Return it as messages have it."""
        where = f"namespace '{self.namespace}'" if self.namespace else "all namespaces"
        return f"{RESOURCES[self.kind].plural} in {where}"


def places(namespaces: Sequence[str]) -> tuple[Place, ...]:
    """Return what is watched: every watched kind in the given namespaces, or in all if none is given."""
    where: Sequence[str | None] = list(dict.fromkeys(namespaces)) or [None]
    return tuple(Place(kind, namespace) for kind in WATCHED for namespace in where)


def place_of(path: str) -> Place | None:
    """Return the place whose objects a URL's path lists or watches; None for other paths."""
    found = _PATH.fullmatch(path)
    kind = _KINDS.get((found["version"], found["plural"])) if found else None
    return Place(kind, found["namespace"]) if found and kind else None
