"""Manifests to plans that can be run here, or to all that must be changed first."""

from collections.abc import Iterator
from typing import NamedTuple

from model_monitor_analyzer.errors import AnalyzerError
from model_monitor_analyzer.payload.expressions import Expression
from model_monitor_api import validation
from model_monitor_api.availability import unavailable, unavailable_beside
from model_monitor_api.contract.plan import AnalysisPlan, PlannedScripts, ScriptSource
from model_monitor_api.manifests import Manifests
from model_monitor_api.planning import plan_baseline, plan_execution
from model_monitor_api.problems import Problem
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
    problems += [manifests.located(problem) for problem in validation.check(objects)]
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
    """Yield a problem for each expression and script of a plan that does not compile."""
    subject = f"{plan.subject.kind}/{plan.subject.namespace}/{plan.subject.name}"
    for field, text in _expressions(plan):
        try:
            Expression(text, field=field)
        except AnalyzerError as error:
            yield Problem(subject, str(error).removeprefix(f"{field}: "), field)
    scripts = plan.scripts or PlannedScripts()
    for name, script in (("preprocess", scripts.preprocess), ("postprocess", scripts.postprocess)):
        if script is not None and (fault := _syntax_fault(script)) is not None:
            yield Problem(subject, fault, f"spec.scripts.{name}", remedy="correct the script")


def _expressions(plan: AnalysisPlan) -> Iterator[tuple[str, str]]:
    """Yield the JMESPath expressions of a plan with the paths of their fields."""
    if plan.record_filter is not None:
        yield "spec.recordFilter", plan.record_filter
    if plan.data is None:
        return
    if plan.data.files.rows is not None:
        yield "rows", plan.data.files.rows
    payload = plan.data.payload or Payload()
    for side, body in (("input", payload.input), ("output", payload.output)):
        if body.rows is not None:
            yield f"payload.{side}.rows", body.rows
        for name, text in body.columns.items():
            yield f"payload.{side}.columns.{name}", text


def _syntax_fault(script: ScriptSource) -> str | None:
    """Return what makes a script no Python source; it is not executed for that."""
    try:
        compile(script.source, script.name, "exec")
    except SyntaxError as error:
        return f"must be Python source: '{script.name}' line {error.lineno}: {error.msg}"
    except ValueError:
        return f"must be Python source: '{script.name}' holds a null character"
    return None
