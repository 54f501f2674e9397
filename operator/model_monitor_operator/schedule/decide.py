"""What shall be for a schedule: its plan, its CronJob, executions for windows, and the end of old ones."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from model_monitor_operator import timeline
from model_monitor_operator.build.cron_job import build_cron_job, suspended_copy
from model_monitor_operator.build.execution import build_execution
from model_monitor_operator.build.plan import RenderedPlan, build_plan_config_map
from model_monitor_operator.decision import Deletion, Desired
from model_monitor_operator.naming import PLAN_NAME, requested_name
from model_monitor_operator.objects import Object, run_request, uid_of
from model_monitor_operator.ownership import is_controlled_by, owner_of
from model_monitor_operator.schedule.history import VERDICTS, History, recorded
from model_monitor_operator.schedule.observe import Execution, Invalid, Observed
from model_monitor_operator.schedule.windows import Account, Missed, account
from model_monitor_operator.settings import Settings


@dataclass(frozen=True)
class Decision:
    """What shall be, and what follows for the status once it is."""

    desired: Desired = field(default_factory=Desired)
    """Objects."""

    account: Account | None = None
    """How the windows stand; None where the timing can't be read."""

    history: History | None = None
    """Past executions; None where the schedule can't be read."""

    handled: str | None = None
    """Token of the run-now request that is answered."""

    begun: tuple[datetime, ...] = field(default=())
    """Ends of the windows whose executions are made now."""


def decide(observed: Observed | Invalid, settings: Settings) -> Decision:
    """Return what shall be."""
    if isinstance(observed, Invalid):
        return Decision(Desired(apply=_stopped(observed.cron_job, observed.thing)))
    history = recorded(observed.schedule.status, observed.executions)
    if observed.windowing is None or not isinstance(observed.plan, RenderedPlan):
        apply = _stopped(observed.cron_job, observed.thing)
        return Decision(Desired(apply=apply, delete=_pruned(observed)), history=history)
    owner, schedule, plan = owner_of(observed.thing), observed.schedule, observed.plan
    standing = account(schedule, observed.windowing, observed.executions, observed.started, observed.now)
    suspended = schedule.spec.suspend or not observed.ready
    cron_job = build_cron_job(schedule, owner, plan, settings, suspended=suspended)
    config = build_plan_config_map(owner, schedule.metadata.namespace, plan)
    made = [*_started(observed), *_missed(observed, standing.missed, suspended=suspended)]
    request = _requested(observed)
    desired = Desired(
        apply=(cron_job,),
        create=(config, *observed.support, *made, *([request[1]] if request else [])),
        delete=(*_pruned(observed), *_unused(observed, plan)),
    )
    ends = tuple(datetime.fromisoformat(each["spec"]["window"]["end"]) for each in made)
    return Decision(desired, standing, history, request[0] if request else None, ends)


def _stopped(cron_job: Object | None, owner: Object) -> tuple[Object, ...]:
    """Return a CronJob of ours as it is, but suspended: there is nothing right to run."""
    if cron_job is None or not is_controlled_by(cron_job, owner):
        return ()
    return (suspended_copy(cron_job),)


def _started(observed: Observed) -> Iterable[Object]:
    """Yield the executions of fires for which the CronJob has made a Job."""
    for each in observed.started:
        window = timeline.window_of(each.windowing, each.fire)
        if window is not None:
            name = timeline.execution_name(observed.schedule.metadata.name, each.fire)
            yield build_execution(
                observed.schedule, owner_of(observed.thing), name=name, window=window, trigger="Scheduled"
            )


def _missed(observed: Observed, missed: tuple[Missed, ...], *, suspended: bool) -> Iterable[Object]:
    """Yield the execution of the oldest missed window, unless another scheduled one is under way."""
    busy = any(not each.ended and each.fire is not None for each in observed.executions)
    if suspended or busy or observed.started or not missed:
        return
    name = timeline.execution_name(observed.schedule.metadata.name, missed[0].fire)
    owner = owner_of(observed.thing)
    yield build_execution(observed.schedule, owner, name=name, window=missed[0].window, trigger="Missed")


def _requested(observed: Observed) -> tuple[str, Object] | None:
    """Return the token of a new run-now request, and the execution that answers it.

    None while no window is closed or the Baseline is not ready: the request waits.
    """
    token = run_request(observed.thing)
    if not token or token == observed.schedule.status.handled_run_request or observed.windowing is None:
        return None
    window = timeline.last_window(observed.windowing, observed.now)
    if window is None or not observed.ready:
        return None
    schedule, owner = observed.schedule, owner_of(observed.thing)
    name = requested_name(schedule.metadata.name, uid_of(observed.thing), token)
    return token, build_execution(
        schedule, owner, name=name, window=window, trigger="Requested", request_token=token
    )


def _pruned(observed: Observed) -> tuple[Deletion, ...]:
    """Return the executions beyond the history's limits: ended, ours, counted, and their windows settled."""
    status, spec = observed.schedule.status, observed.schedule.spec
    counted = {entry.id for entry in status.history}
    settled = status.settled_until
    over = [
        each
        for each in observed.executions
        if each.owned
        and each.ended
        and each.id in counted
        and (each.fire is None or (settled is not None and each.fire <= settled))
    ]
    over.sort(key=lambda each: each.run.status.completion_time or observed.now, reverse=True)
    well = [each for each in over if _went_well(each)]
    badly = [each for each in over if not _went_well(each)]
    # Metrics are made of the last one with a verdict.
    last = next((each for each in well if each.run.status.state in VERDICTS), None)
    gone = [
        *(each for each in well[spec.successful_executions_history_limit :] if each is not last),
        *badly[spec.failed_executions_history_limit :],
    ]
    return tuple(Deletion.of(each.thing) for each in gone)


def _went_well(execution: Execution) -> bool:
    return execution.run.status.state in VERDICTS or execution.run.status.state == "Inconclusive"


def _unused(observed: Observed, plan: RenderedPlan) -> tuple[Deletion, ...]:
    """Return the plans that neither the CronJob nor an unfinished Job reads."""
    needed = {plan.name, *observed.plans_in_use}
    if observed.cron_job is not None:
        needed.add(_plan_of(observed.cron_job))
    return tuple(Deletion.of(each) for each in observed.plans if each["metadata"]["name"] not in needed)


def _plan_of(cron_job: Object) -> str:
    template = cron_job["spec"]["jobTemplate"].get("metadata") or {}
    return str((template.get("annotations") or {}).get(PLAN_NAME, ""))
