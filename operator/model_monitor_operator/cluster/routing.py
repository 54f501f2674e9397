"""Who has to look again when an object was seen to change."""

from collections.abc import Iterator
from typing import Protocol

from model_monitor_api.names import fire_of, scheduled_name
from model_monitor_api.v1alpha1.monitoringexecution import TERMINAL_STATES
from model_monitor_operator.naming import cron_job_name
from model_monitor_operator.objects import Key, Object, key_of
from model_monitor_operator.ownership import controller_of


class View(Protocol):
    """The part of the cache that routing looks at."""

    def get(self, kind: str, namespace: str, name: str) -> Object | None:
        """Return an object, as last seen."""
        ...

    def items(self, kind: str, namespace: str | None = None) -> tuple[Object, ...]:
        """Return all objects of a kind, in a namespace or in all."""
        ...

    def executions_of(self, namespace: str, schedule: str) -> tuple[Object, ...]:
        """Return the executions that name a schedule."""
        ...


def concerned(thing: Object, view: View) -> frozenset[Key]:
    """Return whom a change of an object concerns; the object may be gone already."""
    return frozenset(_concerned(thing, view))


def _concerned(thing: Object, view: View) -> Iterator[Key]:
    key = key_of(thing)
    match key.kind:
        case "DataCapture":
            yield from _of_capture(thing, key, view)
        case "Baseline":
            yield key
            yield from _schedules(view, key, "baselineRef")
        case "MonitoringSchedule":
            yield key
            yield from _unfinished(view, key)
        case "MonitoringExecution":
            yield key
            yield Key("MonitoringSchedule", key.namespace, thing["spec"]["scheduleRef"]["name"])
        case "CronJob" | "ConfigMap" | "Deployment":
            yield from _controller(thing)
        case "Job":
            yield from _of_job(thing, view)
        case "Pod":
            for controller in _controller(thing):
                found = view.get(*controller)
                if found is not None:
                    yield from _of_pods(found, view)
        case _:
            return


def _of_capture(thing: Object, key: Key, view: View) -> Iterator[Key]:
    """Yield whom a change of a DataCapture concerns: while it is there and its spec known, itself alone."""
    yield key
    if _is_looked_at(thing) and view.get(*key) is not None:
        return
    for baseline in view.items("Baseline", key.namespace):
        if _names(baseline, "dataset", "captureRef") == key.name:
            yield from _concerned(baseline, view)
    yield from _schedules(view, key, "captureRef")


def _is_looked_at(thing: Object) -> bool:
    """Return whether the present spec of an object was reconciled already."""
    observed = (thing.get("status") or {}).get("observedGeneration")
    return observed is not None and observed == thing["metadata"].get("generation")


def _schedules(view: View, key: Key, field: str) -> Iterator[Key]:
    """Yield the schedules that name an object, and their executions that have not ended."""
    for schedule in view.items("MonitoringSchedule", key.namespace):
        if _names(schedule, field) == key.name:
            yield key_of(schedule)


def _unfinished(view: View, schedule: Key) -> Iterator[Key]:
    for execution in view.executions_of(schedule.namespace, schedule.name):
        if (execution.get("status") or {}).get("state") not in TERMINAL_STATES:
            yield key_of(execution)


def _of_pods(made: Object, view: View) -> Iterator[Key]:
    """Yield whom a change of a pod concerns that a Job or a ReplicaSet made."""
    if made["kind"] == "Job":
        yield from _of_job(made, view)
        return
    for controller in _controller(made):
        deployment = view.get(*controller)
        if deployment is not None:
            yield from _controller(deployment)


def _of_job(job: Object, view: View) -> Iterator[Key]:
    for controller in _controller(job):
        if controller.kind != "CronJob":
            yield controller
            continue
        cron_job = view.get(*controller)
        for schedule in _controller(cron_job) if cron_job is not None else ():
            yield schedule
            yield from _executions_of(job, schedule, view)


def _executions_of(job: Object, schedule: Key, view: View) -> Iterator[Key]:
    """Yield the executions of a schedule that a Job of its CronJob belongs to: by name, or by status."""
    name = job["metadata"]["name"]
    fire = fire_of(name, cron_job_name(schedule.name))
    if fire is not None:
        yield Key("MonitoringExecution", schedule.namespace, scheduled_name(schedule.name, fire))
    for execution in view.executions_of(schedule.namespace, schedule.name):
        if (execution.get("status") or {}).get("job") == name:
            yield key_of(execution)


def _controller(thing: Object) -> Iterator[Key]:
    controller = controller_of(thing)
    if controller is not None:
        yield Key(controller["kind"], thing["metadata"]["namespace"], controller["name"])


def _names(thing: Object, *path: str) -> str | None:
    """Return the name in a reference below `spec`."""
    found = thing["spec"]
    for part in path:
        found = found.get(part) or {}
    name = found.get("name")
    return name if isinstance(name, str) else None
