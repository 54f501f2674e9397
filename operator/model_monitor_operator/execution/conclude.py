"""The status of an execution, out of what its Job told and what came of the decision."""

from datetime import datetime
from typing import Any

from model_monitor_api.conditions import ExecutionFinished
from model_monitor_api.contract.message import MessageDetail, RunMessage
from model_monitor_api.failures import Failure
from model_monitor_api.layout import REPORT_PAGE, execution_prefix, join
from model_monitor_api.v1alpha1.monitoringexecution import MonitoringExecution, MonitoringExecutionStatus
from model_monitor_api.v1alpha1.monitoringschedule import MonitoringSchedule
from model_monitor_operator.build.plan import RenderedPlan
from model_monitor_operator.conditions import condition, merged
from model_monitor_operator.decision import Applied, Note, Outcome
from model_monitor_operator.execution.decide import Decision
from model_monitor_operator.execution.observe import Observed
from model_monitor_operator.execution.size import bounded
from model_monitor_operator.objects import instant
from model_monitor_operator.retrying import LOOK_AGAIN, NEXT_ATTEMPT, execution_delay
from model_monitor_operator.story import Broken, Running, Succeeded, Waiting
from model_monitor_operator.typed import document, sentences

Update = dict[str, Any]
"""Fields of a status that change, by their names in Python."""


def conclude(observed: Observed, decision: Decision, applied: Applied) -> Outcome:
    """Return the status and what is new in it."""
    execution, generation = observed.execution, observed.thing["metadata"].get("generation")
    before = execution.status if isinstance(execution, MonitoringExecution) else MonitoringExecutionStatus()
    if decision.step == "Ended":
        return Outcome(document(before), requeue_at=decision.again)
    reason, update, again = _judged(observed, decision, applied)
    if before.start_time is not None:
        update.pop("start_time", None)
    elif "completion_time" in update and observed.job is not None:
        update["start_time"] = instant((observed.job.get("status") or {}).get("startTime"))
    status = before.model_copy(
        update={
            "observed_generation": generation,
            "window": observed.place.window if observed.place else before.window,
            "attempts": decision.attempt or before.attempts,
            "job": _job_name(observed, decision, before),
            "next_attempt_time": None,
            **update,
        }
    )
    finished = condition("Finished", reason, status.message, generation, observed.now)
    status = status.model_copy(update={"conditions": merged(before.conditions, [finished])})
    return Outcome(document(bounded(status)), _notes(before, status), again)


def _judged(
    observed: Observed, decision: Decision, applied: Applied
) -> tuple[ExecutionFinished, Update, datetime | None]:
    """Return the reason of `Finished`, what changes of the status, and when to look again."""
    now = observed.now
    match decision.step:
        case "Invalid":
            problems = observed.execution if isinstance(observed.execution, tuple) else ()
            return (
                ExecutionFinished.FAILED,
                _failed(Failure.INVALID_CONFIGURATION, sentences(problems), now),
                None,
            )
        case "NoSchedule":
            told = f'`spec.scheduleRef.name` must name a MonitoringSchedule, got "{_wanted(observed)}"'
            update = {
                "state": "Failed",
                "reason": "ReferenceNotFound",
                "message": told,
                "completion_time": now,
            }
            return ExecutionFinished.REFERENCE_NOT_FOUND, update, None
        case "AwaitSchedule":
            told = f'waits for the MonitoringSchedule "{_wanted(observed)}", which does not exist yet'
            return ExecutionFinished.WAITING_FOR_SCHEDULE, _pending(told), decision.again
        case "NotReady":
            return ExecutionFinished.WAITING_FOR_SCHEDULE, _pending(_what_is_missing(observed)), None
        case "Stopping":
            return ExecutionFinished.STOPPING, {"state": "Stopping", "message": "the Job is ending"}, None
        case "Stopped":
            update = {"state": "Stopped", "message": "stopped by a person", "completion_time": now}
            return ExecutionFinished.STOPPED, {"reason": None, **update}, None
        case "Begin":
            return _begun(observed, decision, applied)
        case "AwaitRetry":
            return ExecutionFinished.RETRYING, _retrying(observed, decision), decision.again
        case "Fail":
            assert decision.failure is not None  # noqa: S101 # a step with a failure
            return ExecutionFinished.FAILED, _failed(decision.failure, _sentence(observed), now), None
        case _:
            return _followed(observed)


def _followed(observed: Observed) -> tuple[ExecutionFinished, Update, datetime | None]:
    story = observed.story
    if isinstance(story, Succeeded) and story.message is not None:
        return _verdict(observed, story.message, story.detail or MessageDetail(), story.ended)
    if isinstance(story, Running):
        update = {"state": "InProgress", "reason": None, "message": story.sentence, "start_time": story.since}
        return ExecutionFinished.IN_PROGRESS, update, None
    told = story if isinstance(story, Waiting) else Waiting(None, "")
    # Events are not watched; they tell why a Job has no pod at all.
    again = observed.now + LOOK_AGAIN
    return ExecutionFinished.PENDING, {**_pending(told.sentence), "reason": told.reason}, again


def _verdict(
    observed: Observed, message: RunMessage, detail: MessageDetail, ended: datetime
) -> tuple[ExecutionFinished, Update, datetime | None]:
    conclusive = message.verdict != "Inconclusive"
    update: Update = {
        "state": message.verdict,
        "reason": None if conclusive else message.reason,
        "message": message.message,
        "counts": message.counts,
        "violations": detail.violations,
        "drifted": message.drifted,
        "max_distance": message.max_distance,
        "detail": message.detail or None,
        "report_uri": _report(observed),
        "completion_time": ended,
    }
    return ExecutionFinished.VERDICT if conclusive else ExecutionFinished.INCONCLUSIVE, update, None


def _begun(
    observed: Observed, decision: Decision, applied: Applied
) -> tuple[ExecutionFinished, Update, datetime | None]:
    key, now = decision.job, observed.now
    assert key is not None  # noqa: S101 # a step with a Job
    if key in applied.conflicts:
        told = f"the Job `{key.name}` belongs to {applied.conflicts[key]}; {Failure.NAME_CONFLICT.next_step}"
        return ExecutionFinished.FAILED, _failed(Failure.NAME_CONFLICT, told, now), None
    if (refused := next(iter(applied.refusals.values()), None)) is not None:
        told = f"{refused}; {Failure.POD_REFUSED.next_step}"
        delay = execution_delay(Failure.POD_LOST, decision.attempt)  # a quota passes as a lost pod does
        if delay is None:
            return ExecutionFinished.FAILED, _failed(Failure.POD_REFUSED, told, now), None
        update = {**_pending(told), "reason": Failure.POD_REFUSED, "next_attempt_time": now + delay}
        return ExecutionFinished.RETRYING, update, now + delay
    return ExecutionFinished.PENDING, _pending(f"the Job `{key.name}` was created"), None


def _retrying(observed: Observed, decision: Decision) -> Update:
    """Return what a failure that may pass leaves; without a Job, what was said before stays."""
    update: Update = {"state": "Pending", "next_attempt_time": decision.again}
    if decision.failure is None or decision.again is None:
        return update
    told = f"{_sentence(observed)}{NEXT_ATTEMPT}{decision.again:%Y-%m-%dT%H:%M:%SZ}"
    return {**update, "reason": decision.failure, "message": told}


def _failed(failure: Failure, told: str, now: datetime) -> Update:
    return {"state": "Failed", "reason": failure, "message": told, "completion_time": now}


def _pending(told: str) -> Update:
    return {"state": "Pending", "reason": None, "message": told}


def _sentence(observed: Observed) -> str:
    story = observed.story
    if isinstance(story, Broken | Succeeded):
        return story.sentence
    return ""


def _what_is_missing(observed: Observed) -> str:
    plan = observed.plan
    if isinstance(observed.schedule, tuple):
        return f"the MonitoringSchedule is not valid: {sentences(observed.schedule)}"
    if isinstance(plan, tuple):
        return f"the MonitoringSchedule can't be run: {sentences(plan)}"
    if observed.place is None:
        return "no window of the schedule is closed yet"
    schedule = observed.schedule
    name = schedule.spec.baseline_ref.name if isinstance(schedule, MonitoringSchedule) else ""
    return f"waits for the Baseline `{name}`, which is not ready"


def _wanted(observed: Observed) -> str:
    execution = observed.execution
    return execution.spec.schedule_ref.name if isinstance(execution, MonitoringExecution) else ""


def _report(observed: Observed) -> str | None:
    """Return where the report lies, from the plan of the Job that wrote it; never from its message."""
    place, schedule, plan = observed.place, observed.schedule, observed.plan
    output = observed.output or (plan.plan.output.uri if isinstance(plan, RenderedPlan) else None)
    if place is None or output is None or not isinstance(schedule, MonitoringSchedule):
        return None
    meta = schedule.metadata
    prefix = execution_prefix(output, meta.namespace, meta.name, place.window.end, place.folder)
    return join(prefix, REPORT_PAGE)


def _job_name(observed: Observed, decision: Decision, before: MonitoringExecutionStatus) -> str | None:
    if decision.job is not None:
        return decision.job.name
    return observed.job["metadata"]["name"] if observed.job is not None else before.job


_BAD = frozenset({"CompletedWithViolations", "Failed"})


def _notes(before: MonitoringExecutionStatus, after: MonitoringExecutionStatus) -> tuple[Note, ...]:
    """Return what is told: a new state, or a new reason of the state before."""
    if (before.state, before.reason) == (after.state, after.reason):
        return ()
    worried = after.state in _BAD or (after.state == "Pending" and after.reason is not None)
    reason = after.reason if after.state in ("Failed", "Inconclusive", "Pending") else None
    return (Note("Warning" if worried else "Normal", reason or after.state, after.message or after.state),)
