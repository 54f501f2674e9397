"""Fixtures of the fault table."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.acted_node import ActedNode
from tests.cluster.control_plane import ControlPlane
from tests.cluster.faults.models import Models
from tests.cluster.faults.operator_process import OperatorProcess
from tests.cluster.faults.together import Company, told_at_once


@pytest.fixture(scope="package")
def company(
    request: pytest.FixtureRequest,
    own_cluster: ControlPlane,
    acted_node: ActedNode,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Company]:
    """All tests of this folder that are run at once."""
    chosen = [getattr(item, "function", None) for item in request.session.items]
    tests = [each for each in chosen if hasattr(each, "body")]
    home = tmp_path_factory.mktemp("together")
    found = Company(tests, lambda tests: told_at_once(tests, own_cluster, acted_node, home))
    yield found
    found.end()


@pytest.fixture
def alone(company: Company) -> None:
    """Nobody else is busy, so that a test may stop what all need."""
    company.wait()


@pytest.fixture
def models(own_cluster: ControlPlane, acted_node: ActedNode, namespace: str) -> Models:
    """A namespace with models."""
    return Models(own_cluster, acted_node, namespace)


@pytest.fixture
def operator_process(own_cluster: ControlPlane, namespace: str, tmp_path: Path) -> Iterator[OperatorProcess]:
    """An operator of the namespace, which is ready."""
    operator = OperatorProcess(tmp_path, own_cluster.kubeconfig, [namespace])
    operator.start()
    yield operator
    operator.process.stop()
