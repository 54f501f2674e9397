"""Termination messages: what is believed of them. They come from pods that ran other people's code."""

from typing import Final, Literal, NamedTuple

from model_monitor_api.contract.message import (
    MESSAGE_LIMIT,
    MessageDetail,
    MessageError,
    RunMessage,
    read_message,
)
from model_monitor_api.failures import Failure
from model_monitor_operator.reading import shown

_LONGEST_SAID: Final = 420
_LONGEST_STEP: Final = 200

Disbelief = Literal["no message", "a message that is not one of this version", "the message of another run"]
"""Why a message is not believed."""


class Complaint(NamedTuple):
    """What a run that failed said of itself."""

    words: str
    """What happened; not empty."""

    next_step: str | None
    """What to do, where the failure's own is not the right one."""


def result(raw: str, run_id: str | None) -> tuple[RunMessage, MessageDetail] | Disbelief:
    """Return what a container said that ended with exit code 0, or why that is not believed.

    Parameters
    ----------
    raw
        The termination message.
    run_id
        The run that the message must be of; None where that is not known.
    """
    if not raw:
        return "no message"
    found = _read(raw)
    if found is None or found[0].verdict == "Failed":
        return "a message that is not one of this version"
    if run_id is not None and found[0].run_id != run_id:
        return "the message of another run"
    return found


def complaint(raw: str, run_id: str | None, failure: Failure) -> Complaint | None:
    """Return what a container said that failed; None where that is nothing, or not believed.

    Its reason must be that of its exit code. A run that failed early has no id yet.
    """
    found = _read(raw)
    if found is None:
        return None
    said = found[0]
    fits = said.verdict == "Failed" and said.reason == failure.value
    ours = run_id is None or said.run_id in ("", run_id)
    words = shown(said.message, _LONGEST_SAID)
    if not (fits and ours and words):
        return None
    return Complaint(words, shown(said.next_step, _LONGEST_STEP) if said.next_step else None)


def _read(raw: str) -> tuple[RunMessage, MessageDetail] | None:
    if len(raw) > MESSAGE_LIMIT:
        return None
    try:
        return read_message(raw.encode())
    except (MessageError, UnicodeEncodeError):
        return None
