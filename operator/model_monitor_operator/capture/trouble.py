"""Why pods of a gateway do not take requests, in words."""

from collections.abc import Iterable
from typing import Final

from model_monitor_operator.capture.observe import is_ready
from model_monitor_operator.objects import Object
from model_monitor_operator.reading import at, condition, full_stop, rows, shown, word
from model_monitor_operator.story.containers import log_command
from model_monitor_operator.story.worries import worry_of

_WORDS: Final = 400
_NAME: Final = 80


def trouble_of(deployment: Object | None, pods: Iterable[Object], events: Iterable[Object]) -> str:
    """Return what keeps a gateway's pods from taking requests; empty where nothing is known to.

    Parameters
    ----------
    deployment
        The gateway's Deployment.
    pods
        Its pods, oldest first.
    events
        Events about the newest pod that is not ready.
    """
    for pod in reversed([pod for pod in pods if not is_ready(pod)]):
        if at(pod, "metadata", "deletionTimestamp") is not None:
            continue
        crashed = _crashed(pod)
        if crashed:
            return crashed
        worry = worry_of(pod, events)
        if worry is not None and worry.reason is not None:
            return worry.sentence
    refused = condition(deployment, "ReplicaFailure")
    if word(refused, "status") == "True":
        return full_stop(f"Pods are refused: {shown(word(refused, 'message'), _WORDS)}")
    return ""


def _crashed(pod: Object) -> str:
    for place in ("initContainerStatuses", "containerStatuses"):
        for each in rows(pod, "status", place):
            if word(each, "state", "waiting", "reason") == "CrashLoopBackOff":
                raw = word(each, "name")
                log = log_command(pod, raw)
                return f"The container `{shown(raw, _NAME)}` ends again and again; its log: {log}."
    return ""
