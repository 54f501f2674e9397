"""Running the plan of a schedule on one window."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from model_monitor_analyzer.data_quality.document import to_statistics
from model_monitor_analyzer.data_quality.evaluate import Settings, evaluate
from model_monitor_analyzer.data_quality.kinds import column_kinds
from model_monitor_analyzer.data_quality.result import DataQualityResult
from model_monitor_analyzer.data_quality.suggest import suggest_constraints
from model_monitor_analyzer.data_quality.summarised import profile_summary
from model_monitor_analyzer.pipeline.columns import Analysed
from model_monitor_analyzer.pipeline.computed_baseline import watched
from model_monitor_analyzer.pipeline.context import Context
from model_monitor_analyzer.pipeline.coverage import read_accounts, with_coverage
from model_monitor_analyzer.pipeline.data import Input, find_input
from model_monitor_analyzer.pipeline.frozen import summary_settings
from model_monitor_analyzer.pipeline.message import run_message
from model_monitor_analyzer.pipeline.outcome import Finished
from model_monitor_analyzer.pipeline.postprocessing import postprocess
from model_monitor_analyzer.pipeline.reference import Reference, load_reference
from model_monitor_analyzer.pipeline.reporting import (
    bad_records,
    verdict_of,
    violations_file,
    violations_of,
    window_findings,
)
from model_monitor_analyzer.pipeline.results import Run, execution_task
from model_monitor_analyzer.pipeline.segmenting import left_out, segments_of_window
from model_monitor_analyzer.pipeline.summarising import DataSummary, Task, summarise_partitions
from model_monitor_api.contract.plan import AnalysisPlan, ExecutionTask
from model_monitor_api.contract.report import AnalysisReport, Coverage
from model_monitor_api.layout import CONSTRAINTS, STATISTICS, VIOLATIONS
from model_monitor_api.v1alpha1.monitoringexecution import Counts, Window


class _Findings(NamedTuple):
    """What was read, and what was found in it."""

    found: Input
    data: DataSummary
    result: DataQualityResult
    coverage: Coverage | None


def run_execution(
    plan: AnalysisPlan, window: Window, context: Context, *, revision: int = 0, name: str | None = None
) -> Finished:
    """Analyse one window, unless its result is there already.

    Parameters
    ----------
    plan
        Plan of a schedule.
    window
        Stretch of time.
    context
        Surroundings.
    revision
        Counts the runs of one window that were asked for.
    name
        Name of an execution that is not the first of its window.

    Raises
    ------
    AnalyzerError
        Why there is no result; nothing is left at its place then.
    """
    task = execution_task(plan)
    run = Run.of_window(plan, window, context.access, revision=revision, name=name)
    reference = load_reference(task, plan.columns, window, context.access)
    known = reference.baseline.profile.features
    features = [feature.name for feature in known if feature.role == "Feature"]
    found = find_input(plan, window, context.access, features=features or None)
    accounts = read_accounts(found, context.access) if task.min_completeness else None
    inputs = found.digest if accounts is None else f"{found.digest}+{accounts.digest}"
    if context.reuses and (existing := run.existing(inputs)) is not None:
        return existing
    analysed = Analysed.of(plan.columns)
    data = _summarise(found, analysed, reference, task.segments, context)
    profile = profile_summary(data.summary.total, analysed.outputs)
    settings = Settings(task.decision, task.false_discovery_rate, task.min_records)
    segments = segments_of_window(task, reference.segments, data.segments, reference.frozen, analysed.outputs)
    result = evaluate(reference.baseline, profile, settings, tuple(segments))
    others = left_out(task.segments, reference.frozen, data)
    result = replace(result, not_assessed=(*result.not_assessed, *others))
    coverage = accounts.coverage if accounts else None
    if coverage is not None:
        result = with_coverage(result, coverage, task.min_completeness)
    files = {VIOLATIONS: violations_file(result.decided).to_json().encode()}
    if profile.rows:
        sketches = task.data_quality.sketches == "Always"
        seen = watched(profile, reference.frozen.kinds)
        suggested = suggest_constraints(seen, column_kinds(seen, {}))
        files[STATISTICS] = to_statistics(seen, sketches=sketches).to_json().encode()
        files[CONSTRAINTS] = suggested.to_json().encode()
    postprocess(plan, window, files)
    findings = _Findings(found, data, result, coverage)
    return run.publish(files, _report(run, task, findings, context), inputs)


def _summarise(
    found: Input, analysed: Analysed, reference: Reference, segments: Sequence[str], context: Context
) -> DataSummary:
    settings = summary_settings(
        reference.frozen.kinds,
        reference.frozen.sizes,
        physical=found.source.format == "Parquet" and reference.frozen.strings == "Physical",
    )
    values = {name: reference.frozen.segments[name].values for name in segments}
    task = Task(context.access, analysed, settings, hourly=False, segments=values)
    return summarise_partitions(found.partitions(context.access), task, context.pool, context.progress)


def _report(run: Run, task: ExecutionTask, findings: _Findings, context: Context) -> AnalysisReport:
    found, data, result, coverage = findings
    decided = result.decided
    features = sum(1 for feature in result.features if feature.segment is None and feature.current)
    counts = Counts(
        records=result.rows,
        bad_records=data.problems.total,
        features=features,
        violations=len(decided.violations),
    )
    return AnalysisReport(
        run_id=run.id,
        subject=run.plan.subject,
        type=task.type,
        window=run.window,
        verdict=verdict_of(decided),
        reason=decided.reason,
        message=run_message(result, data, task, coverage),
        decision=task.decision,
        false_discovery_rate=task.false_discovery_rate if task.decision == "Calibrated" else None,
        counts=counts,
        bad_records=bad_records(data.problems),
        filtered_records=data.filtered,
        failed_requests=data.failed,
        coverage=coverage,
        violations=violations_of(decided),
        data_quality=window_findings(result),
        baseline_uri=task.baseline.uri,
        reference=task.reference.match,
        plan_digest=run.plan.digest(),
        analyzer_version=context.version,
        objects=len(found.objects),
        completed_at=context.clock(),
    )
