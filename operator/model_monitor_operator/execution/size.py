"""An execution's status is at most 4 KiB, whatever a run found."""

from typing import Final

from model_monitor_api.printable import cut, printable
from model_monitor_api.v1alpha1.monitoringexecution import MonitoringExecutionStatus

STATUS_LIMIT: Final = 4096
"""Bytes of a status as JSON. Thousands of executions are kept as objects, and etcd is small."""

_MESSAGE: Final = 1024
_SHORT_MESSAGE: Final = 256


def bounded(status: MonitoringExecutionStatus) -> MonitoringExecutionStatus:
    """Return a status that fits: violations go first, the least bad ones before, then figures, then words."""
    message = cut(printable(status.message), _MESSAGE)
    status = status.model_copy(update={"message": message})
    while _size(status) > STATUS_LIMIT and status.violations:
        status = status.model_copy(update={"violations": status.violations[:-1]})
    if _size(status) > STATUS_LIMIT:
        status = status.model_copy(update={"detail": None})
    if _size(status) > STATUS_LIMIT:
        status = status.model_copy(update={"message": cut(message, _SHORT_MESSAGE), "report_uri": None})
    return status


def _size(status: MonitoringExecutionStatus) -> int:
    return len(status.model_dump_json(by_alias=True, exclude_none=True).encode())
