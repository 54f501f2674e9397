"""Objects in every state that health checks must judge."""

from typing import Final, get_args

from model_monitor_api.conditions import CONDITIONS, Reason
from model_monitor_api.v1alpha1.monitoringexecution import ExecutionState
from tests.cluster.client import Manifest

STATES: Final[tuple[str, ...]] = get_args(ExecutionState)


def ready_reasons() -> list[tuple[str, Reason]]:
    """Return every reason of a condition `Ready`, with its kind."""
    return [(each.kind, reason) for each in CONDITIONS if each.name == "Ready" for reason in each.reasons]


def object_with(kind: str, reason: Reason, generation: int = 3) -> Manifest:
    """Return an object whose `Ready` has a reason."""
    condition = {
        "type": "Ready",
        "status": reason.status,
        "reason": reason.value,
        "message": reason.meaning,
        "observedGeneration": generation,
        "lastTransitionTime": "2026-11-01T00:00:00Z",
    }
    return {
        "apiVersion": "modelmonitor.dev/v1alpha1",
        "kind": kind,
        "metadata": {"name": "churn", "generation": generation},
        "status": {"observedGeneration": generation, "conditions": [condition]},
    }
