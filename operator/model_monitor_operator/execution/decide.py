"""What shall be for an execution: a Job of its own, or the end of one."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal

from model_monitor_api.failures import Failure
from model_monitor_api.v1alpha1.monitoringexecution import MonitoringExecution
from model_monitor_api.v1alpha1.monitoringschedule import MonitoringSchedule
from model_monitor_operator.build.job import Invocation, build_execution_job
from model_monitor_operator.build.plan import RenderedPlan, build_plan_config_map
from model_monitor_operator.decision import Deletion, Desired
from model_monitor_operator.execution.observe import Observed
from model_monitor_operator.jobs import attempt_of, is_finished
from model_monitor_operator.objects import Key, created, key_of
from model_monitor_operator.ownership import owner_of
from model_monitor_operator.retrying import MOST_LOST_RESULTS, execution_delay
from model_monitor_operator.settings import Settings
from model_monitor_operator.story import Broken, Succeeded, failure_of

_PATIENCE: Final = timedelta(minutes=5)
"""How long an execution waits for a schedule that does not exist: files may be applied in any order."""

_LINGERING: Final = timedelta(seconds=60)
"""How long a Job may go on once its result is known; its controller usually needs a second."""

Step = Literal[
    "Ended",
    "Invalid",
    "NoSchedule",
    "AwaitSchedule",
    "NotReady",
    "Stopping",
    "Stopped",
    "Begin",
    "Follow",
    "AwaitRetry",
    "Fail",
]


@dataclass(frozen=True)
class Decision:
    """What shall be, and which step of its life an execution is at."""

    step: Step
    """Where it stands."""

    desired: Desired = field(default_factory=Desired)
    """Objects."""

    job: Key | None = None
    """The Job that is begun now."""

    attempt: int = 0
    """Which attempt that is, or the last one was."""

    failure: Failure | None = None
    """Why the last attempt failed."""

    again: datetime | None = None
    """When to go on."""


def decide(observed: Observed, settings: Settings) -> Decision:
    """Return what shall be."""
    execution = observed.execution
    if isinstance(execution, tuple):
        return Decision("Invalid")
    if observed.ended:
        return _after_end(observed, execution)
    if execution.spec.stop:
        running = _running(observed)
        return Decision("Stopping" if running else "Stopped", Desired(delete=running))
    if observed.schedule is None:
        until = created(observed.thing) + _PATIENCE
        return Decision("AwaitSchedule" if observed.now < until else "NoSchedule", again=until)
    made = attempts(observed, execution)
    job = observed.job
    if job is not None:
        failure = failure_of(observed.story)
        if failure is None:
            return Decision("Follow", Desired(delete=_in_the_way(observed)), attempt=made)
        due = _due(observed, failure, made)
        if due is None:
            return Decision("Fail", attempt=made, failure=failure)
        if due > observed.now:
            return Decision("AwaitRetry", attempt=made, failure=failure, again=due)
    elif (due := execution.status.next_attempt_time) is not None and due > observed.now:
        return Decision("AwaitRetry", attempt=made, again=due)
    return _begin(observed, settings, made)


def _after_end(observed: Observed, execution: MonitoringExecution) -> Decision:
    """Return the end of what still runs: a pod that an injected container holds open, or a late Job."""
    running = _running(observed)
    if not running:
        return Decision("Ended")
    # Since the operator said so, by its own clock: `completionTime` is by the node's, which may be behind.
    finished = next((each for each in execution.status.conditions if each.type == "Finished"), None)
    until = finished.last_transition_time + _LINGERING if finished is not None else observed.now
    return Decision("Ended", Desired(delete=running if observed.now >= until else ()), again=until)


def attempts(observed: Observed, execution: MonitoringExecution) -> int:
    """Return how many Jobs were begun for an execution, that of the CronJob among them."""
    job = observed.job
    return max(execution.status.attempts, attempt_of(job) if job is not None else 0)


def _begin(observed: Observed, settings: Settings, made: int) -> Decision:
    schedule, plan, place = observed.schedule, observed.plan, observed.place
    whole = isinstance(schedule, MonitoringSchedule) and isinstance(plan, RenderedPlan)
    if not whole or not observed.ready or place is None or observed.schedule_thing is None:
        return Decision("NotReady", attempt=made)
    assert isinstance(schedule, MonitoringSchedule)  # noqa: S101 # narrowed above
    assert isinstance(plan, RenderedPlan)  # noqa: S101 # narrowed above
    owner = owner_of(observed.thing)
    invocation = Invocation(place.window, place.folder, place.revision)
    job = build_execution_job(schedule, owner, plan, settings, invocation, attempt=made + 1)
    parent, namespace = owner_of(observed.schedule_thing), schedule.metadata.namespace
    config = build_plan_config_map(parent, namespace, plan)
    return Decision("Begin", Desired(create=(config, *observed.support, job)), key_of(job), made + 1)


def _due(observed: Observed, failure: Failure, made: int) -> datetime | None:
    """Return when the next attempt may begin; None where there is none."""
    story = observed.story
    assert isinstance(story, Broken | Succeeded)  # noqa: S101 # only these have failures
    if failure is Failure.RESULT_LOST:
        return observed.now if made < MOST_LOST_RESULTS else None
    delay = execution_delay(failure, made)
    return story.ended + delay if delay is not None else None


def _running(observed: Observed) -> tuple[Deletion, ...]:
    """Return the Jobs that still run."""
    jobs = [*observed.jobs, *([observed.scheduled_job] if observed.scheduled_job else [])]
    return tuple(Deletion.of(job) for job in jobs if not is_finished(job))


def _in_the_way(observed: Observed) -> tuple[Deletion, ...]:
    """Return what keeps a run from going on.

    The CronJob's Job, if it came after the execution had begun one of its own; and pods whose analyzer has
    failed while an injected container holds them open, so that the Job does not see it.
    """
    late = observed.scheduled_job
    superfluous = [late] if observed.jobs and late is not None and not is_finished(late) else []
    held = () if isinstance(observed.story, Succeeded) else observed.held
    return tuple(Deletion.of(each) for each in (*superfluous, *held))
