"""Fixtures that give tests a cluster: somebody's own where one is named, else a control plane of ours."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cluster import binaries, images
from tests.cluster.acted_node import ActedNode
from tests.cluster.cluster import Cluster
from tests.cluster.control_plane import ControlPlane, control_plane
from tests.cluster.namespaces import lacking
from tests.cluster.node import NodeCluster
from tests.cluster.node import node_cluster as run_node_cluster
from tests.support.parts import missing
from tests.support.s3 import S3Bucket, make_bucket, s3_server

OWN = "MODEL_MONITOR_TEST_KUBECONFIG"
"""Environment variable that names the kubeconfig of a cluster to test on."""


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A cluster that serves the project's kinds; nothing of it is reset between tests but `namespace`."""
    own = os.environ.get(OWN)
    try:
        if own:
            theirs = Cluster(binaries.kubectl(), Path(own).resolve())
            theirs.install_kinds()
            yield theirs
            theirs.close()
            return
        with control_plane() as running:
            running.install_kinds()
            yield running
    except binaries.BinariesMissingError as problem:
        missing(str(problem))


@pytest.fixture(scope="session")
def own_cluster(cluster: Cluster) -> ControlPlane:
    """The same cluster where it is a control plane of ours, whose parts a test may stop."""
    if not isinstance(cluster, ControlPlane):
        pytest.skip(f"{OWN} names a cluster whose control plane tests must leave alone")
    return cluster


@pytest.fixture
def namespace(cluster: Cluster) -> Iterator[str]:
    """The name of a fresh namespace."""
    with cluster.temporary_namespace() as name:
        yield name


@pytest.fixture(scope="session")
def acted_node(own_cluster: ControlPlane) -> Iterator[ActedNode]:
    """The only node of a cluster without real ones; a test says how each pod ends."""
    node = ActedNode(own_cluster)
    node.start()
    yield node
    node.stop()


@pytest.fixture
def kubeconfig_of(cluster: Cluster, namespace: str, tmp_path: Path) -> Callable[[str], Path]:
    """A function from the name of a ServiceAccount of the namespace to a kubeconfig that acts as it."""
    return lambda name: cluster.service_account(namespace, name, tmp_path)


@pytest.fixture(scope="session")
def node_cluster() -> Iterator[NodeCluster]:
    """A cluster that runs pods of the project's images, and serves the project's kinds."""
    reason = lacking()
    if reason:
        missing(f"the tests in which pods run: {reason}")
    try:
        with run_node_cluster(images.all_images()) as running:
            running.install_kinds()
            yield running
    except binaries.BinariesMissingError as problem:
        missing(str(problem))


@pytest.fixture
def node_namespace(node_cluster: NodeCluster) -> Iterator[str]:
    """The name of a fresh namespace of the cluster that runs pods."""
    with node_cluster.temporary_namespace() as name:
        yield name


@pytest.fixture(scope="session")
def node_s3_endpoint(node_cluster: NodeCluster) -> Iterator[str]:
    """The endpoint of an S3 server that pods and this machine reach alike."""
    with s3_server(node_cluster.place.host) as endpoint:
        yield endpoint


@pytest.fixture
def node_s3_bucket(node_s3_endpoint: str) -> S3Bucket:
    """A fresh bucket that pods reach."""
    return make_bucket(node_s3_endpoint)
