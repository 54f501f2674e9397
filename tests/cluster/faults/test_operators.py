"""Operators that are killed, doubled, and started again."""

import time

import pytest

from model_monitor_operator.naming import FIELD_MANAGER
from tests.cluster.faults.executioner import Executioner
from tests.cluster.faults.lives import MINUTELY, end_of, live, run_minutes, total
from tests.cluster.faults.models import Models
from tests.cluster.faults.operator_process import OperatorProcess
from tests.cluster.faults.together import Scene, with_own_operators
from tests.cluster.waiting import wait_for

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@with_own_operators
def test_an_operator_killed_after_each_of_its_writes_comes_to_the_end_of_an_undisturbed_one(
    scene: Scene,
) -> None:
    with scene.cluster.temporary_namespace("calm") as name:
        calm = Scene(scene.control_plane, scene.node, name, scene.operator, scene.home / "calm")
        scene.end_with(calm.close)
        calm.new_operator().start()
        live(calm)
        wanted = end_of(calm)
        calm.close()
    executioner = Executioner(scene)
    live(scene)
    executioner.have_mercy()
    scene.wait(lambda: end_of(scene) == wanted, f"the end of an undisturbed run, {wanted}")
    assert len(executioner.killed) > 15, executioner.killed


@with_own_operators
def test_two_operators_by_mistake_do_nothing_twice(scene: Scene) -> None:
    first, second = scene.new_operator(), scene.new_operator()
    first.start()
    second.start()
    live(scene)
    found = end_of(scene)
    once = {"Baseline": 1, "MonitoringSchedule": 1, "MonitoringExecution": 2, "CronJob": 1}
    assert found["kinds"] == once | {"Job": 3, "Pod": 3}
    assert found["executions"] == [("Completed", 1), ("CompletedWithViolations", 1)]
    assert (first.illness(), second.illness()) == (None, None)


@with_own_operators
def test_two_operators_by_mistake_run_each_window_once(scene: Scene) -> None:
    for operator in (scene.new_operator(), scene.new_operator()):
        operator.start()
    scene.begin(**MINUTELY)
    run_minutes(scene, 2)


@with_own_operators
def test_a_job_that_went_by_its_ttl_while_no_operator_ran_is_run_again_and_counted_once(scene: Scene) -> None:
    operator = scene.new_operator()
    operator.start()
    scene.begin()
    job = scene.execute()
    operator.process.kill()
    scene.end(job, scene.message("by-hand", job))
    scene.of("Job").patch(job, {"spec": {"ttlSecondsAfterFinished": 0}})
    scene.wait(lambda: job not in scene.names("Job"), "no Job")
    operator.start()
    scene.succeed("by-hand", attempt=2)
    scene.wait(lambda: total(scene) == 1, "one execution counted")
    assert scene.names("MonitoringExecution") == ["by-hand"]


@with_own_operators
def test_an_operator_that_is_ended_and_started_again_at_rest_writes_nothing(scene: Scene) -> None:
    operator = scene.new_operator()
    operator.start()
    scene.begin()
    scene.execute()
    scene.succeed("by-hand", violations=2)
    scene.wait(lambda: total(scene) == 1, "one execution counted")
    before: dict[str, str] = {}
    while before != (before := versions(scene)):
        time.sleep(5)
    operator.process.stop()
    assert operator.log()[-1]["message"] == "stopping"
    operator.start()
    operator.restart()
    wait_for(lambda: reconciles(operator) >= 4, 60, "a look at everything", pause=0.5)
    assert versions(scene) == before


def versions(models: Models) -> dict[str, str]:
    kinds = ("DataCapture", "Baseline", "MonitoringSchedule", "MonitoringExecution", "CronJob", "ConfigMap")
    found = [each for kind in (*kinds, "Job", "Event") for each in models.of(kind).list()]
    return {
        f"{each['metadata']['name']} {each.get('reason')}": each["metadata"]["resourceVersion"]
        for each in found
        if each.get("reportingComponent", FIELD_MANAGER) == FIELD_MANAGER
    }


def reconciles(operator: OperatorProcess) -> float:
    return sum(
        value
        for name, value in operator.metrics().items()
        if name.startswith("model_monitor_reconcile_total")
    )
