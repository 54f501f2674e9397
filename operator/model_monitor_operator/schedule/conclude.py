"""The status of a schedule, out of its executions and of what came of the decision."""

from datetime import datetime, timedelta
from typing import Any, Final

from model_monitor_api.conditions import Reason, ScheduleReady
from model_monitor_api.v1alpha1.monitoringschedule import (
    ExecutionSummary,
    MonitoringScheduleStatus,
    PastState,
)
from model_monitor_operator import timeline
from model_monitor_operator.access_mode import access_mode
from model_monitor_operator.build.plan import RenderedPlan
from model_monitor_operator.conditions import condition, merged, transitions
from model_monitor_operator.decision import Applied, Note, Outcome
from model_monitor_operator.objects import created
from model_monitor_operator.retrying import BLOCKED_DELAY
from model_monitor_operator.schedule.decide import Decision
from model_monitor_operator.schedule.history import alert_of, conclusive_of, violations_of
from model_monitor_operator.schedule.observe import Execution, Invalid, Observed
from model_monitor_operator.typed import document, sentences

_BAD_WHEN_TRUE: Final = frozenset({"ViolationsDetected", "InAlert"})
_A_LITTLE: Final = timedelta(seconds=2)


def conclude(observed: Observed | Invalid, decision: Decision, applied: Applied) -> Outcome:
    """Return the status and what is new in it."""
    generation = observed.thing["metadata"].get("generation")
    if isinstance(observed, Invalid):
        message = sentences(observed.problems)
        ready = condition("Ready", ScheduleReady.INVALID_SPEC, message, generation, observed.now)
        told = {"observedGeneration": generation, "conditions": [document(ready)]}
        return Outcome({**(observed.thing.get("status") or {}), **told})
    before = observed.schedule.status
    assert decision.history is not None  # noqa: S101 # of every schedule that can be read
    ring = decision.history.ring
    found = [
        condition(kind, reason, message, generation, observed.now)
        for kind, (reason, message) in _judged(observed, applied, ring).items()
    ]
    spec = observed.schedule.spec
    writers = 1 + (spec.scale.workers or 0 if spec.scale else 0)
    found += access_mode(spec.output.uri, observed.claim, writers, generation, observed.now)
    conditions = merged(before.conditions, found)
    status = before.model_copy(
        update={
            "observed_generation": generation,
            "last_execution": _last(observed.executions) or before.last_execution,
            "last_success_time": decision.history.last_success,
            "totals": decision.history.totals,
            "history": ring,
            "counted_until": decision.history.counted_until,
            "conditions": conditions,
            **_timing(observed, decision, applied),
        }
    )
    notes = (
        *transitions(before.conditions, conditions, _BAD_WHEN_TRUE),
        *_given_up(decision, before),
    )
    # Nobody says when a webhook is back or somebody else's object is gone.
    blocked = applied.refusals or applied.conflicts
    again = observed.now + BLOCKED_DELAY if blocked else _again(observed, status)
    if decision.history.totals != before.totals:
        # What is counted now may be pruned, once this status is there.
        again = observed.now + _A_LITTLE
    # That of a new schedule tells people how it stands, and remembers nothing unless a window was begun.
    may_wait = before.observed_generation is None and not decision.begun and decision.handled is None
    return Outcome(document(status), notes, again, may_wait)


def _judged(observed: Observed, applied: Applied, ring: list[PastState]) -> dict[str, tuple[Reason, str]]:
    """Return reason and message by condition type."""
    spec = observed.schedule.spec
    return {
        "Ready": _ready(observed, applied, ring),
        "ViolationsDetected": violations_of(ring),
        "InAlert": alert_of(ring, spec.alert),
        "Conclusive": conclusive_of(ring, spec.inconclusive_after),
    }


def _ready(observed: Observed, applied: Applied, ring: list[PastState]) -> tuple[ScheduleReady, str]:
    """Return how the schedule stands: the first of the questions that is answered by no."""
    plan, spec = observed.plan, observed.schedule.spec
    if not isinstance(plan, RenderedPlan):
        missing = all(problem.unresolved for problem in plan)
        reason = ScheduleReady.REFERENCE_NOT_FOUND if missing else ScheduleReady.INVALID_SPEC
        return reason, sentences(plan)
    for key, owner in applied.conflicts.items():
        message = f"the {key.kind} `{key.name}` belongs to {owner}; remove it or rename this schedule"
        return ScheduleReady.NAME_CONFLICT, message
    for key, refusal in applied.refusals.items():
        return ScheduleReady.INVALID_SPEC, f"the {key.kind} `{key.name}` is refused: {refusal}"
    if spec.suspend:
        return ScheduleReady.SUSPENDED, ScheduleReady.SUSPENDED.meaning
    if not observed.ready:
        name = spec.baseline_ref.name
        message = f"the Baseline `{name}` is not ready; windows that close meanwhile are made up for"
        return ScheduleReady.BASELINE_NOT_READY, message
    if ring and ring[-1].state == "Failed":
        return ScheduleReady.FAILING, _why_failed(observed)
    return ScheduleReady.SCHEDULED, ScheduleReady.SCHEDULED.meaning


def _why_failed(observed: Observed) -> str:
    failed = [each for each in observed.executions if each.run.status.state == "Failed"]
    last = max(failed, key=_ended, default=None)
    if last is None:
        return ScheduleReady.FAILING.meaning
    return f"{last.run.metadata.name}: {last.run.status.reason}: {last.run.status.message}"


def _timing(observed: Observed, decision: Decision, applied: Applied) -> dict[str, Any]:
    """Return what must be known of the timing after a restart."""
    plan, standing, before = observed.plan, decision.account, observed.schedule.status
    if observed.windowing is None or standing is None or not isinstance(plan, RenderedPlan):
        return {}
    made = {key.name for key in applied.objects if key.kind == "MonitoringExecution"}
    ends = [each.run.spec.window.end for each in observed.executions if each.fire and each.run.spec.window]
    ends += decision.begun if made else ()
    if before.last_window_end is not None:
        ends.append(before.last_window_end)
    suspended = observed.schedule.spec.suspend
    return {
        "plan_digest": plan.plan.digest(),
        "windowing": observed.windowing,
        "settled_until": standing.settled_until,
        "pauses": standing.pauses,
        "last_window_end": max(ends, default=None),
        "next_run_time": None if suspended else timeline.next_fire(observed.windowing, observed.now),
        "handled_run_request": decision.handled or before.handled_run_request,
    }


def _last(executions: tuple[Execution, ...]) -> ExecutionSummary | None:
    """Return the execution of the latest window, the one made last among those of one window."""
    known = [each for each in executions if each.run.status.window or each.run.spec.window]
    last = max(known, key=lambda each: (_window_end(each), created(each.thing)), default=None)
    if last is None:
        return None
    status, window = last.run.status, last.run.status.window or last.run.spec.window
    assert window is not None  # noqa: S101 # filtered above
    return ExecutionSummary(
        name=last.run.metadata.name,
        state=status.state,
        reason=status.reason,
        window_start=window.start,
        window_end=window.end,
        violations=status.counts.violations if status.counts else 0,
        report_uri=status.report_uri,
    )


def _window_end(execution: Execution) -> datetime:
    window = execution.run.status.window or execution.run.spec.window
    return window.end if window else created(execution.thing)


def _ended(execution: Execution) -> datetime:
    return execution.run.status.completion_time or created(execution.thing)


def _given_up(decision: Decision, before: MonitoringScheduleStatus) -> tuple[Note, ...]:
    """Return that missed windows are too many, once: they are settled from then on."""
    standing = decision.account
    until = standing.given_up_before if standing is not None else None
    if until is None or (before.settled_until is not None and before.settled_until >= until):
        return ()
    message = f"windows due before {until:%Y-%m-%dT%H:%MZ} were missed and are not made up for"
    return (Note("Warning", "WindowsGivenUp", f"{message}; see `spec.missedExecutionsLimit`"),)


def _again(observed: Observed, status: MonitoringScheduleStatus) -> datetime | None:
    """Return when to look again: when the next window would be missed, or the oldest one is now."""
    if observed.windowing is None:
        return None
    patience = timeline.GRACE + _A_LITTLE
    fire = timeline.next_fire(observed.windowing, observed.now - patience)
    if fire is None or (fire > observed.now and status.next_run_time is None):
        return None
    return fire + patience
