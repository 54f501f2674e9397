"""What people edit, delete and make again while things run."""

import time

import pytest
from kubernetes.dynamic.exceptions import DynamicApiError

from tests.cluster.faults.lives import total
from tests.cluster.faults.operator_process import OperatorProcess
from tests.cluster.faults.together import Scene, together
from tests.cluster.watched import API
from tests.operator.life.manifests import BASELINE, SCHEDULE

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@together
def test_an_execution_that_is_deleted_while_it_runs_takes_its_job_and_pod_along(scene: Scene) -> None:
    scene.begin()
    job = scene.execute()
    scene.pod_of(job)
    scene.node.run(scene.namespace, job)
    scene.wait_state("by-hand", "InProgress")
    scene.of("MonitoringExecution").delete("by-hand")
    scene.wait(lambda: job not in scene.names("Job") and not pods_of(scene, job), "no Job and no pod")
    assert scene.names("MonitoringExecution") == []
    assert scene.execute() != job, "a new object of the name has Jobs of its own"
    scene.succeed("by-hand")
    scene.wait(lambda: total(scene) == 1, "one execution counted")


def pods_of(scene: Scene, job: str) -> list[str]:
    return [name for name in scene.names("Pod") if name.startswith(job)]


@together
def test_an_execution_that_a_gitops_tool_prunes_was_counted_and_stays_away(scene: Scene) -> None:
    scene.begin()
    labels = {"app.kubernetes.io/instance": "argo"}
    scene.execute()
    scene.of("MonitoringExecution").patch("by-hand", {"metadata": {"labels": labels}})
    scene.succeed("by-hand")
    scene.wait(lambda: total(scene) == 1, "one execution counted")
    scene.of("MonitoringExecution").delete("by-hand")
    scene.wait(lambda: not scene.names("MonitoringExecution"), "no execution")
    scene.of("MonitoringSchedule").patch("hourly", {"spec": {"minRecords": 5}})
    scene.wait(lambda: is_observed(scene), "the edit noticed")
    assert (scene.names("MonitoringExecution"), total(scene)) == ([], 1)
    made = [each for kind in ("Job", "CronJob", "ConfigMap") for each in scene.of(kind).list()]
    assert not any("app.kubernetes.io/instance" in (each["metadata"].get("labels") or {}) for each in made)


def is_observed(scene: Scene) -> bool:
    found = scene.of("MonitoringSchedule").get("hourly")
    return bool(found["status"]["observedGeneration"] == found["metadata"]["generation"])


@together
def test_a_spec_that_is_edited_during_a_run_leaves_that_run_as_it_began(scene: Scene) -> None:
    scene.begin()
    job = scene.execute()
    scene.pod_of(job)
    scene.node.run(scene.namespace, job)
    before = scene.status("MonitoringSchedule", "hourly")["planDigest"]
    moved = {"output": {"uri": "s3://elsewhere/"}, "minRecords": 7}
    scene.of("MonitoringSchedule").patch("hourly", {"spec": moved})
    scene.wait(lambda: scene.status("MonitoringSchedule", "hourly")["planDigest"] != before, "another plan")
    scene.succeed("by-hand")
    status = scene.status("MonitoringExecution", "by-hand")
    assert status["attempts"] == 1
    assert status["reportURI"].startswith("s3://models/churn/monitoring/"), "where the run has written"


@together
def test_a_baseline_that_is_deleted_and_made_again_is_computed_again(scene: Scene) -> None:
    scene.begin()
    first = scene.status("Baseline", "churn")["job"]
    scene.of("Baseline").delete("churn")
    scene.wait_ready("MonitoringSchedule", "hourly", "ReferenceNotFound")
    assert scene.of("CronJob").get("mms-hourly")["spec"]["suspend"] is True
    scene.apply("Baseline", "churn", BASELINE)
    scene.wait_ready("MonitoringSchedule", "hourly", "BaselineNotReady")
    scene.compute()
    scene.wait_ready("MonitoringSchedule", "hourly", "Scheduled")
    assert scene.status("Baseline", "churn")["job"] != first
    assert scene.of("CronJob").get("mms-hourly")["spec"]["suspend"] is False
    scene.execute()
    scene.succeed("by-hand")


@together
def test_a_schedule_that_is_suspended_runs_nothing_and_goes_on_when_resumed(scene: Scene) -> None:
    scene.begin()
    scene.of("MonitoringSchedule").patch("hourly", {"spec": {"suspend": True}})
    message = scene.wait_ready("MonitoringSchedule", "hourly", "Suspended")
    assert message == "`suspend` is true: nothing is run."
    assert scene.of("CronJob").get("mms-hourly")["spec"]["suspend"] is True
    status = scene.status("MonitoringSchedule", "hourly")
    assert "nextRunTime" not in status
    assert len(status["pauses"]) == 1
    scene.of("MonitoringSchedule").patch("hourly", {"spec": {"suspend": False}})
    scene.wait_ready("MonitoringSchedule", "hourly", "Scheduled")
    assert scene.of("CronJob").get("mms-hourly")["spec"]["suspend"] is False
    assert "nextRunTime" in scene.status("MonitoringSchedule", "hourly")


@together
def test_a_namespace_that_is_deleted_while_things_run_leaves_nothing_and_ends_all_work(scene: Scene) -> None:
    with scene.cluster.temporary_namespace("gone") as name:
        gone = Scene(scene.control_plane, scene.node, name, scene.operator, scene.home / "gone")
        operator = gone.new_operator()
        scene.end_with(gone.close)
        operator.start()
        gone.begin()
        job = gone.execute()
        gone.pod_of(job)
        gone.node.run(name, job)
        gone.apply("Baseline", "other", BASELINE)
    namespaces = scene.cluster.resource("v1", "namespaces")
    scene.wait(lambda: namespaces.find(name) is None, "no namespace", seconds=240)
    scene.wait(lambda: operator.metrics()["model_monitor_queue_depth"] == 0, "nothing to do")
    before = failures(operator)
    time.sleep(8)
    assert failures(operator) == before
    assert (operator.illness(), operator.unreadiness()) == (None, None)


def failures(operator: OperatorProcess) -> float:
    return sum(
        value
        for name, value in operator.metrics().items()
        if name.startswith("model_monitor_reconcile_failures_total")
    )


@together
def test_two_schedules_whose_names_are_cut_alike_have_a_cron_job_each(scene: Scene) -> None:
    scene.begin()
    names = [f"{'a' * 51}{last}" for last in "bc"]
    for name in names:
        scene.apply("MonitoringSchedule", name, SCHEDULE)
    for name in names:
        scene.wait_ready("MonitoringSchedule", name, "Scheduled")
    cron_jobs = scene.names("CronJob")
    assert len(cron_jobs) == 3
    assert max(map(len, cron_jobs)) <= 52
    jobs = {name: scene.execute(f"x{name}", name) for name in names}
    assert len(set(jobs.values())) == 2
    assert max(map(len, jobs.values())) <= 63
    for name in names:
        scene.succeed(f"x{name}")


@together
def test_names_at_the_limit_work_and_beyond_it_or_in_unicode_are_refused(scene: Scene) -> None:
    scene.begin()
    for name in ("b" * 52, "x.y-0.z"):
        scene.apply("MonitoringSchedule", name, SCHEDULE)
        scene.wait_ready("MonitoringSchedule", name, "Scheduled")
    scene.execute("e" * 63)
    scene.succeed("e" * 63)
    refused = {"c" * 53: SCHEDULE, "größe": SCHEDULE, "UPPER": SCHEDULE}
    for name, spec in refused.items():
        manifest = {"apiVersion": API, "kind": "MonitoringSchedule", "metadata": {"name": name}, "spec": spec}
        with pytest.raises(DynamicApiError):
            scene.of("MonitoringSchedule").create(manifest)
