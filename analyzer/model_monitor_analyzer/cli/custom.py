"""`model-monitor fetch` and `model-monitor collect`: what runs before and after an image of one's own."""

from argparse import Namespace
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version

from model_monitor_analyzer.cli.job import Ending, access_of_process, carry_out, window_of
from model_monitor_analyzer.custom.collecting import collect as collect_result
from model_monitor_analyzer.custom.collecting import read_record
from model_monitor_analyzer.custom.fetching import fetch as fetch_run
from model_monitor_analyzer.custom.fetching import lay_out, leave_record
from model_monitor_analyzer.errors import ConfigurationError
from model_monitor_analyzer.pipeline.results import Run, execution_task
from model_monitor_api.availability import unavailable
from model_monitor_api.contract.custom import FetchedRun
from model_monitor_api.contract.plan import AnalysisPlan


def fetch(options: Namespace) -> int:
    """Bring a window's objects and its baseline to where the image looks for them; return the exit status."""
    return carry_out(options, partial(_fetch, options))


def collect(options: Namespace) -> int:
    """Publish what the image left as the result of the run, and return the exit status."""
    return carry_out(options, partial(_collect, options))


def _fetch(options: Namespace, plan: AnalysisPlan) -> Ending:
    _require_custom(plan)
    for problem in unavailable(plan):
        raise ConfigurationError(f"{problem.field}: {problem.sentence}")
    window = window_of(execution_task(plan), options)
    if window is None:
        lay_out(options.work)
        leave_record(options.work, FetchedRun())
        return Ending(("Nothing to run: the window of this fire is covered already.",))
    access = access_of_process()
    run = Run.of_window(plan, window, access, revision=options.revision, name=options.execution)
    record = fetch_run(run, access, options.work)
    told = "; its result is there already" if record.finished else ""
    return Ending((f"{record.objects:,} objects of {window.start:%FT%TZ} to {window.end:%FT%TZ}{told}",))


def _collect(options: Namespace, plan: AnalysisPlan) -> Ending:
    _require_custom(plan)
    record = read_record(options.work)
    if record.window is None:
        return Ending.idle()
    access = access_of_process()
    run = Run.of_window(plan, record.window, access, revision=options.revision, name=options.execution)
    finished = collect_result(
        run, record, options.work, now=datetime.now(UTC), version=version("model-monitor")
    )
    return Ending.of(finished, plan)


def _require_custom(plan: AnalysisPlan) -> None:
    if plan.analyzer is None:
        raise ConfigurationError("--plan: it names no analyzer image of one's own: use analyze")
