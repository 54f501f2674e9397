"""Which reconcile is for which kind."""

from collections.abc import Mapping
from typing import Any

from model_monitor_operator.baseline import BaselineReconciler
from model_monitor_operator.capture import CaptureReconciler
from model_monitor_operator.decision import Reconciler
from model_monitor_operator.execution import ExecutionReconciler
from model_monitor_operator.schedule import ScheduleReconciler
from model_monitor_operator.settings import Settings


def reconcilers(settings: Settings) -> Mapping[str, Reconciler[Any, Any]]:
    """Return the reconcilers of an installation, by kind."""
    return {
        "DataCapture": CaptureReconciler(settings),
        "Baseline": BaselineReconciler(settings),
        "MonitoringSchedule": ScheduleReconciler(settings),
        "MonitoringExecution": ExecutionReconciler(settings),
    }
