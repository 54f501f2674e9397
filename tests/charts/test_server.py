"""What a real API server says of the chart's objects."""

import pytest
import yaml

from tests.charts.rendering import EVERYTHING, Values, of_kind, only, render
from tests.cluster.client import Manifest
from tests.cluster.cluster import Cluster

OF_OTHERS = ("ServiceMonitor", "PodMonitor", "PrometheusRule")
"""Kinds that this cluster does not serve."""


def dry_run(cluster: Cluster, objects: list[Manifest]) -> str:
    """Return what a server says that refuses unknown fields, and would write nothing."""
    document = yaml.safe_dump_all([each for each in objects if each["kind"] not in OF_OTHERS])
    options = ("--server-side", "--force-conflicts", "--dry-run=server", "--validate=strict")
    ended = cluster.run("apply", *options, "-f", "-", document=document)
    return ended.stderr if ended.returncode else ""


@pytest.fixture
def restricted(cluster: Cluster, namespace: str) -> str:
    """A namespace that takes pods of the restricted Pod Security Standard only."""
    cluster.kubectl("label", "namespace", namespace, "pod-security.kubernetes.io/enforce=restricted")
    return namespace


def pod(template: Manifest, namespace: str) -> Manifest:
    metadata = {"name": "probe", "namespace": namespace, "labels": template["metadata"]["labels"]}
    # The account need not exist for the question that is asked.
    spec = {name: value for name, value in template["spec"].items() if name != "serviceAccountName"}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


@pytest.mark.parametrize("values", [{}, EVERYTHING], ids=["defaults", "everything"])
def test_every_object_is_taken(cluster: Cluster, namespace: str, values: Values) -> None:
    metrics = {**values.get("metrics", {}), "prometheusRule": {}}
    objects = render({**values, "metrics": metrics}, namespace=namespace)
    assert dry_run(cluster, objects) == ""


def test_roles_in_namespaces_are_taken(cluster: Cluster, namespace: str) -> None:
    assert dry_run(cluster, render({"namespaces": [namespace]}, namespace=namespace)) == ""


@pytest.mark.parametrize("values", [{}, EVERYTHING], ids=["defaults", "everything"])
def test_pods_keep_to_the_restricted_standard(cluster: Cluster, restricted: str, values: Values) -> None:
    objects = render(values, namespace=restricted)
    operator = only(objects, "Deployment")["spec"]["template"]
    for template in (operator, of_kind(objects, "Pod")[0]):
        assert dry_run(cluster, [pod(template, restricted)]) == ""


def test_a_pod_that_may_gain_rights_is_refused_there(cluster: Cluster, restricted: str) -> None:
    template = only(render({"operator": {"securityContext": None}}), "Deployment")["spec"]["template"]
    assert "restricted" in dry_run(cluster, [pod(template, restricted)])


def test_the_plain_manifests_are_taken(cluster: Cluster) -> None:
    built = [each for each in yaml.safe_load_all(cluster.kubectl("kustomize", "deploy")) if each]
    spaces = of_kind(built, "Namespace")
    cluster.kubectl("apply", "-f", "-", document=yaml.safe_dump_all(spaces))
    try:
        assert dry_run(cluster, built) == ""
    finally:
        cluster.kubectl("delete", "namespace", spaces[0]["metadata"]["name"], "--wait=false")
    volumes = only(built, "Deployment")["spec"]["template"]["spec"]["volumes"]
    assert volumes[0]["configMap"]["name"] == only(built, "ConfigMap")["metadata"]["name"]


def test_kubectl_passes_over_the_kustomization_beside_the_crds(cluster: Cluster) -> None:
    applied = cluster.kubectl("apply", "--server-side", "--dry-run=server", "-f", "crds/")
    assert len(applied.splitlines()) == 4
