"""Operators that are killed, doubled, deaf, or wrong about the time."""

import json
import shutil
import threading
import time
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from model_monitor_operator.naming import FIELD_MANAGER, RUN_REQUEST, TRIGGER
from tests.cluster.cluster import ROOT
from tests.cluster.faults.models import Models
from tests.cluster.faults.operator_process import OperatorProcess
from tests.cluster.faults.proxy import Proxy
from tests.cluster.faults.together import Scene, with_own_operators
from tests.cluster.waiting import wait_for
from tests.operator.life.manifests import SCHEDULE
from tests.support.parts import missing

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

MINUTELY = {"schedule": "* * * * *", "window": {"delay": "10s"}}
SKEW_SECONDS = 120


def live(models: Models) -> None:
    """Have everything made: a Baseline, a schedule, runs that a person asks for in both ways."""
    models.begin()
    models.execute()
    models.succeed("by-hand", violations=2)
    request = {"metadata": {"annotations": {RUN_REQUEST: "please"}}, "spec": {"minRecords": 5}}
    models.of("MonitoringSchedule").patch("hourly", request)
    asked = models.wait(lambda: next(filter(is_asked, models.names("MonitoringExecution")), None), "a run")
    models.succeed(asked)
    models.wait(lambda: total(models) == 2, "two executions counted")


def is_asked(name: str) -> bool:
    return "-run-" in name


def total(models: Models) -> int:
    return sum(models.status("MonitoringSchedule", "hourly")["totals"].values())


def end_of(models: Models) -> dict[str, Any]:
    """Return how everything ended, but for identities and times."""
    schedule = models.status("MonitoringSchedule", "hourly")
    baseline = models.status("Baseline", "churn")
    executions = [each["status"] for each in models.of("MonitoringExecution").list()]
    kinds = ("Baseline", "MonitoringSchedule", "MonitoringExecution", "CronJob", "Job", "Pod")
    return {
        "kinds": {kind: len(models.names(kind)) for kind in kinds},
        "totals": schedule["totals"],
        "history": Counter(each["state"] for each in schedule["history"]),
        "ids": len({each["id"] for each in schedule["history"]}),
        "request": schedule["handledRunRequest"],
        "conditions": [(each["type"], each["status"], each["reason"]) for each in schedule["conditions"]],
        "baseline": (baseline["attempts"], baseline["records"], "job" in baseline),
        "executions": sorted((each["state"], each["attempts"]) for each in executions),
    }


class Executioner:
    """Kills an operator right after each of its writes, and starts it again.

    It remembers nothing, so that killing it before the next write would come to the same.
    """

    def __init__(self, scene: Scene) -> None:
        self.killed: list[str] = []
        self._mercy = threading.Event()
        self._hands = threading.Lock()
        self._proxy = Proxy(scene.control_plane, self._wrote)
        scene.end_with(self._proxy.end)
        self.operator = scene.new_operator(self._proxy.kubeconfig(scene.home / "proxy.kubeconfig"))
        self._thread = threading.Thread(target=self._revive, daemon=True)
        self._thread.start()

    def have_mercy(self) -> None:
        """Let it live from now on."""
        with self._proxy.writing:
            self._mercy.set()
        self._thread.join()
        # What a thread has started ends with it.
        self.operator.restart()

    def _wrote(self, what: str) -> bool:
        if self._mercy.is_set():
            return False
        with self._hands:
            self.operator.process.kill()
        self.killed.append(what)
        return True

    def _revive(self) -> None:
        while not self._mercy.wait(0.1):
            with self._hands:
                if not self.operator.process.running:
                    self.operator.process.start()


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
    scene.of("MonitoringSchedule").patch("hourly", {"spec": MINUTELY})
    run_minutes(scene, 2)
    assert (first.illness(), second.illness()) == (None, None)


@with_own_operators
def test_an_operator_whose_clock_is_two_minutes_ahead_runs_each_window_once(scene: Scene) -> None:
    with_skew(scene, SKEW_SECONDS)


@with_own_operators
def test_an_operator_whose_clock_is_two_minutes_behind_runs_each_window_once(scene: Scene) -> None:
    with_skew(scene, -SKEW_SECONDS)


def with_skew(scene: Scene, ahead: int) -> None:
    need_faketime()
    scene.new_operator(ahead=ahead).start()
    scene.begin(**MINUTELY)
    run_minutes(scene, 2)


def need_faketime() -> None:
    if shutil.which("faketime") is None:
        missing("clocks that differ: there is no `faketime`")


def run_minutes(scene: Scene, fires: int) -> None:
    """Let windows of a minute be run by the CronJob, then check that each was run once, none between left."""
    done: set[str] = set()

    def fired() -> str | None:
        return next((name for name in scheduled(scene) if name not in done), None)

    while len(done) < fires:
        name = scene.wait(fired, "an execution of the next minute", seconds=240)
        scene.succeed(name)
        done.add(name)
    scene.of("MonitoringSchedule").patch("hourly", {"spec": {"suspend": True}})
    executions = [scene.of("MonitoringExecution").get(name) for name in scheduled(scene)]
    windows = sorted((each["spec"]["window"]["start"], each["spec"]["window"]["end"]) for each in executions)
    assert [start for start, _ in windows[1:]] == [end for _, end in windows[:-1]]
    assert {each["metadata"]["labels"][TRIGGER] for each in executions} == {"Scheduled"}
    minutes = Counter(name.rsplit("-", 1)[1] for name in scene.names("Job") if name.startswith("mms-"))
    assert set(minutes.values()) == {1}
    assert all(scene.status("MonitoringExecution", name)["attempts"] == 1 for name in done)


def scheduled(scene: Scene) -> list[str]:
    return [name for name in scene.names("MonitoringExecution") if name.rsplit("-", 1)[1].isdecimal()]


@with_own_operators
def test_windows_of_three_hours_in_which_no_cron_job_fired_are_made_up_for_oldest_first(scene: Scene) -> None:
    """The operator's clock is ahead of the CronJob controller's, which so is late by three hours."""
    need_faketime()
    scene.new_operator(ahead=3 * 3600 + 210).start()
    scene.begin()
    made = datetime.fromisoformat(
        scene.of("MonitoringSchedule").get("hourly")["metadata"]["creationTimestamp"]
    )
    first = made.replace(minute=50, second=0)
    for number in range(3):
        names = scene.wait(
            lambda number=number: (found := scheduled(scene)) and len(found) > number and found,  # type: ignore[misc]
            f"missed window {number}",
        )
        assert len(names) == number + 1, "one at a time"
        scene.succeed(names[-1])
        there = scene.of("MonitoringExecution").get(names[-1])
        assert there["metadata"]["labels"][TRIGGER] == "Missed"
        end = datetime.fromisoformat(there["spec"]["window"]["end"])
        assert end == first + timedelta(hours=number), "the hour's window, ten minutes late"
    scene.wait(lambda: total(scene) == 3, "three executions counted")


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
    time.sleep(3)
    before = versions(scene)
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


@with_own_operators
def test_watches_that_tell_nothing_are_made_up_for_by_the_resync(scene: Scene) -> None:
    proxy = Proxy(scene.control_plane)
    scene.end_with(proxy.end)
    kubeconfig = proxy.kubeconfig(scene.home / "proxy.kubeconfig")
    scene.new_operator(kubeconfig, resyncSeconds=10).start()
    scene.begin()
    proxy.watches = "swallow"
    scene.execute()
    scene.succeed("by-hand")


@with_own_operators
def test_watches_that_never_begin_make_an_operator_unready_and_it_works_on_all_the_same(scene: Scene) -> None:
    proxy = Proxy(scene.control_plane)
    scene.end_with(proxy.end)
    proxy.watches = "hold"
    operator = scene.new_operator(proxy.kubeconfig(scene.home / "proxy.kubeconfig"), resyncSeconds=10)
    operator.process.start()
    told = scene.wait(
        lambda: (found := operator.unreadiness()) and "no watch of" in found and found, "the word of it"
    )
    assert told == f"no watch of datacaptures in namespace '{scene.namespace}' and 7 more"
    scene.begin()
    assert operator.unreadiness() == told
    assert operator.illness() is None
    proxy.watches = "pass"
    operator.wait_ready()


@with_own_operators
def test_kinds_that_are_upgraded_while_schedules_are_looked_at_interrupt_nobody(scene: Scene) -> None:
    operator = scene.new_operator()
    operator.start()
    scene.begin()
    names = [f"load-{number}" for number in range(12)]
    for name in names:
        scene.apply("MonitoringSchedule", name, SCHEDULE)
    scene.end_with(scene.cluster.install_kinds)
    for round_ in range(3):
        upgrade_kinds(scene, f"addedIn{round_}")
        for name in names:
            change = {"spec": {"minRecords": 100 + round_}}
            scene.of("MonitoringSchedule").patch(name, change)
    for name in names:
        scene.wait(lambda name=name: is_scheduled(scene, name), f"{name} looked at")  # type: ignore[misc]
    field = {"spec": {"addedIn2": "yes"}}
    scene.wait(
        lambda: "addedIn2" in scene.of("MonitoringSchedule").patch(names[0], field)["spec"], "the new field"
    )
    scene.wait(lambda: is_scheduled(scene, names[0]), "the new field passed over")
    scene.execute(schedule=names[-1])
    scene.succeed("by-hand")
    assert operator.illness() is None


def upgrade_kinds(scene: Scene, field: str) -> None:
    """Serve kinds that have one field more."""
    for path in sorted(Path(ROOT / "crds").glob("modelmonitor.dev_*.yaml")):
        kind = yaml.safe_load(path.read_text())
        (version,) = kind["spec"]["versions"]
        spec = version["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"]
        spec[field] = {"type": "string", "maxLength": 10}
        arguments = ("apply", "--server-side", "--force-conflicts", "-f", "-")
        scene.cluster.kubectl(*arguments, document=json.dumps(kind))


def is_scheduled(scene: Scene, name: str) -> bool:
    there = scene.of("MonitoringSchedule").get(name)
    seen = there["status"].get("observedGeneration") == there["metadata"]["generation"]
    return bool(seen) and scene.condition("MonitoringSchedule", name, "Ready")["reason"] == "Scheduled"
