"""Manifests to plans that can be run here, or to all that must be changed first."""

from collections.abc import Iterator
from typing import NamedTuple

from model_monitor_analyzer.errors import AnalyzerError
from model_monitor_analyzer.payload.expressions import Expression
from model_monitor_api import validation
from model_monitor_api.availability import unavailable, unavailable_beside
from model_monitor_api.contract.plan import AnalysisPlan, PlannedScripts, ScriptSource
from model_monitor_api.manifests import Manifests
from model_monitor_api.objects import Objects, subject_of
from model_monitor_api.planning import plan_baseline, plan_execution
from model_monitor_api.problems import Problem, field_path
from model_monitor_api.v1alpha1.dataset import Payload
from model_monitor_api.v1alpha1.monitoringschedule import Alert


class PlannedSchedule(NamedTuple):
    """A schedule that can be run."""

    plan: AnalysisPlan
    """What a run does."""

    alert: Alert
    """When violations become an alert."""

    suspended: bool
    """Whether nothing is to be run."""


class Plans(NamedTuple):
    """What a set of manifests asks for."""

    baselines: tuple[AnalysisPlan, ...]
    """Plans of the Baselines that can be run."""

    schedules: tuple[PlannedSchedule, ...]
    """The MonitoringSchedules that can be run."""

    problems: tuple[Problem, ...]
    """All that must be changed; a run needs that there are none."""


def plan_all(manifests: Manifests) -> Plans:
    """Plan everything in a set of manifests, and check what can be checked without reading data."""
    objects = manifests.objects
    problems = list(manifests.problems)
    problems += [
        manifests.located(problem) for problem in (*validation.check(objects), *_data_expressions(objects))
    ]
    baselines: list[AnalysisPlan] = []
    schedules: list[PlannedSchedule] = []
    for baseline in objects.baselines.values():
        plan = plan_baseline(baseline, objects)
        if isinstance(plan, AnalysisPlan):
            baselines.append(plan)
    for schedule in objects.schedules.values():
        problems += [manifests.located(problem) for problem in unavailable_beside(schedule)]
        plan = plan_execution(schedule, objects)
        if isinstance(plan, AnalysisPlan):
            schedules.append(PlannedSchedule(plan, schedule.spec.alert, schedule.spec.suspend))
    plans = [*baselines, *(planned.plan for planned in schedules)]
    problems += [
        manifests.located(problem)
        for plan in plans
        for problem in (*unavailable(plan), *_local(plan), *_compiled(plan))
    ]
    return Plans(tuple(baselines), tuple(schedules), tuple(dict.fromkeys(problems)))


def _local(plan: AnalysisPlan) -> Iterator[Problem]:
    """Yield a problem for what needs a cluster."""
    if plan.analyzer is not None:
        yield Problem(
            f"{plan.subject.kind}/{plan.subject.namespace}/{plan.subject.name}",
            "needs containers, which this command has not",
            "spec.analyzer",
            remedy="apply it to a cluster, or remove it",
        )


def _compiled(plan: AnalysisPlan) -> Iterator[Problem]:
    """Yield a problem for the filter and each script of a plan that does not compile."""
    subject = f"{plan.subject.kind}/{plan.subject.namespace}/{plan.subject.name}"
    if plan.record_filter is not None:
        yield from _expression_faults(subject, "spec.recordFilter", plan.record_filter)
    scripts = plan.scripts or PlannedScripts()
    for name, script in (("preprocess", scripts.preprocess), ("postprocess", scripts.postprocess)):
        if script is not None and (fault := _syntax_fault(script)) is not None:
            yield Problem(subject, fault, f"spec.scripts.{name}", remedy="correct the script")


def _data_expressions(objects: Objects) -> Iterator[Problem]:
    """Yield a problem for each expression over data that does not compile, at the object it is written in."""
    for capture in objects.captures.values():
        files = capture.spec.source.files
        yield from _body_faults(subject_of(capture), ("spec", "payload"), capture.spec.payload)
        if files is not None and files.rows is not None:
            yield from _expression_faults(subject_of(capture), "spec.source.files.rows", files.rows)
    for baseline in objects.baselines.values():
        dataset = baseline.spec.dataset
        if dataset is None:
            continue
        yield from _body_faults(subject_of(baseline), ("spec", "dataset", "payload"), dataset.payload)
        if dataset.rows is not None:
            yield from _expression_faults(subject_of(baseline), "spec.dataset.rows", dataset.rows)


def _body_faults(subject: str, path: tuple[str, ...], payload: Payload | None) -> Iterator[Problem]:
    payload = payload or Payload()
    for side, body in (("input", payload.input), ("output", payload.output)):
        if body.rows is not None:
            yield from _expression_faults(subject, field_path((*path, side, "rows")), body.rows)
        for name, text in body.columns.items():
            yield from _expression_faults(subject, field_path((*path, side, "columns", name)), text)


def _expression_faults(subject: str, field: str, text: str) -> Iterator[Problem]:
    try:
        Expression(text, field=field)
    except AnalyzerError as error:
        yield Problem(subject, str(error).removeprefix(f"{field}: "), field)


def _syntax_fault(script: ScriptSource) -> str | None:
    """Return what makes a script no Python source; it is not executed for that."""
    try:
        compile(script.source, script.name, "exec")
    except SyntaxError as error:
        return f"must be Python source: '{script.name}' line {error.lineno}: {error.msg}"
    except ValueError:
        return f"must be Python source: '{script.name}' holds a null character"
    return None
