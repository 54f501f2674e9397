import pytest

from model_monitor_analyzer.report.advice import next_steps
from model_monitor_api.contract.report import AnalysisReport, ReportViolation
from model_monitor_api.v1alpha1.monitoringexecution import Counts
from tests.support import reports


def _violated(*violations: tuple[str, str]) -> AnalysisReport:
    found = [ReportViolation(feature=f, check=c, description="", severity=1.0) for f, c in violations]
    return reports.clean_report().model_copy(
        update={"verdict": "CompletedWithViolations", "violations": found, "counts": Counts()}
    )


def test_what_explains_the_rest_comes_first() -> None:
    steps = next_steps(
        _violated(
            ("a", "baseline_drift_check"),
            ("b", "completeness_check"),
            ("c", "missing_column_check"),
            ("d", "data_type_check"),
        )
    )
    assert [s.lead for s in steps] == [
        "Did not arrive: “c”",
        "Changed type: “d”",
        "Missing more often: “b”",
        "Drifted: “a”",
        "If this is to stay",
    ]


def test_a_feature_is_named_once_and_many_are_counted() -> None:
    drifted = [(f"f{i}", "baseline_drift_check") for i in (1, 1, 2, 3, 4, 5)]
    (drift, _) = next_steps(_violated(*drifted).model_copy(update={"counts": Counts(features=10)}))
    assert drift.lead == "Drifted: “f1”, “f2”, “f3” and 2 more"
    assert "fault of the data" in drift.text


@pytest.mark.parametrize(("drifted", "features", "together"), [(3, 3, False), (4, 7, True), (4, 8, False)])
def test_most_features_drifting_at_once_is_another_matter(
    drifted: int, features: int, together: bool
) -> None:
    violations = [(f"f{i}", "baseline_drift_check") for i in range(drifted)]
    report = _violated(*violations).model_copy(update={"counts": Counts(features=features)})
    assert next_steps(report)[0].lead.startswith("Drifted together:") == together


def test_unknown_checks_have_one_step_together() -> None:
    steps = next_steps(_violated(("auc", "LessThanThreshold"), ("f1", "bias")))
    assert [s.lead for s in steps] == ["Beyond its bound: “auc”, “f1”", "If this is to stay"]


@pytest.mark.parametrize(
    "reason", ["NoData", "TooFewRecords", "LowCoverage", "LabelsPending", "SomethingNew"]
)
def test_an_inconclusive_window_says_what_to_change(reason: str) -> None:
    report = reports.inconclusive_report(reason).model_copy(update={"counts": Counts()})
    (step,) = next_steps(report)
    assert step.lead
    assert step.text


def test_a_clean_window_asks_for_nothing_but_names_bad_records() -> None:
    clean = reports.clean_report()
    assert [s.lead for s in next_steps(clean)] == ["9 records could not be read"]
    assert [s.lead for s in next_steps(clean.model_copy(update={"counts": Counts()}))] == [
        "Nothing needs to be done"
    ]


def test_a_baseline_of_training_data_is_questioned_and_one_of_traffic_is_not() -> None:
    baseline = reports.baseline_report()
    traffic = baseline.model_copy(update={"window": reports.violated_report().window})
    assert "Prefer live traffic as the reference" in [s.lead for s in next_steps(baseline)]
    assert "Prefer live traffic as the reference" not in [s.lead for s in next_steps(traffic)]


def test_a_quiet_window_names_the_features_that_it_was_too_small_for() -> None:
    report = reports.clean_report()
    assert report.data_quality
    data = report.data_quality.model_copy(update={"underpowered": ["humidity"]})
    leads = [
        step.lead for step in next_steps(report.model_copy(update={"data_quality": data, "counts": Counts()}))
    ]
    assert leads == ["Nothing needs to be done", "Too few records to tell: “humidity”"]
