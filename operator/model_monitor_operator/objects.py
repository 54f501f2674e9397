"""Kubernetes objects as plain documents: what the project touches, and how an object is named and read."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from model_monitor_api.meta import GROUP, VERSION
from model_monitor_operator.naming import RUN_REQUEST

_LONGEST_TOKEN: Final = 253

Object = dict[str, Any]
"""An object as the API server sends it."""


class Resource(NamedTuple):
    """A resource of the API server; all that the project touches live in namespaces."""

    group: str
    """API group; empty for the core group."""

    version: str
    """Version within the group."""

    plural: str
    """Name in URLs."""

    kind: str
    """Name in documents."""

    @property
    def api_version(self) -> str:
        """Return `group/version` as documents have it."""
        return f"{self.group}/{self.version}" if self.group else self.version


CAPTURES: Final = Resource(GROUP, VERSION, "datacaptures", "DataCapture")
BASELINES: Final = Resource(GROUP, VERSION, "baselines", "Baseline")
SCHEDULES: Final = Resource(GROUP, VERSION, "monitoringschedules", "MonitoringSchedule")
EXECUTIONS: Final = Resource(GROUP, VERSION, "monitoringexecutions", "MonitoringExecution")
CRON_JOBS: Final = Resource("batch", "v1", "cronjobs", "CronJob")
JOBS: Final = Resource("batch", "v1", "jobs", "Job")
PODS: Final = Resource("", "v1", "pods", "Pod")
CONFIG_MAPS: Final = Resource("", "v1", "configmaps", "ConfigMap")
SERVICES: Final = Resource("", "v1", "services", "Service")
SECRETS: Final = Resource("", "v1", "secrets", "Secret")
CLAIMS: Final = Resource("", "v1", "persistentvolumeclaims", "PersistentVolumeClaim")
EVENTS: Final = Resource("", "v1", "events", "Event")
DEPLOYMENTS: Final = Resource("apps", "v1", "deployments", "Deployment")
REPLICA_SETS: Final = Resource("apps", "v1", "replicasets", "ReplicaSet")
BUDGETS: Final = Resource("policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget")
AUTOSCALERS: Final = Resource("autoscaling", "v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler")
NETWORK_POLICIES: Final = Resource("networking.k8s.io", "v1", "networkpolicies", "NetworkPolicy")

RESOURCES: Final[Mapping[str, Resource]] = {
    resource.kind: resource
    for resource in (
        *(CAPTURES, BASELINES, SCHEDULES, EXECUTIONS, CRON_JOBS, JOBS, PODS, CONFIG_MAPS),
        *(SERVICES, SECRETS, CLAIMS, EVENTS),
        *(DEPLOYMENTS, REPLICA_SETS, BUDGETS, AUTOSCALERS, NETWORK_POLICIES),
    )
}
"""All resources, by kind."""


class Key(NamedTuple):
    """Which object is meant."""

    kind: str
    """Its kind."""

    namespace: str
    """Its namespace."""

    name: str
    """Its name."""

    def __str__(self) -> str:
        """Return it as messages have it."""
        return f"{self.kind}/{self.namespace}/{self.name}"


def key_of(thing: Object) -> Key:
    """Return which object a document is."""
    meta = thing["metadata"]
    return Key(thing["kind"], meta["namespace"], meta["name"])


def name_of(thing: Object) -> str:
    """Return the name of an object."""
    return str(thing["metadata"]["name"])


def uid_of(thing: Object) -> str:
    """Return the identity that the API server gave an object; empty before it has seen it."""
    return str(thing["metadata"].get("uid", ""))


def run_request(thing: Object) -> str | None:
    """Return the token of the run-now annotation; None where there is none."""
    token = (thing["metadata"].get("annotations") or {}).get(RUN_REQUEST)
    return token[:_LONGEST_TOKEN] if token else None


def is_deleted(thing: Object) -> bool:
    """Return whether an object is being deleted."""
    return "deletionTimestamp" in thing["metadata"]


def instant(text: str | None) -> datetime | None:
    """Return the moment that an API server's timestamp means."""
    return datetime.fromisoformat(text) if text else None


def written(moment: datetime) -> str:
    """Return a moment as documents have it: RFC 3339, in UTC."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def created(thing: Object) -> datetime:
    """Return when the API server stored an object first."""
    return datetime.fromisoformat(thing["metadata"]["creationTimestamp"])
