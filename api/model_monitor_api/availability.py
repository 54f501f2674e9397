"""What is asked for that this version does not do: said before anything is run."""

from collections.abc import Iterator

from model_monitor_api.contract.plan import AnalysisPlan, BaselineTask, ExecutionTask
from model_monitor_api.objects import subject_of
from model_monitor_api.problems import Problem
from model_monitor_api.v1alpha1.analysis import DataQualityBaseline, DataQualityMonitor
from model_monitor_api.v1alpha1.monitoringschedule import MonitoringSchedule

_MISSING = "is not available in this version"
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
        *(Problem(subject, _MISSING, field, remedy=_REMEDY) for field in found),
        *(Problem(subject, "does nothing beside spec.analyzer", field, remedy=_ALONE) for field in beside),
    )


def unavailable_beside(schedule: MonitoringSchedule) -> tuple[Problem, ...]:
    """Return a problem for each setting of a schedule that is in no plan and that this version lacks."""
    if not schedule.spec.notifications:
        return ()
    remedy = "remove it, and let alert rules on the metrics tell people"
    return (Problem(subject_of(schedule), _MISSING, "spec.notifications", remedy=remedy),)


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
    yield from _of_metrics(task.data_quality or DataQualityBaseline())


def _of_execution(task: ExecutionTask) -> Iterator[str]:
    if task.type != "DataQuality":
        yield f"spec.type: {task.type}"
    yield from _of_metrics(task.data_quality)
    if task.segments and task.reference.match != "All":
        yield f"spec.segments with spec.reference.match: {task.reference.match}"


def _of_metrics(settings: DataQualityBaseline | DataQualityMonitor) -> Iterator[str]:
    """Yield where metrics are switched off: `spec.metrics` of a schedule says which there are."""
    if settings.constraints.emit_metrics == "Disabled":
        yield "spec.dataQuality.constraints.emitMetrics: Disabled"
    for index, feature in enumerate(settings.features):
        if feature.emit_metrics == "Disabled":
            yield f"spec.dataQuality.features[{index}].emitMetrics: Disabled"
