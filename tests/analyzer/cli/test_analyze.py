import json
from datetime import datetime
from pathlib import Path

import pytest
from polars.exceptions import PanicException

from model_monitor_analyzer.cli.command import main
from model_monitor_api.contract.message import MESSAGE_LIMIT, MessageDetail, RunMessage, read_message
from tests.analyzer.cli.test_run import AT_DRIFTED
from tests.support.project import Project, baseline, capture, schedule
from tests.support.runs import plans_of

FIRE = datetime.fromisoformat(AT_DRIFTED)
JOB = f"mms-hourly-{int(FIRE.timestamp()) // 60}"


@pytest.fixture
def plans(project: Project) -> Project:
    """The project with its plans, as the operator would render them."""
    of_baseline, of_schedule = plans_of(project.folder / "manifests.yaml")
    assert of_schedule is not None
    for name, plan in (("baseline", of_baseline), ("schedule", of_schedule)):
        (project.folder / f"{name}.json").write_text(plan.model_dump_json(by_alias=True, exclude_none=True))
    return project


def analyze(project: Project, plan: str, *arguments: str) -> int:
    log = project.folder / "termination-log"
    log.unlink(missing_ok=True)
    path = str(project.folder / f"{plan}.json")
    return main(["analyze", "--plan", path, "--termination-log", str(log), *arguments])


def message(project: Project) -> tuple[RunMessage, MessageDetail]:
    raw = (project.folder / "termination-log").read_bytes()
    assert len(raw) <= MESSAGE_LIMIT
    return read_message(raw)


def of_window(project: Project) -> int:
    return analyze(project, "schedule", "--job-name", JOB, "--cron-job", "mms-hourly")


def test_a_baseline_and_the_window_of_a_job(plans: Project) -> None:
    assert analyze(plans, "baseline") == 0
    found, _ = message(plans)
    assert (found.verdict, found.counts.records) == ("Completed", 400)
    assert of_window(plans) == 0
    found, detail = message(plans)
    assert found.verdict == "CompletedWithViolations"
    assert found.counts.violations == 1
    assert found.drifted == 1
    assert [row.feature for row in detail.violations] == ["income"]
    assert [row.feature for row in detail.metrics] == ["age", "income", "country"]
    assert found.max_distance == max(row.distance or 0 for row in detail.metrics)
    report = json.loads(plans.files()["default/hourly/2026/03/01/1200/report.json"])
    assert report["runId"] == found.run_id
    assert report["window"] == {"start": "2026-03-01T11:00:00Z", "end": "2026-03-01T12:00:00Z"}


def test_a_retry_emits_the_same_result_without_computing_it(
    plans: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    analyze(plans, "baseline")
    of_window(plans)
    first = (plans.folder / "termination-log").read_bytes()
    # Records that come late belong to another run.
    for path in (plans.folder / "capture").rglob("*.gz"):
        path.unlink()
    monkeypatch.setattr(
        "model_monitor_analyzer.pipeline.execution.summarise_partitions", lambda *_: pytest.fail("computed")
    )
    assert of_window(plans) == 0
    assert (plans.folder / "termination-log").read_bytes() == first


def test_a_revision_is_another_run_in_a_folder_of_its_own(plans: Project) -> None:
    analyze(plans, "baseline")
    of_window(plans)
    first, _ = message(plans)
    arguments = ("--job-name", JOB, "--cron-job", "mms-hourly", "--revision", "1", "--execution", "again")
    assert analyze(plans, "schedule", *arguments) == 0
    second, _ = message(plans)
    assert first.run_id != second.run_id
    files = plans.files()
    assert "default/hourly/2026/03/01/1200/again/report.json" in files
    assert "default/hourly/2026/03/01/1200/report.json" in files


def test_a_job_that_a_person_made_means_the_last_closed_window(plans: Project) -> None:
    analyze(plans, "baseline")
    assert analyze(plans, "schedule", "--job-name", "by-hand-20260101", "--cron-job", "mms-hourly") == 0
    found, _ = message(plans)
    assert (found.verdict, found.reason) == ("Inconclusive", "NoData")


def test_every_failure_has_its_status_and_reason(plans: Project) -> None:
    assert of_window(plans) == 18
    found, _ = message(plans)
    assert (found.verdict, found.reason) == ("Failed", "BaselineMissing")
    assert "Baseline default/model" in found.message

    analyze(plans, "baseline")
    (path,) = (plans.folder / "out").rglob("constraints.json")
    path.write_text(path.read_text().replace("0.1", "0.9"))
    assert of_window(plans) == 19
    found, _ = message(plans)
    assert found.reason == "BaselineChanged"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "can't be read"),
        (b"", "JSON"),
        (b"{}", "subject"),
        (b"\xff\xfe", "JSON"),
        (b'{"subject": {"kind": "Baseline"}}', "subject"),
    ],
)
def test_what_is_no_plan_is_refused(
    project: Project, capsys: pytest.CaptureFixture[str], content: bytes | None, told: str
) -> None:
    if content is not None:
        (project.folder / "plan.json").write_bytes(content)
    assert analyze(project, "plan") == 2
    found, _ = message(project)
    assert (found.verdict, found.reason) == ("Failed", "InvalidConfiguration")
    assert told in found.message
    assert ": :" not in found.message
    assert "Traceback" not in capsys.readouterr().err


def test_a_panic_in_a_library_is_told_to_the_operator(
    plans: Project, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise PanicException("secret-4711")

    monkeypatch.setattr("model_monitor_analyzer.cli.analyze.run_baseline", broken)
    assert analyze(plans, "baseline") == 1
    found, _ = message(plans)
    assert (found.verdict, found.reason) == ("Failed", "AnalysisFailed")
    assert "4711" not in found.message + capsys.readouterr().err


def test_a_plan_of_a_later_version_is_refused(plans: Project) -> None:
    path = plans.folder / "schedule.json"
    document = json.loads(path.read_text())
    document["version"] = "modelmonitor.dev/plan.v2"
    path.write_text(json.dumps(document))
    assert of_window(plans) == 2


def test_a_script_that_fails_puts_no_data_into_the_message(project: Project) -> None:
    source = "def postprocess_handler():\n    raise ValueError('secret-4711')\n"
    script = {"configMapRef": {"name": "scripts", "key": "s.py"}}
    project.write_manifests(
        baseline("file://./train.csv"),
        capture("file://./capture/"),
        schedule(scripts={"postprocess": script}),
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "scripts"},
            "data": {"s.py": source},
        },
    )
    of_baseline, of_schedule = plans_of(project.folder / "manifests.yaml")
    assert of_schedule is not None
    (project.folder / "baseline.json").write_text(of_baseline.model_dump_json(by_alias=True))
    (project.folder / "schedule.json").write_text(of_schedule.model_dump_json(by_alias=True))
    analyze(project, "baseline")
    assert of_window(project) == 21
    found, _ = message(project)
    assert found.reason == "ScriptFailed"
    assert "4711" not in found.message
    assert "line 2" in found.message


def test_a_termination_log_that_cannot_be_written_changes_nothing(plans: Project, tmp_path: Path) -> None:
    path = str(plans.folder / "baseline.json")
    assert main(["analyze", "--plan", path, "--termination-log", str(tmp_path / "no" / "such")]) == 0
