"""A DataCapture: checked, and where somebody else writes the data, that is all."""

from dataclasses import dataclass, field
from datetime import datetime

from model_monitor_api.conditions import CaptureReady
from model_monitor_api.v1alpha1.datacapture import DataCapture, DataCaptureStatus
from model_monitor_api.validation import check_capture
from model_monitor_operator.conditions import condition, merged, transitions
from model_monitor_operator.decision import Applied, Desired, Outcome, Reader
from model_monitor_operator.objects import Object
from model_monitor_operator.typed import Problems, document, sentences, typed

_NOT_YET = "`spec.source` must be `files`: this version runs no gateway and no sink; name data that are there"


@dataclass(frozen=True)
class Observed:
    """What is known of a DataCapture."""

    thing: Object
    capture: DataCapture | Problems
    now: datetime


@dataclass(frozen=True)
class Decision:
    """What shall be: nothing runs for files."""

    reason: CaptureReady
    message: str
    desired: Desired = field(default_factory=Desired)


class CaptureReconciler:
    """Reconciles DataCaptures."""

    def observe(self, thing: Object, reader: Reader, now: datetime) -> Observed:  # noqa: ARG002 # one shape for all
        """Return what is known."""
        return Observed(thing, typed(DataCapture, thing), now)

    def decide(self, observed: Observed) -> Decision:
        """Return how it stands."""
        capture = observed.capture
        problems = capture if isinstance(capture, tuple) else check_capture(capture)
        if problems or isinstance(capture, tuple):
            return Decision(CaptureReady.INVALID_SPEC, sentences(problems))
        if capture.spec.source.files is None:
            return Decision(CaptureReady.INVALID_SPEC, _NOT_YET)
        return Decision(CaptureReady.FILES_DECLARED, CaptureReady.FILES_DECLARED.meaning)

    def conclude(self, observed: Observed, decision: Decision, applied: Applied) -> Outcome:  # noqa: ARG002
        """Return the status."""
        capture, generation = observed.capture, observed.thing["metadata"].get("generation")
        before = capture.status if isinstance(capture, DataCapture) else DataCaptureStatus()
        ready = condition("Ready", decision.reason, decision.message, generation, observed.now)
        conditions = merged(before.conditions, [ready])
        status = before.model_copy(update={"observed_generation": generation, "conditions": conditions})
        return Outcome(document(status), tuple(transitions(before.conditions, conditions, frozenset())))
