"""A control plane that writes down who asks for what, and lets nobody block a deletion unasked."""

from collections.abc import Iterator

import pytest

from tests.cluster import binaries
from tests.cluster.acted_node import ActedNode
from tests.cluster.commands import Options
from tests.cluster.control_plane import ControlPlane, control_plane
from tests.cluster.privileges.installation import Installation, installed
from tests.support.parts import missing


@pytest.fixture(scope="package")
def guarded() -> Iterator[ControlPlane]:
    """A cluster with an audit log and OwnerReferencesPermissionEnforcement."""
    options = Options(audit=True, admission=("OwnerReferencesPermissionEnforcement",))
    try:
        with control_plane(options) as running:
            running.install_kinds()
            yield running
    except binaries.BinariesMissingError as problem:
        missing(str(problem))


@pytest.fixture(scope="package")
def guarded_node(guarded: ControlPlane) -> Iterator[ActedNode]:
    """Its node, which does what a test says."""
    node = ActedNode(guarded)
    node.start()
    yield node
    node.stop()


@pytest.fixture(scope="module")
def everywhere(guarded: ControlPlane, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """The operator with the chart's ClusterRole."""
    with installed(guarded, "everywhere", tmp_path_factory.mktemp("everywhere")) as found:
        yield found
