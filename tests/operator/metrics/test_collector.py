from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client import CollectorRegistry

from model_monitor_api.contract.message import FeatureMetrics
from model_monitor_operator.metrics.collector import ResourceCollector
from model_monitor_operator.metrics.definitions import SECTIONS
from tests.operator.metrics.documents import (
    BASE,
    NOW,
    Series,
    Store,
    a_baseline,
    a_capture,
    a_condition,
    a_schedule,
    an_execution,
    detail_of,
)


def stamp(hour: int, minute: int = 0, second: int = 0) -> float:
    return datetime(2026, 1, 31, hour, minute, second, tzinfo=UTC).timestamp()


def test_a_schedule_is_told_from_its_status() -> None:
    found = Series(Store(a_schedule(), an_execution()))
    assert found.all("schedule_info") == [
        (BASE | {"baseline": "churn-baseline", "capture": "churn-capture"}, 1.0)
    ]
    assert found.of("schedule_suspended", **BASE) == 0
    assert found.of("schedule_executions_total", state="CompletedWithViolations", **BASE) == 2
    assert found.of("schedule_executions_total", state="Stopped", **BASE) == 0
    assert found.of("schedule_next_run_timestamp_seconds", **BASE) == stamp(13)
    assert found.of("schedule_last_success_timestamp_seconds", **BASE) == stamp(12, 2)
    assert found.of("schedule_window_end_timestamp_seconds", **BASE) == stamp(11, 50)


def test_conditions_are_1_or_0_and_absent_while_unknown() -> None:
    found = Series(Store(a_schedule()))
    states = {labels["condition"]: value for labels, value in found.all("schedule_condition", **BASE)}
    assert states == {"Ready": 1, "ViolationsDetected": 1, "InAlert": 0}


def test_the_last_execution_is_told() -> None:
    found = Series(Store(a_schedule(), an_execution()))
    states = {labels["state"]: value for labels, value in found.all("schedule_last_execution_state", **BASE)}
    assert states.pop("CompletedWithViolations") == 1
    assert set(states.values()) == {0}
    assert len(states) == 7
    assert found.of("schedule_last_execution_end_timestamp_seconds", **BASE) == stamp(12, 1, 35)
    assert found.of("schedule_last_execution_duration_seconds", **BASE) == 90
    assert found.all("schedule_last_execution_reason") == []


def test_a_failed_execution_has_a_reason_of_the_closed_list() -> None:
    for reason, shown in (("OutOfMemory", "OutOfMemory"), ("Whatever<b>", "Other")):
        failed = an_execution(state="Failed", reason=reason)
        found = Series(Store(a_schedule(), failed))
        assert found.all("schedule_last_execution_reason") == [(BASE | {"reason": shown}, 1.0)]


def test_an_execution_that_was_pruned_is_known_from_its_schedule() -> None:
    last = {"name": "churn-29497680", "state": "Failed", "reason": "StoreUnreachable"}
    found = Series(Store(a_schedule(lastExecution=last)))
    assert found.of("schedule_last_execution_state", state="Failed") == 1
    assert found.of("schedule_last_execution_reason", reason="StoreUnreachable") == 1
    assert found.of("schedule_last_execution_end_timestamp_seconds") is None


def test_the_last_verdict_is_told() -> None:
    found = Series(Store(a_schedule(), an_execution()))
    assert found.of("verdict_window_end_timestamp_seconds", **BASE) == stamp(11, 50)
    assert found.of("verdict_records", **BASE) == 4120
    assert found.of("verdict_bad_records", **BASE) == 3
    assert found.of("verdict_features", **BASE) == 21
    assert found.of("verdict_violations", **BASE) == 3
    assert found.of("verdict_drifted_features", **BASE) == 2
    assert found.of("verdict_max_drift_distance", **BASE) == 0.25
    checks = {labels["check"]: value for labels, value in found.all("verdict_listed_violations", **BASE)}
    assert checks == {
        "baseline_drift_check": 2,
        "completeness_check": 1,
        "data_type_check": 0,
        "missing_column_check": 0,
        "extra_column_check": 0,
        "categorical_values_check": 0,
    }


def test_features_have_distance_and_completeness() -> None:
    found = Series(Store(a_schedule(), an_execution()))
    assert found.of("feature_drift_distance", feature="tenure", **BASE) == 0.25
    assert found.of("feature_completeness_ratio", feature="plan", **BASE) == 0.97
    assert found.of("feature_drift_distance", feature="note") is None
    assert found.of("feature_completeness_ratio", feature="note") == 0.5


@pytest.mark.parametrize(
    ("metrics", "wanted"),
    [
        ({}, {"tenure", "plan", "note"}),
        ({"maxFeatures": 2}, {"tenure", "plan"}),
        ({"maxFeatures": 0}, set()),
        ({"features": ["note", "gone"]}, {"note"}),
        ({"features": []}, set()),
    ],
    ids=["all", "the first two", "none", "those that are listed", "an empty list"],
)
def test_the_spec_bounds_which_features_have_series(metrics: dict[str, object], wanted: set[str]) -> None:
    found = Series(Store(a_schedule(spec={"metrics": metrics}), an_execution()))
    assert {labels["feature"] for labels, _ in found.all("feature_completeness_ratio")} == wanted


def test_of_several_verdicts_that_of_the_latest_window_counts() -> None:
    early = an_execution("churn-1", end="2026-01-31T09:50:00Z", maxDistance=0.1)
    late = an_execution("churn-2", maxDistance=0.2)
    again = an_execution("by-hand", maxDistance=0.3, completionTime="2026-01-31T12:20:00Z")
    failed = an_execution("churn-3", end="2026-01-31T12:50:00Z", maxDistance=0.4, state="Failed")
    other = an_execution("other-1", "other", end="2026-01-31T12:50:00Z", maxDistance=0.5)
    for order in ([early, late, again, failed, other], [other, failed, again, late, early]):
        assert Series(Store(a_schedule(), *order)).of("verdict_max_drift_distance") == 0.3


def test_a_verdict_from_before_the_schedule_was_made_is_that_of_another_one() -> None:
    old = an_execution(completionTime="2025-12-31T00:00:00Z")
    assert Series(Store(a_schedule(), old)).all("verdict_records") == []


def test_the_lag_counts_from_the_end_of_the_last_settled_window() -> None:
    found = Series(Store(a_schedule()))
    assert found.of("schedule_lag_seconds", **BASE) == timedelta(minutes=40).total_seconds()


@pytest.mark.parametrize(
    ("settled", "wanted"),
    [
        ("2026-01-31T12:00:00Z", 0),
        ("2026-01-31T11:00:00Z", 30 * 60),
        ("2026-01-31T09:00:00Z", 150 * 60),
    ],
)
def test_a_window_that_is_not_settled_is_overdue_since_its_fire(settled: str, wanted: float) -> None:
    assert Series(Store(a_schedule(settledUntil=settled))).of("schedule_overdue_seconds", **BASE) == wanted


def test_a_suspended_schedule_is_not_overdue() -> None:
    found = Series(Store(a_schedule(spec={"suspend": True}, settledUntil="2026-01-31T03:00:00Z")))
    assert found.of("schedule_overdue_seconds") == 0
    assert found.of("schedule_suspended") == 1


def test_a_schedule_without_a_status_has_few_series() -> None:
    bare = a_schedule() | {"status": None}
    found = Series(Store(bare))
    assert {name for name, _, _ in found.samples} == {
        "model_monitor_schedule_info",
        "model_monitor_schedule_suspended",
        "model_monitor_schedule_executions_total",
    }


def test_baselines_and_captures_are_told() -> None:
    found = Series(Store(a_baseline(), a_capture()))
    assert found.of("baseline_condition", baseline="churn-baseline", condition="Ready") == 1
    assert found.of("baseline_records", namespace="models", baseline="churn-baseline") == 2333
    assert found.of("baseline_features", baseline="churn-baseline") == 21
    assert found.of("capture_condition", capture="churn-capture", condition="Capturing") == 0
    assert found.of("capture_records_total", namespace="models", capture="churn-capture") == 200_000
    assert found.of("capture_dropped_records_total", capture="churn-capture") == 12
    assert found.of("capture_completeness_ratio", capture="churn-capture") == 0.999
    assert found.of("capture_last_upload_timestamp_seconds", capture="churn-capture") == stamp(12, 29)


def test_a_deleted_object_has_no_series() -> None:
    store = Store(a_schedule(), an_execution(), a_baseline(), a_capture())
    collector = ResourceCollector(store, lambda: NOW)
    assert any(list(family.samples) for family in collector.collect())
    for thing in store.things:
        thing["metadata"]["deletionTimestamp"] = "2026-01-31T12:29:00Z"
    assert [sample for family in collector.collect() for sample in family.samples] == []
    store.things.clear()
    assert [sample for family in collector.collect() for sample in family.samples] == []


def test_an_execution_is_read_anew_when_it_changed() -> None:
    store = Store(a_schedule(), an_execution())
    collector = ResourceCollector(store, lambda: NOW)

    def distance() -> float:
        samples = [each for family in collector.collect() for each in family.samples]
        return next(
            each.value
            for each in samples
            if each.name == "model_monitor_feature_drift_distance" and each.labels["feature"] == "tenure"
        )

    assert distance() == 0.25
    changed = an_execution(detail=detail_of([FeatureMetrics(feature="tenure", distance=0.75)]))
    changed["metadata"]["resourceVersion"] = "2"
    store.things[1] = changed
    assert distance() == 0.75


def test_objects_are_not_asked_for_before_a_scrape() -> None:
    class Unready(Store):
        def items(self, kind: str) -> tuple[()]:
            raise AssertionError(kind)

    registry = CollectorRegistry()
    registry.register(ResourceCollector(Unready()))


def test_every_metric_of_the_table_is_emitted_somewhere() -> None:
    failed = an_execution("other-1", "other", state="Failed", reason="OutOfMemory")
    other = a_schedule("other", lastExecution={"name": "other-1", "state": "Failed"})
    found = Series(Store(a_schedule(), an_execution(), other, failed, a_baseline(), a_capture()))
    emitted = {name: set(labels) for name, labels, _ in found.samples}
    wanted = {each.name: set(each.labels) for section in SECTIONS for each in section.definitions}
    assert emitted == wanted


def test_conditions_of_unknown_types_have_no_series() -> None:
    odd = a_schedule(conditions=[a_condition("Ready", "True"), a_condition("Odd", "True")])
    assert len(Series(Store(odd)).all("schedule_condition")) == 1
