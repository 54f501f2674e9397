"""Lives of schedules that several tests tell, and how they end."""

from collections import Counter
from datetime import datetime
from typing import Any

from model_monitor_operator.naming import RUN_REQUEST, TRIGGER
from tests.cluster.faults.models import Models
from tests.cluster.faults.together import Scene

MINUTELY = {"schedule": "* * * * *", "window": {"delay": "10s"}}


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
    made = datetime.fromisoformat(scene.of("CronJob").get("mms-hourly")["metadata"]["creationTimestamp"])
    names = [name for name in scheduled(scene) if int(name.rsplit("-", 1)[1]) * 60 > made.timestamp()]
    executions = [scene.of("MonitoringExecution").get(name) for name in names]
    windows = sorted((each["spec"]["window"]["start"], each["spec"]["window"]["end"]) for each in executions)
    assert [start for start, _ in windows[1:]] == [end for _, end in windows[:-1]]
    assert {each["metadata"]["labels"][TRIGGER] for each in executions} == {"Scheduled"}
    jobs = [name for name in scene.names("Job") if not name.startswith("mmbl-")]
    assert all(name.startswith("mms-") for name in jobs), "no window got a Job besides the CronJob's"
    assert {f"mms-{name}" for name in done} <= set(jobs), "which nobody ended before its controller said so"
    assert all(scene.status("MonitoringExecution", name)["attempts"] == 1 for name in done)


def scheduled(scene: Scene) -> list[str]:
    return [name for name in scene.names("MonitoringExecution") if name.rsplit("-", 1)[1].isdecimal()]
