"""A tenant of one namespace can't make the operator touch another; and people may do what their role says."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import pytest
from kubernetes.client.exceptions import ApiException

from model_monitor_operator.naming import PLAN_NAME
from model_monitor_operator.objects import Object
from model_monitor_operator.ownership import owner_of
from tests.cluster.acted_node import ActedNode
from tests.cluster.client import Client, Manifest
from tests.cluster.control_plane import ControlPlane
from tests.cluster.faults.models import WINDOW, Models
from tests.cluster.privileges.installation import SYSTEM, Installation
from tests.cluster.privileges.rights import requests
from tests.cluster.waiting import wait_for
from tests.cluster.watched import API
from tests.operator.life.manifests import BASELINE, CAPTURE, SCHEDULE

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800), pytest.mark.xdist_group("privileges")]

NOT_A_NAME = ("victim/churn", "../victim/churn", "victim:churn", "..", "churn?namespace=victim")
SEPARATED: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "baselineRef": ("MonitoringSchedule", ("baselineRef",)),
    "captureRef": ("MonitoringSchedule", ("captureRef",)),
    "preprocess": ("MonitoringSchedule", ("scripts", "preprocess", "configMapRef")),
    "secretRef": ("MonitoringSchedule", ("output", "connection", "secretRef")),
    "dataset.captureRef": ("Baseline", ("dataset", "captureRef")),
    "authorizationRef": ("Baseline", ("predictor", "authorizationRef")),
    "scheduleRef": ("MonitoringExecution", ("scheduleRef",)),
}
"""Where a reference stands, by a name for it."""
PLURALS = {
    "Baseline": "baselines",
    "MonitoringSchedule": "monitoringschedules",
    "MonitoringExecution": "monitoringexecutions",
}
TRAFFIC = {"from": "2026-01-01T00:00:00Z", "to": "2026-01-15T00:00:00Z"}
SPECS: Mapping[str, Mapping[str, Any]] = {
    "Baseline": BASELINE,
    "MonitoringSchedule": SCHEDULE,
    "MonitoringExecution": {"window": WINDOW},
}
READ, WRITTEN = {"get", "list", "watch"}, {"create", "update", "patch", "delete", "deletecollection"}
KINDS = {"baselines", "datacaptures", "monitoringexecutions", "monitoringschedules"}


class Tenants(NamedTuple):
    """Two namespaces, and somebody who may write one of them."""

    installation: Installation
    victim: Models
    own: Models
    client: Client
    """As the tenant."""

    def create(self, version: str, plural: str, manifest: Manifest) -> Manifest:
        """Create something as the tenant in his namespace."""
        return self.client.resource(version, plural, self.own.namespace).create(manifest)


@pytest.fixture(scope="module")
def tenants(everywhere: Installation, guarded_node: ActedNode) -> Iterator[Tenants]:
    """A victim with a schedule that runs, and a tenant with the built-in role `edit`."""
    cluster = everywhere.cluster
    with cluster.temporary_namespace("victim") as victim, cluster.temporary_namespace("tenant") as own:
        bind(cluster, own, "edit", "tenant")
        client = Client(cluster.user("tenant"))
        theirs = Models(cluster, guarded_node, victim)
        theirs.begin()
        theirs.execute()
        wait_for(lambda: allowed(client, own).get("monitoringschedules"), 60, "the rights of the tenant")
        yield Tenants(everywhere, theirs, Models(cluster, guarded_node, own), client)
        client.close()


def bind(cluster: ControlPlane, namespace: str, role: str, user: str) -> None:
    """Give somebody a role in a namespace."""
    name = f"{user}-is-{role}".replace(":", "-")
    cluster.kubectl(
        *("create", "rolebinding", name, f"--clusterrole={role}", f"--user={user}", "-n", namespace)
    )


def allowed(client: Client, namespace: str) -> dict[str, set[str]]:
    """Return the verbs that somebody may use in a namespace, by resource of the group."""
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectRulesReview",
        "spec": {"namespace": namespace},
    }
    found = client.request("post", "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", review)
    verbs: dict[str, set[str]] = {}
    for rule in found["status"]["resourceRules"]:
        if {"modelmonitor.dev", "*"} & set(rule["apiGroups"]):
            for resource in rule["resources"]:
                verbs.setdefault(resource, set()).update(rule["verbs"])
    return verbs


@pytest.mark.parametrize("where", SEPARATED)
def test_a_reference_is_a_name_and_has_no_namespace(tenants: Tenants, where: str) -> None:
    kind, path = SEPARATED[where]
    for name in NOT_A_NAME:
        with pytest.raises(ApiException, match="should match"):
            tenants.own.of(kind).apply(pointing(kind, path, {"name": name}))
    with pytest.raises(ApiException, match="field not declared in schema"):
        tenants.own.of(kind).apply(
            pointing(kind, path, {"name": "churn", "namespace": tenants.victim.namespace})
        )


def pointing(kind: str, path: tuple[str, ...], reference: Mapping[str, str]) -> Manifest:
    """Return an object with a reference at a path."""
    spec = json.loads(json.dumps(SPECS[kind]))
    if path[0] == "dataset":
        spec["dataset"] = dict(TRAFFIC)
    if path[0] == "predictor":
        spec["predictor"] = {"url": "http://churn/"}
    *parents, last = path
    place = spec
    for part in parents:
        place = place.setdefault(part, {})
    keyed = last in ("configMapRef", "authorizationRef")
    place[last] = {**reference, **({"key": "value"} if keyed else {})}
    return {"apiVersion": API, "kind": kind, "metadata": {"name": "pointing"}, "spec": spec}


def test_what_another_namespace_has_is_not_found_and_not_told(tenants: Tenants) -> None:
    body = {"apiVersion": API, "kind": "MonitoringSchedule", "metadata": {"name": "borrowing"}}
    tenants.create(API, "monitoringschedules", {**body, "spec": SCHEDULE})
    message = tenants.own.wait_ready("MonitoringSchedule", "borrowing", "ReferenceNotFound")
    assert tenants.victim.namespace not in message
    assert "mms-borrowing" not in tenants.own.names("CronJob")
    tenants.own.of("MonitoringSchedule").delete("borrowing")


def test_a_claim_whose_name_would_lead_elsewhere_is_none(tenants: Tenants) -> None:
    output = {"uri": "pvc://../../victim/persistentvolumeclaims/results"}
    tenants.own.apply("DataCapture", "churn", CAPTURE)
    tenants.own.apply("Baseline", "sly", {**BASELINE, "output": output})
    told = tenants.own.wait(
        lambda: tenants.own.condition("Baseline", "sly", "AccessMode") or None, "the condition AccessMode"
    )
    assert told["reason"] == "ClaimNotFound"
    tenants.own.of("Baseline").delete("sly")


def test_forged_owners_change_nothing_in_another_namespace(tenants: Tenants) -> None:
    """Nobody collects garbage meanwhile, which would remove the forgeries soon."""
    installation, victim = tenants.installation, tenants.victim
    schedule = victim.of("MonitoringSchedule").get("hourly")
    cron_job = victim.of("CronJob").get("mms-hourly")
    execution = victim.of("MonitoringExecution").get("by-hand")
    job = victim.of("Job").get(execution["status"]["job"])
    before = state(victim)
    cluster = installation.cluster
    cluster.controller_manager.pause()
    try:
        told = len(requests(cluster.audit_log(), installation.user))
        plan = job["metadata"]["annotations"][PLAN_NAME]
        tenants.create("v1", "configmaps", forged("v1", "ConfigMap", "old-plan", schedule, data={}))
        for name in ("mms-hourly-29000000", "mms-hourly-39000000"):
            tenants.create("batch/v1", "jobs", forged_job(name, cron_job, job))
        tenants.create("batch/v1", "jobs", forged_job("mmx-attempt", execution, job))
        tenants.create("v1", "pods", forged("v1", "Pod", "liar", job, spec=pod_spec(job)))
        tenants.create(
            API,
            "monitoringexecutions",
            forged(API, "MonitoringExecution", "hourly-29000000", schedule, spec=execution["spec"]),
        )
        message = victim.message("by-hand", execution["status"]["job"]).decode()
        lie(tenants.own, "liar", message)
        # Everybody looks again.
        victim.of("MonitoringSchedule").patch("hourly", {"spec": {"minRecords": 55}})
        victim.of("MonitoringExecution").patch("by-hand", {"metadata": {"labels": {"look": "again"}}})
        observed = victim.of("MonitoringSchedule").get("hourly")["metadata"]["generation"]
        victim.wait(
            lambda: victim.status("MonitoringSchedule", "hourly")["observedGeneration"] == observed,
            "the edit seen",
        )
        waiting = tenants.own.wait_state("hourly-29000000", "Pending")
        assert "does not exist yet" in waiting["message"]
        assert state(victim) == before
        assert plan in victim.names("ConfigMap")
        asked = requests(cluster.audit_log(), installation.user)[told:]
    finally:
        cluster.controller_manager.resume()
    assert not [each["requestURI"] for each in asked if each["verb"] == "delete"]
    made = [each["requestURI"] for each in asked if each["verb"] == "create"]
    assert not [
        uri for uri in made if tenants.own.namespace in uri and not uri.split("?")[0].endswith("events")
    ]


def state(models: Models) -> Any:
    """Return what a forgery might change."""
    status = models.status("MonitoringSchedule", "hourly")
    run = models.status("MonitoringExecution", "by-hand")
    known = [{key: status.get(key) for key in ("totals", "history", "lastExecution", "settledUntil")}]
    known += [{key: run.get(key) for key in ("state", "job", "attempts", "message", "counts")}]
    return known, models.names("MonitoringExecution"), models.names("Job"), models.names("CronJob")


def forged(version: str, kind: str, name: str, owner: Object, **fields: Any) -> Manifest:
    """Return an object that names an object of another namespace as its controller, with all our labels."""
    reference = {**owner_of(owner).reference(), "blockOwnerDeletion": False}
    labels = {**OURS, **(owner["metadata"].get("labels") or {})}
    meta = {"name": name, "labels": labels, "ownerReferences": [reference]}
    return {"apiVersion": version, "kind": kind, "metadata": meta, **fields}


OURS = {
    "app.kubernetes.io/managed-by": "model-monitor",
    "modelmonitor.dev/owner-kind": "MonitoringSchedule",
    "modelmonitor.dev/owner-name": "hourly",
}


def forged_job(name: str, owner: Object, job: Manifest) -> Manifest:
    """Return a Job that looks as if it had been made for somebody else's object."""
    template = {"metadata": {"labels": OURS}, "spec": pod_spec(job)}
    found = forged("batch/v1", "Job", name, owner, spec={"backoffLimit": 0, "template": template})
    found["metadata"]["annotations"] = job["metadata"]["annotations"]
    return found


def pod_spec(job: Manifest) -> Manifest:
    """Return a pod with a container of the analyzer's name."""
    name = job["spec"]["template"]["spec"]["containers"][0]["name"]
    return {"restartPolicy": "Never", "containers": [{"name": name, "image": "example.test/mine:1"}]}


def lie(own: Models, pod: str, message: str) -> None:
    """Let a pod have ended well, with a result that is not its own to tell."""
    at = "2026-11-27T00:00:00Z"
    ended = {"exitCode": 0, "reason": "Completed", "message": message, "startedAt": at, "finishedAt": at}
    common = {"name": "analyzer", "image": "example.test/mine:1", "imageID": "", "ready": False}
    status = {**common, "restartCount": 0, "state": {"terminated": ended}}
    own.of("Pod").patch(pod, {"status": {"phase": "Succeeded", "containerStatuses": [status]}}, "status")


@pytest.mark.parametrize(
    ("role", "verbs"),
    [
        ("view", dict.fromkeys(KINDS, READ)),
        ("edit", dict.fromkeys(KINDS, READ | WRITTEN)),
        ("runner", {"monitoringexecutions": READ | {"create"}}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_people_may_do_what_their_role_says(
    tenants: Tenants, role: str, verbs: Mapping[str, set[str]]
) -> None:
    cluster = tenants.installation.cluster
    name = f"{SYSTEM}:everywhere-model-monitor:{role}" if role == "runner" else role
    with cluster.temporary_namespace("people") as namespace:
        bind(cluster, namespace, name, f"a-{role}")
        client = Client(cluster.user(f"a-{role}"))
        wait_for(lambda: allowed(client, namespace) == verbs, 60, f"the rights of {role}")
        assert allowed(client, "default") == {}
        client.close()


def test_a_runner_runs_what_is_there_and_can_do_nothing_else(tenants: Tenants) -> None:
    cluster, victim = tenants.installation.cluster, tenants.victim
    bind(cluster, victim.namespace, f"{SYSTEM}:everywhere-model-monitor:runner", "pipeline")
    client = Client(cluster.user("pipeline"))
    mine = client.resource(API, "monitoringexecutions", victim.namespace)
    wait_for(lambda: allowed(client, victim.namespace), 60, "the rights of the runner")
    spec = {"scheduleRef": {"name": "hourly"}, "window": WINDOW}
    mine.create({"apiVersion": API, "kind": "MonitoringExecution", "metadata": {"name": "run"}, "spec": spec})
    assert victim.job_of("run")
    schedules = client.resource(API, "monitoringschedules", victim.namespace)
    with pytest.raises(ApiException, match="forbidden"):
        schedules.patch("hourly", {"metadata": {"annotations": {"modelmonitor.dev/run-requested-at": "x"}}})
    with pytest.raises(ApiException, match="forbidden"):
        mine.patch("run", {"spec": {"stop": True}})
    with pytest.raises(ApiException, match="forbidden"):
        mine.patch("run", {"status": {"state": "Completed"}}, "status")
    client.close()


def test_nobody_but_the_operator_writes_a_status(tenants: Tenants) -> None:
    tenants.own.apply("DataCapture", "churn", CAPTURE)
    captures = tenants.client.resource(API, "datacaptures", tenants.own.namespace)
    with pytest.raises(ApiException, match="forbidden"):
        captures.patch("churn", {"status": {"observedGeneration": 7}}, "status")
