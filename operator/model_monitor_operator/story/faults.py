"""What broke a pod: its containers' ends, and what the cluster did to it."""

import contextlib
import signal
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from model_monitor_api.failures import EXIT_CODES, Failure
from model_monitor_operator.naming import CUSTOM_CONTAINER, FETCH_CONTAINER, MAIN_CONTAINER
from model_monitor_operator.objects import Object
from model_monitor_operator.reading import (
    at,
    condition,
    full_stop,
    holds,
    moment,
    rows,
    shown,
    word,
)
from model_monitor_operator.story.containers import Ended, companions, ended, log_command, steps
from model_monitor_operator.story.messages import complaint

_WORDS: Final = 300
_NAME: Final = 80
_NOT_STARTED: Final = ("StartError", "ContainerCannotRun")
_LEAST_SIGNAL: Final = 128
_OUT_OF_MEMORY: Final = "OOMKilled"
_LOST: Final = "ContainerStatusUnknown"
_OWN: Final = (MAIN_CONTAINER, FETCH_CONTAINER)
"""Containers that run the project's own image and exit by its table."""

_DISK: Final = (
    "exceeds the total limit of containers",
    "exceeded its local ephemeral storage limit",
    "Usage of EmptyDir volume",
)
"""Words of an eviction that the pod brought upon itself; it would be evicted again."""

_DISRUPTIONS: Final = {
    "PreemptionByScheduler": "A pod of higher priority took its place.",
    "DeletionByTaintManager": "Its node became unfit to run it.",
    "EvictionByEvictionAPI": "It was evicted: its node is drained, or somebody asked for it.",
    "DeletionByPodGC": "Its node is gone.",
    "TerminationByKubelet": "Its node ended it.",
}
"""Reasons of a pod's condition `DisruptionTarget`, in words."""


@dataclass(frozen=True)
class Fault:
    """Why a pod has no result."""

    failure: Failure
    """The reason."""

    words: str
    """What was seen of it; empty where the reason says all."""

    at: datetime | None
    """When it came about."""

    is_signal: bool = False
    """Whether all that is known is that something ended the pod: another cause may be known elsewhere."""

    next_step: str | None = None
    """What to do, where the failure's own is not the right one."""

    is_told: bool = False
    """Whether the words are the run's own, which name the cause; the failure's meaning covers several."""


def fault_of(pod: Object, run_id: str | None) -> Fault | None:
    """Return why a pod has no result; None if nothing is wrong with it, or nothing that is over.

    Parameters
    ----------
    pod
        Any pod of a run.
    run_id
        The run that it should be of; None where that is not known.
    """
    failed = next((end for each in steps(pod) if (end := ended(each)) is not None and end.exit_code), None)
    if failed is not None and not _was_ended(failed):
        return _by_itself(pod, failed, run_id)
    lost = _by_the_cluster(pod)
    if lost is not None:
        return lost
    if failed is not None:
        return _by_signal(pod, failed, run_id)
    if word(pod, "status", "phase") != "Failed":
        return None
    beside = companion_words(pod)
    return Fault(Failure.POD_LOST, " ".join([*_pod_words(pod), *beside]), _when(pod))


def companion_words(pod: Object) -> list[str]:
    """Return how the containers beside the analyzer fare, where that is not well."""
    found = []
    for each in companions(pod):
        last = ended(each) or ended({**each, "state": at(each, "lastState")})
        if last is not None and last.exit_code:
            reason = f" ({shown(last.reason, 40)})" if last.reason else ""
            name = shown(last.container, _NAME)
            found.append(f"The container `{name}` ended with exit code {last.exit_code}{reason}.")
    return found[:3]


def _was_ended(end: Ended) -> bool:
    by_signal = end.exit_code > _LEAST_SIGNAL and end.reason not in (_OUT_OF_MEMORY, *_NOT_STARTED)
    return end.reason == _LOST or by_signal


def _by_itself(pod: Object, end: Ended, run_id: str | None) -> Fault:
    """Return the fault of a container that ended by itself, or for its memory."""
    name = shown(end.container, _NAME)
    log = f"its log: {log_command(pod, end.container)}."
    if end.reason == _OUT_OF_MEMORY:
        limit = _memory_limit(pod, end.container)
        words = f"The container `{name}` was ended by its node{f'; its limit is {limit}' if limit else ''}."
        return Fault(Failure.OUT_OF_MEMORY, words, end.finished)
    if end.reason in _NOT_STARTED:
        failure = Failure.CUSTOM_ANALYZER_FAILED if end.container == CUSTOM_CONTAINER else None
        words = f"The container `{name}` can't be started: {_sentence(end.message, 'no reason is given')}"
        step = "Correct its image or command."
        return Fault(failure or Failure.INVALID_CONFIGURATION, words, end.finished, next_step=step)
    if end.container == CUSTOM_CONTAINER:
        words = f"Exit code {end.exit_code}; {log}"
        return Fault(Failure.CUSTOM_ANALYZER_FAILED, words, end.finished)
    if end.container not in _OWN:
        words = f"The container `{name}`, which is not part of the run, ended with exit code {end.exit_code}"
        step = "Find out what adds it to the pods, and mend it or leave it out."
        return Fault(Failure.ANALYSIS_FAILED, f"{words}; {log}", end.finished, next_step=step)
    failure = EXIT_CODES.get(end.exit_code, Failure.ANALYSIS_FAILED)
    said = complaint(end.message, run_id, failure)
    words = said.words if said else f"Exit code {end.exit_code}; {log}"
    if failure is Failure.MODEL_UNREACHABLE:
        words = " ".join([full_stop(words), *companion_words(pod)])
    advice = said.next_step if said else None
    return Fault(failure, words, end.finished, next_step=advice, is_told=said is not None)


def _by_signal(pod: Object, end: Ended, run_id: str | None) -> Fault:
    """Return the fault of a container that something ended, where the pod does not tell what."""
    if end.reason == _LOST:
        return Fault(Failure.POD_LOST, "How its containers ended is not known.", end.finished, is_signal=True)
    if at(pod, "metadata", "deletionTimestamp") is not None:
        return Fault(Failure.TERMINATED, "The pod was deleted.", end.finished, is_signal=True)
    fault = _by_itself(pod, end, run_id)
    name = _signal_name(end.exit_code)
    known = fault.failure in (Failure.TERMINATED, Failure.INTERRUPTED)
    words = f"It was ended by {name}. {fault.words}" if name and not known else fault.words
    return Fault(fault.failure, words, fault.at, is_signal=known, next_step=fault.next_step)


def _by_the_cluster(pod: Object) -> Fault | None:
    """Return the fault of a pod that the cluster ended."""
    reason, message = word(pod, "status", "reason"), word(pod, "status", "message")
    told = condition(pod, "DisruptionTarget") if holds(pod, "DisruptionTarget") else {}
    moment_ = _when(pod)
    if reason == "Evicted" and any(words in message for words in _DISK):
        return Fault(Failure.OUT_OF_DISK, _sentence(message), moment_)
    if reason.startswith("OutOf"):
        words = f"The node refused the pod ({shown(reason, 40)}): {_sentence(message, 'no reason is given')}"
        return Fault(Failure.UNSCHEDULABLE, words, moment_)
    if reason == "DeadlineExceeded":
        return Fault(Failure.DEADLINE_EXCEEDED, "", moment_)
    if reason == "Evicted" or told:
        why = _DISRUPTIONS.get(word(told, "reason"), "")
        return Fault(Failure.POD_LOST, " ".join([*([why] if why else []), *_pod_words(pod, told)]), moment_)
    if reason == "NodeLost" or word(pod, "status", "phase") == "Unknown":
        return Fault(Failure.POD_LOST, " ".join(["Its node does not answer.", *_pod_words(pod)]), moment_)
    return None


def _pod_words(pod: Object, told: Object | None = None) -> list[str]:
    """Return what the cluster says about a pod's end."""
    message = word(pod, "status", "message") or word(told or {}, "message")
    reason = word(pod, "status", "reason")
    if message:
        return [_sentence(message)]
    return [f"Its reason is {shown(reason, 40)}."] if reason else []


def _when(pod: Object) -> datetime | None:
    """Return when a pod's end came about, as far as it tells."""
    ends = [end.finished for each in steps(pod) if (end := ended(each)) is not None and end.finished]
    told = moment(condition(pod, "DisruptionTarget"), "lastTransitionTime")
    return max(ends, default=told)


def _memory_limit(pod: Object, container: str) -> str:
    """Return the limit of a container, where its status or the spec has it."""
    places = (
        *(("status", "initContainerStatuses"), ("status", "containerStatuses")),
        *(("spec", "initContainers"), ("spec", "containers")),
    )
    found = (each for place in places for each in rows(pod, *place) if word(each, "name") == container)
    limits = (word(each, "resources", "limits", "memory") for each in found)
    return shown(next(filter(None, limits), ""), 40)


def _signal_name(code: int) -> str:
    with contextlib.suppress(ValueError):
        return signal.Signals(code - _LEAST_SIGNAL).name
    return ""


def _sentence(text: str, absent: str = "") -> str:
    return full_stop(shown(text, _WORDS) or absent)
