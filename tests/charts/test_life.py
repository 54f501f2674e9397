"""Releases from installation to removal, by Helm 4 and Helm 3, on API servers that never heard of them."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest
from kubernetes.dynamic.exceptions import NotFoundError

from tests.cluster import binaries
from tests.cluster.client import Manifest
from tests.cluster.cluster import Cluster
from tests.cluster.control_plane import ControlPlane, control_plane
from tests.cluster.helm import CHART, Helm, helm
from tests.cluster.waiting import wait_for
from tests.support.parts import missing

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("charts")]

NAMESPACE: Final = "model-monitor-system"
NAME: Final = f"{NAMESPACE}:model-monitor"
CRD: Final = "baselines.modelmonitor.dev"
BASELINE: Final = {
    "apiVersion": "modelmonitor.dev/v1alpha1",
    "kind": "Baseline",
    "metadata": {"name": "churn", "namespace": "default"},
    "spec": {
        "dataset": {"uri": "s3://models/churn.csv", "format": "CSV"},
        "dataQuality": {},
        "output": {"uri": "s3://monitoring/"},
    },
}


@pytest.fixture(scope="module")
def shared() -> Iterator[ControlPlane]:
    """A cluster of this module's own."""
    try:
        with control_plane() as running:
            yield running
    except binaries.BinariesMissingError as problem:
        missing(str(problem))


@pytest.fixture
def bare(shared: ControlPlane) -> Iterator[ControlPlane]:
    """The same, serving none of the kinds and knowing no release."""
    yield shared
    with helm(shared) as run:
        for release in json.loads(run("list", "--all-namespaces", "--output", "json")):
            run("uninstall", release["name"], "--namespace", release["namespace"])
    shared.kubectl("delete", "--ignore-not-found", "-f", "crds/")


@pytest.fixture(params=[4, 3], ids=["helm 4", "helm 3"])
def run(bare: ControlPlane, request: pytest.FixtureRequest) -> Iterator[Helm]:
    """Helm of either major version, for that cluster."""
    try:
        with helm(bare, request.param) as program:
            yield program
    except binaries.BinariesMissingError as problem:
        missing(str(problem))


def install(run: Helm, name: str, chart: Path, *arguments: str, namespace: str = NAMESPACE) -> str:
    return run("install", name, str(chart), "--namespace", namespace, "--create-namespace", *arguments)


def next_version(folder: Path) -> Path:
    """Return a copy of the chart as a later version might be: with one more field."""
    chart = Path(shutil.copytree(CHART, folder / "next"))
    template = chart / "templates" / "crds" / "baselines.yaml"
    before = template.read_text()
    field = "              note:\n                type: string\n"
    at = before.index("            properties:\n") + len("            properties:\n")
    template.write_text(before[:at] + field + before[at:])
    about = chart / "Chart.yaml"
    about.write_text(about.read_text().replace("version: 0.1.0", "version: 0.2.0"))
    return chart


def specification(cluster: Cluster) -> Manifest:
    crd = cluster.resource("apiextensions.k8s.io/v1", "customresourcedefinitions").get(CRD)
    found: Manifest = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]
    return found


def created(cluster: Cluster) -> str:
    """Create a Baseline and return its identity."""
    cluster.kubectl("wait", "--for=condition=Established", "--timeout=30s", f"crd/{CRD}")
    baselines = cluster.resource("modelmonitor.dev/v1alpha1", "baselines", "default")

    def made() -> str | None:
        try:
            return str(baselines.create(BASELINE)["metadata"]["uid"])
        except NotFoundError:  # established is a moment before served
            return None

    return wait_for(made, 10, "a Baseline")


def identity(cluster: Cluster) -> str:
    found = cluster.resource("modelmonitor.dev/v1alpha1", "baselines", "default").get("churn")
    return str(found["metadata"]["uid"])


def test_objects_outlive_upgrade_rollback_removal_and_return(
    bare: ControlPlane, run: Helm, tmp_path: Path
) -> None:
    told = install(run, "model-monitor", CHART)
    assert "kubectl get mms,mmx" in told
    uid = created(bare)
    accounts = bare.resource("v1", "serviceaccounts", NAMESPACE)
    roles = bare.resource("rbac.authorization.k8s.io/v1", "clusterroles")

    run("upgrade", "model-monitor", str(next_version(tmp_path)), "--namespace", NAMESPACE)
    assert "note" in specification(bare)["properties"]
    noted = json.dumps({"spec": {"note": "kept by the API server"}})
    bare.kubectl("patch", "mmbl", "churn", "--type=merge", "-p", noted)
    assert identity(bare) == uid

    run("rollback", "model-monitor", "1", "--namespace", NAMESPACE)
    assert "note" not in specification(bare)["properties"]
    assert identity(bare) == uid

    run("uninstall", "model-monitor", "--namespace", NAMESPACE)
    assert identity(bare) == uid
    assert accounts.find("model-monitor") is None
    assert roles.find(NAME) is None

    install(run, "model-monitor", CHART)
    assert identity(bare) == uid
    assert roles.find(NAME) is not None


def test_an_older_operator_can_be_had_with_the_newer_kinds(
    bare: ControlPlane, run: Helm, tmp_path: Path
) -> None:
    install(run, "model-monitor", next_version(tmp_path))
    uid = created(bare)
    older = ("--reset-then-reuse-values", "--set", "crds.enabled=false")
    run("upgrade", "model-monitor", str(CHART), "--namespace", NAMESPACE, *older)
    assert "note" in specification(bare)["properties"]
    assert identity(bare) == uid
    newer = ("--reset-then-reuse-values", "--set", "crds.enabled=true")
    run("upgrade", "model-monitor", str(tmp_path / "next"), "--namespace", NAMESPACE, *newer)
    assert identity(bare) == uid


def test_removal_takes_the_kinds_along_where_they_are_not_kept(bare: ControlPlane, run: Helm) -> None:
    install(run, "model-monitor", CHART, "--set", "crds.keep=false")
    created(bare)
    run("uninstall", "model-monitor", "--namespace", NAMESPACE)
    kinds = bare.resource("apiextensions.k8s.io/v1", "customresourcedefinitions")
    wait_for(lambda: kinds.find(CRD) is None, 30, "no CRD")


def test_two_installations_share_the_kinds_and_nothing_else(bare: ControlPlane, run: Helm) -> None:
    install(run, "model-monitor", CHART)
    uid = created(bare)
    install(run, "model-monitor", CHART, "--set", "crds.enabled=false", namespace="other")
    refused = run.run("install", "third", str(CHART), "--namespace", "third", "--create-namespace")
    assert "ownership" in refused.stderr
    run("uninstall", "model-monitor", "--namespace", "other")
    roles = bare.resource("rbac.authorization.k8s.io/v1", "clusterroles")
    assert roles.find(NAME) is not None
    assert identity(bare) == uid


def test_another_release_takes_kept_kinds_over_when_asked_to(bare: ControlPlane, run: Helm) -> None:
    install(run, "old", CHART)
    uid = created(bare)
    run("uninstall", "old", "--namespace", NAMESPACE)
    install(run, "new", CHART, "--take-ownership")
    assert identity(bare) == uid


def test_kinds_that_kubectl_installed_are_taken_over_when_asked_to(bare: ControlPlane, run: Helm) -> None:
    bare.install_kinds()
    uid = created(bare)
    install(run, "model-monitor", CHART, "--take-ownership")
    assert identity(bare) == uid


def test_installing_again_changes_nothing(bare: ControlPlane, run: Helm) -> None:
    install(run, "model-monitor", CHART)
    deployments = bare.resource("apps/v1", "deployments", NAMESPACE)
    crds = bare.resource("apiextensions.k8s.io/v1", "customresourcedefinitions")
    generations = [deployments.get("model-monitor"), crds.get(CRD)]
    run("upgrade", "model-monitor", str(CHART), "--namespace", NAMESPACE)
    after = [deployments.get("model-monitor"), crds.get(CRD)]
    assert [each["metadata"]["generation"] for each in generations] == [
        each["metadata"]["generation"] for each in after
    ]


@pytest.mark.parametrize("run", [4], indirect=True, ids=["helm 4"])
def test_people_may_do_what_their_roles_say(bare: ControlPlane, run: Helm) -> None:
    install(run, "model-monitor", CHART)
    grants = [("viewer", "view"), ("editor", "edit"), ("pipeline", f"{NAME}:runner")]
    for user, role in grants:
        bare.kubectl("create", "rolebinding", user, f"--clusterrole={role}", f"--user={user}")

    def may(user: str) -> Callable[..., bool]:
        def asked(verb: str, resource: str, *more: str) -> bool:
            return bare.run("auth", "can-i", verb, resource, f"--as={user}", *more).stdout == "yes\n"

        return asked

    # The controller manager fills the built-in roles a moment after.
    wait_for(lambda: may("editor")("create", "baselines.modelmonitor.dev"), 30, "an editor's rights")
    viewer, editor, pipeline = may("viewer"), may("editor"), may("pipeline")
    assert viewer("list", "monitoringschedules")
    assert not viewer("create", "monitoringexecutions")
    assert editor("delete", "monitoringschedules")
    assert not editor("patch", "monitoringschedules", "--subresource=status")
    assert pipeline("create", "monitoringexecutions")
    assert pipeline("watch", "monitoringexecutions")
    assert not pipeline("delete", "monitoringexecutions")
    assert not pipeline("create", "monitoringschedules")
    assert not pipeline("list", "secrets")
    operator = f"system:serviceaccount:{NAMESPACE}:model-monitor"
    assert may(operator)("patch", "monitoringschedules", "--subresource=status")
    assert may(operator)("create", "secrets")
    assert not may(operator)("get", "secrets")
    assert not may(operator)("update", "monitoringschedules")
