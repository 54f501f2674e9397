"""Conditions: merged so that a transition time changes only when the status does."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from model_monitor_api.conditions import Reason
from model_monitor_api.meta import Condition
from model_monitor_api.printable import cut, printable
from model_monitor_operator.decision import Note

_LONGEST = 1024


def condition(type_: str, reason: Reason, message: str, generation: int | None, now: datetime) -> Condition:
    """Return a condition that begins now."""
    return Condition(
        type=type_,
        status=reason.status,
        reason=reason.value,
        message=cut(printable(message or reason.meaning), _LONGEST),
        observed_generation=generation,
        last_transition_time=now,
    )


def merged(before: Sequence[Condition], now: Iterable[Condition]) -> list[Condition]:
    """Return the conditions of now; one whose status is as before keeps the time at which it began."""
    old = {each.type: each for each in before}
    found = []
    for each in now:
        previous = old.get(each.type)
        same = previous is not None and previous.status == each.status
        began = previous.last_transition_time if previous is not None and same else each.last_transition_time
        found.append(each.model_copy(update={"last_transition_time": began}))
    return found


def transitions(before: Sequence[Condition], now: Sequence[Condition], bad: frozenset[str]) -> list[Note]:
    """Return what is worth telling of conditions whose status or reason changed.

    Bad news, the end of bad news, and every change of `Ready`. That all is well with a new object is no news.

    Parameters
    ----------
    before, now
        Conditions of an object.
    bad
        Types for which `True` is bad news; for all others `False` is.
    """
    old = {each.type: each for each in before}
    found = []
    for each in now:
        previous = old.get(each.type)
        if previous is not None and (previous.status, previous.reason) == (each.status, each.reason):
            continue
        worse = _is_bad(each, bad)
        if worse or (previous is not None and (each.type == "Ready" or _is_bad(previous, bad))):
            found.append(Note("Warning" if worse else "Normal", each.reason, each.message))
    return found


def _is_bad(each: Condition, bad: frozenset[str]) -> bool:
    return each.status == ("True" if each.type in bad else "False")
