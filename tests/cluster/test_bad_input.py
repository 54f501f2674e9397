"""Wrong manifests that no schema can refuse: the operator says in seconds what `validate` says of them."""

import copy
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import pytest

from model_monitor_api.crd.definition import to_yaml
from model_monitor_api.manifests import load_bytes
from tests.cluster.client import Manifest
from tests.cluster.cluster import Cluster
from tests.cluster.faults.operator_process import OperatorProcess
from tests.cluster.watched import Watched
from tests.support.manifests import Case, base, problems_of, refused, surroundings

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

ON_CALL = {"name": "on-call", "webhook": {"urlSecretRef": {"name": "pager", "key": "url"}}}
MISSING = "is not available in this version"
ANOTHER = "remove it, or use a version that has it"
UNAVAILABLE: Mapping[str, tuple[Manifest, str]] = {
    "notifications": (
        base("schedule", baselineRef={"name": "simple"}, notifications=[ON_CALL]),
        f"`spec.notifications` {MISSING}; remove it, and let alert rules on the metrics tell people",
    ),
    "metrics switched off": (
        base(
            "schedule",
            baselineRef={"name": "simple"},
            dataQuality={"constraints": {"emitMetrics": "Disabled"}},
        ),
        f"`spec.dataQuality.constraints.emitMetrics: Disabled` {MISSING}; {ANOTHER}",
    ),
    "a cluster key": (
        base("baseline", columns={"clusterKey": "customer"}),
        f"`spec.columns.clusterKey` {MISSING}; {ANOTHER}",
    ),
}
"""What this version does not do: a manifest, and what is said of it."""

OTHER_NAMESPACE = "other namespace"
"""A case of the table about what is in another namespace, of which the operator never speaks."""


class Applied(NamedTuple):
    """A wrong manifest in the cluster, and what is to be said of it."""

    name: str
    manifest: Manifest
    reason: str
    message: str

    @property
    def kind(self) -> str:
        return str(self.manifest["kind"])


def renamed(manifest: Manifest, name: str, namespace: str) -> Manifest:
    """Return a manifest under a name of its own."""
    return {**copy.deepcopy(manifest), "metadata": {"name": name, "namespace": namespace}}


def from_table(namespaces: Mapping[str, str]) -> Iterator[Applied]:
    """Yield the cases of the table that are the operator's to judge, with what `validate` says of them."""
    cases = [case for case in refused() if case.by == "operator" and case.name != OTHER_NAMESPACE]
    for number, case in enumerate(cases):
        namespace = namespaces[case.manifest["kind"]]
        manifest = renamed(case.manifest, f"case-{number}", namespace)
        around = load_bytes("---\n".join(to_yaml(each) for each in surroundings(namespace)).encode())
        (problem,) = problems_of(load_bytes(Case(case.name, manifest).text), around.objects)
        reason = "ReferenceNotFound" if problem.unresolved else "InvalidSpec"
        yield Applied(case.name, manifest, reason, problem.condition_message)


def unavailable(namespaces: Mapping[str, str]) -> Iterator[Applied]:
    """Yield the cases that are beyond this version."""
    for number, (name, (manifest, message)) in enumerate(UNAVAILABLE.items()):
        found = renamed(manifest, f"beyond-{number}", namespaces[manifest["kind"]])
        yield Applied(name, found, "InvalidSpec", message)


NAMES = [
    *(case.name for case in refused() if case.by == "operator" and case.name != OTHER_NAMESPACE),
    *UNAVAILABLE,
]


@pytest.fixture(scope="module")
def told(
    cluster: Cluster, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Mapping[str, tuple[Applied, dict[str, Any]]]]:
    """All of them applied at once by `kubectl apply`, each kind where nothing else of its kind is wrong."""
    kinds = ("DataCapture", "Baseline", "MonitoringSchedule", "MonitoringExecution")
    namespaces = {kind: f"bad-{kind.lower()}" for kind in kinds}
    for namespace in namespaces.values():
        cluster.kubectl("create", "namespace", namespace)
    operator = OperatorProcess(
        tmp_path_factory.mktemp("operator"), cluster.kubeconfig, [*namespaces.values()], workers=8
    )
    try:
        operator.start()
        there = [each for namespace in namespaces.values() for each in surroundings(namespace)]
        simple = renamed(base("baseline"), "simple", namespaces["MonitoringSchedule"])
        apply(cluster, [*there, simple])
        for namespace in namespaces.values():
            watched = Watched(cluster, namespace)
            watched.wait_ready("DataCapture", "inputs", "FilesDeclared")
            watched.wait_ready("Baseline", "plain", "Computing")
            watched.wait_ready("MonitoringSchedule", "churn", "BaselineNotReady")
        cases = [*from_table(namespaces), *unavailable(namespaces)]
        apply(cluster, [each.manifest for each in cases])
        yield {each.name: (each, said(cluster, each)) for each in cases}
    finally:
        operator.process.stop()
        for namespace in namespaces.values():
            cluster.kubectl("delete", "namespace", namespace, "--wait=false")


def apply(cluster: Cluster, manifests: list[Manifest]) -> None:
    """Apply manifests as people do."""
    cluster.kubectl("apply", "-f", "-", document="---\n".join(to_yaml(each) for each in manifests))


def said(cluster: Cluster, case: Applied) -> dict[str, Any]:
    """Return the condition of a wrong object, waiting for it."""
    meta = case.manifest["metadata"]
    watched = Watched(cluster, meta["namespace"])
    type_ = "Finished" if case.kind == "MonitoringExecution" else "Ready"
    return watched.wait(lambda: watched.condition(case.kind, meta["name"], type_) or None, case.name)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_wrong_is_told_in_the_words_of_validate(
    told: Mapping[str, tuple[Applied, dict[str, Any]]], name: str
) -> None:
    case, condition = told[name]
    assert condition["status"] == "False"
    assert condition["observedGeneration"] == 1
    if case.kind == "MonitoringExecution":
        # Files may be applied in any order: it waits for some minutes before it fails.
        wanted = case.manifest["spec"]["scheduleRef"]["name"]
        assert condition["reason"] == "WaitingForSchedule"
        assert (
            condition["message"] == f'waits for the MonitoringSchedule "{wanted}", which does not exist yet'
        )
        return
    assert (condition["reason"], condition["message"]) == (case.reason, expected(case))


def expected(case: Applied) -> str:
    """Return what is said; only whoever has all files knows which ConfigMaps there are."""
    if case.message.startswith("`spec.scripts.preprocess.configMapRef.name`"):
        return case.message.partition(";")[0] + "; create it"
    return case.message
