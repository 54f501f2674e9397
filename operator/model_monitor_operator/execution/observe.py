"""What is known of an execution: its schedule, its window, its Jobs, and what the latest of them tells."""

import zlib
from dataclasses import dataclass, replace
from datetime import datetime

from model_monitor_api.conditions import ExecutionFinished
from model_monitor_api.contract.plan import run_id
from model_monitor_api.v1alpha1.monitoringexecution import TERMINAL_STATES, MonitoringExecution, Window
from model_monitor_api.v1alpha1.monitoringschedule import MonitoringSchedule
from model_monitor_operator import timeline
from model_monitor_operator.build.plan import RenderedPlan
from model_monitor_operator.decision import Reader
from model_monitor_operator.following import FAILURES, story_of, with_memory
from model_monitor_operator.jobs import is_ending, latest
from model_monitor_operator.naming import cron_job_name
from model_monitor_operator.objects import Object, created, is_deleted, name_of, uid_of
from model_monitor_operator.ownership import is_controlled_by
from model_monitor_operator.plans import digest_of_job, plan_of_job, planned_schedule
from model_monitor_operator.readiness import baseline_is_ready
from model_monitor_operator.retrying import NEXT_ATTEMPT
from model_monitor_operator.scaling import missing_support, scale_of
from model_monitor_operator.settings import Settings
from model_monitor_operator.story import Broken, Story, held_open
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

    now: datetime
    """The present."""

    schedule_thing: Object | None = None
    """Its schedule; None if there is none."""

    schedule: MonitoringSchedule | Problems | None = None
    """The same, typed."""

    plan: RenderedPlan | Problems | None = None
    """By what the schedule's windows are run now."""

    ready: bool = False
    """Whether the Baseline of that plan has been computed."""

    place: Place | None = None
    """Where the result belongs; None while that is not known."""

    jobs: tuple[Object, ...] = ()
    """Jobs of its own."""

    scheduled_job: Object | None = None
    """The Job of the CronJob for its window."""

    story: Story | None = None
    """What the latest of its Jobs tells."""

    held: tuple[Object, ...] = ()
    """Pods whose analyzer has ended while another container keeps them open."""

    output: str | None = None
    """Where the latest of its Jobs writes."""

    support: tuple[Object, ...] = ()
    """What a scaled-out run needs and is not there."""

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


def observe(thing: Object, reader: Reader, settings: Settings, now: datetime) -> Observed:
    """Return what is known."""
    execution = typed(MonitoringExecution, thing)
    known = Observed(thing=thing, execution=execution, now=now)
    if isinstance(execution, tuple):
        return known
    namespace = execution.metadata.namespace
    jobs = tuple(each for each in reader.owned("Job", thing) if not is_ending(each))
    known = replace(known, jobs=jobs)
    schedule_thing = reader.get("MonitoringSchedule", namespace, execution.spec.schedule_ref.name)
    if schedule_thing is None or is_deleted(schedule_thing):
        return known
    schedule = typed(MonitoringSchedule, schedule_thing)
    known = replace(known, schedule_thing=schedule_thing, schedule=schedule)
    if isinstance(schedule, tuple):
        return known
    known = replace(known, scheduled_job=_scheduled_job(thing, schedule, schedule_thing, reader))
    if known.ended:
        return known
    plan = planned_schedule(schedule, reader, timeline.in_force(schedule, now).resumption)
    current = plan if isinstance(plan, RenderedPlan) else None
    known = replace(
        known,
        plan=plan,
        ready=current is not None and baseline_is_ready(schedule, current.plan, reader),
        place=place_of(thing, execution, schedule, schedule_thing),
    )
    job, place = known.job, known.place
    if job is None or place is None:
        return replace(
            known, support=missing_support(schedule_thing, scale_of(schedule), settings, reader, now)
        )
    used, digest = plan_of_job(job, current, reader), digest_of_job(job)
    expected = run_id(uid_of(schedule_thing), place.window, digest, place.revision) if digest else None
    return replace(
        known,
        story=_story(job, execution, expected, reader, now),
        held=held_open(reader.owned("Pod", job)),
        output=used.output.uri if used is not None else None,
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
        is_controlled_by(thing, schedule_thing)
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
    ours = all(each is not None and is_controlled_by(each, schedule_thing) for each in (thing, cron_job))
    if fire is None or cron_job is None or not ours:
        return None
    windowing = timeline.in_force(schedule, created(thing))
    found = [
        job
        for job in reader.owned("Job", cron_job)
        if not is_ending(job) and timeline.fire_of_job(job, name, windowing) == fire
    ]
    return min(found, key=created, default=None)


def _story(
    job: Object, execution: MonitoringExecution, expected: str | None, reader: Reader, now: datetime
) -> Story:
    status = execution.status
    story = story_of(job, reader, run_id=expected, now=now)
    finished = next((each.reason for each in status.conditions if each.type == "Finished"), None)
    if status.job != name_of(job):
        return story
    if isinstance(story, Broken) and finished == ExecutionFinished.RETRYING and status.reason in FAILURES:
        # What was found then stays: the pods that told it may be gone by now.
        return Broken(FAILURES[status.reason], status.message.partition(NEXT_ATTEMPT)[0], story.ended)
    waited = status.reason if finished == ExecutionFinished.PENDING else None
    return with_memory(story, waited, status.message)
