"""Why pods of a gateway do not take requests, in words."""

from collections.abc import Iterable
from typing import Final

from model_monitor_operator.capture.observe import is_ready
from model_monitor_operator.naming import GATEWAY_CONTAINER, SHIPPER_CONTAINER, SINK_CONTAINER
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
                name = shown(raw, _NAME)
                if word(each, "lastState", "terminated", "reason") == "OOMKilled":
                    return f"The container `{name}` runs out of memory again and again; {_more_memory(raw)}."
                log = log_command(pod, raw)
                return f"The container `{name}` ends again and again; its log: {log}."
    return ""


def _more_memory(container: str) -> str:
    """Return where the limit is set; the shipper's is the installation's, and others are not ours."""
    if container in {GATEWAY_CONTAINER, SINK_CONTAINER}:
        return "raise `spec.gateway.podTemplate.resources.limits.memory`"
    if container == SHIPPER_CONTAINER:
        return "raise `gateway.shipper.resources.limits.memory` of the chart"
    return "raise its limit"
