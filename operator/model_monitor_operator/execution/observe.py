"""What is known of an execution: its schedule, its window, its Jobs, and what the latest of them tells."""

import zlib
from dataclasses import dataclass
from datetime import datetime

from model_monitor_api.contract.plan import run_id
from model_monitor_api.v1alpha1.monitoringexecution import TERMINAL_STATES, MonitoringExecution, Window
from model_monitor_api.v1alpha1.monitoringschedule import MonitoringSchedule
from model_monitor_operator import timeline
from model_monitor_operator.build.plan import RenderedPlan
from model_monitor_operator.decision import Reader
from model_monitor_operator.jobs import is_ending, latest
from model_monitor_operator.naming import cron_job_name
from model_monitor_operator.objects import Object, created, is_deleted, uid_of
from model_monitor_operator.ownership import is_controlled_by
from model_monitor_operator.plans import digest_of_job, plan_of_job, planned_schedule
from model_monitor_operator.readiness import baseline_is_ready
from model_monitor_operator.story import Story, needs_events, tell
from model_monitor_operator.typed import Problems, typed


@dataclass(frozen=True)
class Place:
    """Where the result of an execution belongs."""

    window: Window
    """Stretch of time."""

    folder: str | None
    """Name of the folder below the window's; None for the first execution of a scheduled window."""

    revision: int
    """What tells its runs from those of other executions of the window."""


@dataclass(frozen=True)
class Observed:
    """What is known of an execution."""

    thing: Object
    """The object."""

    execution: MonitoringExecution | Problems
    """The same, typed."""

    schedule_thing: Object | None
    """Its schedule; None if there is none."""

    schedule: MonitoringSchedule | Problems | None
    """The same, typed."""

    plan: RenderedPlan | Problems | None
    """By what the schedule's windows are run now."""

    ready: bool
    """Whether the Baseline of that plan has been computed."""

    place: Place | None
    """Where the result belongs; None while that is not known."""

    jobs: tuple[Object, ...]
    """Jobs of its own."""

    scheduled_job: Object | None
    """The Job of the CronJob for its window."""

    story: Story | None
    """What the latest of its Jobs tells."""

    output: str | None
    """Where the latest of its Jobs writes."""

    now: datetime
    """The present."""

    @property
    def job(self) -> Object | None:
        """Return the Job whose result counts: the last of its own, else the CronJob's."""
        return latest(self.jobs) or self.scheduled_job

    @property
    def ended(self) -> bool:
        """Return whether its state is final."""
        return isinstance(self.execution, MonitoringExecution) and (
            self.execution.status.state in TERMINAL_STATES
        )


def observe(thing: Object, reader: Reader, now: datetime) -> Observed:
    """Return what is known."""
    execution = typed(MonitoringExecution, thing)
    if isinstance(execution, tuple):
        return _unknown(thing, execution, now)
    namespace, uid = execution.metadata.namespace, uid_of(thing)
    schedule_thing = reader.get("MonitoringSchedule", namespace, execution.spec.schedule_ref.name)
    jobs = tuple(each for each in reader.owned("Job", uid) if not is_ending(each))
    if schedule_thing is None or is_deleted(schedule_thing):
        return _unknown(thing, execution, now, jobs)
    schedule = typed(MonitoringSchedule, schedule_thing)
    if isinstance(schedule, tuple):
        return Observed(
            thing, execution, schedule_thing, schedule, None, False, None, jobs, None, None, None, now
        )
    windowing = timeline.in_force(schedule, now)
    plan = planned_schedule(schedule, reader, windowing.resumption)
    place = place_of(thing, execution, schedule, schedule_thing)
    scheduled = _scheduled_job(thing, schedule, schedule_thing, reader)
    job = latest(jobs) or scheduled
    story, output = None, None
    if job is not None and place is not None:
        story = _story(job, uid_of(schedule_thing), place, reader, now)
        used = plan_of_job(job, plan if isinstance(plan, RenderedPlan) else None, reader)
        output = used.output.uri if used is not None else None
    ready = isinstance(plan, RenderedPlan) and baseline_is_ready(schedule, plan.plan, reader)
    return Observed(
        thing, execution, schedule_thing, schedule, plan, ready, place, jobs, scheduled, story, output, now
    )


def place_of(
    thing: Object, execution: MonitoringExecution, schedule: MonitoringSchedule, schedule_thing: Object
) -> Place | None:
    """Return where the result of an execution belongs; None if no window is closed yet.

    The first execution of a scheduled window is the one that the operator made under the name that locks it.
    All others have a folder of their own, and a revision that no other object has.
    """
    name = execution.metadata.name
    window = execution.status.window or execution.spec.window
    if window is None:
        windowing = timeline.in_force(schedule, created(thing))
        window = timeline.last_window(windowing, created(thing))
        if window is None:
            return None
    first = (
        is_controlled_by(thing, uid_of(schedule_thing))
        and timeline.fire_of_execution(name, schedule.metadata.name) is not None
    )
    return Place(window, None, 0) if first else Place(window, name, zlib.crc32(uid_of(thing).encode()))


def _scheduled_job(
    thing: Object, schedule: MonitoringSchedule, schedule_thing: Object, reader: Reader
) -> Object | None:
    """Return the Job of the schedule's CronJob that is about the window which an execution locks."""
    name, namespace = schedule.metadata.name, schedule.metadata.namespace
    fire = timeline.fire_of_execution(thing["metadata"]["name"], name)
    cron_job = reader.get("CronJob", namespace, cron_job_name(name))
    if fire is None or cron_job is None or not is_controlled_by(thing, uid_of(schedule_thing)):
        return None
    windowing = timeline.in_force(schedule, created(thing))
    found = [
        job
        for job in reader.owned("Job", uid_of(cron_job))
        if not is_ending(job) and timeline.fire_of_job(job, name, windowing) == fire
    ]
    return min(found, key=created, default=None)


def _story(job: Object, schedule_uid: str, place: Place, reader: Reader, now: datetime) -> Story:
    digest = digest_of_job(job)
    expected = run_id(schedule_uid, place.window, digest, place.revision) if digest else None
    pods = reader.owned("Pod", uid_of(job))
    events = reader.events_about(job) if needs_events(job, pods, now) else ()
    return tell(job, pods, events, run_id=expected, now=now)


def _unknown(
    thing: Object, execution: MonitoringExecution | Problems, now: datetime, jobs: tuple[Object, ...] = ()
) -> Observed:
    return Observed(thing, execution, None, None, None, False, None, jobs, None, None, None, now)
