"""Windows of a schedule: each is run once, whatever happens to Jobs, executions and the operator."""

from datetime import timedelta

from model_monitor_operator.errors import RefusedError
from model_monitor_operator.naming import RUN_REQUEST
from model_monitor_operator.objects import Key
from tests.operator.life.manifests import BASELINE, CAPTURE, SCHEDULE, a_world, minute_name
from tests.operator.life.world import NAMESPACE, World

KEY = Key("MonitoringSchedule", NAMESPACE, "hourly")


def run_window(world: World, violations: int = 0) -> str:
    """Let the window that is due now be run by the CronJob's Job; return the execution's name."""
    job, name = world.fire("hourly"), minute_name(world)
    assert job is not None
    world.finish(job, world.verdict(name, violations))
    return name


def windows(world: World) -> list[str]:
    """Return the ends of all windows that were ever counted, in the order in which they were."""
    return [entry["windowEnd"] for entry in world.status("MonitoringSchedule", "hourly")["history"]]


def total(world: World) -> int:
    return sum(world.status("MonitoringSchedule", "hourly")["totals"].values())


def test_the_cron_jobs_job_becomes_an_execution_with_its_window_and_verdict() -> None:
    world = a_world()
    world.until("10:00")
    name = run_window(world, violations=2)
    status = world.status("MonitoringExecution", name)
    assert (status["state"], status["counts"]["violations"]) == ("CompletedWithViolations", 2)
    assert status["window"] == {"start": "2026-03-02T08:50:00Z", "end": "2026-03-02T09:50:00Z"}
    assert [row["feature"] for row in status["violations"]] == ["f0", "f1"]
    folder = "s3://models/churn/monitoring/models/hourly/2026/03/02/0950"
    assert status["reportURI"] == f"{folder}/report.html"
    schedule = world.status("MonitoringSchedule", "hourly")
    assert schedule["lastExecution"]["name"] == name
    assert schedule["totals"]["completedWithViolations"] == 1
    assert schedule["lastWindowEnd"] == "2026-03-02T09:50:00Z"
    assert schedule["nextRunTime"] == "2026-03-02T11:00:00Z"
    assert world.condition("MonitoringSchedule", "hourly", "ViolationsDetected")["status"] == "True"
    assert world.condition("MonitoringSchedule", "hourly", "InAlert")["status"] == "False"


def test_at_rest_nothing_is_written() -> None:
    world = a_world()
    world.until("10:00")
    run_window(world)
    before = len(world.client.writes)
    world.settle()
    world.restart()
    world.settle()
    assert world.client.writes[before:] == []


def test_two_of_three_windows_with_violations_make_an_alert_and_two_without_end_it() -> None:
    world = a_world()
    alerts = []
    for hour, violations in ((10, 1), (11, 0), (12, 1), (13, 0), (14, 0)):
        world.until(f"{hour}:00")
        run_window(world, violations)
        alerts.append(world.condition("MonitoringSchedule", "hourly", "InAlert")["status"])
    assert alerts == ["False", "False", "True", "False", "False"]


def test_only_so_many_executions_are_kept_and_none_is_counted_twice() -> None:
    world = a_world()
    for hour in range(10, 22):
        world.until(f"{hour}:00")
        run_window(world)
    assert len(world.names("MonitoringExecution")) == 3
    world.restart()
    world.settle()
    assert (total(world), len(windows(world))) == (12, 12)


def test_a_window_without_a_job_is_missed_after_three_minutes_and_made_up_for() -> None:
    world = a_world()
    world.until("10:02")
    assert world.names("MonitoringExecution") == []
    world.until("10:04")
    (name,) = world.names("MonitoringExecution")
    assert name == minute_name(world)[:-1] + str((int(world.now.timestamp()) // 60 - 4) % 10)
    job = world.status("MonitoringExecution", name)["job"]
    assert job.startswith("mmx-")
    world.finish(job, world.verdict(name))
    status = world.status("MonitoringExecution", name)
    assert status["state"] == "Completed"
    assert status["reportURI"].endswith("/hourly/2026/03/02/0950/report.html"), "the window's own folder"


def test_three_missed_hours_are_made_up_for_one_by_one_oldest_first() -> None:
    world = a_world()
    world.until("10:00")
    run_window(world)
    world.restart()
    world.until("13:30")
    for _ in range(3):
        running = [
            name
            for name in world.names("MonitoringExecution")
            if world.status("MonitoringExecution", name)["state"] == "Pending"
        ]
        assert len(running) == 1
        job = world.status("MonitoringExecution", running[0])["job"]
        world.finish(job, world.verdict(running[0]))
    assert windows(world) == [f"2026-03-02T{hour:02}:50:00Z" for hour in (9, 10, 11, 12)]
    world.wait(minutes=20)
    assert total(world) == 4


def test_more_missed_windows_than_the_limit_are_given_up_and_said_so() -> None:
    world = a_world(missedExecutionsLimit=2)
    world.until("1 10:30")
    for _ in range(2):
        name = world.names("MonitoringExecution")[-1]
        world.finish(world.status("MonitoringExecution", name)["job"], world.verdict(name))
    assert windows(world) == ["2026-03-03T08:50:00Z", "2026-03-03T09:50:00Z"]
    told = [thing["message"] for key, thing in world.client.things.items() if key.kind == "Event"]
    assert sum("are not made up for" in message for message in told) == 1


def test_no_limit_at_all_makes_up_for_nothing() -> None:
    world = a_world(missedExecutionsLimit=0)
    world.until("13:30")
    assert world.names("MonitoringExecution") == []
    world.until("14:00")
    run_window(world)
    assert windows(world) == ["2026-03-02T13:50:00Z"]


def test_a_job_that_comes_after_its_window_was_missed_is_ended() -> None:
    world = a_world()
    world.until("10:04")
    (name,) = world.names("MonitoringExecution")
    world.client.now = world.now.replace(minute=0)
    late = f"mms-{minute_name(world)}"
    world.client.now = world.now.replace(minute=5)
    template = world.get("CronJob", "mms-hourly")["spec"]["jobTemplate"]
    owner = {"kind": "CronJob", "name": "mms-hourly", "controller": True, "apiVersion": "batch/v1"}
    owner["uid"] = world.get("CronJob", "mms-hourly")["metadata"]["uid"]
    meta = {**template["metadata"], "name": late, "namespace": NAMESPACE, "ownerReferences": [owner]}
    world.client.create({"apiVersion": "batch/v1", "kind": "Job", "metadata": meta, "spec": template["spec"]})
    world.settle()
    assert late not in world.names("Job")
    world.finish(world.status("MonitoringExecution", name)["job"], world.verdict(name))
    assert total(world) == 1


def test_a_job_that_was_cleaned_up_while_the_operator_was_down_is_missed_and_asked_again() -> None:
    world = a_world()
    world.until("10:00")
    job = world.fire("hourly")
    name = minute_name(world)
    world.client.remove(Key("MonitoringExecution", NAMESPACE, name))
    world.client.remove(Key("Job", NAMESPACE, str(job)))
    world.restart()
    world.until("10:20")
    assert world.names("MonitoringExecution") == [name]
    again = world.status("MonitoringExecution", name)["job"]
    world.finish(again, world.verdict(name))
    assert total(world) == 1


def test_a_job_that_somebody_deletes_while_it_runs_is_begun_again() -> None:
    world = a_world()
    world.until("10:00")
    job, name = world.fire("hourly"), minute_name(world)
    world.client.remove(Key("Job", NAMESPACE, str(job)))
    world.settle()
    status = world.status("MonitoringExecution", name)
    assert (status["attempts"], status["state"]) == (2, "Pending")
    world.finish(status["job"], world.verdict(name))
    assert world.status("MonitoringExecution", name)["state"] == "Completed"


def test_an_execution_that_somebody_deletes_while_it_runs_is_there_again() -> None:
    world = a_world()
    world.until("10:00")
    job, name = world.fire("hourly"), minute_name(world)
    world.client.remove(Key("MonitoringExecution", NAMESPACE, name))
    world.settle()
    world.finish(str(job), world.verdict(name))
    assert (world.status("MonitoringExecution", name)["state"], total(world)) == ("Completed", 1)


def test_an_ended_execution_that_somebody_deletes_is_not_run_again() -> None:
    world = a_world()
    world.until("10:00")
    name = run_window(world)
    world.client.remove(Key("MonitoringExecution", NAMESPACE, name))
    world.client.remove(Key("Job", NAMESPACE, f"mms-{name}"))
    world.restart()
    world.until("10:30")
    assert (world.names("MonitoringExecution"), total(world)) == ([], 1)


def test_windows_that_come_due_while_it_is_suspended_are_not_made_up_for() -> None:
    world = a_world()
    world.until("10:00")
    run_window(world)
    world.until("10:30")
    world.client.change(KEY, spec__suspend=True)
    world.settle()
    assert world.condition("MonitoringSchedule", "hourly", "Ready")["reason"] == "Suspended"
    world.until("13:30")
    assert world.fire("hourly") is None
    world.client.change(KEY, spec__suspend=False)
    world.restart()
    world.settle()
    world.until("13:59")
    assert total(world) == len(world.names("MonitoringExecution")) == 1
    world.until("14:00")
    run_window(world)
    assert windows(world) == ["2026-03-02T09:50:00Z", "2026-03-02T13:50:00Z"]


def test_windows_that_were_missed_before_a_pause_are_made_up_for_after_it() -> None:
    world = a_world()
    world.client.now = world.now.replace(hour=11, minute=30)
    world.client.change(KEY, spec__suspend=True)
    world.settle()
    world.until("13:30")
    world.client.change(KEY, spec__suspend=False)
    world.settle()
    for _ in range(2):
        name = world.names("MonitoringExecution")[-1]
        world.finish(world.status("MonitoringExecution", name)["job"], world.verdict(name))
    world.until("13:50")
    assert windows(world) == ["2026-03-02T09:50:00Z", "2026-03-02T10:50:00Z"]


def test_a_schedule_waits_for_its_baseline_and_makes_up_for_the_windows_of_that_time() -> None:
    world = World()
    world.add("DataCapture", "churn", CAPTURE)
    world.add("MonitoringSchedule", "hourly", SCHEDULE)
    assert world.condition("MonitoringSchedule", "hourly", "Ready")["reason"] == "ReferenceNotFound"
    world.add("Baseline", "churn", BASELINE)
    assert world.condition("MonitoringSchedule", "hourly", "Ready")["reason"] == "BaselineNotReady"
    assert world.get("CronJob", "mms-hourly")["spec"]["suspend"] is True
    world.until("10:30")
    world.compute("churn")
    assert world.get("CronJob", "mms-hourly")["spec"]["suspend"] is False
    (name,) = world.names("MonitoringExecution")
    world.finish(world.status("MonitoringExecution", name)["job"], world.verdict(name))
    assert windows(world) == ["2026-03-02T09:50:00Z"]


def test_an_edit_of_the_timing_tiles_on_from_the_last_window() -> None:
    world = a_world()
    world.until("10:00")
    run_window(world)
    world.until("10:20")
    world.client.change(KEY, spec__schedule="30 * * * *", spec__window={"delay": "5m"})
    world.settle()
    world.until("10:30")
    run_window(world)
    world.until("11:30")
    run_window(world)
    spans = [
        world.status("MonitoringExecution", name)["window"] for name in world.names("MonitoringExecution")
    ]
    assert [span["start"] for span in spans[1:]] == [span["end"] for span in spans[:-1]]
    assert spans[-1]["end"] == "2026-03-02T11:25:00Z"


def test_a_spec_that_is_edited_while_a_window_runs_leaves_that_window_as_it_began() -> None:
    world = a_world()
    world.until("10:00")
    job, name = world.fire("hourly"), minute_name(world)
    world.client.change(KEY, spec__minRecords=7, spec__window={"delay": "30m"})
    world.client.remove(Key("MonitoringExecution", NAMESPACE, name))
    world.restart()
    world.settle()
    world.finish(str(job), world.verdict(name))
    status = world.status("MonitoringExecution", name)
    assert (status["state"], status["window"]["end"]) == ("Completed", "2026-03-02T09:50:00Z")


def test_a_run_now_request_is_answered_once_and_lies_in_a_folder_of_its_own() -> None:
    world = a_world()
    world.until("10:00")
    run_window(world)
    world.until("10:30")
    world.client.change(KEY, metadata__annotations={RUN_REQUEST: "please"})
    world.settle()
    name = world.names("MonitoringExecution")[-1]
    status = world.status("MonitoringExecution", name)
    assert status["window"]["end"] == "2026-03-02T09:50:00Z"
    job = world.get("Job", status["job"])
    arguments = job["spec"]["template"]["spec"]["containers"][0]["args"]
    assert arguments[arguments.index("--execution") + 1] == name
    world.finish(status["job"], world.verdict(name))
    assert world.status("MonitoringExecution", name)["reportURI"].endswith(f"/0950/{name}/report.html")
    world.restart()
    world.wait(minutes=10)
    assert len(world.names("MonitoringExecution")) == 2
    assert world.status("MonitoringSchedule", "hourly")["handledRunRequest"] == "please"


def test_a_cron_job_that_is_refused_is_told_and_applied_again_after_a_minute() -> None:
    world = a_world()
    world.client.refused["CronJob"] = RefusedError('failed calling webhook "policy.example"')
    world.client.change(KEY, spec__schedule="30 * * * *")
    world.settle()
    ready = world.condition("MonitoringSchedule", "hourly", "Ready")
    assert (ready["status"], ready["reason"]) == ("False", "InvalidSpec")
    assert 'the CronJob `mms-hourly` is refused: failed calling webhook "policy.example"' in ready["message"]
    assert world.requeued[KEY] == world.now + timedelta(minutes=1)
    world.client.refused.clear()
    world.wait(minutes=1)
    assert world.condition("MonitoringSchedule", "hourly", "Ready")["reason"] == "Scheduled"


def test_the_last_verdict_stays_as_an_object_since_metrics_are_made_of_it() -> None:
    world = a_world(successfulExecutionsHistoryLimit=0)
    kept = []
    for hour in (10, 11, 12):
        world.until(f"{hour}:00")
        kept.append(run_window(world))
    assert world.names("MonitoringExecution") == kept[-1:]


def test_a_field_of_newer_kinds_does_not_stop_an_older_operator() -> None:
    world = a_world(addedLater={"with": "a default"})
    assert world.condition("MonitoringSchedule", "hourly", "Ready")["reason"] == "Scheduled"
    world.until("10:00")
    run_window(world)
    assert total(world) == 1
