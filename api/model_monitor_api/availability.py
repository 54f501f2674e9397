"""What a plan asks for that this version does not do: said before anything is run."""

from collections.abc import Iterator

from model_monitor_api.contract.plan import AnalysisPlan, BaselineTask, ExecutionTask
from model_monitor_api.problems import Problem

_REMEDY = "remove it, or use a version that has it"


def unavailable(plan: AnalysisPlan) -> tuple[Problem, ...]:
    """Return a problem for each part of a plan that this version does not do."""
    subject = f"{plan.subject.kind}/{plan.subject.namespace}/{plan.subject.name}"
    found = [
        *(_of_baseline(plan.baseline) if plan.baseline else ()),
        *(_of_execution(plan.execution) if plan.execution else ()),
        *(["spec.analyzer"] if plan.analyzer else []),
    ]
    return tuple(
        Problem(subject, "is not available in this version", field, remedy=_REMEDY) for field in found
    )


def _of_baseline(task: BaselineTask) -> Iterator[str]:
    settings = {
        "spec.modelQuality": task.model_quality,
        "spec.bias": task.bias,
        "spec.explainability": task.explainability,
        "spec.adopt.analysis": task.adopt and task.adopt.analysis,
    }
    yield from (field for field, setting in settings.items() if setting is not None)


def _of_execution(task: ExecutionTask) -> Iterator[str]:
    if task.type != "DataQuality":
        yield f"spec.type: {task.type}"
    if task.segments:
        yield "spec.segments"
    if task.min_completeness:
        yield "spec.minCompleteness"
