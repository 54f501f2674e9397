"""The operator may do what it is seen to do, and for the rest there are reasons."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from kubernetes.client.exceptions import ApiException

from model_monitor_operator.objects import RESOURCES
from model_monitor_operator.ownership import owner_of
from tests.cluster.acted_node import ActedNode
from tests.cluster.client import Client, Manifest
from tests.cluster.control_plane import ControlPlane
from tests.cluster.faults.operator_process import OperatorProcess
from tests.cluster.privileges.flow import AHEAD, Flow
from tests.cluster.privileges.installation import Installation, installed
from tests.cluster.privileges.rights import (
    Right,
    granted,
    is_forbidden,
    reasons,
    requests,
    right_of,
    used,
)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800), pytest.mark.xdist_group("privileges")]


class Seen(NamedTuple):
    """What was seen of a flow."""

    installation: Installation
    namespace: str
    requests: list[Mapping[str, Any]]
    pods: list[Manifest]

    @property
    def forbidden(self) -> list[str]:
        """What the operator asked for and was not allowed."""
        return [f"{right_of(each)}: {each['requestURI']}" for each in self.requests if is_forbidden(each)]


@pytest.fixture(scope="module")
def whole(
    everywhere: Installation, guarded_node: ActedNode, tmp_path_factory: pytest.TempPathFactory
) -> Seen:
    """A whole flow, of the operator that looks after every namespace."""
    cluster = everywhere.cluster
    with cluster.temporary_namespace("whole") as namespace:
        flow = Flow(cluster, guarded_node, namespace)
        flow.begin_all()
        flow.refuse()
        flow.run_now()
        flow.stop()
        flow.hold_open()
        flow.edit()
        flow.pause()
        flow.take_name(everywhere.operator)
        flow.scale()
        flow.capture()
        flow.fire()
        flow.retry()
        everywhere.operator.process.stop()
        late = OperatorProcess(
            tmp_path_factory.mktemp("late"), everywhere.kubeconfig, [namespace], ahead=AHEAD, workers=8
        )
        try:
            late.start()
            flow.miss()
        finally:
            late.process.stop()
        everywhere.operator.start()
        pods = flow.ours("Pod")
        flow.delete_all()
        return Seen(everywhere, namespace, requests(cluster.audit_log(), everywhere.user), pods)


@pytest.fixture(scope="module")
def narrow(
    whole: Seen, guarded: ControlPlane, guarded_node: ActedNode, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Seen]:
    """A shorter flow, of an operator that looks after one namespace."""
    whole.installation.operator.process.stop()
    with guarded.temporary_namespace("narrow") as namespace:
        home = tmp_path_factory.mktemp("somewhere")
        with installed(guarded, "somewhere", home, [namespace]) as installation:
            flow = Flow(guarded, guarded_node, namespace)
            flow.begin(scale={"workers": 1})
            job = flow.execute()
            flow.pod_of(job)
            flow.of("MonitoringExecution").patch("by-hand", {"spec": {"stop": True}})
            flow.wait_state("by-hand", "Stopped")
            pods = flow.ours("Pod")
            yield Seen(installation, namespace, requests(guarded.audit_log(), installation.user), pods)


def test_the_operator_asks_for_nothing_that_the_chart_does_not_grant(whole: Seen) -> None:
    assert whole.forbidden == []
    assert used(whole.requests) <= granted(whole.installation.roles)


def test_every_right_is_used_or_has_a_reason(whole: Seen) -> None:
    told = reasons()
    unused = granted(whole.installation.roles) - used(whole.requests) - told.never - told.by_chance
    assert {str(each) for each in unused} == set()


def test_no_reason_is_left_of_a_right_that_is_used_or_is_not_granted(whole: Seen) -> None:
    told = reasons()
    assert told.never | told.by_chance <= granted(whole.installation.roles)
    assert {str(each) for each in told.never & used(whole.requests)} == set()


def test_the_operator_was_never_at_a_loss(whole: Seen) -> None:
    crashes = [each for each in whole.installation.operator.log() if each["level"] == "error"]
    assert crashes == []


def test_nothing_reads_a_secret(whole: Seen) -> None:
    verbs = {each.verb for each in used(whole.requests) if each.resource == "secrets"}
    assert verbs == {"create"}


@pytest.mark.parametrize("kind", ["Baseline", "DataCapture", "MonitoringSchedule", "MonitoringExecution"])
def test_without_the_right_to_finalizers_no_child_could_be_made(
    kind: str, guarded: ControlPlane, whole: Seen
) -> None:
    resource = RESOURCES[kind]
    with guarded.temporary_namespace("finalizers") as namespace:
        guarded.kubectl(
            *("create", "role", "maker", "--verb=create", "--resource=configmaps", "-n", namespace)
        )
        guarded.kubectl(
            *("create", "rolebinding", "maker", "--role=maker", f"--user={kind}-maker", "-n", namespace)
        )
        owner = {"apiVersion": resource.api_version, "kind": kind, "metadata": {"name": "x", "uid": "1-2-3"}}
        child = {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "child", "ownerReferences": [owner_of(owner).reference()]},
        }
        client = Client(guarded.user(f"{kind}-maker"))
        with pytest.raises(ApiException, match="cannot set blockOwnerDeletion"):
            client.resource("v1", "configmaps", namespace).create(child)
        client.close()
    plural = f"{resource.plural}.{resource.group}/finalizers"
    assert Right("update", plural) in granted(whole.installation.roles)


def test_in_one_namespace_the_operator_needs_nothing_elsewhere(narrow: Seen) -> None:
    assert narrow.forbidden == []
    assert {each["objectRef"].get("namespace") for each in narrow.requests} == {narrow.namespace}
    assert used(narrow.requests) <= granted(narrow.installation.roles)
    assert {each["kind"] for each in narrow.installation.roles} == {"Role"}


def test_in_one_namespace_the_operator_may_do_nothing_elsewhere(narrow: Seen) -> None:
    client = Client(narrow.installation.kubeconfig)
    body = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectRulesReview"}
    path = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews"
    found = client.request("post", path, {**body, "spec": {"namespace": "default"}})
    client.close()
    # Everybody may ask what he may do.
    groups = {group for rule in found["status"]["resourceRules"] for group in rule["apiGroups"]}
    assert groups <= {"authorization.k8s.io", "authentication.k8s.io"}


@pytest.mark.parametrize("flow", ["whole", "narrow"])
def test_pods_of_runs_have_no_token(flow: str, request: pytest.FixtureRequest) -> None:
    pods = request.getfixturevalue(flow).pods
    assert pods
    for pod in pods:
        assert pod["spec"]["automountServiceAccountToken"] is False
        projected = [each["projected"] for each in pod["spec"]["volumes"] if "projected" in each]
        assert not [
            source for each in projected for source in each["sources"] if "serviceAccountToken" in source
        ]


def test_a_run_of_an_account_of_its_own_has_no_token_either(
    guarded: ControlPlane, whole: Seen, guarded_node: ActedNode, tmp_path: Path
) -> None:
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "churn"}}
    account["automountServiceAccountToken"] = True  # type: ignore[assignment]
    with guarded.temporary_namespace("account") as namespace:
        guarded.resource("v1", "serviceaccounts", namespace).create(account)
        operator = OperatorProcess(tmp_path, guarded.kubeconfig, [namespace])
        operator.start()
        try:
            flow = Flow(guarded, guarded_node, namespace)
            flow.begin(podTemplate={"serviceAccountName": "churn"})
            pod = flow.pod_of(flow.execute())
        finally:
            operator.process.stop()
    assert whole.pods
    assert pod["spec"]["serviceAccountName"] == "churn"
    mounts = [each["mountPath"] for each in pod["spec"]["containers"][0].get("volumeMounts", [])]
    assert "/var/run/secrets/kubernetes.io/serviceaccount" not in mounts
