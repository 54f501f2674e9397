"""The three parts of an execution's reconcile, put together."""

from datetime import datetime

from model_monitor_operator.decision import Applied, Outcome, Reader
from model_monitor_operator.execution import conclude, decide, observe
from model_monitor_operator.execution.decide import Decision
from model_monitor_operator.execution.observe import Observed
from model_monitor_operator.objects import Object
from model_monitor_operator.settings import Settings


class ExecutionReconciler:
    """Reconciles MonitoringExecutions."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def observe(self, thing: Object, reader: Reader, now: datetime) -> Observed:
        """Return what is known."""
        return observe.observe(thing, reader, self._settings, now)

    def decide(self, observed: Observed) -> Decision:
        """Return what shall be."""
        return decide.decide(observed, self._settings)

    def conclude(self, observed: Observed, decision: Decision, applied: Applied) -> Outcome:
        """Return the status."""
        return conclude.conclude(observed, decision, applied)
