"""Jobs and pods as the API server has them, for the stories to be told of."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from model_monitor_api.contract.message import FeatureMetrics, RunMessage, write_message
from model_monitor_api.contract.report import ReportViolation
from model_monitor_api.v1alpha1.monitoringexecution import Counts
from model_monitor_operator.objects import Object

NOW = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
RUN = "0123456789abcdef" * 2
JOB = "mms-churn-29497680"
POD = f"{JOB}-x7k2p"


def stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def ago(**span: float) -> str:
    return stamp(NOW - timedelta(**span))


def a_condition(type_: str, status: str = "True", reason: str = "", message: str = "", **more: Any) -> Object:
    found = {"type": type_, "status": status, "lastTransitionTime": ago(minutes=1), **more}
    return found | ({"reason": reason} if reason else {}) | ({"message": message} if message else {})


def a_job(*conditions: Object, spec: Mapping[str, Any] | None = None, **status: Any) -> Object:
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            "name": JOB,
            "namespace": "models",
            "uid": "5f0c7a52-8a4e-4b4e-9d51-0d6b3f6f0d11",
            "creationTimestamp": ago(minutes=10),
        },
        "spec": {"backoffLimit": 2, "activeDeadlineSeconds": 3600, "completionMode": "NonIndexed"}
        | dict(spec or {}),
        "status": {"startTime": ago(minutes=10), "conditions": list(conditions)} | status,
    }


def failed_job(reason: str = "BackoffLimitExceeded", message: str = "", **status: Any) -> Object:
    return a_job(
        a_condition("FailureTarget", reason=reason), a_condition("Failed", "True", reason, message), **status
    )


def a_pod(
    *containers: Object,
    phase: str = "Running",
    init: Sequence[Object] = (),
    name: str = POD,
    conditions: Sequence[Object] = (),
    spec: Mapping[str, Any] | None = None,
    created: str | None = None,
    **status: Any,
) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": name,
            "namespace": "models",
            "labels": {"batch.kubernetes.io/job-name": JOB},
            "creationTimestamp": created or ago(minutes=9),
        },
        "spec": {
            "containers": [
                {
                    "name": "analyzer",
                    "image": "registry.example/analyzer:1",
                    "resources": {"limits": {"memory": "2Gi"}},
                }
            ],
            "restartPolicy": "Never",
            "nodeName": "node-1",
        }
        | dict(spec or {}),
        "status": {
            "phase": phase,
            "startTime": ago(minutes=9),
            "conditions": list(conditions),
            "initContainerStatuses": list(init),
            "containerStatuses": list(containers),
        }
        | status,
    }


def terminated(code: int, message: str = "", *, name: str = "analyzer", reason: str = "") -> Object:
    state = {
        "exitCode": code,
        "reason": reason or ("Error" if code else "Completed"),
        "startedAt": ago(minutes=8),
        "finishedAt": ago(minutes=2),
    }
    return {
        "name": name,
        "ready": False,
        "state": {"terminated": state | ({"message": message} if message else {})},
    }


def running(name: str = "analyzer") -> Object:
    return {"name": name, "ready": True, "started": True, "state": {"running": {"startedAt": ago(minutes=8)}}}


def waiting(reason: str, message: str = "", *, name: str = "analyzer") -> Object:
    state = {"reason": reason} | ({"message": message} if message else {})
    return {
        "name": name,
        "image": f"registry.example/{name}:1",
        "ready": False,
        "started": False,
        "state": {"waiting": state},
    }


def an_event(reason: str, message: str, **times: str) -> Object:
    return {
        "kind": "Event",
        "type": "Warning",
        "reason": reason,
        "message": message,
        "lastTimestamp": ago(minutes=1),
        "involvedObject": {"kind": "Job", "name": JOB},
    } | times


def a_result(**changes: Any) -> str:
    message = RunMessage.model_validate(
        {
            "run_id": RUN,
            "verdict": "CompletedWithViolations",
            "message": "1 violation in 1 feature.",
            "counts": Counts(records=4120, features=21, violations=1),
            "drifted": 1,
            "max_distance": 0.4,
        }
        | changes
    )
    violation = ReportViolation(
        feature="tenure", check="baseline_drift_check", description="distance 0.4", severity=0.4
    )
    figures = [FeatureMetrics(feature="tenure", distance=0.4, completeness=1.0)]
    return write_message(message, [violation], figures, severity=lambda row: row.distance or 0).decode()


def a_complaint(reason: str, message: str, **changes: Any) -> str:
    said = RunMessage.model_validate(
        {"run_id": "", "verdict": "Failed", "reason": reason, "message": message} | changes
    )
    return write_message(said, [], [], severity=lambda _: 0).decode()
