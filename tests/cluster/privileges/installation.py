"""The operator as the chart installs it, as far as rights go: account, roles and a process with them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from model_monitor_api.crd.definition import to_yaml
from tests.charts.rendering import render
from tests.cluster.client import Manifest
from tests.cluster.control_plane import ControlPlane
from tests.cluster.faults.operator_process import OperatorProcess

SYSTEM = "system"
RIGHTS = ("ServiceAccount", "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding")


class Installation(NamedTuple):
    """An operator that may do what the chart says."""

    cluster: ControlPlane
    """Where."""

    user: str
    """Who it is to the API server."""

    roles: list[Manifest]
    """What it may do."""

    kubeconfig: Path
    """As whom it acts."""

    operator: OperatorProcess
    """The operator, which is ready."""


@contextmanager
def installed(
    cluster: ControlPlane, release: str, home: Path, namespaces: Sequence[str] = ()
) -> Iterator[Installation]:
    """Install account and roles and run the operator with them until the context ends."""
    values = {"crds": {"enabled": False}, "namespaces": [*namespaces]}
    found = [each for each in render(values, release=release, namespace=SYSTEM) if each["kind"] in RIGHTS]
    system = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": SYSTEM}}
    text = "---\n".join(to_yaml(each) for each in (system, *found))
    cluster.kubectl("apply", "--server-side", "-f", "-", document=text)
    (account,) = (each["metadata"]["name"] for each in found if each["kind"] == "ServiceAccount")
    (binding, *_) = (each for each in found if each["kind"].endswith("RoleBinding"))
    own = binding["roleRef"]["name"]
    roles = [each for each in found if each["kind"].endswith("Role") and each["metadata"]["name"] == own]
    kubeconfig = cluster.service_account(SYSTEM, account, home)
    operator = OperatorProcess(home / "operator", kubeconfig, namespaces, workers=8)
    operator.start()
    try:
        user = f"system:serviceaccount:{SYSTEM}:{account}"
        yield Installation(cluster, user, roles, kubeconfig, operator)
    finally:
        operator.process.stop()
