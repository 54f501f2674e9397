"""What data and scripts get wrong, as far as the command tells of it."""

import copy
import gzip
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from polars.exceptions import PanicException

from model_monitor_analyzer.cli import run as run_module
from model_monitor_analyzer.cli.command import main
from model_monitor_analyzer.pipeline.execution import run_execution
from model_monitor_api.contract.plan import AnalysisPlan
from tests.analyzer.cli.manifests import SCRIPT, config_map, objects
from tests.analyzer.cli.test_run import AT_CALM, AT_DRIFTED
from tests.support.project import Project, baseline, capture, schedule
from tests.support.traffic import write_traffic


def failed(project: Project, capsys: pytest.CaptureFixture[str], reason: str, *, at: str = AT_CALM) -> str:
    """Run manifests that fail for a reason; return what was said."""
    assert main(["run", "-f", str(project.folder / "manifests.yaml"), "--at", at]) == 1
    captured = capsys.readouterr()
    assert f"failed: {reason}" in " ".join(captured.out.split())
    assert "Traceback" not in captured.err
    return captured.err


def test_a_wrong_setting_that_only_the_data_show_is_a_failure_of_its_run(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = {"features": [{"name": "incme", "comparisonThreshold": 0.2}]}
    project.write_manifests(*objects(baseline={"dataQuality": settings}))
    said = failed(project, capsys, "InvalidConfiguration")
    assert "spec.dataQuality.features" in said
    assert "incme" in said
    assert project.files() == {}


def test_data_that_are_not_there_fail_the_baseline_and_what_needs_it(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    project.write_manifests(baseline("file://./gone.csv"), capture("file://./capture/"), schedule())
    said = failed(project, capsys, "BaselineMissing")
    assert "ObjectMissing: Correct the location or write the object." in said
    assert "error: Baseline/default/model: " in said
    assert f"{project.folder}/gone.csv" in said
    assert "MonitoringSchedule/default/hourly: Baseline default/model failed in this run" in said
    assert "something removed its files" not in said
    assert project.files() == {}


@pytest.mark.skipif(os.geteuid() != 0, reason="the folder is made unwritable by a file in its place")
def test_an_output_that_cannot_be_written(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    (project.folder / "out").write_text("in the way")
    said = failed(project, capsys, "OutputNotWritable")
    assert "can't be written" in said


def test_a_script_that_raises_is_named_with_its_line_and_its_data_are_in_the_log_only(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    source = (
        "def postprocess_handler():\n    helper()\n\ndef helper():\n    raise ValueError('4711 \\x1b[31m')\n"
    )
    project.write_manifests(*objects(schedule={"scripts": {"postprocess": SCRIPT}}), config_map(source))
    arguments = ["run", "-f", str(project.folder / "manifests.yaml"), "--at", AT_CALM, "-o", "json"]
    assert main(arguments) == 1
    captured = capsys.readouterr()
    (found,) = json.loads(captured.out)["executions"]
    assert found["reason"] == "ScriptFailed"
    assert "line 5: it raised ValueError" in found["message"]
    assert "4711" not in captured.out
    error, trace = captured.err.split("    Traceback (most recent call last):\n")
    assert "line 5: it raised ValueError" in error
    assert "4711" not in error
    assert "line 2, in postprocess_handler\n        helper()\n" in trace
    assert trace.endswith("    ValueError: 4711 \\x1b[31m\n")
    assert "model_monitor_analyzer" not in trace
    assert not any("hourly" in name for name in project.files())


@pytest.mark.parametrize("executor", ["threads", "processes"])
def test_what_a_script_prints_and_logs_is_in_the_log(project: Project, executor: str) -> None:
    source = (
        "def preprocess_handler(record, logger):\n"
        "    print('printed \\x1b[31m')\n"
        "    logger.warning('logged')\n"
        "    return dict(zip(('age', 'income', 'country'), record.endpoint_input.data.split(',')))\n"
    )
    project.write_manifests(*objects(schedule={"scripts": {"preprocess": SCRIPT}}), config_map(source))
    arguments = ["run", "-f", "manifests.yaml", "--at", AT_CALM, "--executor", executor, "-o", "json"]
    found = project.run(*arguments)
    assert found.returncode == 0
    assert json.loads(found.stdout)["executions"][0]["counts"]["records"] == 400
    lines = found.stderr.splitlines()
    assert sum(line.endswith(":script.py: printed \\x1b[31m") for line in lines) == 400
    assert sum(line.endswith(":script.py: WARNING logged") for line in lines) == 400
    assert "printed" not in project.run(*arguments, "--quiet", "--output", "other").stderr


def test_a_script_that_loops_is_ended(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    source = "def postprocess_handler():\n    while True:\n        pass\n"
    scripts = {"postprocess": SCRIPT, "timeoutSeconds": 1}
    project.write_manifests(*objects(schedule={"scripts": scripts}), config_map(source))
    assert main(["run", "-f", str(project.folder / "manifests.yaml"), "--at", AT_CALM]) == 1
    captured = capsys.readouterr()
    assert "configmap/scripts:script.py" in captured.err
    assert not any("hourly" in name for name in project.files())


def test_a_script_that_works_sees_the_result(project: Project) -> None:
    seen = project.folder / "seen"
    source = (
        "import os, pathlib\n"
        "def postprocess_handler():\n"
        "    names = sorted(path.name for path in pathlib.Path(os.environ['output_path']).iterdir())\n"
        f"    pathlib.Path({str(seen)!r}).write_text(' '.join([os.environ['start_time'], *names]))\n"
    )
    project.write_manifests(*objects(schedule={"scripts": {"postprocess": SCRIPT}}), config_map(source))
    assert main(["run", "-f", str(project.folder / "manifests.yaml"), "--at", AT_CALM, "--quiet"]) == 0
    assert seen.read_text() == (
        "2026-03-01T10:00:00Z constraint_violations.json constraints.json statistics.json"
    )


def test_records_that_cannot_be_read_are_counted_and_the_run_completes(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    (path,) = (project.folder / "capture/2026/03/01/10").iterdir()
    lines = gzip.decompress(path.read_bytes()).split(b"\n")
    lines[6] = b'{"captureData": '
    path.write_bytes(gzip.compress(b"\n".join(lines)))
    arguments = ["run", "-f", str(project.folder / "manifests.yaml"), "--at", AT_CALM, "-o", "json"]
    assert main(arguments) == 0
    found = json.loads(capsys.readouterr().out)["executions"][0]
    assert found["counts"]["badRecords"] == 1
    assert found["counts"]["records"] == 399
    report = json.loads(project.files()["default/hourly/2026/03/01/1100/report.json"])
    assert report["badRecords"]["counts"] == {"InvalidJson": 1}
    assert report["badRecords"]["samples"][0]["position"] == 7


def test_a_truncated_object_is_read_as_far_as_it_goes(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    (path,) = (project.folder / "capture/2026/03/01/10").iterdir()
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * 3 // 4])
    arguments = ["run", "-f", str(project.folder / "manifests.yaml"), "--at", AT_CALM, "-o", "json"]
    assert main(arguments) == 0
    found = json.loads(capsys.readouterr().out)["executions"][0]
    assert 0 < found["counts"]["records"] < 400
    assert found["counts"]["badRecords"] == 1


def with_columns(project: Project, change: Callable[[list[str]], list[str]]) -> None:
    """Rewrite the traffic of the calm hour as CSV with other columns."""
    text = (project.folder / "train.csv").read_text().splitlines()
    rows = [change(line.split(",")) for line in text]
    project.write_csv("live/10.csv", rows[0], rows[1:])
    project.write_manifests(baseline("file://./train.csv"), capture("file://./live/", "CSV"), schedule())


@pytest.mark.parametrize(
    ("change", "feature", "check"),
    [
        (lambda row: [row[0], row[2]], "income", "missing_column_check"),
        (lambda row: [*row, "new" if row[0] == "age" else "1"], "new", "extra_column_check"),
    ],
)
def test_a_column_that_is_gone_or_added_is_a_violation(
    project: Project,
    capsys: pytest.CaptureFixture[str],
    change: Callable[[list[str]], list[str]],
    feature: str,
    check: str,
) -> None:
    with_columns(project, change)
    arguments = ["run", "-f", str(project.folder / "manifests.yaml"), "--at", AT_CALM, "-o", "json"]
    assert main(arguments) == 0
    found = json.loads(capsys.readouterr().out)["executions"][0]
    assert [(row["feature"], row["check"]) for row in found["violations"]] == [(feature, check)]


def test_duplicate_columns_fail_the_run_by_name(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    with_columns(project, lambda row: [row[0], row[1], row[1]])
    said = failed(project, capsys, "SchemaMismatch")
    assert "income" in said


HOSTILE = "\x1b[31m<script>alert(1)</script>[bold]\u202e"


def test_hostile_names_are_shown_escaped(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    with_columns(project, lambda row: [*row, HOSTILE if row[0] == "age" else "1"])
    assert main(["run", "-f", str(project.folder / "manifests.yaml"), "--at", AT_CALM]) == 0
    shown = capsys.readouterr().out
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert r"\x1b[31m<script>" in shown
    page = project.files()["default/hourly/2026/03/01/1100/report.html"].decode()
    assert "<script>alert" not in page


def test_another_schedules_results_are_left_alone(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["run", "-f", str(project.folder / "manifests.yaml"), "--at", AT_CALM]
    assert main([*arguments, "--quiet"]) == 0
    (path,) = (project.folder / "out/default/hourly").rglob("manifest.json")
    document: dict[str, Any] = json.loads(path.read_text())
    theirs = copy.deepcopy(document)
    theirs["subject"]["uid"] = "8d0c0ffe"
    path.write_text(json.dumps(theirs))
    before = project.files()
    capsys.readouterr()
    said = failed(project, capsys, "OutputConflict")
    assert "uid 8d0c0ffe" in said
    assert "output.uri" in said
    assert project.files() == before


def test_a_namesake_of_another_project_does_not_replace_results(
    project: Project, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    shared = {"uri": f"file://{tmp_path}/out/shared"}
    other = Project(tmp_path / "other")
    other.folder.mkdir()
    write_traffic(other)
    for each in (project, other):
        each.write_manifests(*objects(baseline={"output": shared}, schedule={"output": shared}))
    arguments = ["run", "-f", str(project.folder / "manifests.yaml"), "--at", AT_CALM, "--quiet"]
    assert main(arguments) == 0
    assert main(arguments) == 0
    before = project.files()
    capsys.readouterr()
    said = failed(other, capsys, "OutputConflict")
    assert "which reads other data or was deleted and created again" in said
    after = project.files()
    assert {name: after[name] for name in before} == before


def test_with_debug_the_place_in_the_program_is_shown(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    project.write_manifests(baseline("file://./gone.csv"))
    assert main(["run", "-f", str(project.folder / "manifests.yaml"), "--debug"]) == 1
    assert "Traceback" in capsys.readouterr().err


def test_an_error_that_nobody_foresaw_is_told_without_its_text(
    project: Project, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("secret-4711")

    monkeypatch.setattr("model_monitor_analyzer.cli.run.run_baseline", broken)
    said = failed(project, capsys, "AnalysisFailed")
    assert "RuntimeError" in said
    assert "--debug" in said
    assert "4711" not in said


@pytest.mark.parametrize("raised", [PanicException("secret-4711"), RecursionError("secret-4711")])
def test_what_ends_one_schedule_does_not_end_the_others(
    project: Project,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    raised: BaseException,
) -> None:
    second = schedule() | {"metadata": {"name": "second"}}
    project.write_manifests(baseline("file://./train.csv"), capture("file://./capture/"), schedule(), second)

    def one_breaks(plan: AnalysisPlan, *arguments: Any) -> Any:
        if plan.subject.name == "hourly":
            raise raised
        return run_execution(plan, *arguments)

    monkeypatch.setattr(run_module, "run_execution", one_breaks)
    assert main(["run", "-f", str(project.folder / "manifests.yaml"), "--at", AT_CALM, "-o", "json"]) == 1
    captured = capsys.readouterr()
    found = {row["name"]: row for row in json.loads(captured.out)["executions"]}
    assert found["hourly"]["reason"] == "AnalysisFailed"
    assert type(raised).__name__ in found["hourly"]["message"]
    assert found["second"]["state"] == "Completed"
    assert "4711" not in captured.out + captured.err


@pytest.mark.parametrize("raised", [KeyboardInterrupt(), SystemExit(7)])
def test_what_asks_the_program_to_end_ends_it(
    project: Project, monkeypatch: pytest.MonkeyPatch, raised: BaseException
) -> None:
    def broken(*_: object) -> None:
        raise raised

    monkeypatch.setattr(run_module, "run_baseline", broken)
    arguments = ["run", "-f", str(project.folder / "manifests.yaml"), "--quiet"]
    if isinstance(raised, SystemExit):
        with pytest.raises(SystemExit):
            main(arguments)
    else:
        assert main(arguments) == 130


def test_a_document_is_printed_also_where_the_whole_command_fails(
    project: Project, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise PanicException("secret-4711")

    monkeypatch.setattr(run_module, "plan_all", broken)
    assert main(["run", "-f", str(project.folder / "manifests.yaml"), "-o", "json"]) == 1
    captured = capsys.readouterr()
    found = json.loads(captured.out)
    assert (found["exitCode"], found["reason"]) == (1, "AnalysisFailed")
    assert "4711" not in captured.out + captured.err


@pytest.mark.parametrize("name", ["drifted", "calm"])
def test_nothing_is_left_beside_the_output(project: Project, tmp_path: Path, name: str) -> None:
    before = {path.name for path in tmp_path.iterdir()}
    at = AT_DRIFTED if name == "drifted" else AT_CALM
    assert main(["run", "-f", str(tmp_path / "manifests.yaml"), "--at", at, "--quiet"]) == 0
    assert {path.name for path in tmp_path.iterdir()} == before | {"out"}
