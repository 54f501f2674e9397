"""Reading documents for which nobody vouches: whatever stands in them, nothing raises and every text prints.

Objects come from the API server, but what is in them was written by users, images, container runtimes and
webhooks.
"""

from datetime import UTC, datetime
from typing import Any, Final

from model_monitor_api.printable import cut, printable, without_credentials
from model_monitor_operator.objects import Object

_LARGEST: Final = 2**53


def at(thing: object, *path: str) -> Any:
    """Return what stands at a path of a document; None if there is nothing."""
    for step in path:
        if not isinstance(thing, dict):
            return None
        thing = thing.get(step)
    return thing


def word(thing: object, *path: str) -> str:
    """Return a text to compare with constants; empty if there is none. Not fit to be shown."""
    found = at(thing, *path)
    return found if isinstance(found, str) else ""


def shown(text: str, limit: int) -> str:
    """Return a text of unknown origin fit for a status: it prints, holds no credentials, and is bounded."""
    beginning = text[: 16 * limit]  # whatever comes later can't show, and may be long
    return cut(printable(without_credentials(" ".join(beginning.split()))), limit)


def full_stop(text: str) -> str:
    """Return a text as a sentence that others can follow."""
    return text if not text or text.endswith((".", "…", "!", "?")) else f"{text}."


def number(thing: object, *path: str) -> int | None:
    """Return an integer; None if there is none, or one that no counter reaches."""
    found = at(thing, *path)
    is_number = isinstance(found, int) and not isinstance(found, bool) and abs(found) <= _LARGEST
    return found if is_number else None


def real(thing: object, *path: str) -> float | None:
    """Return a finite number; None if there is none."""
    found = at(thing, *path)
    is_number = isinstance(found, int | float) and not isinstance(found, bool) and abs(found) <= _LARGEST
    return float(found) if is_number else None


def moment(thing: object, *path: str) -> datetime | None:
    """Return a time in UTC; None if there is none."""
    try:
        found = datetime.fromisoformat(word(thing, *path))
        return found.astimezone(UTC) if found.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def rows(thing: object, *path: str) -> list[Object]:
    """Return the documents in a list; whatever else is in it is left out."""
    found = at(thing, *path)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def condition(thing: object, type_: str) -> Object:
    """Return a condition of a Job or pod by its type; empty if it has none."""
    found = (each for each in rows(thing, "status", "conditions") if word(each, "type") == type_)
    return next(found, {})


def holds(thing: object, type_: str) -> bool:
    """Return whether a condition of a Job or pod is true."""
    return word(condition(thing, type_), "status") == "True"
