"""What is known of a schedule: plan, Baseline, CronJob with its Jobs, and executions."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from model_monitor_api.contract.plan import AnalysisPlan
from model_monitor_api.v1alpha1.monitoringexecution import TERMINAL_STATES, MonitoringExecution
from model_monitor_api.v1alpha1.monitoringschedule import MonitoringSchedule
from model_monitor_api.v1alpha1.windowing import PlannedWindowing
from model_monitor_operator import timeline
from model_monitor_operator.access_mode import fetch_claim
from model_monitor_operator.build.plan import RenderedPlan
from model_monitor_operator.decision import Reader
from model_monitor_operator.jobs import is_ending, is_finished
from model_monitor_operator.naming import PLAN_NAME, cron_job_name
from model_monitor_operator.objects import Object, created, is_deleted, uid_of
from model_monitor_operator.ownership import is_controlled_by
from model_monitor_operator.plans import plan_of_job, planned_schedule
from model_monitor_operator.readiness import baseline_is_ready
from model_monitor_operator.scaling import missing_support, scale_of
from model_monitor_operator.settings import Settings
from model_monitor_operator.typed import Problems, typed


@dataclass(frozen=True)
class Execution:
    """An execution of a schedule."""

    thing: Object
    """The object."""

    run: MonitoringExecution
    """The same, typed."""

    fire: datetime | None
    """The fire time whose window it locks; None for one that a person asked for."""

    owned: bool
    """Whether the operator made it, so that it may be pruned."""

    @property
    def ended(self) -> bool:
        """Return whether its state is final."""
        return self.run.status.state in TERMINAL_STATES

    @property
    def id(self) -> str:
        """Return by what it is remembered."""
        return uid_of(self.thing)[:8]


@dataclass(frozen=True)
class Started:
    """A fire time for which the CronJob made a Job, and the timing that the Job runs by."""

    fire: datetime
    windowing: PlannedWindowing


@dataclass(frozen=True)
class Observed:
    """What is known of a valid schedule."""

    thing: Object
    """The object."""

    schedule: MonitoringSchedule
    """The same, typed."""

    windowing: PlannedWindowing | None
    """The timing in force; None where the spec's cannot be read."""

    plan: RenderedPlan | Problems
    """By what its windows are run."""

    ready: bool
    """Whether the Baseline of that plan has been computed."""

    cron_job: Object | None
    """Its CronJob."""

    started: tuple[Started, ...]
    """Fires for which the CronJob has made a Job."""

    executions: tuple[Execution, ...]
    """All that name it."""

    plans: tuple[Object, ...]
    """ConfigMaps with its plans."""

    plans_in_use: frozenset[str]
    """Names of those that an unfinished Job reads."""

    claim: Object | None
    """The volume claim that results go to."""

    support: tuple[Object, ...]
    """What scaled-out runs need and is not there."""

    now: datetime
    """The present."""


@dataclass(frozen=True)
class Invalid:
    """A schedule that the API server let through but that can't be read."""

    thing: Object
    problems: Problems
    cron_job: Object | None
    now: datetime


def observe(thing: Object, reader: Reader, settings: Settings, now: datetime) -> Observed | Invalid:
    """Return what is known."""
    schedule = typed(MonitoringSchedule, thing)
    meta = thing["metadata"]
    cron_job = reader.get("CronJob", meta["namespace"], cron_job_name(meta["name"]))
    if isinstance(schedule, tuple):
        return Invalid(thing, schedule, cron_job, now)
    windowing = _windowing(schedule, now)
    plan = planned_schedule(schedule, reader, windowing.resumption if windowing else None)
    executions = _executions(schedule, thing, reader, now)
    ours = cron_job if cron_job is not None and is_controlled_by(cron_job, thing) else None
    jobs = reader.owned("Job", ours) if ours is not None else ()
    current = plan if isinstance(plan, RenderedPlan) else None

    def read(job: Object) -> AnalysisPlan | None:
        return plan_of_job(job, current, reader)

    known = {each.fire for each in executions}
    started = _started(schedule, jobs, windowing, known, read) if windowing else ()
    begun = [job for each in executions for job in reader.owned("Job", each.thing)]
    return Observed(
        thing,
        schedule,
        windowing,
        plan,
        isinstance(plan, RenderedPlan) and baseline_is_ready(schedule, plan.plan, reader),
        cron_job,
        tuple(each for each in started if timeline.is_due(each.fire, now)),
        executions,
        reader.owned("ConfigMap", thing),
        frozenset(_plan_name(job) for job in (*jobs, *begun) if not is_finished(job)),
        fetch_claim(schedule.spec.output.uri, schedule.metadata.namespace, reader),
        missing_support(thing, scale_of(schedule), settings, reader, now),
        now,
    )


def _windowing(schedule: MonitoringSchedule, now: datetime) -> PlannedWindowing | None:
    """Return the timing in force; what is wrong with one that can't be read is among the plan's problems."""
    windowing = timeline.in_force(schedule, now)
    try:
        timeline.next_fire(windowing, now)
    except ValueError:
        return None
    return windowing


def _executions(
    schedule: MonitoringSchedule, owner: Object, reader: Reader, now: datetime
) -> tuple[Execution, ...]:
    meta = schedule.metadata
    found = []
    for thing in reader.executions_of(meta.namespace, meta.name):
        run = typed(MonitoringExecution, thing)
        if isinstance(run, tuple) or is_deleted(thing):
            continue
        owned = is_controlled_by(thing, owner)
        found.append(Execution(thing, run, _fire(run, now) if owned else None, owned))
    return tuple(found)


def _fire(run: MonitoringExecution, now: datetime) -> datetime | None:
    """Return the fire time that an execution locks: one that may have come, after the end of its window."""
    fire, window = timeline.fire_of_execution(run.metadata.name, run.spec.schedule_ref.name), run.spec.window
    locks = fire is not None and window is not None and window.end <= fire and timeline.is_due(fire, now)
    return fire if locks else None


def _started(
    schedule: MonitoringSchedule,
    jobs: tuple[Object, ...],
    windowing: PlannedWindowing,
    known: set[datetime | None],
    read: Callable[[Object], AnalysisPlan | None],
) -> tuple[Started, ...]:
    """Return the fires of Jobs that have no execution yet, each with the timing within its Job's plan."""
    settled = schedule.status.settled_until
    found: dict[datetime, Started] = {}
    for job in sorted(jobs, key=created):
        fire = timeline.fire_of_job(job, schedule.metadata.name, windowing)
        if fire is None or fire in known or fire in found or (settled is not None and fire <= settled):
            continue
        plan = None if is_ending(job) else read(job)
        task = plan.execution if plan is not None else None
        found[fire] = Started(fire, task.windowing if task is not None else windowing)
    return tuple(found.values())


def _plan_name(job: Object) -> str:
    return str((job["metadata"].get("annotations") or {}).get(PLAN_NAME, ""))
