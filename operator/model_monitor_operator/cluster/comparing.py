"""Whether an object already is as it shall be, so that nothing need be sent."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from kubernetes.utils.quantity import parse_quantity

from model_monitor_operator.objects import Object

_QUANTITIES: Final = frozenset({"limits", "requests", "sizeLimit"})
"""Fields in which, or below which, the API server writes quantities in its own way: `1000m` becomes `1`."""


def fingerprint(wanted: Object) -> str:
    """Return a digest of what an object shall be.

    It stands in an annotation of the object, and tells whether a field was wanted once that no longer is.
    """
    text = json.dumps(wanted, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def holds(there: object, wanted: object) -> bool:
    """Return whether everything that is wanted is there; what else is there does not count.

    An empty value is the same as none. Items of a list that have names are found by them; other lists must
    agree item by item.
    """
    return _holds(there, wanted, quantity=False)


def _holds(there: object, wanted: object, *, quantity: bool) -> bool:
    if isinstance(wanted, Mapping):
        found = {} if there is None else there
        return isinstance(found, Mapping) and all(
            _holds(found.get(name), value, quantity=quantity or name in _QUANTITIES)
            for name, value in wanted.items()
        )
    if isinstance(wanted, list | tuple):
        return not wanted or (isinstance(there, list) and _holds_items(there, wanted))
    if wanted is None or wanted == "":
        return not there
    return there == wanted or (quantity and _same_amount(there, wanted))


def _holds_items(there: Sequence[Any], wanted: Sequence[Any]) -> bool:
    names = [_name(each) for each in wanted]
    if None in names or len(set(names)) != len(names):
        pairs = zip(there, wanted, strict=False)
        return len(there) == len(wanted) and all(_holds(a, b, quantity=False) for a, b in pairs)
    found = {_name(each): each for each in there}
    return all(
        _holds(found.get(name), each, quantity=False) for name, each in zip(names, wanted, strict=True)
    )


def _name(item: object) -> str | None:
    name = item.get("name") if isinstance(item, Mapping) else None
    return name if isinstance(name, str) else None


def _same_amount(one: object, other: object) -> bool:
    try:
        return bool(parse_quantity(str(one)) == parse_quantity(str(other)))  # type: ignore[no-untyped-call]
    except ValueError:
        return False
