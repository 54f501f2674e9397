"""Why a pod does not start, or there is no pod at all."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from model_monitor_api.failures import Failure
from model_monitor_operator.naming import CUSTOM_CONTAINER, PREDICTOR_CONTAINER
from model_monitor_operator.objects import Object
from model_monitor_operator.reading import at, condition, full_stop, moment, rows, shown, word
from model_monitor_operator.story.containers import is_beside
from model_monitor_operator.story.outcomes import Waiting

_WORDS: Final = 400
_NAME: Final = 80
_IMAGE_NAME: Final = 200
_BEGINNING: Final = datetime.min.replace(tzinfo=UTC)
_CREATING: Final = "Error creating: "
_IMAGE: Final = frozenset(
    {
        *("ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "ImageInspectError"),
        *("RegistryUnavailable", "SignatureValidationFailed"),
    }
)
_CONFIGURATION: Final = frozenset({"CreateContainerConfigError", "CreateContainerError", "RunContainerError"})
_MOUNTS: Final = frozenset({"FailedMount", "FailedAttachVolume", "FailedCreatePodSandBox"})
_MISSING: Final = ("not found", "non-existent", "couldn't find key")
_MEND: Final = "Create what is missing, or correct its name."


def refusal(events: Iterable[Object], since: datetime | None) -> Waiting | None:
    """Return that the API server refuses a Job's pods, if an Event of the Job tells so.

    Parameters
    ----------
    events
        Events about the Job.
    since
        When its last pod was made; earlier Events are over. None if there was none.
    """
    found = [each for each in events if word(each, "reason") == "FailedCreate"]
    last = max(found, key=_time, default=None)
    if last is None or (since is not None and _time(last) <= since):
        return None
    told = _without_pod_name(word(last, "message").removeprefix(_CREATING))
    return Waiting(Failure.POD_REFUSED, _joined("The pod is refused", told, Failure.POD_REFUSED.next_step))


def worry_of(pod: Object, events: Iterable[Object]) -> Waiting | None:
    """Return why a pod does not start; None if nothing keeps it from starting.

    Parameters
    ----------
    pod
        A pod whose analyzer has not begun.
    events
        Events that may be about the pod.
    """
    return _scheduling(pod) or _containers(pod) or _volumes(events)


def _scheduling(pod: Object) -> Waiting | None:
    placed = condition(pod, "PodScheduled")
    if word(placed, "status") != "False":
        return None
    if word(placed, "reason") == "SchedulingGated":
        return Waiting(None, "The pod is held back by a scheduling gate, as a queue sets it.")
    told = word(placed, "message")
    step = _MEND if any(words in told for words in _MISSING) else Failure.UNSCHEDULABLE.next_step
    return Waiting(Failure.UNSCHEDULABLE, _joined("No node takes the pod", told, step))


def _containers(pod: Object) -> Waiting | None:
    for each in [*rows(pod, "status", "initContainerStatuses"), *rows(pod, "status", "containerStatuses")]:
        raw, reason = word(each, "name"), word(each, "state", "waiting", "reason")
        name, told = shown(raw, _NAME), word(each, "state", "waiting", "message")
        if reason in _IMAGE:
            image = shown(word(each, "image"), _IMAGE_NAME)
            what = f"The image `{image}` of the container `{name}` can't be pulled ({reason})"
            return Waiting(Failure.IMAGE_UNAVAILABLE, _joined(what, told, _image_step(raw)))
        if reason in _CONFIGURATION:
            step = "Create what is missing, or correct its name or key."
            return Waiting(
                Failure.INVALID_CONFIGURATION, _joined(f"The container `{name}` can't be made", told, step)
            )
        if reason == "CrashLoopBackOff" and raw == PREDICTOR_CONTAINER:
            step = Failure.MODEL_UNREACHABLE.next_step
            return Waiting(Failure.MODEL_UNREACHABLE, f"The model server ends again and again. {step}")
        if at(each, "state", "running") is not None and at(each, "started") is False and is_beside(pod, each):
            return Waiting(None, f"The container `{name}` is starting; the analyzer begins once it is ready.")
    return None


def _volumes(events: Iterable[Object]) -> Waiting | None:
    found = [each for each in events if word(each, "reason") in _MOUNTS]
    last = max(found, key=_time, default=None)
    if last is None:
        return None
    told = word(last, "message")
    if word(last, "reason") == "FailedCreatePodSandBox":
        return Waiting(None, _joined("The node can't set the pod up yet", told, ""))
    missing = any(words in told for words in _MISSING)
    step = _MEND if missing else ""
    reason = Failure.INVALID_CONFIGURATION if missing else None
    return Waiting(reason, _joined("A volume can't be mounted", told, step))


def _image_step(container: str) -> str:
    if container == PREDICTOR_CONTAINER:
        return "Correct `predictor.container.image`, or add `podTemplate.imagePullSecrets`."
    if container == CUSTOM_CONTAINER:
        return "Correct `analyzer.image`, or add `podTemplate.imagePullSecrets`."
    return Failure.IMAGE_UNAVAILABLE.next_step


def _time(event: Object) -> datetime:
    """Return when an Event was last seen; the API has had several places for that."""
    places = (("series", "lastObservedTime"), ("lastTimestamp",), ("eventTime",), ("firstTimestamp",))
    found = (moment(event, *place) for place in (*places, ("metadata", "creationTimestamp")))
    return next((each for each in found if each is not None), _BEGINNING)


def _without_pod_name(text: str) -> str:
    """Return a refusal without the pod's random name, by which it would read as news each time."""
    start, begun, rest = text.partition('pods "')
    _, closed, told = rest.partition('"')
    return f"the pod{told}" if begun and closed and not start else text


def _joined(what: str, told: str, step: str) -> str:
    words = shown(told, _WORDS)
    sentence = full_stop(f"{what}: {words}" if words else what)
    return f"{sentence} {step}".rstrip()
