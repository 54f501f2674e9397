"""Pods and their containers, as far as a story is about them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from model_monitor_operator.naming import (
    CUSTOM_CONTAINER,
    FETCH_CONTAINER,
    MAIN_CONTAINER,
    PREDICTOR_CONTAINER,
)
from model_monitor_operator.objects import Object
from model_monitor_operator.reading import at, holds, moment, number, rows, shown, word

_NAME: Final = 80
_OWN_STEPS: Final = (FETCH_CONTAINER, CUSTOM_CONTAINER)
_INDEX: Final = "batch.kubernetes.io/job-completion-index"
_BEGINNING: Final = datetime.min.replace(tzinfo=UTC)
_OVERSTAY: Final = timedelta(seconds=60)
"""How long a pod may be there after the time at which it should be gone; then its node is taken for lost."""


@dataclass(frozen=True)
class Ended:
    """A container that has ended."""

    container: str
    """Its name, as it stands in the pod."""

    exit_code: int
    """Its exit code; above 128 a signal."""

    reason: str
    """The node's word, such as `OOMKilled`. Not fit to be shown."""

    message: str
    """Its termination message, or the runtime's words. Not fit to be shown."""

    finished: datetime | None
    """When it ended."""


def leaders(job: Object, pods: Iterable[Object]) -> list[Object]:
    """Return the pods that carry a Job's result, oldest first: of an Indexed Job those of index 0."""
    wanted = word(job, "spec", "completionMode") == "Indexed"
    found = [
        pod for pod in pods if not wanted or (word(at(pod, "metadata", "annotations"), _INDEX) or "0") == "0"
    ]
    return sorted(found, key=lambda pod: (made(pod) or _BEGINNING, word(pod, "metadata", "name")))


def made(thing: Object) -> datetime | None:
    """Return when an object was created."""
    return moment(thing, "metadata", "creationTimestamp")


def ended(status: Object) -> Ended | None:
    """Return how a container ended; None if it has not."""
    state = at(status, "state", "terminated")
    code = number(state, "exitCode")
    if code is None:
        return None
    return Ended(
        container=word(status, "name"),
        exit_code=code,
        reason=word(state, "reason"),
        message=word(state, "message"),
        finished=moment(state, "finishedAt"),
    )


def main_status(pod: Object) -> Object:
    """Return the status of the analyzer's container; empty if there is none."""
    found = (
        each for each in rows(pod, "status", "containerStatuses") if word(each, "name") == MAIN_CONTAINER
    )
    return next(found, {})


def main_end(pod: Object) -> Ended | None:
    """Return how the analyzer's container ended; None if it has not."""
    return ended(main_status(pod))


def is_beside(pod: Object, status: Object) -> bool:
    """Return whether an init container runs beside the others, as a native sidecar does.

    The cache keeps no pod's spec. In a pod of a Job nothing but a sidecar is ever started again.
    """
    name = word(status, "name")
    told = any(
        word(each, "name") == name and word(each, "restartPolicy") == "Always"
        for each in rows(pod, "spec", "initContainers")
    )
    return told or name == PREDICTOR_CONTAINER or bool(number(status, "restartCount"))


def steps(pod: Object) -> list[Object]:
    """Return the statuses of the containers that run in turn, the decisive first.

    The analyzer's, since it only runs after all others of them have ended well; then our own init containers,
    then those that somebody injected.
    """
    init = [each for each in rows(pod, "status", "initContainerStatuses") if not is_beside(pod, each)]
    return [main_status(pod), *sorted(init, key=lambda each: word(each, "name") not in _OWN_STEPS)]


def companions(pod: Object) -> list[Object]:
    """Return the statuses of the containers that run beside the steps."""
    return [
        *(each for each in rows(pod, "status", "initContainerStatuses") if is_beside(pod, each)),
        *(each for each in rows(pod, "status", "containerStatuses") if word(each, "name") != MAIN_CONTAINER),
    ]


def begun(pod: Object) -> tuple[str, datetime | None] | None:
    """Return which container of the run works, and since when; None if none does."""
    for each in steps(pod):
        own = word(each, "name") in (MAIN_CONTAINER, *_OWN_STEPS)
        if own and at(each, "state", "running") is not None:
            return word(each, "name"), moment(each, "state", "running", "startedAt")
    return None


def is_over(pod: Object) -> bool:
    """Return whether a pod has ended, or its analyzer has."""
    return word(pod, "status", "phase") in ("Succeeded", "Failed") or main_end(pod) is not None


def has_gone_silent(pod: Object) -> bool:
    """Return whether a pod's node does not answer: the control plane then takes back that the pod is ready.

    Kubelet itself never says that a pod is not ready whose containers are, unless it has readiness gates.
    """
    not_ready = not holds(pod, "Ready") and holds(pod, "ContainersReady")
    return not_ready and not rows(pod, "spec", "readinessGates")


def overstays(pod: Object, now: datetime) -> bool:
    """Return whether a pod should be gone and is not: its node does not say that its containers ended."""
    should_be_gone = moment(pod, "metadata", "deletionTimestamp")
    return should_be_gone is not None and now - should_be_gone > _OVERSTAY


def held_open(pods: Sequence[Object]) -> tuple[Object, ...]:
    """Return the pods whose analyzer has ended while another container keeps them open.

    That is a mesh's sidecar that was injected as an ordinary container and doesn't know that its work is
    done; native sidecars are ended by the node. The analyzer's result stands in the pod already.
    """
    return tuple(
        pod
        for pod in pods
        if main_end(pod) is not None
        and word(pod, "status", "phase") == "Running"
        and at(pod, "metadata", "deletionTimestamp") is None
        and any(
            at(each, "state", "running") is not None
            for each in rows(pod, "status", "containerStatuses")
            if word(each, "name") != MAIN_CONTAINER
        )
    )


def log_command(pod: Object, container: str) -> str:
    """Return the command that shows a container's log, for people."""
    namespace, name = (shown(word(pod, "metadata", key), _NAME) for key in ("namespace", "name"))
    return f"`kubectl logs -n {namespace} {name} -c {shown(container, _NAME)}`"
