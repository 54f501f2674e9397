"""The API server and `model-monitor validate` judge one table of manifests alike."""

import copy

import pytest

from tests.cluster.cluster import Cluster
from tests.support.manifests import Case, accepted, base, refused

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("cluster")]

CREATE = ("create", "--dry-run=server", "--validate=strict", "-f", "-")


@pytest.fixture(scope="module")
def namespaces(cluster: Cluster) -> Cluster:
    cluster.run("create", "namespace", "other")
    return cluster


@pytest.mark.parametrize("case", accepted(), ids=lambda case: case.name)
def test_what_validate_accepts_the_server_accepts(namespaces: Cluster, case: Case) -> None:
    created = namespaces.run(*CREATE, document=case.text.decode())
    assert created.returncode == 0, created.stderr


@pytest.mark.parametrize(
    "case", [case for case in refused() if case.by != "operator"], ids=lambda case: case.name
)
def test_what_a_schema_can_refuse_the_server_refuses(namespaces: Cluster, case: Case) -> None:
    created = namespaces.run(*CREATE, document=case.text.decode())
    assert created.returncode != 0
    if case.by == "rule":
        assert case.message in created.stderr


@pytest.mark.parametrize(
    "case", [case for case in refused() if case.by == "operator"], ids=lambda case: case.name
)
def test_what_no_schema_can_say_is_left_to_the_operator(namespaces: Cluster, case: Case) -> None:
    created = namespaces.run(*CREATE, document=case.text.decode())
    assert created.returncode == 0, created.stderr


def test_an_execution_never_changes_but_may_be_stopped_once(namespaces: Cluster) -> None:
    execution = Case("execution", base("execution"))
    name = execution.manifest["metadata"]["name"]
    assert namespaces.run("create", "-f", "-", document=execution.text.decode()).returncode == 0
    try:
        changed = copy.deepcopy(execution.manifest)
        changed["spec"]["scheduleRef"]["name"] = "another"
        refusal = namespaces.run("apply", "-f", "-", document=Case("changed", changed).text.decode())
        assert refusal.returncode != 0
        assert "must stay as it was created" in refusal.stderr
        stop, resume = ('{"spec":{"stop":true}}', '{"spec":{"stop":false}}')
        assert namespaces.run("patch", "mmx", name, "--type=merge", "-p", stop).returncode == 0
        assert namespaces.run("patch", "mmx", name, "--type=merge", "-p", resume).returncode != 0
    finally:
        namespaces.run("delete", "mmx", name, "--wait=false")
