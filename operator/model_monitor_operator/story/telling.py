"""What happened to a Job, from the Job, its pods and its Events: pure, and never at a loss."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from model_monitor_api.failures import Failure
from model_monitor_api.printable import cut
from model_monitor_operator.objects import Object
from model_monitor_operator.reading import at, holds, moment, shown
from model_monitor_operator.story.containers import (
    Ended,
    begun,
    ended,
    has_gone_silent,
    is_over,
    leaders,
    log_command,
    made,
    main_end,
    overstays,
    steps,
)
from model_monitor_operator.story.endings import Ending, broken, ending_of
from model_monitor_operator.story.faults import fault_of
from model_monitor_operator.story.messages import result
from model_monitor_operator.story.outcomes import SENTENCE_LIMIT, Running, Story, Succeeded, Waiting
from model_monitor_operator.story.worries import refusal, worry_of

_PATIENCE: Final = timedelta(seconds=10)
"""How long a Job may be without a pod before its Events are worth a request."""

_LAG: Final = timedelta(seconds=30)
"""How far what is known of pods may be behind what is known of their Job."""

_SETTING_UP: Final = timedelta(seconds=30)
"""How long a node may set up a pod before the pod's Events are worth one."""

_NAME: Final = 80


def tell(
    job: Object, pods: Sequence[Object], events: Sequence[Object], *, run_id: str | None, now: datetime
) -> Story:
    """Return what happened to a Job.

    An analyzer that ended with exit code 0 has succeeded whatever became of its pod or Job afterwards.

    Parameters
    ----------
    job
        The Job.
    pods
        Its pods, those that ended among them.
    events
        Events about the Job (`needs_events`) and about its pod (`stuck_pod`), where they were asked for.
    run_id
        The run whose result is awaited; None where it is not known. Another run's message is not believed.
    now
        The present.
    """
    found = leaders(job, pods)
    good = [(pod, end) for pod in reversed(found) if (end := main_end(pod)) is not None and not end.exit_code]
    if good:
        stories = [_succeeded(pod, end, run_id, now) for pod, end in good]
        return next((each for each in stories if each.message is not None), stories[0])
    ending = ending_of(job, now)
    if ending is not None and _is_ahead(ending, found, now):
        ending = None
    if ending is not None and ending.is_good:
        words = "The Job is complete, but its pod is gone, and its result with it."
        return Succeeded(None, None, ending.at, f"{words} {Failure.RESULT_LOST.next_step}")
    if ending is not None:
        return broken(job, found, events, ending, run_id=run_id, now=now)
    story = _unfinished(job, found, events, now)
    if isinstance(story, Waiting) and story.reason is None and _is_ending(job, found):
        return replace(story, ending=True)
    return story


def needs_events(job: Object, pods: Sequence[Object], now: datetime) -> bool:
    """Return whether the Job's Events may tell why it has no pod."""
    found = leaders(job, pods)
    ending = ending_of(job, now)
    if ending is not None:
        return not ending.is_good and not found
    if at(job, "spec", "suspend") is True or any(not is_over(pod) for pod in found):
        return False
    idle = [moment(job, "status", "startTime"), made(job), *(_last(pod) for pod in found)]
    since = max((each for each in idle if each is not None), default=None)
    return since is not None and now - since > _PATIENCE


def stuck_pod(job: Object, pods: Sequence[Object], now: datetime) -> Object | None:
    """Return the pod that its node is setting up for so long that its Events may tell why; else None."""
    pod = _current(leaders(job, pods))
    if pod is None or is_over(pod) or begun(pod) is not None or ending_of(job, now) is not None:
        return None
    placed = moment(pod, "status", "startTime")
    long_ago = placed is not None and now - placed > _SETTING_UP
    return pod if long_ago and worry_of(pod, ()) is None else None


def _succeeded(pod: Object, end: Ended, run_id: str | None, now: datetime) -> Succeeded:
    at_ = end.finished or now
    found = result(end.message, run_id)
    if isinstance(found, str):
        log = log_command(pod, end.container)
        words = f"The analyzer ended with exit code 0 but left {found}; its log: {log}."
        return Succeeded(None, None, at_, f"{words} {Failure.RESULT_LOST.next_step}")
    message, detail = found
    return Succeeded(message, detail, at_, cut(message.message or "The run ended with a verdict.", 512))


def _unfinished(job: Object, found: Sequence[Object], events: Sequence[Object], now: datetime) -> Story:
    """Return the story of a Job that goes on."""
    if at(job, "spec", "suspend") is True:
        return Waiting(None, "The Job is suspended: a queue holds it back, or somebody set its `suspend`.")
    pod = _current(found)
    if pod is None and ending_of(job, now) is not None:
        return Waiting(None, "The Job is complete; how its pod ended is not known yet.")
    if pod is None:
        return refusal(events, None) or Waiting(None, "The Job has no pod yet.")
    if not is_over(pod):
        return _of_pod(pod, events, now)
    refused = refusal(events, made(pod))
    if refused is not None:
        return refused
    fault = fault_of(pod, None)
    why = f" ({fault.failure.value})" if fault is not None else ""
    return Waiting(None, f"A pod failed{why}; Kubernetes makes another one, or ends the Job.")


def _is_ahead(ending: Ending, found: Sequence[Object], now: datetime) -> bool:
    """Return whether more is known of a Job than of its pods: each kind is watched by itself.

    A Job has ended only when its pods have.
    """
    if now - ending.at > _LAG:
        return False
    return any(not is_over(pod) for pod in found) or (ending.is_good and not found)


def _is_ending(job: Object, found: Sequence[Object]) -> bool:
    """Return whether the Job is decided to have failed, or its pod is being deleted, as at a deadline."""
    pod = _current(found)
    return holds(job, "FailureTarget") or at(pod, "metadata", "deletionTimestamp") is not None


def _of_pod(pod: Object, events: Iterable[Object], now: datetime) -> Waiting | Running:
    """Return the story of a pod that has not ended."""
    lost = fault_of(pod, None)
    if lost is not None and lost.failure is Failure.POD_LOST:
        return Waiting(Failure.POD_LOST, cut(f"The pod is lost. {lost.words}", SENTENCE_LIMIT))
    if overstays(pod, now):
        words = "The pod was to end, but its node does not say that it has; the node is probably gone."
        return Waiting(Failure.POD_LOST, words)
    if at(pod, "metadata", "deletionTimestamp") is not None:
        return Waiting(None, "The pod is being ended.")
    running = begun(pod)
    if running is None:
        return worry_of(pod, events) or Waiting(None, "The pod is starting.")
    name, since = running
    silent = " Its node does not answer at the moment." if has_gone_silent(pod) else ""
    return Running(since or made(pod) or now, f"The container `{shown(name, _NAME)}` runs.{silent}")


def _current(found: Sequence[Object]) -> Object | None:
    """Return the pod that matters now: the newest that has not ended, else the newest."""
    alive = [pod for pod in found if not is_over(pod)]
    return (alive or found)[-1] if found else None


def _last(pod: Object) -> datetime | None:
    """Return when a pod last did something."""
    ends = [end.finished for each in steps(pod) if (end := ended(each)) is not None and end.finished]
    return max(ends, default=made(pod))
