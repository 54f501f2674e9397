"""The quickstart's form for a cluster is the same three objects, in a store that `store.env` names."""

from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from model_monitor_api.manifests import load_bytes
from tests.cluster.client import Manifest
from tests.cluster.cluster import Cluster

CLUSTER = "examples/quickstart/cluster"
PLACE = {"uri", "connection"}
"""Fields that say where something is."""


@pytest.fixture
def built(cluster: Cluster) -> str:
    return cluster.kubectl("kustomize", CLUSTER)


def objects(text: str) -> dict[str, Manifest]:
    return {each["kind"]: each for each in yaml.safe_load_all(text) if each}


def without_places(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: without_places(inner) for name, inner in value.items() if name not in PLACE}
    return value


def places(value: Any) -> Iterator[Manifest]:
    """Yield what has a location."""
    if isinstance(value, dict):
        if "uri" in value:
            yield value
        for inner in value.values():
            yield from places(inner)


def test_its_objects_are_those_of_the_laptop_but_for_where_things_are(cluster: Cluster, built: str) -> None:
    found = objects(built)
    local = objects(cluster.kubectl("kustomize", "examples/quickstart/manifests"))
    assert set(found) == {*local, "Secret"}
    for kind, manifest in local.items():
        assert without_places(found[kind]["spec"]) == without_places(manifest["spec"])


def test_every_location_is_in_the_store_that_is_named_once(built: str) -> None:
    found = [place for manifest in objects(built).values() for place in places(manifest)]
    assert len(found) == 4
    assert {each["uri"].split("/")[2] for each in found} == {"credit-risk"}
    assert {each["connection"]["endpoint"] for each in found} == {"http://minio.storage:9000"}
    assert {each["connection"]["secretRef"]["name"] for each in found} == {"credit-risk-store"}


def test_the_manifests_are_without_a_problem(built: str) -> None:
    assert not load_bytes(built.encode()).problems


def test_the_server_takes_them(cluster: Cluster, namespace: str) -> None:
    options = ("--server-side", "--dry-run=server", "--validate=strict", "--namespace", namespace)
    assert cluster.kubectl("apply", "-k", CLUSTER, *options).count("serverside-applied") == 4
