import json
from typing import Any

import pytest
from scipy import stats

from model_monitor_analyzer.cli.command import main
from model_monitor_analyzer.pipeline.false_alarms import at_least
from tests.support.project import Project, baseline, capture, schedule


def validate(project: Project, *arguments: str) -> int:
    return main(["validate", "-f", str(project.folder / "manifests.yaml"), *arguments])


def expected(project: Project, capsys: pytest.CaptureFixture[str], **spec: Any) -> dict[str, Any]:
    project.write_manifests(baseline("file://./train.csv"), capture("file://./capture/"), schedule(**spec))
    assert validate(project, "-o", "json") == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)["schedules"][0]["expectedIn30Days"]
    return found


def test_what_is_right_is_said_to_be_valid_and_nothing_is_run(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    assert validate(project) == 0
    captured = capsys.readouterr()
    assert captured.out.startswith("1 DataCapture, 1 Baseline and 1 MonitoringSchedule: valid\n")
    assert captured.err == ""
    assert not (project.folder / "out").exists()


def test_a_capture_alone_is_counted(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    project.write_manifests(capture("file://./capture/"))
    assert validate(project) == 0
    assert capsys.readouterr().out == "1 DataCapture: valid\n"


def test_manifests_of_other_programs_are_not_called_valid(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    project.write_manifests({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "other"}})
    assert validate(project) == 0
    assert capsys.readouterr().out.endswith("nothing was checked\n")


def test_an_hourly_schedule_is_told_what_to_expect(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    found = expected(project, capsys)
    assert found["windows"] == 720
    assert found["violations"] == pytest.approx(7.2)
    # 2 of 3 windows: 3 p²(1 - p) + p³
    assert found["alerts"] == pytest.approx(720 * (3 * 0.01**2 * 0.99 + 0.01**3))


def test_the_rate_and_the_alert_of_the_schedule_count(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    alert = {"datapointsToAlert": 3, "evaluationPeriods": 5}
    found = expected(project, capsys, schedule="0 6 * * *", falseDiscoveryRate=0.05, alert=alert)
    assert found["windows"] == 30
    assert found["violations"] == pytest.approx(1.5)
    assert found["alerts"] == pytest.approx(30 * stats.binom.sf(2, 5, 0.05))


@pytest.mark.parametrize(
    ("least", "trials", "rate"), [(1, 1, 0.5), (2, 3, 0.01), (100, 100, 0.9), (7, 20, 0.3)]
)
def test_binomial_tails_are_those_of_scipy(least: int, trials: int, rate: float) -> None:
    assert at_least(least, trials, rate) == pytest.approx(stats.binom.sf(least - 1, trials, rate), rel=1e-12)


def test_nothing_bounds_the_alarms_of_compatible(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    found = expected(project, capsys, decision="Compatible")
    assert (found["violations"], found["alerts"]) == (None, None)
    assert validate(project) == 0
    shown = capsys.readouterr().out
    assert "unbounded" in shown
    assert "Compatible" in shown


def test_all_problems_are_told_at_once_with_their_places(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    project.write_manifests(
        baseline("file://./train.csv", output={"uri": "nowhere"}), schedule(schedule="@never")
    )
    assert validate(project) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("error: ") == 4
    assert "correct Baseline/default/model first" in captured.err
    for field in ("spec.output.uri", "spec.schedule", "spec.captureRef.name"):
        assert field in captured.err


def test_problems_are_values_for_machines(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    project.write_manifests(baseline("file://./train.csv", dataQualty={}))
    assert validate(project, "-o", "json") == 2
    captured = capsys.readouterr()
    assert captured.err == ""
    document = json.loads(captured.out)
    assert document["exitCode"] == 2
    (problem,) = document["problems"]
    assert (problem["subject"], problem["field"]) == ("Baseline/default/model", "spec.dataQualty")
    assert "did you mean `dataQuality`?" in problem["remedy"]
    assert problem["line"] > 1


def test_expressions_and_scripts_are_compiled(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    script = {"configMapRef": {"name": "scripts", "key": "s.py"}}
    project.write_manifests(
        baseline("file://./train.csv", recordFilter="lenght(age) > `1`"),
        capture("file://./capture/"),
        schedule(scripts={"preprocess": script}),
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "scripts"},
            "data": {"s.py": "import os\nx = = 1\n"},
        },
    )
    assert validate(project) == 2
    told = capsys.readouterr().err
    assert "did you mean length()?" in told
    assert "line 2" in told


def test_an_expression_is_told_where_it_is_written(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    output = {"columns": {"score": "score ||", "a.b": "nope(@)"}}
    # No schedule names the capture yet: what is wrong in it is told all the same.
    path = project.write_manifests(capture("file://./capture/", payload={"output": output}))
    assert validate(project, "-o", "json") == 2
    problems = json.loads(capsys.readouterr().out)["problems"]
    lines = path.read_text().splitlines()
    assert [(row["subject"], row["field"], lines[row["line"] - 1].strip()) for row in problems] == [
        ("DataCapture/default/model", "spec.payload.output.columns.score", "score: score ||"),
        ("DataCapture/default/model", 'spec.payload.output.columns["a.b"]', "a.b: nope(@)"),
    ]
