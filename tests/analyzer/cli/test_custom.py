"""An image of one's own: what it finds, and what becomes of what it leaves."""

import json
import os
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.analyzer.cli.test_run import AT_DRIFTED
from tests.support.jobs import change_plan, message, of_fire, run_job, termination_log, write_plans
from tests.support.project import Project

FIRE = datetime.fromisoformat(AT_DRIFTED)
RESULT = "default/hourly/2026/03/01/1200"
VIOLATION = {
    "feature_name": "income",
    "constraint_check_type": "median_check",
    "description": "The median doubled.",
}


@pytest.fixture
def plans(project: Project) -> Project:
    """Plans whose schedule names an image, and the baseline that it compares with."""
    write_plans(project)
    assert run_job(project, "analyze", "baseline") == 0
    path = project.folder / "schedule.json"
    document = json.loads(path.read_text())
    document["analyzer"] = {"image": "registry.example/own:1", "command": ["/analyze"]}
    path.write_text(json.dumps(document))
    return project


def ml(project: Project) -> Path:
    """Return what is `/opt/ml` to the image."""
    return project.folder / "ml"


def fetch(project: Project, *arguments: str) -> int:
    return run_job(project, "fetch", "schedule", *of_fire(FIRE), "--work", str(ml(project)), *arguments)


def collect(project: Project, *arguments: str) -> int:
    return run_job(project, "collect", "schedule", *of_fire(FIRE), "--work", str(ml(project)), *arguments)


def leave(project: Project, name: str, content: object) -> None:
    """Write a file as the image would."""
    text = content if isinstance(content, str) else json.dumps(content)
    (ml(project) / "processing" / "output" / name).write_text(text)


def say(project: Project, text: str) -> None:
    (ml(project) / "output" / "message").write_text(text)


def result(project: Project) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(project.files()[f"{RESULT}/report.json"])
    return found


def test_an_image_finds_data_baseline_and_settings_where_the_contract_says(plans: Project) -> None:
    assert fetch(plans) == 0
    assert not termination_log(plans).exists()
    job = json.loads((ml(plans) / "config" / "processingjobconfig.json").read_text())
    variables = job["Environment"]
    assert json.loads(variables.pop("dataset_format")) == {
        "sagemakerCaptureJson": {"captureIndexNames": ["endpointInput", "endpointOutput"]}
    }
    assert variables.pop("sagemaker_endpoint_datacapture_prefix").endswith("/capture/")
    assert variables.pop("sagemaker_endpoint_name") == plans.folder.name
    assert variables == {
        "dataset_source": "/opt/ml/processing/input",
        "output_path": "/opt/ml/processing/output",
        "start_time": "2026-03-01T11:00:00Z",
        "end_time": "2026-03-01T12:00:00Z",
        "publish_cloudwatch_metrics": "Disabled",
        "sagemaker_monitoring_schedule_name": "hourly",
        "baseline_constraints": "/opt/ml/processing/baseline/constraints/constraints.json",
        "baseline_statistics": "/opt/ml/processing/baseline/stats/statistics.json",
    }
    for name in ("baseline_constraints", "baseline_statistics"):
        assert json.loads((ml(plans) / variables[name].removeprefix("/opt/ml/")).read_text())["features"]
    assert "export end_time=2026-03-01T12:00:00Z\n" in (ml(plans) / "config" / "environment").read_text()
    (part,) = [path for path in (ml(plans) / "processing" / "input").rglob("*") if path.is_file()]
    assert part.relative_to(ml(plans) / "processing" / "input").parts[-7:] == (
        *(plans.folder.name, "capture", "2026", "03", "01", "11"),
        "00-00-000-part.jsonl",
    )
    lines = part.read_text().splitlines()
    assert len(lines) == 400
    assert "captureData" in json.loads(lines[0])


def test_violations_that_an_image_names_are_the_result(plans: Project) -> None:
    fetch(plans)
    leave(plans, "constraint_violations.json", {"violations": [VIOLATION]})
    leave(plans, "statistics.json", {"version": 0.0, "dataset": {"item_count": 400}, "features": []})
    assert collect(plans) == 0
    found, detail = message(plans)
    assert (found.verdict, found.counts.records, found.counts.violations) == (
        "CompletedWithViolations",
        400,
        1,
    )
    assert [row.check for row in detail.violations] == ["median_check"]
    files = plans.files()
    manifest = json.loads(files[f"{RESULT}/manifest.json"])
    assert [entry["name"] for entry in manifest["files"]] == [
        "constraint_violations.json",
        "report.html",
        "report.json",
        "statistics.json",
    ]
    assert result(plans)["objects"] == 1
    assert b"The median doubled." in files[f"{RESULT}/report.html"]
    assert found.run_id == manifest["runId"]


@pytest.mark.parametrize(
    ("said", "verdict", "sentence"),
    [
        ("Completed: All is well.", "Completed", "All is well."),
        ("CompletedWithViolations: 3 of 7", "CompletedWithViolations", "3 of 7"),
        ("Failed: or so", "Completed", "Failed: or so"),
        ("", "Completed", "The analyzer's image named no violation."),
        ("Completed: \x1b[31mred" + "x" * 9000, "Completed", None),
    ],
)
def test_a_message_tells_the_verdict_too(
    plans: Project, said: str, verdict: str, sentence: str | None
) -> None:
    fetch(plans)
    say(plans, said)
    assert collect(plans) == 0
    found, _ = message(plans)
    assert found.verdict == verdict
    assert sentence is None or found.message == sentence
    assert "\x1b" not in found.message
    assert json.loads(plans.files()[f"{RESULT}/constraint_violations.json"]) == {"violations": []}


def test_violations_count_whatever_the_message_claims(plans: Project) -> None:
    fetch(plans)
    leave(plans, "constraints_violations.json", {"violations": [VIOLATION]})
    say(plans, "Completed: nothing to see")
    assert collect(plans) == 0
    assert message(plans)[0].verdict == "CompletedWithViolations"


def test_a_run_that_was_collected_is_told_again_whatever_the_image_leaves_now(plans: Project) -> None:
    fetch(plans)
    say(plans, "Completed: first")
    collect(plans)
    first = termination_log(plans).read_bytes()
    assert fetch(plans) == 0
    assert json.loads((ml(plans) / "run.json").read_text())["finished"] is True
    assert any((ml(plans) / "processing" / "input").rglob("*.jsonl"))
    assert not (ml(plans) / "output" / "message").exists()
    assert collect(plans) == 0
    assert termination_log(plans).read_bytes() == first


def deep(_: Path) -> str:
    return "[" * 100_000


def wrong_type(_: Path) -> str:
    return json.dumps({"violations": [{**VIOLATION, "description": ["secret-4711"]}]})


def many(_: Path) -> str:
    return json.dumps({"violations": [VIOLATION] * 10_001})


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (deep, "is not in SageMaker's form at $"),
        (lambda _: "\x00\xff", "is not in SageMaker's form at $"),
        (wrong_type, "at $.violations[0].description"),
        (many, "more than 10,000 violations"),
        (lambda _: '{"violations": "' + "x" * (65 << 20) + '"}', "more than 67,108,864 bytes"),
    ],
)
def test_what_is_not_in_the_form_is_refused_without_quoting_it(
    plans: Project, content: Any, told: str
) -> None:
    fetch(plans)
    leave(plans, "constraint_violations.json", content(ml(plans)))
    assert collect(plans) == 16
    found, _ = message(plans)
    assert found.reason == "ObjectUnreadable"
    assert told in found.message
    assert "4711" not in found.message
    assert not any(name.startswith("default/hourly") for name in plans.files())


def test_links_pipes_and_folders_are_not_followed(plans: Project) -> None:
    fetch(plans)
    place = ml(plans) / "processing" / "output" / "constraint_violations.json"
    secret = plans.folder / "secret.json"
    secret.write_text(json.dumps({"violations": [VIOLATION]}))
    place.symlink_to(secret)
    assert collect(plans) == 16
    place.unlink()
    os.mkfifo(place)
    assert collect(plans) == 16
    place.unlink()
    place.mkdir()
    assert collect(plans) == 16
    place.rmdir()
    place.parent.rmdir()
    elsewhere = plans.folder / "elsewhere"
    elsewhere.mkdir()
    secret.rename(elsewhere / "constraint_violations.json")
    place.parent.symlink_to(elsewhere)
    assert collect(plans) == 16
    assert "can't be taken" in message(plans)[0].message


def test_an_image_that_leaves_nothing_has_no_verdict(plans: Project) -> None:
    fetch(plans)
    assert collect(plans) == 16
    assert (
        "neither processing/output/constraint_violations.json nor output/message" in message(plans)[0].message
    )


def test_a_window_without_objects_is_inconclusive(plans: Project) -> None:
    empty = ("--window", "2026-03-01T05:00:00Z", "2026-03-01T06:00:00Z", "--work", str(ml(plans)))
    assert run_job(plans, "fetch", "schedule", *empty) == 0
    assert run_job(plans, "collect", "schedule", *empty) == 0
    assert (message(plans)[0].verdict, message(plans)[0].reason) == ("Inconclusive", "NoData")


def test_a_fire_without_a_window_ends_well(plans: Project) -> None:
    windowing = {
        "schedule": "0 * * * *",
        "timeZone": "Etc/UTC",
        "delay": "0s",
        "resumption": {"since": "2026-03-01T11:30:00Z", "lastEnd": "2026-03-01T12:00:00Z"},
    }
    change_plan(plans, "schedule", windowing=windowing)
    assert fetch(plans) == 0
    assert collect(plans) == 0
    found, _ = message(plans)
    assert (found.verdict, found.reason, found.run_id) == ("Inconclusive", "NoData", "")


def test_the_commands_are_not_mixed_up(plans: Project) -> None:
    assert collect(plans) == 2
    assert "left" in message(plans)[0].message
    assert run_job(plans, "analyze", "schedule", *of_fire(FIRE)) == 2
    assert run_job(plans, "fetch", "baseline", "--work", str(ml(plans))) == 2


def test_objects_that_cannot_lie_in_one_folder_are_all_there(plans: Project) -> None:
    hour = plans.folder / "capture" / "2026" / "03" / "01" / "11"
    (original,) = hour.iterdir()
    (hour / "00-00-000-part.jsonl").write_text("{}\n")
    (hour / f"{'n' * 220}.jsonl").write_text("{}\n")
    assert fetch(plans) == 0
    found = [path for path in (ml(plans) / "processing" / "input").rglob("*") if path.is_file()]
    assert len(found) == 3
    assert original.is_file()
