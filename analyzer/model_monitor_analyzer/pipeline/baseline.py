"""Running the plan of a baseline."""

from model_monitor_analyzer.pipeline.adopted_baseline import adopt_baseline, fetch
from model_monitor_analyzer.pipeline.computed_baseline import BaselineData, compute_baseline, watched
from model_monitor_analyzer.pipeline.context import Context
from model_monitor_analyzer.pipeline.data import find_input
from model_monitor_analyzer.pipeline.message import damage
from model_monitor_analyzer.pipeline.outcome import Finished
from model_monitor_analyzer.pipeline.postprocessing import postprocess
from model_monitor_analyzer.pipeline.reporting import bad_records, baseline_findings
from model_monitor_analyzer.pipeline.results import Run
from model_monitor_api.contract.plan import AnalysisPlan
from model_monitor_api.contract.report import AnalysisReport
from model_monitor_api.v1alpha1.monitoringexecution import Counts


def run_baseline(plan: AnalysisPlan, context: Context) -> Finished:
    """Compute or adopt the baseline of a plan, unless it is there already.

    Raises
    ------
    AnalyzerError
        Why there is none; nothing is left at its place then.
    """
    run = Run.of_baseline(plan, context.access)
    adopt = plan.baseline.adopt if plan.baseline else None
    if adopt is not None:
        files = fetch(adopt, context.access)
        if context.reuses and (existing := run.existing(files.digest)) is not None:
            return existing
        data, inputs, objects = adopt_baseline(plan, files, adopt), files.digest, len(files.present)
    else:
        found = find_input(plan, run.window, context.access)
        if context.reuses and (existing := run.existing(found.digest)) is not None:
            return existing
        data, inputs, objects = compute_baseline(plan, found, context), found.digest, len(found.objects)
    postprocess(plan, run.window, data.files)
    return run.publish(data.files, _report(run, data, objects, context), inputs)


def _report(run: Run, data: BaselineData, objects: int, context: Context) -> AnalysisReport:
    profile = watched(data.profile, data.kinds)
    rows, features = profile.rows, len(profile.features)
    message = f"{rows:,} records of {features} columns were summarised. {damage(data.problems)}"
    return AnalysisReport(
        run_id=run.id,
        subject=run.plan.subject,
        type="DataQuality",
        window=run.window,
        verdict="Completed",
        message=message.rstrip(),
        counts=Counts(records=rows, bad_records=data.problems.total, features=features),
        bad_records=bad_records(data.problems),
        filtered_records=data.filtered,
        failed_requests=data.failed,
        data_quality=baseline_findings(profile, data.kinds, data.constraints),
        plan_digest=run.plan.digest(),
        analyzer_version=context.version,
        objects=objects,
        completed_at=context.clock(),
    )
