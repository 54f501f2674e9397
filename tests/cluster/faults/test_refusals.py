"""What the API server refuses, and names that somebody else has: left alone, and told."""

import time

import pytest

from model_monitor_api.failures import Failure
from model_monitor_operator.naming import MANAGED_BY, MANAGER, job_name
from tests.cluster.client import Manifest
from tests.cluster.faults.models import WINDOW
from tests.cluster.faults.together import Scene, together, with_own_operators
from tests.operator.life.manifests import SCHEDULE

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

PODS = {
    "restartPolicy": "Never",
    "containers": [{"name": "main", "image": "example.test/theirs:1"}],
}
OURS = {MANAGED_BY: MANAGER}
AS_ROOT = {"podTemplate": {"securityContext": {"runAsUser": 0}}}


def quota(scene: Scene, what: str, most: int) -> None:
    """Let there be at most so many of something."""
    name = what.replace("/", "-").replace(".", "-")
    quotas = scene.cluster.resource("v1", "resourcequotas", scene.namespace)
    meta, spec = {"name": name, "namespace": scene.namespace}, {"hard": {what: str(most)}}
    quotas.apply({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": meta, "spec": spec})
    scene.wait(
        lambda: (quotas.get(name).get("status") or {}).get("hard") == {what: str(most)}, "the quota known"
    )


@together
def test_a_quota_that_lets_no_pod_in_is_told_and_the_run_begins_once_it_does(scene: Scene) -> None:
    scene.begin()
    quota(scene, "count/pods", 0)
    job = scene.execute()
    status = scene.wait_state("by-hand", Failure.POD_REFUSED)
    assert status["state"] == "Pending"
    assert "exceeded quota: count-pods" in status["message"]
    assert Failure.POD_REFUSED.next_step in status["message"]
    quota(scene, "count/pods", 10)
    scene.succeed("by-hand")
    assert scene.status("MonitoringExecution", "by-hand")["job"] == job


@together
def test_a_quota_that_lets_no_job_in_is_told_and_tried_again_after_a_minute(scene: Scene) -> None:
    scene.begin()
    quota(scene, "count/jobs.batch", 1)  # the Baseline's
    scene.apply("MonitoringExecution", "by-hand", {"scheduleRef": {"name": "hourly"}, "window": WINDOW})
    status = scene.wait_state("by-hand", Failure.POD_REFUSED)
    assert (status["state"], "nextAttemptTime" in status) == ("Pending", True)
    assert "exceeded quota: count-jobs-batch" in status["message"]
    quota(scene, "count/jobs.batch", 10)
    attempt = scene.wait(
        lambda: (
            (found := scene.status("MonitoringExecution", "by-hand")).get("job") in scene.names("Job")
            and found["attempts"]
        ),
        "a Job",
        seconds=240,
    )
    scene.succeed("by-hand", attempt=attempt)


@together
def test_pods_that_pod_security_refuses_are_told(scene: Scene) -> None:
    scene.cluster.resource("v1", "namespaces").patch(
        scene.namespace, {"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "restricted"}}}
    )
    scene.begin()
    scene.of("MonitoringSchedule").patch("hourly", {"spec": AS_ROOT})
    scene.execute()
    status = scene.wait_state("by-hand", Failure.POD_REFUSED)
    assert 'violates PodSecurity "restricted:latest"' in status["message"]
    assert "runAsUser=0" in status["message"]


@together
def test_a_webhook_that_is_down_is_told_and_the_run_begins_once_it_is_up(scene: Scene) -> None:
    scene.begin()
    hooks = scene.cluster.resource("admissionregistration.k8s.io/v1", "validatingwebhookconfigurations")
    hooks.create(webhook(scene.namespace, "pods", ""))
    scene.end_with(lambda: hooks.delete(f"{scene.namespace}-pods"))
    time.sleep(2)  # until the API server has heard of it
    scene.execute()
    status = scene.wait_state("by-hand", Failure.POD_REFUSED)
    assert f'failed calling webhook "down.{scene.namespace}.test"' in status["message"]
    hooks.delete(f"{scene.namespace}-pods")
    scene.succeed("by-hand")


@together
def test_a_webhook_for_jobs_that_is_down_is_told_of_the_execution_and_of_the_schedule(scene: Scene) -> None:
    scene.begin()
    hooks = scene.cluster.resource("admissionregistration.k8s.io/v1", "validatingwebhookconfigurations")
    for plural in ("jobs", "cronjobs"):
        hooks.create(webhook(scene.namespace, plural, "batch"))
    for plural in ("jobs", "cronjobs"):
        scene.end_with(lambda plural=plural: hooks.delete(f"{scene.namespace}-{plural}"))  # type: ignore[misc]
    time.sleep(2)
    scene.apply("MonitoringExecution", "by-hand", {"scheduleRef": {"name": "hourly"}, "window": WINDOW})
    scene.of("MonitoringSchedule").patch("hourly", {"spec": {"minRecords": 3}})
    status = scene.wait_state("by-hand", Failure.POD_REFUSED)
    assert f'failed calling webhook "down.{scene.namespace}.test"' in status["message"]
    assert "failed calling webhook" in scene.wait_ready("MonitoringSchedule", "hourly", "InvalidSpec")
    for plural in ("jobs", "cronjobs"):
        hooks.delete(f"{scene.namespace}-{plural}")
    scene.wait_ready("MonitoringSchedule", "hourly", "Scheduled", seconds=400)


def webhook(namespace: str, plural: str, group: str) -> Manifest:
    """Return an admission webhook that nobody serves."""
    rule = {"apiGroups": [group], "apiVersions": ["*"], "resources": [plural]}
    hook = {
        "name": f"down.{namespace}.test",
        "clientConfig": {"url": "https://127.0.0.1:9/"},
        "rules": [{**rule, "operations": ["CREATE", "UPDATE"]}],
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}},
        "sideEffects": "None",
        "admissionReviewVersions": ["v1"],
        "timeoutSeconds": 1,
    }
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": f"{namespace}-{plural}"},
        "webhooks": [hook],
    }


@together
def test_somebody_elses_cron_job_where_ours_should_go_is_left_alone(scene: Scene) -> None:
    theirs = {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": {"name": "mms-taken", "labels": OURS},
        "spec": {"schedule": "0 0 1 1 *", "jobTemplate": {"spec": {"template": {"spec": PODS}}}},
    }
    scene.of("CronJob").create(theirs)
    scene.begin()
    scene.apply("MonitoringSchedule", "taken", SCHEDULE)
    message = scene.wait_ready("MonitoringSchedule", "taken", "NameConflict")
    assert message == "the CronJob `mms-taken` belongs to nobody; remove it or rename this schedule", message
    assert scene.of("CronJob").get("mms-taken")["spec"]["schedule"] == "0 0 1 1 *"
    scene.of("CronJob").delete("mms-taken")
    scene.wait_ready("MonitoringSchedule", "taken", "Scheduled")


@with_own_operators
def test_somebody_elses_config_map_where_ours_should_go_is_left_alone(scene: Scene) -> None:
    operator = scene.new_operator()
    operator.start()
    scene.begin()
    operator.process.pause()
    (plan,) = (name for name in scene.names("ConfigMap") if name.startswith("mms-hourly-plan-"))
    scene.of("ConfigMap").delete(plan)
    theirs = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": plan}, "data": {"theirs": "yes"}}
    scene.of("ConfigMap").create(theirs)
    operator.process.resume()
    message = scene.wait_ready("MonitoringSchedule", "hourly", "NameConflict")
    assert f"the ConfigMap `{plan}` belongs to nobody" in message
    assert scene.of("ConfigMap").get(plan)["data"] == {"theirs": "yes"}
    scene.of("ConfigMap").delete(plan)
    scene.wait_ready("MonitoringSchedule", "hourly", "Scheduled")


@together
def test_jobs_and_cron_jobs_of_others_that_carry_our_labels_are_left_alone(scene: Scene) -> None:
    scene.begin()
    schedule = scene.of("MonitoringSchedule").get("hourly")
    labels = scene.of("CronJob").get("mms-hourly")["metadata"]["labels"]
    job = {"backoffLimit": 0, "template": {"spec": PODS}}
    minute = "mms-hourly-29000000"
    for name in ("theirs", minute):
        meta = {"name": name, "labels": labels}
        scene.of("Job").create({"apiVersion": "batch/v1", "kind": "Job", "metadata": meta, "spec": job})
    cron_job = {"schedule": "0 0 1 1 *", "jobTemplate": {"metadata": {"labels": labels}, "spec": job}}
    meta = {"name": "theirs", "labels": labels}
    scene.of("CronJob").create(
        {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": meta, "spec": cron_job}
    )
    bad = {"name": "bad", "labels": labels, "annotations": {"modelmonitor.dev/plan": "../../x"}}
    scene.of("ConfigMap").create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": bad})
    scene.end("theirs", "hostile", code=3)
    scene.execute()
    scene.succeed("by-hand")
    assert {"theirs", minute} < set(scene.names("Job"))
    assert scene.names("CronJob") == ["mms-hourly", "theirs"]
    assert "bad" in scene.names("ConfigMap")
    assert scene.names("MonitoringExecution") == ["by-hand"]
    assert scene.status("MonitoringSchedule", "hourly")["windowing"] == schedule["status"]["windowing"]


@with_own_operators
def test_somebody_elses_job_where_ours_should_go_is_left_alone(scene: Scene) -> None:
    operator = scene.new_operator()
    operator.start()
    scene.begin()
    operator.process.pause()
    meta = scene.apply("MonitoringExecution", "mine", {"scheduleRef": {"name": "hourly"}, "window": WINDOW})[
        "metadata"
    ]
    name = job_name("MonitoringExecution", "mine", meta["uid"], 1)
    job = {"backoffLimit": 0, "template": {"spec": PODS}}
    scene.of("Job").create({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name}, "spec": job})
    operator.process.resume()
    status = scene.wait_state("mine", "Failed")
    assert status["reason"] == Failure.NAME_CONFLICT
    assert name in status["message"]
    assert Failure.NAME_CONFLICT.next_step in status["message"]
    assert "ownerReferences" not in scene.of("Job").get(name)["metadata"]
