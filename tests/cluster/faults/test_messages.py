"""Termination messages that are lost, damaged, hostile or somebody else's: never believed, never shown."""

import json
from collections.abc import Callable

import pytest

from model_monitor_api.failures import Failure
from tests.cluster.faults.together import Scene, together

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

BAD: dict[str, Callable[[bytes], str]] = {
    "lost": lambda _true: "",
    "cut": lambda true: true.decode()[:-40],
    "garbage": lambda _true: "Segmentation fault (core dumped) <b>EVIL</b>",
    "hostile": lambda true: true.decode().replace("0 violations", "\\u001b[31mEVIL\\u0007</script>"),
    "quotes": lambda _true: '"' * 4000,
    "nested": lambda _true: "[" * 4000,
    "future": lambda true: true.decode().replace("message.v1", "message.v9"),
}
"""What may stand where the message should be, made of the true one."""


@together
def test_a_message_that_is_not_this_runs_result_is_asked_for_again_and_never_shown(scene: Scene) -> None:
    scene.begin()
    jobs = {name: scene.execute(name) for name in BAD}
    for name, job in jobs.items():
        scene.end(job, BAD[name](scene.message(name, job)))
    for name in BAD:
        assert scene.job_of(name, attempt=2) != jobs[name]
        scene.succeed(name, attempt=2)
        shown = json.dumps([scene.of("MonitoringExecution").get(name), scene.of("Event").list()])
        assert "EVIL" not in shown
        assert scene.status("MonitoringExecution", name)["attempts"] == 2
    totals = scene.wait(
        lambda: (
            (found := scene.status("MonitoringSchedule", "hourly")["totals"])["completed"] == len(BAD)
            and found
        ),
        "all executions counted",
    )
    assert sum(totals.values()) == len(BAD)


@together
def test_the_result_of_another_execution_is_not_taken(scene: Scene) -> None:
    scene.begin()
    ours, theirs = scene.execute("ours"), scene.execute("theirs")
    scene.end(ours, scene.message("theirs", theirs, violations=3))
    scene.job_of("ours", attempt=2)
    assert not scene.status("MonitoringExecution", "ours").get("violations")
    scene.succeed("ours", attempt=2)
    scene.succeed("theirs", violations=3)


@together
def test_a_result_that_never_arrives_is_given_up_after_five_jobs(scene: Scene) -> None:
    scene.begin()
    scene.execute()
    for attempt in range(1, 6):
        scene.end(scene.job_of("by-hand", attempt), "garbage")
    status = scene.wait_state("by-hand", "Failed")
    assert (status["reason"], status["attempts"]) == (Failure.RESULT_LOST, 5)


@together
def test_a_report_uri_in_a_message_points_nobody_anywhere(scene: Scene) -> None:
    scene.begin()
    job = scene.execute()
    true = scene.message("by-hand", job).decode()
    scene.end(job, true.replace('"message":', '"reportURI":"https://evil.test/","message":'))
    status = scene.wait_state("by-hand", "Completed")
    assert "evil.test" not in json.dumps(scene.of("MonitoringExecution").get("by-hand"))
    assert status["reportURI"].startswith("s3://models/churn/monitoring/")
