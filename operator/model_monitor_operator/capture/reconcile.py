"""The three parts of a DataCapture's reconcile, put together."""

from datetime import datetime

from model_monitor_operator.capture import conclude, decide, observe
from model_monitor_operator.capture.decide import Decision
from model_monitor_operator.capture.observe import Observed
from model_monitor_operator.decision import Applied, Outcome, Reader
from model_monitor_operator.objects import Object
from model_monitor_operator.settings import Settings


class CaptureReconciler:
    """Reconciles DataCaptures."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def observe(self, thing: Object, reader: Reader, now: datetime) -> Observed:
        """Return what is known."""
        return observe.observe(thing, reader, now)

    def decide(self, observed: Observed) -> Decision:
        """Return what shall be."""
        return decide.decide(observed, self._settings)

    def conclude(self, observed: Observed, decision: Decision, applied: Applied) -> Outcome:
        """Return the status."""
        return conclude.conclude(observed, decision, applied)
