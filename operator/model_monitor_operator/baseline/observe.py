"""What is known of a Baseline: its plan, the Job that computes it, and what that Job tells."""

from dataclasses import dataclass
from datetime import datetime

from model_monitor_api.conditions import BaselineReady
from model_monitor_api.contract.plan import run_id
from model_monitor_api.v1alpha1.baseline import Baseline
from model_monitor_operator.access_mode import fetch_claim
from model_monitor_operator.build.plan import RenderedPlan
from model_monitor_operator.decision import Reader
from model_monitor_operator.following import story_of, with_memory
from model_monitor_operator.jobs import attempt_of, is_ending, latest
from model_monitor_operator.objects import Object, name_of
from model_monitor_operator.plans import digest_of_job, planned_baseline
from model_monitor_operator.retrying import NEXT_ATTEMPT
from model_monitor_operator.scaling import missing_support
from model_monitor_operator.settings import Settings
from model_monitor_operator.story import Story, held_open
from model_monitor_operator.typed import Problems, typed


@dataclass(frozen=True)
class Observed:
    """What is known of a Baseline."""

    thing: Object
    """The object."""

    baseline: Baseline | Problems
    """The same, typed."""

    plan: RenderedPlan | Problems
    """By what it is computed."""

    job: Object | None
    """The latest Job for this plan."""

    story: Story | None
    """What that Job tells."""

    held: tuple[Object, ...]
    """Pods whose analyzer has ended while another container keeps them open."""

    outdated: tuple[Object, ...]
    """Unfinished Jobs for other plans."""

    plans: tuple[Object, ...]
    """ConfigMaps with plans."""

    claim: Object | None
    """The volume claim that results go to."""

    support: tuple[Object, ...]
    """What scaled-out runs need and is not there."""

    now: datetime
    """The present."""


def observe(thing: Object, reader: Reader, settings: Settings, now: datetime) -> Observed:
    """Return what is known."""
    baseline = typed(Baseline, thing)
    if isinstance(baseline, tuple):
        return Observed(thing, baseline, baseline, None, None, (), (), (), None, (), now)
    namespace = baseline.metadata.namespace
    plan = planned_baseline(baseline, reader)
    jobs = reader.owned("Job", thing)
    digest = plan.plan.digest() if isinstance(plan, RenderedPlan) else None
    job = latest([each for each in jobs if digest_of_job(each) == digest and not is_ending(each)])
    return Observed(
        thing,
        baseline,
        plan,
        job,
        _story(job, baseline, plan, reader, now) if job is not None else None,
        held_open(reader.owned("Pod", job)) if job is not None else (),
        tuple(each for each in jobs if digest_of_job(each) != digest and not is_ending(each)),
        reader.owned("ConfigMap", thing),
        fetch_claim(baseline.spec.output.uri, namespace, reader),
        missing_support(thing, baseline.spec.scale, settings, reader, now),
        now,
    )


def _story(
    job: Object, baseline: Baseline, plan: RenderedPlan | Problems, reader: Reader, now: datetime
) -> Story | None:
    if not isinstance(plan, RenderedPlan):
        return None
    window = plan.plan.data.window if plan.plan.data else None
    expected = run_id(baseline.metadata.uid or "", window, plan.plan.digest(), 0)
    story = story_of(job, reader, run_id=expected, now=now)
    ready = next((each for each in baseline.status.conditions if each.type == "Ready"), None)
    told = ready is not None and ready.reason in (BaselineReady.COMPUTING, BaselineReady.FAILED)
    if ready is None or not told or baseline.status.job != name_of(job):
        return story
    reason, _, said = ready.message.partition(": ")
    return with_memory(story, reason, said.partition(NEXT_ATTEMPT)[0])


def attempts(observed: Observed) -> int:
    """Return how many Jobs were begun for the plan of now."""
    baseline, plan = observed.baseline, observed.plan
    if isinstance(baseline, tuple) or not isinstance(plan, RenderedPlan):
        return 0
    counted = baseline.status.attempts if baseline.status.plan_digest == plan.plan.digest() else 0
    return max(counted, attempt_of(observed.job) if observed.job is not None else 0)
