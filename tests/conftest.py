"""What every test may use: real clusters and clouds' stores, shared by all that ask for them."""

import pytest
from hypothesis import settings

from tests.cluster.fixtures import (
    acted_node,
    cluster,
    kubeconfig_of,
    namespace,
    node_cluster,
    node_namespace,
    node_s3_bucket,
    node_s3_endpoint,
    own_cluster,
)
from tests.support.clouds import azure, cloud_bucket, gcs

__all__ = [
    "acted_node",
    "azure",
    "cloud_bucket",
    "cluster",
    "gcs",
    "kubeconfig_of",
    "namespace",
    "node_cluster",
    "node_namespace",
    "node_s3_bucket",
    "node_s3_endpoint",
    "own_cluster",
]

# How long an example takes says something of the machine, and nothing of what is tested.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

GROUPS = {"node_cluster": "node", "cluster": "cluster"}
"""Session fixtures that cost seconds, and the xdist group whose one worker has it."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give the tests of one cluster to one worker, so that there is one cluster."""
    for item in items:
        for fixture, group in GROUPS.items():
            if fixture in getattr(item, "fixturenames", ()):
                item.add_marker(pytest.mark.xdist_group(group))
                item.add_marker(pytest.mark.slow)
                break
