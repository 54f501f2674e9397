"""A whole operator against a real API server, and what an API server does to it."""

import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from model_monitor_operator.objects import Key
from tests.cluster.client import Manifest, Resource
from tests.cluster.cluster import Cluster
from tests.cluster.control_plane import ControlPlane
from tests.cluster.waiting import wait_for
from tests.operator.cluster.running import Gate, build, running
from tests.operator.cluster.toy import Toy, capture

pytestmark = pytest.mark.slow

GROUP = "modelmonitor.dev/v1alpha1"


class Objects:
    """DataCaptures and ConfigMaps of a namespace, as a person sees them."""

    def __init__(self, cluster: Cluster, namespace: str) -> None:
        self.namespace = namespace
        self.captures: Resource = cluster.resource(GROUP, "datacaptures", namespace)
        self.maps: Resource = cluster.resource("v1", "configmaps", namespace)

    def create(self, name: str, uri: str = "s3://first/") -> Manifest:
        return self.captures.create(capture(name, self.namespace, uri))

    def child(self, name: str) -> Any:
        found = self.maps.find(f"{name}-child")
        return (found or {}).get("data")

    def wait_child(self, name: str, uri: str = "s3://first/") -> None:
        wait_for(lambda: self.child(name) == {"uri": uri}, 60, f"the child of {name}")

    def status(self, name: str) -> Any:
        return self.captures.get(name).get("status") or {}

    def wait_made(self, name: str) -> None:
        wait_for(lambda: self.status(name).get("lastObject") == "made", 60, f"the status of {name}")


@pytest.fixture
def objects(cluster: Cluster, namespace: str) -> Objects:
    return Objects(cluster, namespace)


@pytest.fixture
def gate(own_cluster: ControlPlane) -> Iterator[Gate]:
    door = Gate(own_cluster.layout.api_port)
    yield door
    door.end()


def test_children_follow_their_objects_whatever_somebody_does_to_them(
    cluster: Cluster, objects: Objects
) -> None:
    objects.create("before")
    with running(build(cluster.kubeconfig, Toy(), objects.namespace)) as operator:
        objects.wait_child("before")
        objects.wait_made("before")
        objects.create("after")
        objects.wait_child("after")
        objects.captures.patch("after", {"spec": {"source": {"files": {"uri": "s3://other/"}}}})
        objects.wait_child("after", "s3://other/")
        objects.maps.patch("after-child", {"data": {"uri": "theirs"}})
        objects.wait_child("after", "s3://other/")
        objects.maps.delete("after-child")
        objects.wait_child("after", "s3://other/")
        objects.captures.delete("after")
        wait_for(lambda: operator.cache.get("DataCapture", objects.namespace, "after") is None, 30)
        wait_for(lambda: objects.child("after") is None, 90, "no child of what is gone")
        assert operator.illness() is None


def test_what_is_deleted_before_its_watch_begins_is_noticed(
    cluster: Cluster, objects: Objects, monkeypatch: pytest.MonkeyPatch
) -> None:
    operator = build(cluster.kubeconfig, Toy(), objects.namespace)
    objects.create("gone")
    begin = operator._watching.start

    def late() -> None:
        assert operator.cache.get("DataCapture", objects.namespace, "gone") is not None
        objects.captures.delete("gone")
        begin()

    monkeypatch.setattr(operator._watching, "start", late)
    with running(operator):
        wait_for(lambda: operator.cache.get("DataCapture", objects.namespace, "gone") is None, 30)


def test_watches_tell_of_changes_alone(
    cluster: Cluster, objects: Objects, monkeypatch: pytest.MonkeyPatch
) -> None:
    operator = build(cluster.kubeconfig, Toy(), objects.namespace)
    told = list[tuple[str | None, str]]()
    monkeypatch.setattr(
        operator._watching, "_seen", lambda type_, thing: told.append((type_, thing["metadata"]["name"]))
    )
    objects.create("before")
    with running(operator):
        objects.wait_made("before")
        objects.create("after")
        wait_for(lambda: ("ADDED", "after") in told, 30)
    assert ("ADDED", "before") not in told
    assert None not in {type_ for type_, _ in told}


def test_a_quiet_cluster_costs_no_writes(cluster: Cluster, objects: Objects) -> None:
    toy = Toy()
    with running(build(cluster.kubeconfig, toy, objects.namespace)) as operator:
        objects.create("a")
        objects.wait_made("a")
        wait_for(lambda: objects.maps.get("a-child")["metadata"].get("annotations"), 10)
        versions = [each.get(name)["metadata"]["resourceVersion"] for each, name in pairs(objects)]
        before = len(toy.seen)
        operator._resynced()
        wait_for(lambda: len(toy.seen) > before, 30)
        objects.create("b")
        objects.wait_made("b")
        assert versions == [each.get(name)["metadata"]["resourceVersion"] for each, name in pairs(objects)]


def pairs(objects: Objects) -> list[tuple[Resource, str]]:
    return [(objects.captures, "a"), (objects.maps, "a-child")]


def test_an_api_server_that_is_killed_interrupts_and_ends_nothing(
    own_cluster: ControlPlane, objects: Objects
) -> None:
    with running(build(own_cluster.kubeconfig, Toy(), objects.namespace)) as operator:
        objects.create("before")
        objects.wait_made("before")
        own_cluster.api_server.kill()
        operator._queue.add([Key("DataCapture", objects.namespace, "before")])
        time.sleep(2)
        own_cluster.api_server.start()
        own_cluster.wait_ready()
        objects.create("after")
        objects.wait_child("after")
        objects.wait_made("after")
        assert operator.illness() is None


def test_what_is_deleted_while_history_is_forgotten_is_noticed(
    own_cluster: ControlPlane, objects: Objects, gate: Gate
) -> None:
    operator = build(own_cluster.kubeconfig, Toy(), objects.namespace, server=gate.server)
    with running(operator):
        objects.create("gone")
        objects.create("kept")
        objects.wait_made("gone")
        objects.wait_made("kept")
        gate.close()
        objects.captures.delete("gone")
        objects.maps.delete("kept-child")
        objects.create("new")
        own_cluster.compact()
        # It remembers recent changes and would go on; a server that is started anew does not.
        own_cluster.restart_api_server()
        gate.open()
        wait_for(lambda: operator.cache.get("DataCapture", objects.namespace, "gone") is None, 90)
        objects.wait_child("kept")
        objects.wait_child("new")


def test_deletions_that_leave_nothing_to_list_are_noticed(
    own_cluster: ControlPlane, objects: Objects, gate: Gate
) -> None:
    operator = build(own_cluster.kubeconfig, Toy(), objects.namespace, server=gate.server)
    with running(operator):
        objects.create("only")
        objects.wait_made("only")
        gate.close()
        objects.captures.delete("only")
        own_cluster.compact()
        own_cluster.restart_api_server()
        gate.open()
        wait_for(lambda: operator.cache.items("DataCapture") == (), 90)


def test_two_operators_do_everything_twice_but_nothing_twice(cluster: Cluster, objects: Objects) -> None:
    first, second = (build(cluster.kubeconfig, Toy(), objects.namespace) for _ in range(2))
    with running(first), running(second):
        names = [f"a{number}" for number in range(12)]
        for name in names:
            objects.create(name)
        for name in names:
            objects.wait_child(name)
            objects.wait_made(name)
        objects.captures.patch(names[0], {"spec": {"source": {"files": {"uri": "s3://other/"}}}})
        objects.wait_child(names[0], "s3://other/")
        assert len(objects.maps.list("app.kubernetes.io/managed-by=model-monitor")) == len(names)


def test_an_operator_without_permissions_says_which_and_starts_once_it_has_them(
    own_cluster: ControlPlane, objects: Objects, caplog: pytest.LogCaptureFixture
) -> None:
    kubeconfig = own_cluster.user(f"operator-of-{objects.namespace}")
    operator = build(kubeconfig, Toy(), objects.namespace)
    with running(operator, ready=False):
        wait_for(lambda: "forbidden" in str(operator.unreadiness()), 30)
        assert "datacaptures" in str(operator.unreadiness())
        assert operator.illness() is None
        grant(own_cluster, objects.namespace, SEEING)
        wait_for(lambda: operator.unreadiness() is None, 60, "a ready operator")
        objects.create("a")
        wait_for(lambda: "forbidden" in str(objects.status("a").get("lastObject")), 60)
        grant(own_cluster, objects.namespace, DOING)
        wait_for(lambda: operator._queue.depth() == 0, 30)
        objects.captures.patch("a", {"metadata": {"labels": {"touched": "1"}}})
        objects.wait_made("a")
    assert any("cannot start yet" in record.message for record in caplog.records)


SEEING = [
    {
        "apiGroups": ["modelmonitor.dev"],
        "resources": ["datacaptures", "baselines", "monitoringschedules", "monitoringexecutions"],
        "verbs": ["list", "watch"],
    },
    {"apiGroups": ["batch"], "resources": ["jobs", "cronjobs"], "verbs": ["list", "watch"]},
    {"apiGroups": ["apps"], "resources": ["deployments", "replicasets"], "verbs": ["list", "watch"]},
    {"apiGroups": [""], "resources": ["pods", "configmaps"], "verbs": ["list", "watch", "get"]},
    {"apiGroups": ["modelmonitor.dev"], "resources": ["datacaptures/status"], "verbs": ["patch"]},
]
"""All that watching needs, and what a status and a look at a child need."""

DOING = [
    {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["create", "patch"]},
    {"apiGroups": [""], "resources": ["events"], "verbs": ["create", "get", "patch"]},
]


def grant(cluster: ControlPlane, namespace: str, rules: list[Any]) -> None:
    group = "rbac.authorization.k8s.io"
    name = f"rules-{len(rules)}"
    role = {"apiVersion": f"{group}/v1", "kind": "Role", "metadata": {"name": name}, "rules": rules}
    cluster.resource(f"{group}/v1", "roles", namespace).create(role)
    cluster.resource(f"{group}/v1", "rolebindings", namespace).create(
        {
            "apiVersion": f"{group}/v1",
            "kind": "RoleBinding",
            "metadata": {"name": name},
            "roleRef": {"apiGroup": group, "kind": "Role", "name": name},
            "subjects": [{"kind": "User", "name": f"operator-of-{namespace}", "apiGroup": group}],
        }
    )


def test_a_service_account_is_enough(
    own_cluster: ControlPlane, objects: Objects, kubeconfig_of: Callable[[str], Path]
) -> None:
    group = "rbac.authorization.k8s.io"
    grant(own_cluster, objects.namespace, SEEING)
    grant(own_cluster, objects.namespace, DOING)
    for number in (len(SEEING), len(DOING)):
        subject = {"kind": "ServiceAccount", "name": "default", "namespace": objects.namespace}
        own_cluster.resource(f"{group}/v1", "rolebindings", objects.namespace).patch(
            f"rules-{number}", {"subjects": [subject]}
        )
    with running(build(kubeconfig_of("default"), Toy(), objects.namespace)):
        objects.create("a")
        objects.wait_child("a")
        objects.wait_made("a")
        events = own_cluster.resource("v1", "events", objects.namespace)
        wait_for(lambda: events.list(fields="involvedObject.name=a"), 30, "an Event")


def test_an_operator_of_all_namespaces_sees_all(cluster: Cluster, objects: Objects) -> None:
    with running(build(cluster.kubeconfig, Toy())):
        objects.create("a")
        objects.wait_child("a")
        with cluster.temporary_namespace() as other:
            elsewhere = Objects(cluster, other)
            elsewhere.create("a", "s3://other/")
            elsewhere.wait_child("a", "s3://other/")


def test_a_stopped_operator_has_finished_what_it_was_doing(cluster: Cluster, objects: Objects) -> None:
    class Slow(Toy):
        def observe(self, *given: Any) -> Any:
            found = super().observe(*given)
            time.sleep(1)
            return found

    toy = Slow()
    objects.create("a")
    operator = build(cluster.kubeconfig, toy, objects.namespace)
    with ThreadPoolExecutor(1) as pool:
        ended = pool.submit(operator.run)
        wait_for(lambda: toy.seen, 60)
        operator.stop()
        assert ended.result(timeout=60) == 0
    assert objects.status("a")["lastObject"] == "made"


def test_kopf_writes_nothing(cluster: Cluster, objects: Objects, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "kopf")
    with running(build(cluster.kubeconfig, Toy(), objects.namespace)):
        objects.create("a")
        objects.wait_made("a")
    meta = objects.captures.get("a")["metadata"]
    assert "annotations" not in meta
    assert "finalizers" not in meta
    managers = {(each["manager"], each.get("subresource")) for each in meta["managedFields"]}
    assert ("model-monitor", "status") in managers
    assert len(managers) == 2
    assert [
        r.message for r in caplog.records if "signals" not in r.message and r.name.startswith("kopf")
    ] == []
