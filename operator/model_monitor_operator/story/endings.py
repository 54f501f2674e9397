"""A Job that has failed: which of all that was seen is the reason."""

import re
import signal
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from model_monitor_api.failures import EXIT_CODES, Failure
from model_monitor_api.printable import cut
from model_monitor_operator.naming import CUSTOM_CONTAINER, FETCH_CONTAINER, MAIN_CONTAINER
from model_monitor_operator.objects import Object
from model_monitor_operator.reading import condition, full_stop, holds, moment, number, shown, word
from model_monitor_operator.story.containers import begun, is_over, overstays
from model_monitor_operator.story.faults import Fault, fault_of
from model_monitor_operator.story.outcomes import SENTENCE_LIMIT, Broken
from model_monitor_operator.story.worries import refusal, worry_of

_LONGEST_WORDS: Final = 640
_PATIENCE: Final = timedelta(minutes=2)
"""How long a Job may wait for its pods to end after it was decided that it failed.

Pods of a node that is gone end when somebody removes the node.
"""

_DEADLINE: Final = "DeadlineExceeded"
_KILLED: Final = 128 + signal.SIGKILL
_UNTIL: Final = "Until the deadline: "
_POLICY: Final = re.compile(
    r"Container (\S{1,63}) for pod \S{1,320} failed with exit code (\d{1,3}) matching "
)
_DISRUPTED: Final = re.compile(r"Pod \S{1,320} has condition DisruptionTarget matching ")
"""What the Job's controller writes when a rule of `podFailurePolicy` ends a Job."""

_WORRIES: Final = frozenset(
    {
        *(Failure.UNSCHEDULABLE, Failure.POD_REFUSED, Failure.IMAGE_UNAVAILABLE, Failure.POD_LOST),
        *(Failure.INVALID_CONFIGURATION, Failure.MODEL_UNREACHABLE),
    }
)


@dataclass(frozen=True)
class Ending:
    """That a Job has ended."""

    is_good: bool
    """Whether it is complete."""

    reason: str
    """The controller's reason. Not fit to be shown."""

    message: str
    """The controller's words. Not fit to be shown."""

    at: datetime
    """When it ended."""


def ending_of(job: Object, now: datetime) -> Ending | None:
    """Return how a Job ended; None if it has not."""
    for type_, is_good in (("Complete", True), ("Failed", False), ("FailureTarget", False)):
        found = condition(job, type_)
        if not holds(job, type_):
            continue
        at_ = moment(found, "lastTransitionTime") or now
        if type_ == "FailureTarget" and now - at_ <= _PATIENCE:
            continue
        return Ending(is_good, word(found, "reason"), word(found, "message"), at_)
    return None


def broken(
    job: Object,
    pods: Sequence[Object],
    events: Iterable[Object],
    ending: Ending,
    *,
    run_id: str | None,
    now: datetime,
) -> Broken:
    """Return why a Job failed.

    Parameters
    ----------
    job
        The Job.
    pods
        Its pods that carry a result, oldest first; none of them ended well.
    events
        Events about it.
    ending
        How it ended.
    run_id
        The run whose message is believed; None where it is not known.
    now
        The present.
    """
    faults = [fault for pod in reversed(pods) if (fault := fault_of(pod, run_id)) is not None]
    if ending.reason == _DEADLINE:
        fault = _stuck(pods, events, now) or _too_long(job, faults)
    else:
        fault = next(iter(faults), None) or _by_words(ending) or _stuck(pods, events, now) or _unknown(ending)
    failed = number(job, "status", "failed") or 0
    attempts = f"So ended the last of {failed} pods." if failed > 1 and fault in faults else ""
    words = full_stop(cut(fault.words, _LONGEST_WORDS))
    step = fault.failure.next_step if fault.next_step is None else fault.next_step
    meaning = "" if fault.is_told else fault.failure.meaning
    parts = (meaning, words, attempts, step)
    sentence = cut(" ".join(part for part in parts if part), SENTENCE_LIMIT)
    return Broken(fault.failure, sentence, (faults[0].at if fault in faults else None) or ending.at)


def with_worry(story: Broken, worry: str | None, sentence: str) -> Broken:
    """Return a deadline that passed with the worry as the reason that a Job had before.

    At its deadline a Job's pods are deleted, and what kept them from starting is gone with them.

    Parameters
    ----------
    story
        How the Job ended.
    worry
        Reason that the last `Waiting` had, as the status keeps it.
    sentence
        Its sentence, or that of an ending that was told already.
    """
    known = {failure.value: failure for failure in _WORRIES}
    if story.failure is not Failure.DEADLINE_EXCEEDED or worry not in known:
        return story
    failure = known[worry]
    told = sentence if sentence.startswith(_UNTIL) else f"{_UNTIL}{sentence}"
    words = told if sentence else failure.meaning
    return Broken(failure, cut(words, SENTENCE_LIMIT), story.ended)


def _stuck(pods: Sequence[Object], events: Iterable[Object], now: datetime) -> Fault | None:
    """Return the fault of a Job whose pod never came, never started, or can't be ended."""
    last = pods[-1] if pods else None
    if last is not None and not is_over(last) and overstays(last, now):
        return Fault(Failure.POD_LOST, "Its node does not say that the pod has ended.", None)
    if last is None:
        worry = refusal(events, None)
    else:
        worry = None if is_over(last) or begun(last) else worry_of(last, events)
    if worry is None or worry.reason is None:
        return None
    return Fault(worry.reason, worry.sentence, None, next_step="")


def _too_long(job: Object, faults: Sequence[Fault]) -> Fault:
    """Return the fault of a Job that ran until its deadline."""
    seconds = number(job, "spec", "activeDeadlineSeconds")
    words = [f"That is {seconds} s."] if seconds is not None else []
    earlier = next((fault for fault in faults if not fault.is_signal), None)
    if earlier is not None and earlier.failure is not Failure.DEADLINE_EXCEEDED:
        words.append(f"A pod before had failed ({earlier.failure.value}). {earlier.words}")
    return Fault(Failure.DEADLINE_EXCEEDED, " ".join(words), None)


def _by_words(ending: Ending) -> Fault | None:
    """Return the fault that the controller's words tell, where the pod is gone."""
    if _DISRUPTED.match(ending.message):
        return Fault(Failure.POD_LOST, "", None)
    found = _POLICY.match(ending.message)
    if found is None:
        return None
    container, code = found[1], int(found[2])
    words = f"Exit code {code}; the pod is gone, and its log with it."
    if container == CUSTOM_CONTAINER:
        return Fault(Failure.CUSTOM_ANALYZER_FAILED, words, None)
    if code == _KILLED:
        # A pod that needed too much memory stays to tell; this one was deleted and did not end in time.
        return Fault(Failure.TERMINATED, f"It was killed (exit code {code}), and is gone.", None)
    if container in (MAIN_CONTAINER, FETCH_CONTAINER):
        return Fault(EXIT_CODES.get(code, Failure.ANALYSIS_FAILED), words, None)
    return None


def _unknown(ending: Ending) -> Fault:
    """Return the fault of a Job that failed and left no trace."""
    reason = f" ({shown(ending.reason, 60)})" if ending.reason else ""
    return Fault(Failure.POD_LOST, f"The Job failed{reason}, and no pod is left that tells why.", None)
