"""The control plane of our own is a real one, and its faults are."""

from collections.abc import Callable
from pathlib import Path

import pytest
from kubernetes.dynamic.exceptions import ForbiddenError, GoneError

from tests.cluster.acted_node import JOB, ActedNode
from tests.cluster.client import Client, Manifest
from tests.cluster.cluster import Cluster
from tests.cluster.commands import Options
from tests.cluster.control_plane import ControlPlane, control_plane
from tests.cluster.waiting import wait_for

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("cluster")]

POD = {
    "spec": {
        "restartPolicy": "Never",
        "containers": [{"name": "main", "image": "example.test/none:1"}],
    }
}


def job(name: str, **spec: object) -> Manifest:
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name},
        "spec": {"backoffLimit": 0, "template": POD, **spec},
    }


def condition(found: Manifest, kind: str) -> Manifest | None:
    return next((c for c in found["status"].get("conditions", []) if c["type"] == kind), None)


def config_map(name: str) -> Manifest:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}}


def test_a_cron_job_fires_and_its_job_completes(
    cluster: Cluster, namespace: str, acted_node: ActedNode
) -> None:
    cron = {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": {"name": "minutely"},
        "spec": {"schedule": "* * * * *", "jobTemplate": {"spec": {"template": POD}}},
    }
    cluster.resource("batch/v1", "cronjobs", namespace).create(cron)
    jobs = cluster.resource("batch/v1", "jobs", namespace)
    created = wait_for(jobs.list, 75, "a Job of the CronJob")[0]
    name = created["metadata"]["name"]
    ended = acted_node.finish(namespace, name, message='{"verdict":"fine"}')
    assert ended["status"]["containerStatuses"][0]["state"]["terminated"]["message"] == '{"verdict":"fine"}'
    wait_for(lambda: condition(jobs.get(name), "Complete"), 20, "a complete Job")


def test_an_exit_code_fails_a_job(cluster: Cluster, namespace: str, acted_node: ActedNode) -> None:
    rule = {"action": "FailJob", "onExitCodes": {"operator": "In", "values": [12]}}
    jobs = cluster.resource("batch/v1", "jobs", namespace)
    jobs.create(job("refused", backoffLimit=3, podFailurePolicy={"rules": [rule]}))
    acted_node.finish(namespace, "refused", 12)
    failed = wait_for(lambda: condition(jobs.get("refused"), "Failed"), 20, "a failed Job")
    assert failed["reason"] == "PodFailurePolicy"


def test_the_pods_of_a_deleted_job_end(cluster: Cluster, namespace: str, acted_node: ActedNode) -> None:
    jobs, pods = (cluster.resource(*kind, namespace) for kind in (("batch/v1", "jobs"), ("v1", "pods")))
    jobs.create(job("stopped"))
    acted_node.run(namespace, "stopped")
    jobs.delete("stopped")
    wait_for(lambda: not pods.list(f"{JOB}=stopped"), 20, "no pod of the deleted Job")


def test_a_full_node_leaves_a_pod_unschedulable(
    cluster: Cluster, namespace: str, acted_node: ActedNode
) -> None:
    pods = cluster.resource("v1", "pods", namespace)
    acted_node.schedulable(False)
    try:
        cluster.resource("batch/v1", "jobs", namespace).create(job("waiting"))
        wait_for(
            lambda: any(
                (condition(pod, "PodScheduled") or {}).get("reason") == "Unschedulable" for pod in pods.list()
            ),
            20,
            "an unschedulable pod",
        )
    finally:
        acted_node.schedulable(True)
    acted_node.finish(namespace, "waiting")


def test_an_api_server_that_was_killed_comes_back_with_its_data(
    own_cluster: ControlPlane, namespace: str
) -> None:
    kept = own_cluster.resource("v1", "configmaps", namespace)
    kept.create(config_map("kept"))
    own_cluster.restart_api_server()
    assert kept.get("kept")["metadata"]["name"] == "kept"


def test_history_that_was_compacted_is_gone(own_cluster: ControlPlane, namespace: str) -> None:
    path = f"/api/v1/namespaces/{namespace}/configmaps"
    first = own_cluster.client.request("post", path, config_map("first"))["metadata"]["resourceVersion"]
    own_cluster.client.request("post", path, config_map("second"))
    own_cluster.compact()
    own_cluster.restart_api_server()
    query = {"resourceVersion": first, "resourceVersionMatch": "Exact", "limit": "10"}
    with pytest.raises(GoneError):
        own_cluster.client.request("get", path, query=query)


def test_a_service_account_may_do_what_its_roles_say(
    cluster: Cluster, namespace: str, kubeconfig_of: Callable[[str], Path]
) -> None:
    rule = {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["list"]}
    grant = {
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "reader"},
        "subjects": [{"kind": "ServiceAccount", "name": "default", "namespace": namespace}],
    }
    group = "rbac.authorization.k8s.io/v1"
    cluster.resource(group, "roles", namespace).create(
        {"apiVersion": group, "kind": "Role", "metadata": {"name": "reader"}, "rules": [rule]}
    )
    cluster.resource(group, "rolebindings", namespace).create(
        {"apiVersion": group, "kind": "RoleBinding", "metadata": {"name": "reader"}, **grant}
    )
    client = Client(kubeconfig_of("default"))
    allowed = client.resource("v1", "configmaps", namespace)

    def listed() -> list[Manifest] | None:
        try:
            return allowed.list()
        except ForbiddenError:  # the server learns of a role a moment after it stores it
            return None

    wait_for(listed, 10, "the configuration maps of the namespace")
    with pytest.raises(ForbiddenError):
        client.resource("v1", "secrets", namespace).list()
    client.close()


def test_an_audited_cluster_tells_who_asked_for_what_and_leaves_nothing_behind() -> None:
    options = Options(audit=True, admission=("OwnerReferencesPermissionEnforcement",))
    with control_plane(options) as audited:
        audited.resource("v1", "configmaps", "default").create(config_map("seen"))
        found = [
            (event["verb"], event["user"]["username"])
            for event in audited.audit_log()
            if event.get("objectRef", {}).get("name") == "seen"
            if event.get("objectRef", {})["resource"] == "configmaps"
        ]
        home, processes = audited.home, audited.processes
        pids = [process.pid for process in processes]
    assert found == [("create", "admin")]
    assert not home.exists()
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)
