"""A namespace with models that are monitored, on a node that does what a test says."""

from typing import Any

from tests.cluster.acted_node import ActedNode
from tests.cluster.client import Manifest
from tests.cluster.cluster import Cluster
from tests.cluster.watched import WAIT_SECONDS, Watched
from tests.operator.life.manifests import BASELINE, CAPTURE, SCHEDULE
from tests.operator.results import baseline_message, verdict_message

WINDOW = {"start": "2026-02-01T00:00:00Z", "end": "2026-02-02T00:00:00Z"}
"""A window long ago, that a person asks for."""


YEARLY = {"schedule": "0 0 1 1 *"}
"""Fires in one minute of a year."""


class Models(Watched):
    """Says how runs end, besides."""

    def __init__(self, cluster: Cluster, node: ActedNode, namespace: str) -> None:
        super().__init__(cluster, namespace)
        self.node = node

    def begin(self, **schedule: Any) -> None:
        """Have a schedule `hourly` that is ready to run, and does not fire soon unless its fields say so."""
        self.apply("Baseline", "churn", BASELINE)
        self.apply("DataCapture", "churn", CAPTURE)
        self.compute()
        self.apply("MonitoringSchedule", "hourly", {**SCHEDULE, **YEARLY, **schedule})
        self.wait_ready("MonitoringSchedule", "hourly", "Scheduled")

    def compute(self) -> None:
        """Let the Job of the Baseline end well."""
        job = self.wait(lambda: self.status("Baseline", "churn").get("job"), "the Baseline's Job")
        self.end(job, baseline_message(self.of("Baseline").get("churn"), self.of("Job").get(job)))
        self.wait_ready("Baseline", "churn", "Computed")

    def execute(self, name: str = "by-hand", schedule: str = "hourly", **spec: Any) -> str:
        """Ask for a run of a window long ago, and return the name of its Job."""
        self.apply("MonitoringExecution", name, {"scheduleRef": {"name": schedule}, "window": WINDOW, **spec})
        return self.job_of(name)

    def succeed(self, execution: str, attempt: int = 1, violations: int = 0) -> None:
        """Let the Job of an execution's attempt end with a verdict, and wait until the status says so."""
        job = self.job_of(execution, attempt)
        self.end(job, self.message(execution, job, violations))
        self.wait_state(execution, "CompletedWithViolations" if violations else "Completed")

    def message(self, execution: str, job: str, violations: int = 0) -> bytes:
        """Return the termination message of a run of an execution's window that went well."""
        there = self.of("MonitoringExecution").get(execution)
        schedule = self.of("MonitoringSchedule").get(there["spec"]["scheduleRef"]["name"])
        return verdict_message(schedule, there, self.of("Job").get(job), violations)

    def end(self, job: str, message: bytes | str = b"", code: int = 0, reason: str = "") -> None:
        """Let the pod of a Job end."""
        self.pod_of(job)
        text = message.decode() if isinstance(message, bytes) else message
        self.node.finish(self.namespace, job, code, text, reason=reason)

    def pod_of(self, job: str) -> Manifest:
        """Return the pod of a Job that has not ended, waiting for it."""
        return self.node.pod_of(self.namespace, job, WAIT_SECONDS)
