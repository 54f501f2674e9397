"""The MonitoringExecution of a window."""

from typing import Literal

from model_monitor_api.v1alpha1.monitoringexecution import Window
from model_monitor_api.v1alpha1.monitoringschedule import MonitoringSchedule
from model_monitor_operator.naming import RUN_REQUEST_TOKEN, TRIGGER, labels_for
from model_monitor_operator.objects import EXECUTIONS, Object, written
from model_monitor_operator.ownership import Owner


def build_execution(
    schedule: MonitoringSchedule,
    owner: Owner,
    *,
    name: str,
    window: Window,
    trigger: Literal["Scheduled", "Missed", "Requested"],
    request_token: str | None = None,
) -> Object:
    """Return the execution of one window of a schedule.

    Parameters
    ----------
    schedule
        What is run.
    owner
        The schedule as the owner.
    name
        Name of the execution; for a scheduled window it is the window's lock.
    window
        Stretch of time.
    trigger
        Why it is made.
    request_token
        Token of the run-now request that it answers.
    """
    meta = schedule.metadata
    return {
        "apiVersion": EXECUTIONS.api_version,
        "kind": EXECUTIONS.kind,
        "metadata": {
            "name": name,
            "namespace": meta.namespace,
            "labels": {**labels_for(owner.kind, owner.name, "execution"), TRIGGER: trigger},
            **({} if request_token is None else {"annotations": {RUN_REQUEST_TOKEN: request_token}}),
            "ownerReferences": [owner.reference()],
        },
        "spec": {
            "scheduleRef": {"name": meta.name},
            "window": {"start": written(window.start), "end": written(window.end)},
        },
    }
