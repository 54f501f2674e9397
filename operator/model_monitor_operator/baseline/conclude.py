"""The status of a Baseline, out of what its Job told and what came of the decision."""

from datetime import datetime
from typing import Final

from model_monitor_api.conditions import BaselineReady
from model_monitor_api.failures import Failure
from model_monitor_api.layout import REPORT_PAGE, analysis_prefix, baseline_prefix, join
from model_monitor_api.meta import Condition
from model_monitor_api.v1alpha1.baseline import Artifact, Baseline, BaselineStatus
from model_monitor_operator.access_mode import access_mode
from model_monitor_operator.baseline.decide import Decision, is_done
from model_monitor_operator.baseline.observe import Observed
from model_monitor_operator.build.plan import RenderedPlan
from model_monitor_operator.conditions import condition, merged, transitions
from model_monitor_operator.decision import Applied, Outcome
from model_monitor_operator.objects import name_of
from model_monitor_operator.retrying import LOOK_AGAIN, NEXT_ATTEMPT, baseline_delay
from model_monitor_operator.story import Broken, Succeeded, Waiting
from model_monitor_operator.typed import document, sentences

Ready = tuple[BaselineReady, str]

_REASONS: Final = {reason.value: reason for reason in BaselineReady}


def conclude(observed: Observed, decision: Decision, applied: Applied) -> Outcome:
    """Return the status and what is new in it."""
    baseline, generation = observed.baseline, observed.thing["metadata"].get("generation")
    before = baseline.status if isinstance(baseline, Baseline) else BaselineStatus()
    (reason, message), status, again = _judged(observed, decision, applied, before)
    found: list[Condition] = [condition("Ready", reason, message, generation, observed.now)]
    if isinstance(baseline, Baseline):
        spec = baseline.spec
        writers = 1 + (spec.scale.workers or 0 if spec.scale else 0)
        found += access_mode(spec.output.uri, observed.claim, writers, generation, observed.now)
    conditions = merged(before.conditions, found)
    status = status.model_copy(update={"observed_generation": generation, "conditions": conditions})
    notes = tuple(transitions(before.conditions, conditions, frozenset()))
    return Outcome(document(status), notes, again)


def _judged(
    observed: Observed, decision: Decision, applied: Applied, before: BaselineStatus
) -> tuple[Ready, BaselineStatus, datetime | None]:
    """Return how it stands, the status but for conditions, and when to look again."""
    baseline, plan = observed.baseline, observed.plan
    if isinstance(baseline, tuple) or not isinstance(plan, RenderedPlan):
        problems = baseline if isinstance(baseline, tuple) else plan
        assert isinstance(problems, tuple)  # noqa: S101 # a plan or problems; narrowed above
        missing = all(problem.unresolved for problem in problems)
        reason = BaselineReady.REFERENCE_NOT_FOUND if missing else BaselineReady.INVALID_SPEC
        return (reason, sentences(problems)), before, None
    if is_done(baseline, plan) and decision.job is None:
        ready = next(each for each in before.conditions if each.type == "Ready")
        return (_REASONS[ready.reason], ready.message), before, None
    fresh = _of_plan(before, plan, observed, decision)
    story = observed.story
    if decision.job is not None:
        return _begun(decision, applied, fresh, observed.now)
    if isinstance(story, Succeeded) and story.message is not None:
        return _computed(baseline, plan, story, fresh)
    if isinstance(story, Broken):
        told = f"{story.failure}: {story.sentence}"
        return (BaselineReady.FAILED, _with_next(told, decision)), fresh, decision.next_attempt
    if decision.next_attempt is not None:
        last = next((each for each in before.conditions if each.type == "Ready"), None)
        if last is not None and last.reason == BaselineReady.FAILED:
            return (BaselineReady.FAILED, last.message), fresh, decision.next_attempt
        told = _with_next("the last attempt failed", decision)
        return (BaselineReady.FAILED, told), fresh, decision.next_attempt
    # Events are not watched; they tell why a Job has no pod at all.
    again = observed.now + LOOK_AGAIN if isinstance(story, Waiting) else None
    told = story.sentence if story is not None else ""
    worry = story.reason if isinstance(story, Waiting) else None
    return (BaselineReady.COMPUTING, f"{worry}: {told}" if worry else told), fresh, again


def _of_plan(
    before: BaselineStatus, plan: RenderedPlan, observed: Observed, decision: Decision
) -> BaselineStatus:
    """Return the status for the plan of now: what an earlier plan gave does not hold for it."""
    digest = plan.plan.digest()
    kept = before
    if before.plan_digest != digest:
        kept = BaselineStatus(conditions=before.conditions, handled_run_request=before.handled_run_request)
    return kept.model_copy(
        update={
            "plan_digest": digest,
            # An operator may have ended between making a Job and saying so.
            "job": name_of(observed.job) if observed.job is not None else kept.job,
            "attempts": decision.attempt,
            "next_attempt_time": decision.next_attempt,
            "message": "",
        }
    )


def _begun(
    decision: Decision, applied: Applied, status: BaselineStatus, now: datetime
) -> tuple[Ready, BaselineStatus, datetime | None]:
    """Return how it stands after a Job was asked for."""
    key = decision.job
    assert key is not None  # noqa: S101 # asked for by the caller
    if key in applied.conflicts:
        message = (
            f"the Job `{key.name}` belongs to {applied.conflicts[key]}; remove it or rename this Baseline"
        )
        return (BaselineReady.NAME_CONFLICT, message), status, None
    if (refused := next(iter(applied.refusals.values()), None)) is not None:
        later = now + baseline_delay(Failure.POD_REFUSED, decision.attempt)
        status = status.model_copy(update={"next_attempt_time": later})
        said = f"{Failure.POD_REFUSED}: {refused}; {Failure.POD_REFUSED.next_step}"
        return (BaselineReady.FAILED, said), status, later
    update: dict[str, object] = {"job": key.name}
    if decision.request is not None:
        update["handled_run_request"] = decision.request
    status = status.model_copy(update=update)
    return (BaselineReady.COMPUTING, f"the Job `{key.name}` was created"), status, None


def _computed(
    baseline: Baseline, plan: RenderedPlan, story: Succeeded, status: BaselineStatus
) -> tuple[Ready, BaselineStatus, datetime | None]:
    message = story.message
    assert message is not None  # noqa: S101 # asked for by the caller
    meta, digest = baseline.metadata, plan.plan.digest()
    prefix = baseline_prefix(baseline.spec.output.uri, meta.namespace, meta.name, digest)
    found = [
        Artifact(type=kind, uri=analysis_prefix(prefix, kind), digest=sha)
        for kind, sha in sorted(message.artifacts.items())
    ]
    done = status.model_copy(
        update={
            "records": message.counts.records,
            "features": message.counts.features,
            "artifacts": found,
            "report_uri": join(prefix, REPORT_PAGE),
            "message": message.message,
            "next_attempt_time": None,
        }
    )
    reason = BaselineReady.ADOPTED if baseline.spec.adopt is not None else BaselineReady.COMPUTED
    return (reason, message.message), done, None


def _with_next(told: str, decision: Decision) -> str:
    if decision.next_attempt is None:
        return told
    return f"{told}{NEXT_ATTEMPT}{decision.next_attempt:%Y-%m-%dT%H:%M:%SZ}"
