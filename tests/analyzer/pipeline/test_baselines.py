"""What windows are compared with: files computed before, SageMaker's, or the same hours."""

from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from model_monitor_analyzer.errors import (
    BaselineChangedError,
    BaselineMissingError,
    DataError,
)
from model_monitor_analyzer.pipeline.baseline import run_baseline
from model_monitor_analyzer.pipeline.context import Context
from model_monitor_analyzer.pipeline.execution import run_execution
from model_monitor_api.contract.report import AnalysisReport
from model_monitor_api.v1alpha1.monitoringexecution import Window
from tests.support.project import Project, baseline, capture, schedule
from tests.support.runs import features, hour, plans_of, report_of
from tests.support.traffic import CALM, DAY, DRIFTED


def test_a_baseline_without_records_is_refused(project: Project, surroundings: Context) -> None:
    (project.folder / "train.csv").write_text("age,income,country\n")
    with pytest.raises(DataError, match=r"no records .*; check the location"):
        report_of(project, surroundings, hour(CALM))
    (project.folder / "train.csv").write_text("age,income,country\n1\n2\n")
    with pytest.raises(DataError, match=r"none usable \(WidthMismatch 2\); compare the format"):
        report_of(project, surroundings, hour(CALM))
    assert project.files() == {}


def planned(project: Project) -> tuple[Any, Any]:
    manifests = project.write_manifests(
        baseline("file://./train.csv"), capture("file://./capture/"), schedule()
    )
    plan, windows = plans_of(manifests)
    assert windows is not None
    return plan, windows


def test_a_baseline_that_was_not_computed_is_missing(project: Project, surroundings: Context) -> None:
    _, windows = planned(project)
    with pytest.raises(BaselineMissingError, match=r"Baseline default/model: .*compute the Baseline first"):
        run_execution(windows, hour(CALM), surroundings)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("constraints.json", lambda data: data.replace(b"0.1", b"0.9")),
        ("summary.bin", lambda data: data[:-1]),
        ("columns.json", lambda _: b""),
        ("manifest.json", lambda data: data.replace(b'"planDigest": "', b'"planDigest": "0')),
        ("manifest.json", lambda _: b"not a manifest"),
    ],
)
def test_a_baseline_whose_files_changed_is_noticed(
    project: Project, surroundings: Context, name: str, change: Any
) -> None:
    plan, windows = planned(project)
    run_baseline(plan, surroundings)
    (path,) = (project.folder / "out").rglob(name)
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(BaselineChangedError, match="Baseline default/model"):
        run_execution(windows, hour(CALM), surroundings)
    assert not any("hourly" in found for found in project.files())


def test_a_baseline_that_lost_its_manifest_is_missing(project: Project, surroundings: Context) -> None:
    plan, windows = planned(project)
    run_baseline(plan, surroundings)
    next((project.folder / "out").rglob("manifest.json")).unlink()
    with pytest.raises(BaselineMissingError):
        run_execution(windows, hour(CALM), surroundings)


def test_another_decision_is_another_run(project: Project, surroundings: Context) -> None:
    one = report_of(project, surroundings, hour(DRIFTED))
    other = report_of(project, surroundings, hour(DRIFTED), of_schedule={"decision": "Compatible"})
    assert one.run_id != other.run_id
    assert (one.decision, other.decision) == ("Calibrated", "Compatible")


def test_sagemakers_files_are_adopted_and_decide_as_they_did(project: Project, surroundings: Context) -> None:
    report_of(project, surroundings, hour(CALM))
    for name in ("statistics.json", "constraints.json"):
        (path,) = (project.folder / "out/default/model").rglob(name)
        (project.folder / name).write_bytes(path.read_bytes())
    adopted = baseline("file://./train.csv")
    adopted["spec"] = {
        "adopt": {"statistics": "file://./statistics.json", "constraints": "file://./constraints.json"},
        "output": {"uri": "file://./out"},
    }
    report = report_of(project, surroundings, hour(DRIFTED), reference=adopted)
    assert report.decision == "Compatible"
    assert [(row.feature, row.check) for row in report.violations] == [("income", "baseline_drift_check")]
    files = project.files()
    (written,) = [
        data
        for name, data in files.items()
        if name.endswith("data-quality/statistics.json")
        and (name.rpartition("/")[0] + "/summary.bin") not in files
    ]
    assert written == (project.folder / "statistics.json").read_bytes()


def write_rhythm(project: Project, days: int) -> None:
    """Write traffic whose level follows the hour of the day."""
    numbers = np.random.default_rng(3)
    records = []
    for number in range(days * 24):
        time = DAY - timedelta(days=days) + timedelta(hours=number)
        level = 5 * np.sin(2 * np.pi * time.hour / 24)
        records += [
            (time + timedelta(seconds=20 * row), f"{numbers.normal(level):.4f}") for row in range(150)
        ]
    project.write_capture("capture", records)


def rhythm_report(project: Project, surroundings: Context, match: str, window: Window) -> AnalysisReport:
    stretch = {"captureRef": {"name": "model"}, "from": f"{DAY - timedelta(days=8):%Y-%m-%dT%H:%M:%SZ}"}
    reference = baseline("file://./x")
    reference["spec"]["dataset"] = stretch | {"to": f"{DAY - timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}"}
    return report_of(
        project,
        surroundings,
        window,
        reference=reference,
        of_capture={"columns": {"names": ["level"]}},
        of_schedule={"reference": {"match": match}},
    )


def test_hours_of_the_day_are_compared_with_the_same_hours(project: Project, surroundings: Context) -> None:
    write_rhythm(project, days=9)
    midnight = DAY - timedelta(hours=6)
    window = Window(start=midnight, end=midnight + timedelta(hours=1))
    report = rhythm_report(project, surroundings, "HourOfDay", window)
    assert report.verdict == "Completed"
    assert report.reference == "HourOfDay"
    side = features(report)["level"].baseline
    assert side is not None
    assert side.present == 7 * 150


def test_an_hour_that_the_baseline_lacks_is_told(project: Project, surroundings: Context) -> None:
    write_rhythm(project, days=9)
    reference = baseline("file://./x")
    reference["spec"]["dataset"] = {
        "captureRef": {"name": "model"},
        "from": f"{DAY - timedelta(hours=3):%Y-%m-%dT%H:%M:%SZ}",
        "to": f"{DAY:%Y-%m-%dT%H:%M:%SZ}",
    }
    with pytest.raises(DataError, match=r"spec\.reference\.match"):
        report_of(
            project,
            surroundings,
            hour(CALM),
            reference=reference,
            of_capture={"columns": {"names": ["level"]}},
            of_schedule={"reference": {"match": "HourOfDay"}},
        )


@pytest.mark.parametrize(
    ("declared", "kind"),
    [
        ({"problemType": "BinaryClassification"}, "Categorical"),
        ({"problemType": "MulticlassClassification"}, "Categorical"),
        ({"problemType": "Regression"}, "Numeric"),
        ({"problemType": "BinaryClassification", "kinds": {"answer": "Numeric"}}, "Numeric"),
        ({}, "Numeric"),
    ],
)
def test_class_labels_are_categorical(
    project: Project, surroundings: Context, declared: dict[str, Any], kind: str
) -> None:
    project.write_csv("train.csv", ["age", "answer"], [(number % 50, number % 2) for number in range(300)])
    columns = {"prediction": "answer", **declared}
    manifests = project.write_manifests(baseline("file://./train.csv", columns=columns))
    plan, _ = plans_of(manifests)
    found = features(run_baseline(plan, surroundings).report)["answer"]
    assert (found.kind, found.role) == (kind, "Prediction")
