"""What executions add up to: totals, the ring of past states, and what follows from it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from model_monitor_api.conditions import ScheduleAlert, ScheduleConclusive, ScheduleViolations
from model_monitor_api.v1alpha1.monitoringexecution import ExecutionState
from model_monitor_api.v1alpha1.monitoringschedule import (
    Alert,
    MonitoringScheduleStatus,
    PastState,
    Totals,
)
from model_monitor_operator.objects import created
from model_monitor_operator.schedule.observe import Execution

RING: Final = 100
"""Past states that a schedule remembers."""

VERDICTS: Final[frozenset[ExecutionState]] = frozenset({"Completed", "CompletedWithViolations"})
"""States that say something of the model."""

_TOTALS: Final[dict[str, str]] = {
    "Completed": "completed",
    "CompletedWithViolations": "completed_with_violations",
    "Inconclusive": "inconclusive",
    "Failed": "failed",
    "Stopped": "stopped",
}


class History(NamedTuple):
    """What is remembered of past executions."""

    totals: Totals
    """How many ended how."""

    ring: list[PastState]
    """The last of them, oldest first."""

    counted_until: datetime | None
    """When the latest execution ended that is counted but no longer in the ring."""

    last_success: datetime | None
    """When an execution last ended with a verdict."""


def recorded(before: MonitoringScheduleStatus, executions: Sequence[Execution]) -> History:
    """Return the history with all executions that have ended and are not counted yet.

    An execution is counted once: it is in the ring by its id, or ended before the last one that left it.
    """
    known = {entry.id for entry in before.history}
    until = before.counted_until
    fresh = [
        each
        for each in executions
        if each.ended and each.id not in known and (until is None or _ended(each) > until)
    ]
    ring, totals = list(before.history), before.totals.model_dump()
    last_success = before.last_success_time
    ends = {each.id: _ended(each) for each in executions if each.ended}
    for each in sorted(fresh, key=_ended):
        status = each.run.status
        totals[_TOTALS[status.state]] += 1
        window = status.window or each.run.spec.window
        ring.append(
            PastState(
                window_end=window.end if window else _ended(each),
                state=status.state,
                violations=status.counts.violations if status.counts else 0,
                id=each.id,
            )
        )
        if status.state in VERDICTS:
            last_success = max(last_success or _ended(each), _ended(each))
    for entry in ring[:-RING]:
        left = ends.get(entry.id)
        if left is not None:
            until = max(until or left, left)
    return History(Totals(**totals), ring[-RING:], until, last_success)


def alert_of(ring: Sequence[PastState], alert: Alert) -> tuple[ScheduleAlert, str]:
    """Return whether violations add up to an alert: n of the last m windows that had a verdict."""
    verdicts = _verdicts(ring)[-alert.evaluation_periods :]
    if not verdicts:
        return ScheduleAlert.NO_VERDICT, ScheduleAlert.NO_VERDICT.meaning
    bad = sum(1 for entry in verdicts if entry.violations or entry.state == "CompletedWithViolations")
    told = (
        f"{bad} of the last {len(verdicts)} windows with a verdict had violations; "
        f"{alert.datapoints_to_alert} of {alert.evaluation_periods} make an alert"
    )
    return (ScheduleAlert.ALERT if bad >= alert.datapoints_to_alert else ScheduleAlert.NO_ALERT), told


def violations_of(ring: Sequence[PastState]) -> tuple[ScheduleViolations, str]:
    """Return whether the last verdict, by its window, was one with violations."""
    verdicts = _verdicts(ring)
    if not verdicts:
        return ScheduleViolations.NO_VERDICT, ScheduleViolations.NO_VERDICT.meaning
    last = verdicts[-1]
    when = f"the window until {last.window_end:%Y-%m-%dT%H:%MZ}"
    if last.state == "CompletedWithViolations":
        return ScheduleViolations.VIOLATIONS_FOUND, f"{last.violations} in {when}"
    return ScheduleViolations.NO_VIOLATIONS, f"none in {when}"


def conclusive_of(ring: Sequence[PastState], after: int) -> tuple[ScheduleConclusive, str]:
    """Return whether executions have verdicts at all."""
    ended = [entry.state for entry in ring if entry.state != "Stopped"]
    last = ended[-after:]
    if len(last) == after and not VERDICTS.intersection(last):
        return ScheduleConclusive.INCONCLUSIVE, f"the last {after} executions had no verdict"
    reason = ScheduleConclusive.VERDICTS if VERDICTS.intersection(ended) else ScheduleConclusive.NO_VERDICT
    return reason, reason.meaning


def _verdicts(ring: Sequence[PastState]) -> list[PastState]:
    """Return the last verdict of each window, in the order of the windows."""
    last = {entry.window_end: entry for entry in ring if entry.state in VERDICTS}
    return [last[end] for end in sorted(last)]


def _ended(execution: Execution) -> datetime:
    return execution.run.status.completion_time or created(execution.thing)
