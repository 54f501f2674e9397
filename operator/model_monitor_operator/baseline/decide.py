"""What shall be for a Baseline: a Job, unless its result is there or it is not time for another attempt."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from model_monitor_api.conditions import BaselineReady
from model_monitor_api.failures import Failure
from model_monitor_api.v1alpha1.baseline import Baseline
from model_monitor_operator.baseline.observe import Observed, attempts
from model_monitor_operator.build.job import build_baseline_job
from model_monitor_operator.build.plan import RenderedPlan, build_plan_config_map
from model_monitor_operator.decision import Deletion, Desired
from model_monitor_operator.jobs import is_finished
from model_monitor_operator.objects import Key, key_of, run_request
from model_monitor_operator.ownership import owner_of
from model_monitor_operator.retrying import MOST_LOST_RESULTS, baseline_delay
from model_monitor_operator.settings import Settings
from model_monitor_operator.story import Broken, Succeeded, failure_of

READY: Final = frozenset({BaselineReady.COMPUTED, BaselineReady.ADOPTED})


@dataclass(frozen=True)
class Decision:
    """What shall be, and why there is no Job where there is none."""

    desired: Desired = field(default_factory=Desired)
    """Objects."""

    job: Key | None = None
    """The Job that is begun now."""

    attempt: int = 0
    """Which attempt that is, or the last one was."""

    failure: Failure | None = None
    """Why the last attempt failed."""

    next_attempt: datetime | None = None
    """When another one is begun."""

    request: str | None = None
    """Token of the run-now request that is answered."""


def decide(observed: Observed, settings: Settings) -> Decision:
    """Return what shall be."""
    baseline, plan = observed.baseline, observed.plan
    if isinstance(baseline, tuple) or not isinstance(plan, RenderedPlan):
        return Decision()
    outdated = tuple(Deletion.of(job) for job in observed.outdated if not is_finished(job))
    request = run_request(observed.thing)
    asked = request is not None and request != baseline.status.handled_run_request
    if is_done(baseline, plan) and not asked:
        return Decision(Desired(delete=(*outdated, *_unused(observed, None))))
    made = attempts(observed)
    failure = failure_of(observed.story)
    if observed.job is not None and failure is None and not (asked and is_finished(observed.job)):
        held = () if isinstance(observed.story, Succeeded) else map(Deletion.of, observed.held)
        return Decision(Desired(delete=(*outdated, *_unused(observed, plan), *held)), attempt=made)
    due = _due(observed, baseline, failure, made)
    if due is not None and due > observed.now and not asked:
        return Decision(Desired(delete=outdated), attempt=made, failure=failure, next_attempt=due)
    owner = owner_of(observed.thing)
    job = build_baseline_job(baseline, owner, plan, settings, attempt=made + 1)
    config = build_plan_config_map(owner, baseline.metadata.namespace, plan)
    desired = Desired(create=(config, *observed.support, job), delete=(*outdated, *_unused(observed, plan)))
    return Decision(desired, key_of(job), made + 1, request=request)


def is_done(baseline: Baseline, plan: RenderedPlan) -> bool:
    """Return whether the result of a plan is there already."""
    status = baseline.status
    ready = next((each for each in status.conditions if each.type == "Ready"), None)
    return status.plan_digest == plan.plan.digest() and ready is not None and ready.reason in READY


def _due(observed: Observed, baseline: Baseline, failure: Failure | None, made: int) -> datetime | None:
    """Return when the next attempt may begin; None for at once."""
    story = observed.story
    if failure is None or not isinstance(story, Broken | Succeeded):
        # The Job of the last attempt is gone; what was decided about it stands in the status.
        return baseline.status.next_attempt_time if made else None
    if failure is Failure.RESULT_LOST and made < MOST_LOST_RESULTS:
        return None
    return story.ended + _whole_seconds(baseline_delay(failure, made))


def _whole_seconds(delay: timedelta) -> timedelta:
    return timedelta(seconds=int(delay.total_seconds()))


def _unused(observed: Observed, plan: RenderedPlan | None) -> tuple[Deletion, ...]:
    """Return the plans that no Job needs: finished ones were read when their pods began."""
    needed = {plan.name} if plan is not None else set[str]()
    return tuple(Deletion.of(each) for each in observed.plans if each["metadata"]["name"] not in needed)
