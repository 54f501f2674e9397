from datetime import UTC, datetime
from pathlib import Path

import pytest

from model_monitor_analyzer.artifacts.termination import error_message, leave_message, report_message
from model_monitor_analyzer.errors import BaselineMissingError, ScriptHandlerError
from model_monitor_api.contract.message import MESSAGE_LIMIT, read_message
from model_monitor_api.contract.plan import Subject
from model_monitor_api.contract.report import (
    AnalysisReport,
    CheckOutcome,
    DataQualityReport,
    FeatureReport,
    ReportViolation,
    Side,
)
from model_monitor_api.v1alpha1.monitoringexecution import Counts
from model_monitor_api.v1alpha1.monitoringschedule import Metrics

SUBJECT = Subject(kind="MonitoringSchedule", namespace="default", name="hourly", uid="local-1")


def feature(name: str, distance: float, *, violated: bool = False, missing: int = 0) -> FeatureReport:
    check = CheckOutcome(
        check="baseline_drift_check", violated=violated, violated_by_other_rule=False, effect=distance
    )
    side = Side(present=100 - missing, missing=missing, inferred_type="Fractional", distinct=50)
    return FeatureReport(name=name, kind="Numeric", checks=[check], baseline=side, current=side)


def report(features: list[FeatureReport], violations: list[ReportViolation]) -> AnalysisReport:
    return AnalysisReport(
        run_id="0a",
        subject=SUBJECT,
        type="DataQuality",
        verdict="CompletedWithViolations" if violations else "Completed",
        message="done",
        counts=Counts(records=100, features=len(features), violations=len(violations)),
        violations=violations,
        data_quality=DataQualityReport(features=features),
        completed_at=datetime(2026, 3, 1, tzinfo=UTC),
    )


def test_the_first_features_are_exported_in_the_baselines_order() -> None:
    features = [feature(f"f{number}", number / 10, missing=number) for number in range(8)]
    message, detail = read_message(report_message(report(features, []), Metrics(max_features=3)))
    assert [(row.feature, row.distance, row.completeness) for row in detail.metrics] == [
        ("f0", 0.0, 1.0),
        ("f1", 0.1, 0.99),
        ("f2", 0.2, 0.98),
    ]
    # The largest distance is of any feature, exported or not.
    assert message.max_distance == 0.7
    assert message.dropped_metrics == 0


def test_listed_features_are_exported_in_the_lists_order() -> None:
    features = [feature(f"f{number}", number / 10) for number in range(8)]
    metrics = Metrics(features=["f6", "gone", "f1"])
    _, detail = read_message(report_message(report(features, []), metrics))
    assert [row.feature for row in detail.metrics] == ["f6", "f1"]


def test_drifted_features_are_counted_and_segments_are_not() -> None:
    of_segment = feature("f0", 0.9, violated=True).model_copy(update={"segment": "country=de"})
    features = [feature("f0", 0.5, violated=True), feature("f1", 0.1), of_segment]
    violations = [
        ReportViolation(feature="f0", check="baseline_drift_check", description="far", severity=0.5)
    ]
    message, detail = read_message(report_message(report(features, violations), Metrics()))
    assert (message.drifted, message.max_distance) == (1, 0.5)
    assert [row.feature for row in detail.metrics] == ["f0", "f1"]
    assert [row.description for row in detail.violations] == ["far"]


def test_hundreds_of_features_fit_worst_first() -> None:
    features = [feature(f"a_rather_long_feature_name_{number}", 1 / (number + 1)) for number in range(500)]
    raw = report_message(report(features, []), Metrics(max_features=500))
    message, detail = read_message(raw)
    assert len(raw) <= MESSAGE_LIMIT
    assert message.dropped_metrics == 500 - len(detail.metrics)
    assert [row.feature for row in detail.metrics] == [row.name for row in features[: len(detail.metrics)]]


def test_an_error_is_told_with_its_reason() -> None:
    message, _ = read_message(
        error_message(BaselineMissingError("Baseline default/m: none\x1b[2J" + "x" * 900))
    )
    assert (message.verdict, message.reason) == ("Failed", "BaselineMissing")
    assert message.message.startswith(r"Baseline default/m: none\x1b[2J")
    assert message.message.endswith("…")


def test_an_error_with_advice_of_its_own_tells_it_and_no_other_does() -> None:
    message, _ = read_message(error_message(ScriptHandlerError("script 's' defines no handler")))
    assert message.next_step == ScriptHandlerError("").next_step
    assert b"nextStep" not in error_message(BaselineMissingError("none"))


@pytest.mark.parametrize("name", ["log", "no/such/folder/log", "."])
def test_a_message_is_left_where_that_is_possible(tmp_path: Path, name: str) -> None:
    leave_message(tmp_path / name, b"{}")
    assert (tmp_path / "log").exists() == (name == "log")
