"""Plans of schedules and Baselines in the cluster, and the plan by which a Job runs."""

from model_monitor_api.availability import unavailable, unavailable_beside
from model_monitor_api.contract.plan import AnalysisPlan
from model_monitor_api.planning import plan_baseline, plan_execution
from model_monitor_api.v1alpha1.baseline import Baseline
from model_monitor_api.v1alpha1.monitoringschedule import MonitoringSchedule
from model_monitor_api.v1alpha1.windowing import Resumption
from model_monitor_operator.build.plan import PLAN_KEY, RenderedPlan, render_plan
from model_monitor_operator.decision import Reader
from model_monitor_operator.gathering import Gathering
from model_monitor_operator.naming import PLAN_DIGEST, PLAN_NAME
from model_monitor_operator.objects import Object
from model_monitor_operator.typed import Problems


def planned_baseline(baseline: Baseline, reader: Reader) -> RenderedPlan | Problems:
    """Return the plan by which a Baseline is computed, or what must be changed first."""
    gathering = Gathering(reader, baseline.metadata.namespace)
    gathering.for_baseline(baseline)
    return _rendered(plan_baseline(baseline, gathering.objects()))


def planned_schedule(
    schedule: MonitoringSchedule, reader: Reader, resumption: Resumption | None
) -> RenderedPlan | Problems:
    """Return the plan by which the windows of a schedule are run, or what must be changed first."""
    gathering = Gathering(reader, schedule.metadata.namespace)
    gathering.for_schedule(schedule)
    plan = plan_execution(schedule, gathering.objects(), resumption)
    beside = unavailable_beside(schedule)
    if beside and isinstance(plan, AnalysisPlan):
        return (*beside, *unavailable(plan))
    return _rendered(plan)


def plan_of_job(job: Object, current: RenderedPlan | None, reader: Reader) -> AnalysisPlan | None:
    """Return the plan that a Job runs by, however its schedule was edited since; None if it is gone."""
    annotations = job["metadata"].get("annotations") or {}
    name = annotations.get(PLAN_NAME)
    if current is not None and name == current.name:
        return current.plan
    stored = reader.fetch("ConfigMap", job["metadata"]["namespace"], name) if name else None
    text = ((stored or {}).get("data") or {}).get(PLAN_KEY)
    if text is None:
        return None
    try:
        plan = AnalysisPlan.model_validate_json(text)
    except ValueError:  # somebody else's, or of a version that is no longer understood
        return None
    return plan if plan.digest() == annotations.get(PLAN_DIGEST) else None


def digest_of_job(job: Object) -> str | None:
    """Return the digest of the plan that a Job runs by."""
    annotations = job["metadata"].get("annotations") or {}
    found = annotations.get(PLAN_DIGEST)
    return str(found) if found else None


def _rendered(plan: AnalysisPlan | Problems) -> RenderedPlan | Problems:
    if not isinstance(plan, AnalysisPlan):
        return plan
    return unavailable(plan) or render_plan(plan)
