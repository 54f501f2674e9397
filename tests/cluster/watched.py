"""A namespace's objects as the people see them who live with it: applied, looked at, waited for."""

import json
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from kubernetes.client.exceptions import ApiException
from urllib3.exceptions import HTTPError

from model_monitor_operator.objects import RESOURCES
from tests.cluster.client import Manifest, Resource
from tests.cluster.cluster import Cluster
from tests.cluster.waiting import wait_for

API = "modelmonitor.dev/v1alpha1"
WAIT_SECONDS = 120
"""For what takes a second or two where nobody else wants the processor."""

T = TypeVar("T")


class Watched:
    """Applies, looks and waits."""

    def __init__(self, cluster: Cluster, namespace: str) -> None:
        self.cluster = cluster
        self.namespace = namespace

    def of(self, kind: str) -> Resource:
        """Return the objects of a kind."""
        found = RESOURCES[kind]
        return self.cluster.resource(found.api_version, found.plural, self.namespace)

    def apply(self, kind: str, name: str, spec: Mapping[str, Any], **meta: Any) -> Manifest:
        """Apply an object as a person does."""
        metadata = {"name": name, "namespace": self.namespace, **meta}
        return self.of(kind).apply(
            {"apiVersion": API, "kind": kind, "metadata": metadata, "spec": dict(spec)}
        )

    def status(self, kind: str, name: str) -> dict[str, Any]:
        """Return the status of an object; empty where there is none."""
        found = self.of(kind).find(name)
        return dict((found or {}).get("status") or {})

    def condition(self, kind: str, name: str, type_: str) -> dict[str, Any]:
        """Return a condition; empty where there is none."""
        found = self.status(kind, name).get("conditions") or []
        return next((dict(each) for each in found if each["type"] == type_), {})

    def names(self, kind: str) -> list[str]:
        """Return the names of the objects of a kind, of those that nobody deletes just now."""
        found = self.of(kind).list()
        return sorted(
            each["metadata"]["name"] for each in found if "deletionTimestamp" not in each["metadata"]
        )

    def wait(self, predicate: Callable[[], T | None], what: str, seconds: float = WAIT_SECONDS) -> T:
        """Wait for something, looking twice a second; an API server that is away is waited for."""

        def look() -> T | None:
            try:
                return predicate()
            except (HTTPError, OSError):
                return None
            except ApiException as problem:
                if problem.status in (404, 429, 500, 503, 504):
                    return None
                raise

        try:
            return wait_for(look, seconds, what, pause=0.5)
        except AssertionError as problem:
            raise AssertionError(f"{problem}\n{self.told()}") from None

    def wait_ready(self, kind: str, name: str, reason: str, seconds: float = WAIT_SECONDS) -> str:
        """Wait until `Ready` has a reason, and return its message."""

        def told() -> dict[str, Any] | None:
            found = self.condition(kind, name, "Ready")
            return found if found.get("reason") == reason else None

        return str(self.wait(told, f"{kind} {name} {reason}", seconds)["message"])

    def wait_state(self, execution: str, *states: str, seconds: float = WAIT_SECONDS) -> dict[str, Any]:
        """Wait until an execution has one of these states or reasons, and return its status."""

        def told() -> dict[str, Any] | None:
            status = self.status("MonitoringExecution", execution)
            return status if {status.get("state"), status.get("reason")} & set(states) else None

        return self.wait(told, f"{execution} {' or '.join(states)}", seconds)

    def job_of(self, execution: str, attempt: int = 1) -> str:
        """Return the name of the Job of an execution's attempt, waiting for it."""

        def job() -> str | None:
            status = self.status("MonitoringExecution", execution)
            return status.get("job") if status.get("attempts") == attempt else None

        return self.wait(job, f"attempt {attempt} of {execution}")

    def told(self) -> str:
        """Return what kubectl would show, for messages of failed tests."""
        kinds = ("Baseline", "MonitoringSchedule", "MonitoringExecution", "Job")
        found = {kind: {name: self.status(kind, name) for name in self.names(kind)} for kind in kinds}
        events = [f"{each['reason']}: {each['message'][:200]}" for each in self.of("Event").list()]
        return json.dumps({**found, "events": events[-30:]}, indent=1)
