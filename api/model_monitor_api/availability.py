"""What a plan asks for that this version does not do: said before anything is run."""

from collections.abc import Iterator

from model_monitor_api.contract.plan import AnalysisPlan, BaselineTask, ExecutionTask
from model_monitor_api.problems import Problem

_REMEDY = "remove it, or use a version that has it"
_ALONE = "remove it, or spec.analyzer: an image of one's own reads the objects as they are"


def unavailable(plan: AnalysisPlan) -> tuple[Problem, ...]:
    """Return a problem for each part of a plan that this version does not do."""
    subject = f"{plan.subject.kind}/{plan.subject.namespace}/{plan.subject.name}"
    found = [
        *(_of_baseline(plan.baseline) if plan.baseline else ()),
        *(_of_execution(plan.execution) if plan.execution else ()),
        *(["spec.columns.clusterKey"] if plan.columns.cluster_key else []),
    ]
    beside = _beside_an_image(plan) if plan.analyzer else ()
    return (
        *(Problem(subject, "is not available in this version", field, remedy=_REMEDY) for field in found),
        *(Problem(subject, "does nothing beside spec.analyzer", field, remedy=_ALONE) for field in beside),
    )


def _beside_an_image(plan: AnalysisPlan) -> Iterator[str]:
    task = plan.execution
    settings = {
        "spec.recordFilter": plan.record_filter,
        "spec.scripts": plan.scripts,
        "spec.scale": plan.scale,
        "spec.minCompleteness": task and task.min_completeness,
        "spec.segments": task and task.segments,
    }
    yield from (field for field, setting in settings.items() if setting)


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
    if task.segments and task.reference.match != "All":
        yield f"spec.segments with spec.reference.match: {task.reference.match}"
