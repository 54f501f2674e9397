"""A real API server takes all that is built, and restricted namespaces admit the pods."""

import copy
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from kubernetes.dynamic.exceptions import ForbiddenError

from model_monitor_api.names import scheduled_name
from model_monitor_operator.cluster.comparing import holds
from model_monitor_operator.objects import RESOURCES, Object
from tests.cluster.client import APPLY
from tests.cluster.cluster import Cluster
from tests.operator.build.producing import CASES, produced
from tests.operator.build.test_job import pods

USERS_IMAGES = {"custom", "predictor"}
KEPT_UP = {
    *("CronJob", "Service", "ConfigMap", "Deployment", "NetworkPolicy", "PodDisruptionBudget"),
    "HorizontalPodAutoscaler",
}


@pytest.fixture(scope="module")
def models(cluster: Cluster) -> Iterator[str]:
    """A namespace that admits restricted pods only, with what the examples refer to."""
    with cluster.temporary_namespace() as name:
        levels = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "warn")}
        cluster.resource("v1", "namespaces").patch(name, {"metadata": {"labels": levels}})
        for account in ("churn-monitor", "monitor"):
            account_there = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": account}}
            cluster.resource("v1", "serviceaccounts", name).create(account_there)
        group = "scheduling.k8s.io/v1"
        classes = cluster.resource(group, "priorityclasses")
        if classes.find("batch") is None:
            classes.create(
                {"apiVersion": group, "kind": "PriorityClass", "metadata": {"name": "batch"}, "value": 1}
            )
        yield name
        classes.delete("batch")


def _path(thing: Object, namespace: str) -> str:
    resource = RESOURCES[thing["kind"]]
    root = f"/apis/{resource.api_version}" if resource.group else f"/api/{resource.version}"
    return f"{root}/namespaces/{namespace}/{resource.plural}"


def _moved(thing: Object, namespace: str) -> Object:
    moved = copy.deepcopy(thing)
    moved["metadata"]["namespace"] = namespace
    return moved


def _cron_jobs(name: str) -> list[Object]:
    return [each for each in produced(name) if each["kind"] == "CronJob"]


def _due(cron_job: Object) -> Object:
    """Return the Job that the controller makes of a CronJob for a minute."""
    template = copy.deepcopy(cron_job["spec"]["jobTemplate"])
    name = scheduled_name(cron_job["metadata"]["name"], datetime(2026, 1, 31, tzinfo=UTC))
    template["metadata"]["name"] = name
    return {"apiVersion": "batch/v1", "kind": "Job", **template}


def _lost(wanted: Any, stored: Any, path: str = "") -> Iterator[str]:
    """Yield the fields that the server did not keep as they were sent."""
    if isinstance(wanted, dict) and isinstance(stored, dict):
        for key, value in wanted.items():
            yield from _lost(value, stored.get(key), f"{path}.{key}")
    elif isinstance(wanted, list) and isinstance(stored, list) and len(wanted) == len(stored):
        for index, value in enumerate(wanted):
            yield from _lost(value, stored[index], f"{path}[{index}]")
    elif wanted != stored:
        yield path


@pytest.mark.parametrize("name", CASES)
def test_the_api_server_takes_every_object_and_keeps_every_field(
    cluster: Cluster, models: str, name: str
) -> None:
    query = {"dryRun": "All", "fieldValidation": "Strict"}
    for thing in [*produced(name), *map(_due, _cron_jobs(name))]:
        wanted = _moved(thing, models)
        stored = cluster.client.request("post", _path(thing, models), wanted, query=query)
        wanted.pop("stringData", None)
        assert list(_lost(wanted, stored)) == []


@pytest.mark.parametrize("name", CASES)
def test_server_side_apply_takes_what_is_kept_up(cluster: Cluster, models: str, name: str) -> None:
    query = {"dryRun": "All", "fieldValidation": "Strict", "fieldManager": "model-monitor", "force": "true"}
    for thing in produced(name):
        if thing["kind"] in KEPT_UP:
            path, wanted = f"{_path(thing, models)}/{thing['metadata']['name']}", _moved(thing, models)
            stored = cluster.client.request("patch", path, wanted, query=query, content_type=APPLY)
            assert holds(stored, wanted), "it would be applied again and again"


@pytest.mark.parametrize("name", CASES)
def test_a_restricted_namespace_admits_the_pods(cluster: Cluster, models: str, name: str) -> None:
    for pod in pods(copy.deepcopy(produced(name))):
        confined = (pod["spec"].get("securityContext") or {}).get("runAsNonRoot") is True
        if not confined:  # a user's image keeps its own settings unless the pod is said to run without root
            _leave_out(pod["spec"], USERS_IMAGES)
        manifest = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "pod", "labels": pod["metadata"]["labels"]},
            "spec": pod["spec"],
        }
        path = f"/api/v1/namespaces/{models}/pods"
        cluster.client.request("post", path, manifest, query={"dryRun": "All"})


def test_it_is_a_restricted_namespace(cluster: Cluster, models: str) -> None:
    (pod,) = pods(copy.deepcopy(produced("pods")))
    del pod["spec"]["containers"][0]["securityContext"]
    manifest = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "pod"}, "spec": pod["spec"]}
    path = f"/api/v1/namespaces/{models}/pods"
    with pytest.raises(ForbiddenError, match="PodSecurity"):
        cluster.client.request("post", path, manifest, query={"dryRun": "All"})


def _leave_out(spec: dict[str, Any], names: set[str]) -> None:
    if "initContainers" in spec:
        spec["initContainers"] = [each for each in spec["initContainers"] if each["name"] not in names]
