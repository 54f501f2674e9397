"""Spec to plan: the one function by which operator and local command decide what a run does."""

import hashlib
from typing import TypeVar

from model_monitor_api import validation
from model_monitor_api.contract.plan import (
    AnalysisPlan,
    BaselineLocation,
    BaselineTask,
    ExecutionTask,
    InputData,
    PlannedScripts,
    ScriptSource,
    Subject,
)
from model_monitor_api.layout import baseline_prefix, capture_prefix
from model_monitor_api.objects import Objects
from model_monitor_api.problems import Problem
from model_monitor_api.references import References
from model_monitor_api.v1alpha1.analysis import (
    BiasMonitor,
    DataQualityMonitor,
    ExplainabilityMonitor,
    ModelQualityMonitor,
)
from model_monitor_api.v1alpha1.baseline import Baseline
from model_monitor_api.v1alpha1.columns import Columns, merge_columns
from model_monitor_api.v1alpha1.datacapture import DataCapture
from model_monitor_api.v1alpha1.dataset import Dataset, Files
from model_monitor_api.v1alpha1.monitoringexecution import Window
from model_monitor_api.v1alpha1.monitoringschedule import MonitoringSchedule
from model_monitor_api.v1alpha1.windowing import PlannedWindowing, Resumption
from model_monitor_api.v1alpha1.workload import Script, Scripts

Thing = TypeVar("Thing")

Problems = tuple[Problem, ...]
"""Why there is no plan; never empty."""


def plan_baseline(baseline: Baseline, objects: Objects) -> AnalysisPlan | Problems:
    """Return the plan by which a Baseline is computed, or what must be changed first.

    Parameters
    ----------
    baseline
        The object, right in itself.
    objects
        The DataCaptures and ConfigMaps that it may refer to.
    """
    if problems := validation.check_baseline(baseline, objects):
        return problems
    spec = baseline.spec
    references = References(baseline, objects)
    if spec.dataset is not None and spec.dataset.capture_ref is not None:
        traffic = _found(references.capture(spec.dataset.capture_ref.name))
        if problems := validation.check_capture(traffic):
            return problems
    data, columns = _baseline_data(spec.dataset, references)
    return AnalysisPlan(
        subject=subject(baseline),
        data=data,
        columns=merge_columns(spec.columns, columns),
        predictor=spec.predictor,
        record_filter=spec.record_filter,
        scripts=_scripts(spec.scripts, references),
        baseline=_task(baseline),
        image=spec.job.image,
        output=spec.output,
        scale=spec.scale,
    )


def plan_execution(
    schedule: MonitoringSchedule, objects: Objects, resumption: Resumption | None = None
) -> AnalysisPlan | Problems:
    """Return the plan by which every window of a MonitoringSchedule is run, or what must be changed first.

    Parameters
    ----------
    schedule
        The object, right in itself.
    objects
        The Baselines, DataCaptures and ConfigMaps that it, or its Baseline, may refer to.
    resumption
        Where tiling goes on after the last change of the schedule's timing; known in a cluster only.
    """
    if problems := validation.check_schedule(schedule, objects):
        return problems
    spec = schedule.spec
    references = References(schedule, objects)
    baseline = _found(references.baseline(spec.baseline_ref.name))
    capture = _found(references.capture(spec.capture_ref.name))
    if problems := validation.check_capture(capture):
        return problems
    planned = plan_baseline(baseline, objects)
    if not isinstance(planned, AnalysisPlan):
        return planned
    adopted = baseline.spec.adopt is not None
    data = captured_data(capture)
    return AnalysisPlan(
        subject=subject(schedule, data.files.uri),
        data=data,
        columns=merge_columns(planned.columns, capture.spec.columns),
        predictor=baseline.spec.predictor if spec.type == "ModelExplainability" else None,
        record_filter=spec.record_filter,
        scripts=_scripts(spec.scripts, references),
        execution=ExecutionTask(
            type=spec.type,
            baseline=_location(baseline, planned.digest()),
            computed=_task(baseline),
            windowing=windowing_of(schedule, resumption),
            ground_truth=spec.ground_truth,
            decision=spec.decision or ("Compatible" if adopted else "Calibrated"),
            false_discovery_rate=spec.false_discovery_rate,
            min_records=spec.min_records,
            min_completeness=spec.min_completeness,
            reference=spec.reference,
            segments=spec.segments,
            data_quality=spec.data_quality or DataQualityMonitor(),
            model_quality=spec.model_quality or ModelQualityMonitor(),
            bias=spec.bias or BiasMonitor(),
            explainability=spec.explainability or ExplainabilityMonitor(),
            metrics=spec.metrics,
        ),
        image=spec.job.image,
        analyzer=spec.analyzer,
        output=spec.output,
        scale=spec.scale,
    )


def windowing_of(schedule: MonitoringSchedule, resumption: Resumption | None = None) -> PlannedWindowing:
    """Return from what the windows of a schedule follow."""
    spec = schedule.spec
    return PlannedWindowing(
        schedule=spec.schedule,
        time_zone=spec.time_zone,
        length=spec.window.length,
        delay=spec.window.delay,
        resumption=resumption,
    )


def subject(thing: Baseline | MonitoringSchedule, reads: str = "") -> Subject:
    """Return who a plan is for; an object that no API server has seen gets an identity from what is known.

    Parameters
    ----------
    thing
        The object.
    reads
        Location of its data, which tells schedules of one name in different projects apart.
    """
    meta = thing.metadata
    known = " ".join(part for part in (f"{thing.kind}/{meta.namespace}/{meta.name}", reads) if part)
    uid = meta.uid or f"local-{hashlib.sha256(known.encode()).hexdigest()[:16]}"
    return Subject(kind=thing.kind, namespace=meta.namespace, name=meta.name, uid=uid)


def captured_data(capture: DataCapture) -> InputData:
    """Return where the records of a DataCapture lie and how they are read."""
    spec = capture.spec
    files = spec.source.files
    if files is None:
        if spec.storage is None:
            raise ValueError(f"DataCapture {capture.metadata.name} passed its rules without storage")
        files = Files(
            uri=capture_prefix(spec.storage.uri, capture.metadata.name, spec.variant),
            format="SageMakerCapture",
            connection=spec.storage.connection,
        )
    return InputData(files=files, payload=spec.payload, sides=spec.capture)


def _baseline_data(dataset: Dataset | None, references: References) -> tuple[InputData | None, Columns]:
    if dataset is None:
        return None, Columns()
    if dataset.capture_ref is not None:
        capture = _found(references.capture(dataset.capture_ref.name, "spec.dataset.captureRef.name"))
        update: dict[str, object] = {"payload": dataset.payload} if dataset.payload else {}
        if dataset.start is not None and dataset.end is not None:
            update["window"] = Window(start=dataset.start, end=dataset.end)
        return captured_data(capture).model_copy(update=update), capture.spec.columns
    if dataset.uri is None or dataset.format is None:
        raise ValueError("a dataset passed its rules without a source")
    files = Files(
        uri=dataset.uri,
        format=dataset.format,
        csv=dataset.csv,
        rows=dataset.rows,
        connection=dataset.connection,
    )
    return InputData(files=files, payload=dataset.payload), Columns()


def _task(baseline: Baseline) -> BaselineTask:
    spec = baseline.spec
    return BaselineTask(
        adopt=spec.adopt,
        ground_truth=spec.ground_truth,
        segments=spec.segments,
        data_quality=spec.data_quality,
        model_quality=spec.model_quality,
        bias=spec.bias,
        explainability=spec.explainability,
    )


def _location(baseline: Baseline, digest: str) -> BaselineLocation:
    meta, output = baseline.metadata, baseline.spec.output
    return BaselineLocation(
        namespace=meta.namespace,
        name=meta.name,
        digest=digest,
        uri=baseline_prefix(output.uri, meta.namespace, meta.name, digest),
        output=output,
        adopted=baseline.spec.adopt is not None,
    )


def _scripts(scripts: Scripts | None, references: References) -> PlannedScripts | None:
    if scripts is None:
        return None

    def source(script: Script | None, field: str) -> ScriptSource | None:
        if script is None:
            return None
        reference = script.config_map_ref
        name = f"configmap/{reference.name}:{reference.key}"
        return ScriptSource(name=name, source=_found(references.script(script, f"spec.scripts.{field}")))

    return PlannedScripts(
        preprocess=source(scripts.preprocess, "preprocess"),
        postprocess=source(scripts.postprocess, "postprocess"),
        timeout_seconds=scripts.timeout_seconds,
    )


def _found(thing: Thing | Problem) -> Thing:
    """Return what a reference leads to; validation has refused those that lead nowhere."""
    if isinstance(thing, Problem):
        raise TypeError(str(thing))
    return thing
