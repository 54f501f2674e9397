"""Schedules, executions, baselines and captures as the cache has them."""

import base64
import zlib
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

from model_monitor_api.contract.message import FeatureMetrics, MessageDetail
from model_monitor_operator.metrics.collector import ResourceCollector
from model_monitor_operator.metrics.exposition import encode
from model_monitor_operator.objects import Object

NOW = datetime(2026, 1, 31, 12, 30, tzinfo=UTC)
BASE = {"namespace": "models", "schedule": "churn", "type": "DataQuality"}


class Store:
    """Objects by kind, as the operator's cache hands them out."""

    def __init__(self, *things: Object) -> None:
        self.things = list(things)

    def items(self, kind: str) -> Iterable[Object]:
        return tuple(each for each in self.things if each["kind"] == kind)


class Series:
    """What a scrape shows: values by name and labels."""

    def __init__(self, source: Store, now: datetime = NOW) -> None:
        registry = CollectorRegistry()
        registry.register(ResourceCollector(source, lambda: now))
        text = encode(registry, openmetrics=False).decode()
        self.samples = [
            (sample.name, sample.labels, sample.value)
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        ]

    def of(self, name: str, **labels: str) -> float | None:
        """Return the value of the one series with these labels among others; None if there is none."""
        found = [value for _, value in self.all(name, **labels)]
        assert len(found) <= 1, found
        return found[0] if found else None

    def all(self, name: str, **labels: str) -> list[tuple[dict[str, str], float]]:
        return [
            (each, value)
            for full, each, value in self.samples
            if full == f"model_monitor_{name}" and labels.items() <= each.items()
        ]


def meta(name: str, **more: Any) -> Object:
    return {
        "name": name,
        "namespace": "models",
        "uid": f"uid-of-{name}",
        "resourceVersion": "1",
        "creationTimestamp": "2026-01-01T00:00:00Z",
    } | more


def a_condition(type_: str, status: str) -> Object:
    return {
        "type": type_,
        "status": status,
        "reason": "Because",
        "lastTransitionTime": "2026-01-31T10:00:00Z",
    }


def a_schedule(name: str = "churn", spec: Object | None = None, **status: Any) -> Object:
    return {
        "apiVersion": "modelmonitor.dev/v1alpha1",
        "kind": "MonitoringSchedule",
        "metadata": meta(name),
        "spec": {
            "type": "DataQuality",
            "baselineRef": {"name": "churn-baseline"},
            "captureRef": {"name": "churn-capture"},
            "schedule": "0 * * * *",
            "timeZone": "Etc/UTC",
            "suspend": False,
        }
        | (spec or {}),
        "status": {
            "lastExecution": {"name": f"{name}-29497680", "state": "CompletedWithViolations"},
            "lastSuccessTime": "2026-01-31T12:02:00Z",
            "lastWindowEnd": "2026-01-31T11:50:00Z",
            "nextRunTime": "2026-01-31T13:00:00Z",
            "settledUntil": "2026-01-31T12:00:00Z",
            "windowing": {"schedule": "0 * * * *", "timeZone": "Etc/UTC", "delay": "10m"},
            "totals": {"completed": 40, "completedWithViolations": 2, "inconclusive": 1, "failed": 3},
            "conditions": [
                a_condition("Ready", "True"),
                a_condition("ViolationsDetected", "True"),
                a_condition("InAlert", "False"),
                a_condition("Conclusive", "Unknown"),
            ],
        }
        | status,
    }


def detail_of(features: Iterable[FeatureMetrics]) -> str:
    plain = MessageDetail(metrics=list(features)).model_dump_json(by_alias=True, exclude_none=True)
    return base64.b64encode(zlib.compress(plain.encode())).decode()


FEATURES = (
    FeatureMetrics(feature="tenure", distance=0.25, completeness=1.0),
    FeatureMetrics(feature="plan", distance=0.03, completeness=0.97),
    FeatureMetrics(feature="note", completeness=0.5),
)


def an_execution(
    name: str = "churn-29497680", schedule: str = "churn", end: str = "2026-01-31T11:50:00Z", **status: Any
) -> Object:
    return {
        "apiVersion": "modelmonitor.dev/v1alpha1",
        "kind": "MonitoringExecution",
        "metadata": meta(name),
        "spec": {"scheduleRef": {"name": schedule}},
        "status": {
            "state": "CompletedWithViolations",
            "window": {"start": "2026-01-31T10:50:00Z", "end": end},
            "startTime": "2026-01-31T12:00:05Z",
            "completionTime": "2026-01-31T12:01:35Z",
            "counts": {"records": 4120, "badRecords": 3, "features": 21, "violations": 3},
            "violations": [
                {"feature": "tenure", "check": "baseline_drift_check", "description": "distance 0.25"},
                {"feature": "plan", "check": "baseline_drift_check", "description": "distance 0.2"},
                {"feature": "note", "check": "completeness_check", "description": "0.5"},
            ],
            "drifted": 2,
            "maxDistance": 0.25,
            "detail": detail_of(FEATURES),
        }
        | status,
    }


def a_baseline(name: str = "churn-baseline", **status: Any) -> Object:
    return {
        "apiVersion": "modelmonitor.dev/v1alpha1",
        "kind": "Baseline",
        "metadata": meta(name),
        "spec": {},
        "status": {"records": 2333, "features": 21, "conditions": [a_condition("Ready", "True")]} | status,
    }


def a_capture(name: str = "churn-capture", **status: Any) -> Object:
    return {
        "apiVersion": "modelmonitor.dev/v1alpha1",
        "kind": "DataCapture",
        "metadata": meta(name),
        "spec": {},
        "status": {
            "records": 200_000,
            "dropped": 12,
            "completeness": 0.999,
            "lastUploadTime": "2026-01-31T12:29:00Z",
            "conditions": [a_condition("Ready", "True"), a_condition("Capturing", "False")],
        }
        | status,
    }
