"""The installed chart on a node: the operator gets ready among restricted pods, and Helm's test passes."""

import json
from collections.abc import Iterator

import pytest

from tests.cluster import images
from tests.cluster.client import Manifest
from tests.cluster.helm import CHART, Helm, helm
from tests.cluster.node import NodeCluster
from tests.cluster.waiting import wait_for

CAPTURE: Manifest = {
    "apiVersion": "modelmonitor.dev/v1alpha1",
    "kind": "DataCapture",
    "metadata": {"name": "churn"},
    "spec": {"source": {"files": {"uri": "s3://traffic/churn/", "format": "CSV"}}},
}


@pytest.fixture
def installed(node_cluster: NodeCluster, node_namespace: str) -> Iterator[Helm]:
    """Helm, having installed a release that works in one namespace, where pods are held to the standard."""
    node_cluster.kubectl(
        "label", "namespace", node_namespace, "pod-security.kubernetes.io/enforce=restricted"
    )
    # The cluster's other tests have operators of their own.
    values = {**images.chart_values(), "namespaces": [node_namespace], "crds": {"enabled": False}}
    with helm(node_cluster) as run:
        arguments = ("--namespace", node_namespace, "--wait", "--timeout", "120s", "-f", "-")
        run("install", "watch", str(CHART), *arguments, values=json.dumps(values))
        yield run
        run("uninstall", "watch", "--namespace", node_namespace)


def test_the_operator_is_ready_and_helm_s_test_passes(
    node_cluster: NodeCluster, node_namespace: str, installed: Helm
) -> None:
    told = installed("test", "watch", "--namespace", node_namespace)
    assert "Succeeded" in told
    captures = node_cluster.resource("modelmonitor.dev/v1alpha1", "datacaptures", node_namespace)
    captures.create(CAPTURE)

    def ready() -> Manifest | None:
        conditions = captures.get("churn").get("status", {}).get("conditions", [])
        return next((each for each in conditions if each["type"] == "Ready"), None)

    assert wait_for(ready, 30, "a condition of the DataCapture")["status"] == "True"


def test_a_changed_setting_replaces_the_operator_which_comes_back(
    node_cluster: NodeCluster, node_namespace: str, installed: Helm
) -> None:
    pods = node_cluster.resource("v1", "pods", node_namespace)
    selector = "app.kubernetes.io/component=operator"
    before = [each["metadata"]["uid"] for each in pods.list(selector)]
    command = ("upgrade", "watch", str(CHART), "--namespace", node_namespace, "--reuse-values")
    installed(*command, "--wait", "--timeout", "120s", "--set", "operator.workers=2")
    after = [each["metadata"]["uid"] for each in pods.list(selector)]
    assert len(before) == len(after) == 1
    assert before != after
