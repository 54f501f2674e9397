"""`model-monitor analyze`: one plan, as a Job of the cluster runs it."""

import os
from argparse import Namespace
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version

from model_monitor_analyzer.cli.job import Ending, access_of_process, carry_out, window_of
from model_monitor_analyzer.errors import ConfigurationError
from model_monitor_analyzer.execution.pools import ExecutorChoice, ExecutorKind, open_pool
from model_monitor_analyzer.pipeline.baseline import run_baseline
from model_monitor_analyzer.pipeline.context import Context
from model_monitor_analyzer.pipeline.execution import run_execution
from model_monitor_analyzer.pipeline.outcome import Finished
from model_monitor_analyzer.pipeline.progress import Silent
from model_monitor_analyzer.pipeline.results import Run
from model_monitor_analyzer.telemetry.sending import send_figures
from model_monitor_api.availability import unavailable
from model_monitor_api.contract.plan import AnalysisPlan
from model_monitor_api.v1alpha1.monitoringexecution import Window


def analyze(options: Namespace) -> int:
    """Carry out a plan, leave the termination message, and return the exit status: 0 for every verdict."""
    return carry_out(options, partial(_analyze, options))


def _analyze(options: Namespace, plan: AnalysisPlan) -> Ending:
    for problem in unavailable(plan):
        raise ConfigurationError(f"{problem.field}: {problem.sentence}")
    if plan.analyzer is not None:
        raise ConfigurationError("spec.analyzer: its image runs between fetch and collect, not by analyze")
    window = None if plan.execution is None else window_of(plan.execution, options)
    if plan.execution is not None and window is None:
        return Ending.idle()
    finished = _finished(options, plan, window)
    if plan.execution is not None:
        send_figures(finished.report, os.environ)
    return Ending.of(finished, plan)


def _finished(options: Namespace, plan: AnalysisPlan, window: Window | None) -> Finished:
    access, revision, name = access_of_process(), options.revision, options.execution
    run = (
        Run.of_baseline(plan, access)
        if window is None
        else Run.of_window(plan, window, access, revision=revision, name=name)
    )
    # Looked for before anything is begun: a retry must cost nothing, least of all a cluster of workers.
    if (existing := run.existing(None)) is not None:
        return existing
    with open_pool(_choice(options, plan)) as pool:
        context = Context(
            access=access,
            pool=pool,
            progress=Silent(),
            clock=lambda: datetime.now(UTC),
            version=version("model-monitor"),
            reuses=False,
        )
        if window is None:
            return run_baseline(plan, context)
        return run_execution(plan, window, context, revision=revision, name=name)


def _choice(options: Namespace, plan: AnalysisPlan) -> ExecutorChoice:
    if options.scale_out:
        return ExecutorChoice("pods", options.scale_out, options.leader, options.tls_dir)
    existing = plan.scale.dask.address if plan.scale and plan.scale.dask else None
    address = options.dask_address or existing
    kind: ExecutorKind = "dask" if address else options.executor
    return ExecutorChoice(kind, options.workers, address, options.tls_dir)
