"""The status of a DataCapture."""

from datetime import datetime, timedelta
from typing import Any, Final

from model_monitor_api.conditions import (
    CaptureCapturing,
    CaptureDegraded,
    CapturePressure,
    CaptureReady,
    Reason,
)
from model_monitor_api.v1alpha1.datacapture import DataCapture
from model_monitor_operator.capture.counting import counted, lost_lately
from model_monitor_operator.capture.decide import Decision
from model_monitor_operator.capture.observe import Observed, is_ready
from model_monitor_operator.capture.trouble import trouble_of
from model_monitor_operator.conditions import condition, merged, transitions
from model_monitor_operator.decision import Applied, Outcome
from model_monitor_operator.objects import created, name_of
from model_monitor_operator.reading import shown
from model_monitor_operator.typed import document

LOOK_AGAIN: Final = timedelta(seconds=30)
"""How often the shippers are asked."""

_LOOK_SOON: Final = timedelta(seconds=10)
"""The same while pods start: only Events of the pods tell that a Secret is missing."""

_PATIENCE: Final = timedelta(minutes=1)
"""How long a pod may take to start while others take requests."""

_BAD: Final = frozenset({"StoragePressure", "Degraded"})
_WORDS: Final = 400

Judged = tuple[Reason, str]


def conclude(observed: Observed, decision: Decision, applied: Applied) -> Outcome:
    """Return the status, what is told, and when to look again."""
    capture, generation = observed.capture, observed.thing["metadata"].get("generation")
    before = observed.before
    judged: dict[str, Judged] = {"Ready": _ready(observed, decision, applied)}
    # What is not right is not carried out, and what runs goes on.
    url = None if _is_taken(applied) else decision.url or (before.url if _is_wrong(decision) else None)
    update: dict[str, Any] = {"url": url}
    again: datetime | None = None
    if isinstance(capture, DataCapture) and decision.url is not None:
        judged |= _of_gateway(observed, decision, judged["Ready"][0])
        update |= counted(capture, before, observed.reports, [name_of(pod) for pod in observed.pods])
        starts = judged["Ready"][0] is CaptureReady.ROLLING_OUT
        again = observed.now + (_LOOK_SOON if starts else LOOK_AGAIN)
    now = [condition(type_, *found, generation, observed.now) for type_, found in judged.items()]
    conditions = merged(before.conditions, now)
    update |= {"observed_generation": generation, "conditions": conditions}
    status = document(before.model_copy(update=update))
    return Outcome(status, tuple(transitions(before.conditions, conditions, _BAD)), again)


def _is_wrong(decision: Decision) -> bool:
    return decision.ready is not None and decision.ready[0] is CaptureReady.INVALID_SPEC


def _is_taken(applied: Applied) -> bool:
    """Return whether what answers at the URL, or would, is somebody else's."""
    return any(key.kind in {"Service", "Deployment"} for key in applied.conflicts)


def _ready(observed: Observed, decision: Decision, applied: Applied) -> Judged:
    for key, owner in applied.conflicts.items():
        message = f"the {key.kind} `{key.name}` belongs to {owner}; remove it or rename this DataCapture"
        return CaptureReady.NAME_CONFLICT, message
    for key, refusal in applied.refusals.items():
        return CaptureReady.INVALID_SPEC, f"the {key.kind} `{key.name}` is refused: {refusal}"
    if decision.ready is not None:
        return decision.ready
    if any(is_ready(pod) for pod in observed.pods):
        return CaptureReady.AVAILABLE, CaptureReady.AVAILABLE.meaning
    trouble = trouble_of(observed.deployment, observed.pods, observed.events)
    if trouble:
        return CaptureReady.UNAVAILABLE, trouble
    return CaptureReady.ROLLING_OUT, CaptureReady.ROLLING_OUT.meaning


def _of_gateway(observed: Observed, decision: Decision, ready: Reason) -> dict[str, Judged]:
    return {
        "Capturing": _capturing(observed, ready),
        "StoragePressure": _pressure(observed),
        "Degraded": _degraded(observed, decision, ready),
    }


def _capturing(observed: Observed, ready: Reason) -> Judged:
    reports = observed.reports.values()
    if ready is CaptureReady.UNAVAILABLE:
        return CaptureCapturing.NO_REQUESTS, ""
    if not reports:
        return CaptureCapturing.NO_REPORT, ""
    if any(report.paused for report in reports):
        return CaptureCapturing.PAUSED, ""
    failing = [(name, each.failure) for name, each in sorted(observed.reports.items()) if each.failure]
    for name, failure in failing:
        said = f"{failure.reason}: {shown(failure.message, _WORDS)}"
        return CaptureCapturing.STORE_FAILING, f"{said} (said by pod `{name}`)"
    return CaptureCapturing.STORING, ""


def _pressure(observed: Observed) -> Judged:
    reports = observed.reports.values()
    if not reports:
        return CapturePressure.NO_REPORT, ""
    full = sum(report.paused for report in reports)
    if full:
        return CapturePressure.SPOOL_FULL, f"in {full} of {len(reports)} pods the spool is full"
    return CapturePressure.SPOOL_HAS_ROOM, ""


def _degraded(observed: Observed, decision: Decision, ready: Reason) -> Judged:
    if ready is not CaptureReady.AVAILABLE:
        return CaptureDegraded.NOT_READY, ""
    serving = sum(is_ready(pod) for pod in observed.pods)
    trouble = trouble_of(observed.deployment, observed.pods, observed.events)
    if trouble or (serving < decision.replicas and not _starts(observed)):
        return CaptureDegraded.PODS_FAILING, _failing(serving, decision.replicas, trouble)
    lost = lost_lately(observed.reports)
    if lost:
        return CaptureDegraded.RECORDS_DROPPED, f"in the last full hour {lost:,} records were lost"
    return CaptureDegraded.AS_WANTED, ""


def _failing(serving: int, wanted: int, trouble: str) -> str:
    """Return what fails: too few pods are ready, or one more than those that are needed does not start."""
    counts = f"{serving} of {wanted} pods are ready"
    if serving < wanted:
        return f"{counts}. {trouble}" if trouble else counts
    return f"A new pod does not start, and the {serving} that are ready go on. {trouble}"


def _starts(observed: Observed) -> bool:
    """Return whether a pod that is not ready is so young that this is no news."""
    waited = (created(pod) for pod in observed.pods if not is_ready(pod))
    return any(observed.now < at + _PATIENCE for at in waited)
