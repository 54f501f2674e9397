"""All that can be known of objects without running anything: rules, and what no schema can say.

`model-monitor validate` shows these problems, the operator sets them as conditions with the same texts.
"""

from datetime import timedelta
from typing import Final, Literal

from pydantic.alias_generators import to_camel

from model_monitor_api.findings import Findings
from model_monitor_api.idle import idle_of_baseline, idle_of_capture
from model_monitor_api.objects import Key, Objects
from model_monitor_api.problems import Problem
from model_monitor_api.references import References
from model_monitor_api.rules.schedule import LABELLED, SETTINGS
from model_monitor_api.v1alpha1.analysis import MonitorType
from model_monitor_api.v1alpha1.baseline import Baseline
from model_monitor_api.v1alpha1.columns import Columns, merge_columns
from model_monitor_api.v1alpha1.datacapture import DataCapture
from model_monitor_api.v1alpha1.monitoringexecution import MonitoringExecution
from model_monitor_api.v1alpha1.monitoringschedule import MonitoringSchedule

Problems = tuple[Problem, ...]

LONGEST_JOIN_WINDOW: Final = timedelta(hours=1)
"""Longest time for which half a record waits in the memory of a sink."""


def check(objects: Objects) -> Problems:
    """Return the problems of all objects, in the order captures, baselines, schedules, executions."""
    return (
        *(problem for capture in objects.captures.values() for problem in check_capture(capture)),
        *(
            problem
            for baseline in objects.baselines.values()
            for problem in check_baseline(baseline, objects)
        ),
        *(
            problem
            for schedule in objects.schedules.values()
            for problem in check_schedule(schedule, objects)
        ),
        *(problem for run in objects.executions.values() for problem in check_execution(run, objects)),
    )


def check_capture(capture: DataCapture) -> Problems:
    """Return the problems of a DataCapture."""
    found = Findings(capture)
    spec = capture.spec
    if spec.source.files is not None:
        found.template("spec.source.files.uri", spec.source.files.uri)
    for idle in idle_of_capture(spec):
        found.add(*idle)
    if spec.source.cloud_events is not None:
        found.duration(
            "spec.source.cloudEvents.joinWindow",
            spec.source.cloud_events.join_window,
            longest=LONGEST_JOIN_WINDOW,
        )
    if spec.storage is not None:
        found.plain_uri("spec.storage.uri", spec.storage.uri)
    found.duration("spec.gateway.flushInterval", spec.gateway.flush_interval, positive=True)
    found.columns(spec.columns)
    found.pods("spec.gateway.podTemplate", spec.gateway.pod_template)
    return found.problems()


def check_baseline(baseline: Baseline, objects: Objects) -> Problems:
    """Return the problems of a Baseline, references that lead nowhere among them."""
    found = Findings(baseline)
    spec, references = baseline.spec, References(baseline, objects)
    columns = spec.columns
    if spec.dataset is not None and spec.dataset.uri is not None:
        found.plain_uri("spec.dataset.uri", spec.dataset.uri)
    if spec.dataset is not None and spec.dataset.capture_ref is not None:
        name = spec.dataset.capture_ref.name
        capture = found.resolved(references.capture(name, "spec.dataset.captureRef.name"))
        if capture is not None:
            columns = merge_columns(columns, capture.spec.columns)
            for kind, settings in (("ModelQuality", spec.model_quality), ("ModelBias", spec.bias)):
                if settings is not None:
                    _check_label(found, kind, columns)
    if spec.adopt is not None:
        for field in ("statistics", "constraints", "analysis"):
            if (uri := getattr(spec.adopt, field)) is not None:
                found.plain_uri(f"spec.adopt.{field}", uri)
    if spec.explainability is not None and spec.explainability.background is not None:
        found.plain_uri("spec.explainability.background.uri", spec.explainability.background.uri)
    if spec.segments and (spec.adopt is not None or spec.data_quality is None):
        found.add(
            "spec.segments",
            "must be empty where data quality is not computed",
            remedy="remove it; adopted files know no segments",
        )
    for idle in idle_of_baseline(spec):
        found.add(*idle)
    found.ground_truth(spec.ground_truth)
    found.scripts(spec.scripts, references)
    found.plain_uri("spec.output.uri", spec.output.uri)
    found.columns(columns)
    found.pods("spec.podTemplate", spec.pod_template)
    return found.problems()


def check_schedule(schedule: MonitoringSchedule, objects: Objects) -> Problems:
    """Return the problems of a MonitoringSchedule, references that lead nowhere among them."""
    found = Findings(schedule)
    spec, references = schedule.spec, References(schedule, objects)
    found.schedule(spec.schedule, spec.time_zone)
    if spec.window.length is not None:
        found.duration("spec.window.length", spec.window.length, positive=True)
    found.duration("spec.window.delay", spec.window.delay)
    found.ground_truth(spec.ground_truth)
    found.scripts(spec.scripts, references)
    found.plain_uri("spec.output.uri", spec.output.uri)
    found.pods("spec.podTemplate", spec.pod_template)
    baseline = found.resolved(references.baseline(spec.baseline_ref.name))
    capture = found.resolved(references.capture(spec.capture_ref.name))
    if baseline is not None:
        _check_provided(found, schedule, baseline)
    if baseline is not None and capture is not None and spec.type in LABELLED:
        declared = merge_columns(_columns_of(baseline, objects), capture.spec.columns)
        _check_label(found, spec.type, declared)
    if capture is not None:
        _check_sides(found, spec.type, capture)
    return found.problems()


def check_execution(execution: MonitoringExecution, objects: Objects) -> Problems:
    """Return the problems of a MonitoringExecution, a reference that leads nowhere among them."""
    found = Findings(execution)
    found.resolved(References(execution, objects).schedule(execution.spec.schedule_ref.name))
    return found.problems()


def _check_label(found: Findings, kind: str, columns: Columns) -> None:
    """Check that labels have a column, after all declarations were merged."""
    if columns.label is None:
        remedy = "name the column in the Baseline or in the DataCapture"
        found.add("spec.columns.label", f"must be set for {kind}", remedy=remedy)


def _check_sides(found: Findings, kind: MonitorType, capture: DataCapture) -> None:
    """Check that what an analysis needs is captured."""
    side: Literal["Input", "Output"] = "Input" if kind == "ModelExplainability" else "Output"
    if kind != "DataQuality" and side not in capture.spec.capture:
        remedy = f"add `{side}` to its `spec.capture`"
        name = capture.metadata.name
        found.add("spec.captureRef.name", f"must name a DataCapture that captures {side}", name, remedy)


def _check_provided(found: Findings, schedule: MonitoringSchedule, baseline: Baseline) -> None:
    """Check that a Baseline has what a schedule compares with."""
    kind, name = schedule.spec.type, baseline.metadata.name
    where = "spec.baselineRef.name"
    if not _provides(baseline, kind):
        adopted, settings = _ADOPTED[kind], to_camel(SETTINGS[kind])
        given = f"`spec.adopt.{adopted[-1]}`" if baseline.spec.adopt else f"`spec.{settings}`"
        found.add(where, f"must name a Baseline with {kind}", name, f"add {given} to it")
    if kind == "ModelExplainability" and baseline.spec.predictor is None:
        found.add(
            where, "must name a Baseline with `spec.predictor`", name, "say there how to call the model"
        )
    for column in schedule.spec.segments:
        if column not in baseline.spec.segments:
            message = f"must be among the segments of Baseline {name}"
            found.add("spec.segments", message, column, "add it to `spec.segments` there")
    if schedule.spec.reference.match != "All" and not _timed(baseline):
        message = "must be `All` where the Baseline's data have no time"
        remedy = "name the column with the time in its `spec.columns.timestamp`"
        found.add("spec.reference.match", message, schedule.spec.reference.match, remedy)


_ADOPTED: Final[dict[MonitorType, tuple[str, ...]]] = {
    "DataQuality": ("statistics", "constraints"),
    "ModelQuality": ("constraints",),
    "ModelBias": ("analysis",),
    "ModelExplainability": ("analysis",),
}
"""Files of an adopted baseline that serve each type."""


def _columns_of(baseline: Baseline, objects: Objects) -> Columns:
    """Return the columns of a Baseline, with those of the traffic that it is computed of."""
    dataset = baseline.spec.dataset
    if dataset is None or dataset.capture_ref is None:
        return baseline.spec.columns
    capture = objects.captures.get(Key(baseline.metadata.namespace, dataset.capture_ref.name))
    return merge_columns(baseline.spec.columns, capture.spec.columns) if capture else baseline.spec.columns


def _provides(baseline: Baseline, kind: MonitorType) -> bool:
    spec = baseline.spec
    if spec.adopt is not None:
        return any(getattr(spec.adopt, field) is not None for field in _ADOPTED[kind])
    return getattr(spec, SETTINGS[kind]) is not None


def _timed(baseline: Baseline) -> bool:
    dataset = baseline.spec.dataset
    captured = dataset is not None and (
        dataset.capture_ref is not None or dataset.format in ("SageMakerCapture", "KServeLog")
    )
    return captured or baseline.spec.columns.timestamp is not None
