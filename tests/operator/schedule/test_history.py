"""The ring of past states: bounded, and no execution counted twice or not at all."""

from datetime import UTC, datetime, timedelta

import pytest

from model_monitor_api.conditions import ScheduleAlert, ScheduleConclusive
from model_monitor_api.meta import ObjectMeta, ObjectReference
from model_monitor_api.v1alpha1.monitoringexecution import (
    ExecutionState,
    MonitoringExecution,
    MonitoringExecutionSpec,
    MonitoringExecutionStatus,
    Window,
)
from model_monitor_api.v1alpha1.monitoringschedule import Alert, MonitoringScheduleStatus
from model_monitor_operator.schedule.history import RING, alert_of, conclusive_of, recorded
from model_monitor_operator.schedule.observe import Execution

START = datetime(2026, 3, 1, tzinfo=UTC)


def an_execution(number: int, state: ExecutionState = "Completed", window: int | None = None) -> Execution:
    end = START + timedelta(hours=number if window is None else window)
    status = MonitoringExecutionStatus(
        state=state,
        window=Window(start=end - timedelta(hours=1), end=end),
        completion_time=START + timedelta(hours=number, minutes=5),
    )
    run = MonitoringExecution(
        api_version="modelmonitor.dev/v1alpha1",
        kind="MonitoringExecution",
        metadata=ObjectMeta(name=f"run-{number}"),
        spec=MonitoringExecutionSpec(schedule_ref=ObjectReference(name="hourly")),
        status=status,
    )
    return Execution({"metadata": {"uid": f"{number:08x}-and-more"}}, run, None, owned=False)


def after(executions: list[Execution], before: MonitoringScheduleStatus) -> MonitoringScheduleStatus:
    found = recorded(before, executions)
    return before.model_copy(
        update={
            "totals": found.totals,
            "history": found.ring,
            "counted_until": found.counted_until,
            "last_success_time": found.last_success,
        }
    )


def test_totals_go_on_when_the_ring_is_full_though_old_executions_stay() -> None:
    status, there = MonitoringScheduleStatus(), list[Execution]()
    for number in range(RING + 30):
        there.append(an_execution(number))
        status = after(there, status)
        status = after(there, status)
    assert status.totals.completed == RING + 30
    assert [entry.id for entry in status.history] == [f"{number:08x}" for number in range(30, RING + 30)]


def test_states_that_may_still_change_are_not_counted() -> None:
    running = [an_execution(1, "InProgress"), an_execution(2, "Pending"), an_execution(3, "Stopping")]
    assert recorded(MonitoringScheduleStatus(), running).ring == []


def test_a_window_that_is_run_again_counts_by_its_last_verdict_in_the_order_of_windows() -> None:
    runs = [
        an_execution(1, "CompletedWithViolations"),
        an_execution(2, "CompletedWithViolations"),
        an_execution(3),
    ]
    ring = recorded(MonitoringScheduleStatus(), runs).ring
    assert alert_of(ring, Alert())[0] is ScheduleAlert.ALERT
    mended = recorded(MonitoringScheduleStatus(), [*runs, an_execution(4, window=1)]).ring
    assert alert_of(mended, Alert())[0] is ScheduleAlert.NO_ALERT


def test_windows_without_a_verdict_neither_make_nor_end_an_alert() -> None:
    states: list[ExecutionState] = [
        *("CompletedWithViolations", "Inconclusive", "Failed", "CompletedWithViolations"),
        *("Inconclusive", "Inconclusive", "Failed"),
    ]
    ring = recorded(MonitoringScheduleStatus(), [an_execution(n, s) for n, s in enumerate(states)]).ring
    assert alert_of(ring, Alert())[0] is ScheduleAlert.ALERT


@pytest.mark.parametrize(
    ("states", "reason"),
    [
        ([], ScheduleConclusive.NO_VERDICT),
        (["Inconclusive"] * 2, ScheduleConclusive.NO_VERDICT),
        (["Failed"], ScheduleConclusive.NO_VERDICT),
        (["Completed", "Failed", "Inconclusive"], ScheduleConclusive.VERDICTS),
        (["Completed", "Failed", "Inconclusive", "Failed"], ScheduleConclusive.INCONCLUSIVE),
        (["Completed", *["Inconclusive"] * 3], ScheduleConclusive.INCONCLUSIVE),
        ([*["Inconclusive"] * 3, "Completed"], ScheduleConclusive.VERDICTS),
        (["Inconclusive", "Inconclusive", "Stopped", "Inconclusive"], ScheduleConclusive.INCONCLUSIVE),
    ],
)
def test_so_many_inconclusive_executions_in_a_row_are_said(
    states: list[ExecutionState], reason: ScheduleConclusive
) -> None:
    ring = recorded(MonitoringScheduleStatus(), [an_execution(n, s) for n, s in enumerate(states)]).ring
    assert conclusive_of(ring, 3)[0] is reason
