"""Both Helms speak to the cluster."""

import pytest

from tests.cluster.binaries import BinariesMissingError
from tests.cluster.cluster import Cluster
from tests.cluster.helm import helm
from tests.support.parts import missing

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("cluster")]


@pytest.mark.parametrize("major", [3, 4])
def test_helm_lists_releases(cluster: Cluster, major: int) -> None:
    try:
        with helm(cluster, major) as run:
            assert run("version", "--template", "{{.Version}}").startswith(f"v{major}.")
            assert run("list", "--all-namespaces", "--output", "json").strip() == "[]"
    except BinariesMissingError as problem:
        missing(str(problem))
