import json
import os
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from model_monitor_analyzer.cli.command import main
from tests.support.project import COMMAND, Project, baseline, capture, schedule

AT_CALM = "2026-03-01T11:00:00Z"
AT_DRIFTED = "2026-03-01T12:00:00Z"
AT_EMPTY = "2026-03-01T13:00:00Z"
AT_FEW = "2026-03-01T14:00:00Z"


def run(project: Project, *arguments: str) -> int:
    """Run within this process."""
    return main(["run", "-f", str(project.folder / "manifests.yaml"), *arguments])


def document(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_the_last_window_that_was_due_is_analysed(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(project, "--at", AT_CALM, "-o", "json") == 0
    found = document(capsys)
    (of_baseline,) = found["baselines"]
    (of_window,) = found["executions"]
    assert of_baseline["state"] == "Completed"
    assert of_baseline["counts"]["records"] == 400
    assert of_window["state"] == "Completed"
    assert of_window["window"] == {"start": "2026-03-01T10:00:00Z", "end": "2026-03-01T11:00:00Z"}
    assert of_window["counts"] == {"records": 400, "badRecords": 0, "features": 3, "violations": 0}


def test_drift_is_found_and_named(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(project, "--at", AT_DRIFTED, "-o", "json") == 0
    (found,) = document(capsys)["executions"]
    assert found["state"] == "CompletedWithViolations"
    assert [(row["feature"], row["check"]) for row in found["violations"]] == [
        ("income", "baseline_drift_check")
    ]


def test_files_are_laid_out_as_in_a_cluster(project: Project) -> None:
    assert run(project, "--at", AT_DRIFTED, "--quiet") == 0
    files = project.files()
    (digest,) = {name.split("/")[2] for name in files if name.startswith("default/model/")}
    assert sorted(files) == [
        "default/hourly/2026/03/01/1200/constraint_violations.json",
        "default/hourly/2026/03/01/1200/constraints.json",
        "default/hourly/2026/03/01/1200/manifest.json",
        "default/hourly/2026/03/01/1200/report.html",
        "default/hourly/2026/03/01/1200/report.json",
        "default/hourly/2026/03/01/1200/statistics.json",
        f"default/model/{digest}/data-quality/columns.json",
        f"default/model/{digest}/data-quality/constraints.json",
        f"default/model/{digest}/data-quality/statistics.json",
        f"default/model/{digest}/data-quality/summary.bin",
        f"default/model/{digest}/manifest.json",
        f"default/model/{digest}/report.html",
        f"default/model/{digest}/report.json",
    ]
    violations = json.loads(files["default/hourly/2026/03/01/1200/constraint_violations.json"])
    assert [row["feature_name"] for row in violations["violations"]] == ["income"]


@pytest.mark.parametrize(("at", "reason"), [(AT_EMPTY, "NoData"), (AT_FEW, "TooFewRecords")])
def test_a_window_without_a_verdict_is_inconclusive_and_no_failure(
    project: Project, capsys: pytest.CaptureFixture[str], at: str, reason: str
) -> None:
    assert run(project, "--at", at, "-o", "json", "--fail-on-violation") == 0
    (found,) = document(capsys)["executions"]
    assert (found["state"], found["reason"]) == ("Inconclusive", reason)
    written = project.files()
    assert any(name.endswith("constraint_violations.json") for name in written)


@pytest.mark.parametrize(
    ("at", "why"),
    [
        (AT_EMPTY, "There are no records in the window. See whether the model had traffic"),
        (AT_FEW, "Nothing alarmed in 20 records, fewer than the 100 that a verdict needs."),
    ],
)
def test_a_person_is_told_why_there_is_no_verdict(
    project: Project, capsys: pytest.CaptureFixture[str], at: str, why: str
) -> None:
    assert run(project, "--at", at) == 0
    told = capsys.readouterr().out.partition("No verdict on hourly\n ")[2].partition("\n\n")[0]
    assert told.replace("\n", " ").startswith(why)


def test_violations_are_a_status_of_their_own_if_asked_for(project: Project) -> None:
    assert run(project, "--at", AT_DRIFTED, "--quiet", "--fail-on-violation") == 3
    assert run(project, "--at", AT_CALM, "--quiet", "--fail-on-violation") == 0


def test_a_window_may_be_given(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    window = ("2026-03-01T10:00:00Z", "2026-03-01T12:00:00Z")
    assert run(project, "--window", *window, "-o", "json") == 0
    (found,) = document(capsys)["executions"]
    assert found["window"] == dict(zip(("start", "end"), window, strict=True))
    assert found["counts"]["records"] == 800


def test_a_window_that_ends_before_it_begins_is_refused(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(project, "--window", "2026-03-02", "2026-03-01") == 2
    assert "START must be before END" in capsys.readouterr().err


def test_what_was_computed_before_is_used_again(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    run(project, "--at", AT_DRIFTED, "-o", "json")
    before = document(capsys)
    written = {path: path.stat().st_mtime_ns for path in (project.folder / "out").rglob("*")}
    assert run(project, "--at", AT_DRIFTED, "-o", "json") == 0
    again = document(capsys)
    assert [row.pop("reused") for row in before["baselines"] + before["executions"]] == [False, False]
    assert [row.pop("reused") for row in again["baselines"] + again["executions"]] == [True, True]
    assert again == before
    assert {path: path.stat().st_mtime_ns for path in (project.folder / "out").rglob("*")} == written
    run(project, "--at", AT_DRIFTED)
    shown = capsys.readouterr().out
    assert "used again" in shown
    assert "1 violation (as before)" in shown


def test_data_that_changed_are_computed_anew(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    run(project, "--at", AT_CALM, "--quiet")
    with (project.folder / "train.csv").open("a") as file:
        file.write("30,1000.00,de\n")
    capsys.readouterr()
    assert run(project, "--at", AT_CALM, "-o", "json") == 0
    (found,) = document(capsys)["baselines"]
    assert (found["reused"], found["counts"]["records"]) == (False, 401)


def test_a_result_that_was_damaged_is_computed_anew(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    run(project, "--at", AT_CALM, "--quiet")
    (summary,) = (project.folder / "out").rglob("summary.bin")
    content = summary.read_bytes()
    summary.write_bytes(content[:-1])
    capsys.readouterr()
    assert run(project, "--at", AT_CALM, "-o", "json") == 0
    assert document(capsys)["baselines"][0]["reused"] is False
    assert summary.read_bytes() == content


def test_locations_are_relative_to_the_manifest_not_to_the_caller(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "else where"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    assert main(["run", "-f", "../manifests.yaml", "--at", AT_CALM, "--quiet"]) == 0
    assert (tmp_path / "out/default/hourly/2026/03/01/1100/report.html").is_file()
    assert list(elsewhere.iterdir()) == []


def test_an_output_folder_takes_the_place_of_every_output(project: Project, tmp_path: Path) -> None:
    assert run(project, "--at", AT_CALM, "--quiet", "--output", str(tmp_path / "here")) == 0
    assert not (tmp_path / "out").exists()
    assert (tmp_path / "here/default/hourly/2026/03/01/1100/report.html").is_file()


def test_manifests_may_come_from_several_files(project: Project, tmp_path: Path) -> None:
    (tmp_path / "manifests.yaml").unlink()
    folder = tmp_path / "parts"
    folder.mkdir()
    parts = Project(folder)
    parts.write_manifests(
        baseline("file://../train.csv", output={"uri": "file://../out"}), name="baseline.yaml"
    )
    parts.write_manifests(capture("file://../capture/"), name="capture.yml")
    (tmp_path / "schedule.json").write_text(json.dumps(schedule()))
    arguments = ["run", "-f", str(folder), "-f", str(tmp_path / "schedule.json"), "--at", AT_CALM, "--quiet"]
    assert main(arguments) == 0
    assert (tmp_path / "out/default/hourly/2026/03/01/1100/report.html").is_file()


def test_an_object_in_two_files_is_refused(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    project.write_manifests(baseline("file://./other.csv"), name="second.yaml")
    manifests = [str(project.folder / name) for name in ("manifests.yaml", "second.yaml")]
    assert main(["run", "-f", manifests[0], "-f", manifests[1]]) == 2
    told = capsys.readouterr().err
    assert "Baseline/default/model: must be unique, but is also in" in told
    assert not (project.folder / "out").exists()


def test_a_suspended_schedule_is_passed_over_and_that_is_said(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    project.write_manifests(
        baseline("file://./train.csv"), capture("file://./capture/"), schedule(suspend=True)
    )
    assert run(project, "--at", AT_CALM) == 0
    captured = capsys.readouterr()
    assert "passed over MonitoringSchedule hourly: it is suspended" in captured.err
    assert "SCHEDULE" not in captured.out


def test_progress_and_results_do_not_mix(project: Project) -> None:
    found = project.run("run", "-f", "manifests.yaml", "--at", AT_DRIFTED, "-o", "json")
    assert found.returncode == 0
    assert json.loads(found.stdout)["exitCode"] == 0
    assert found.stderr == ""
    assert "\x1b" not in found.stdout


def test_the_clock_decides_where_no_time_is_given(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(project, "-o", "json") == 0
    (found,) = document(capsys)["executions"]
    age = (
        time.time() - time.mktime(time.strptime(found["window"]["end"], "%Y-%m-%dT%H:%M:%SZ")) + time.timezone
    )
    assert 0 <= age <= 3600 + 60
    assert found["reason"] == "NoData"


@pytest.mark.skipif(os.cpu_count() == 1, reason="nothing to share out")
def test_processes_may_do_the_work(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(project, "--at", AT_DRIFTED, "-o", "json", "--executor", "processes", "--workers", "2") == 0
    assert document(capsys)["executions"][0]["counts"]["violations"] == 1


def test_a_reader_who_leaves_early_is_no_error_of_ours(project: Project) -> None:
    process = subprocess.Popen(
        [*COMMAND, "run", "-f", "manifests.yaml", "--at", AT_DRIFTED, "-o", "json"],
        cwd=project.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    told = process.stderr.read()
    process.stderr.close()
    assert process.wait(timeout=60) in {0, 1}
    assert b"Traceback" not in told
    assert b"Exception ignored" not in told
