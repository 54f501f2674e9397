"""`model-monitor analyze`: one plan, as a Job of the cluster runs it."""

import os
from argparse import Namespace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from model_monitor_analyzer.artifacts.termination import error_message, leave_message, report_message
from model_monitor_analyzer.cli.console import messages
from model_monitor_analyzer.cli.failures import as_failure, ends_program, print_failure, print_trace
from model_monitor_analyzer.errors import ConfigurationError
from model_monitor_analyzer.execution.logs import logging_to_standard_error
from model_monitor_analyzer.execution.pools import ExecutorChoice, open_pool
from model_monitor_analyzer.pipeline.baseline import run_baseline
from model_monitor_analyzer.pipeline.context import Context
from model_monitor_analyzer.pipeline.execution import run_execution
from model_monitor_analyzer.pipeline.outcome import Finished
from model_monitor_analyzer.pipeline.progress import Silent
from model_monitor_analyzer.pipeline.timing import last_window, window_of_fire
from model_monitor_analyzer.stores import Access
from model_monitor_api.availability import unavailable
from model_monitor_api.contract.plan import AnalysisPlan, ExecutionTask
from model_monitor_api.names import fire_of
from model_monitor_api.v1alpha1.monitoringexecution import Window
from model_monitor_api.v1alpha1.monitoringschedule import Metrics

_MAX_PLAN_BYTES: Final = 8 << 20
_MOUNTS: Final = "MODEL_MONITOR_MOUNTS"


def analyze(options: Namespace) -> int:
    """Carry out a plan, leave the termination message, and return the exit status: 0 for every verdict."""
    console = messages()
    plan: AnalysisPlan | None = None
    try:
        plan = _read_plan(options.plan)
        with logging_to_standard_error(quiet=False):
            finished = _run(plan, options)
    except BaseException as error:  # whatever ends the run has to be told to the operator
        if ends_program(error):
            raise
        failure = as_failure(error)
        leave_message(options.termination_log, error_message(failure))
        if options.debug:
            print_trace(error)
        print_failure(console, plan.subject if plan else None, failure)
        return failure.exit_code
    metrics = plan.execution.metrics if plan.execution else Metrics()
    leave_message(options.termination_log, report_message(finished.report, metrics))
    console.print(f"{finished.state}: {finished.report.message}", soft_wrap=True)
    console.print(finished.report_uri, soft_wrap=True)
    return 0


def _run(plan: AnalysisPlan, options: Namespace) -> Finished:
    for problem in unavailable(plan):
        raise ConfigurationError(f"{problem.field}: {problem.sentence}")
    address = options.dask_address or (plan.scale.dask.address if plan.scale and plan.scale.dask else None)
    choice = ExecutorChoice("dask" if address else options.executor, options.workers, address)
    with open_pool(choice) as pool:
        context = Context(
            access=Access(environment=dict(os.environ), mounts=_mounts(os.environ.get(_MOUNTS, ""))),
            pool=pool,
            progress=Silent(),
            clock=lambda: datetime.now(UTC),
            version=version("model-monitor"),
            reuse="SameRun",
        )
        if plan.execution is None:
            return run_baseline(plan, context)
        window = _window(plan.execution, options)
        return run_execution(plan, window, context, revision=options.revision, name=options.execution)


def _window(execution: ExecutionTask, options: Namespace) -> Window:
    """Return the window that was asked for, or the one that the Job's name means.

    The name of a Job that a CronJob made is the CronJob's, and the minute that was due; any other, such as
    that of a Job by `kubectl create job --from`, means the last closed window.
    """
    if options.window is not None:
        start, end = options.window
        if start >= end:
            raise ConfigurationError("--window: START must be before END")
        return Window(start=start, end=end)
    if options.job_name and (fire := fire_of(options.job_name, options.cron_job)) is not None:
        return window_of_fire(execution.windowing, fire)
    return last_window(execution.windowing, datetime.now(UTC))


def _read_plan(path: Path) -> AnalysisPlan:
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_PLAN_BYTES + 1)
    except OSError as error:
        raise ConfigurationError(f"--plan: '{path}' can't be read: {error.strerror}") from error
    if len(content) > _MAX_PLAN_BYTES:
        raise ConfigurationError(f"--plan: '{path}' has more than {_MAX_PLAN_BYTES} bytes")
    try:
        plan = AnalysisPlan.model_validate_json(content)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        said = ": ".join(part for part in (field, first["msg"]) if part)
        raise ConfigurationError(f"--plan: '{path}': {said}") from error
    if (plan.baseline is None) == (plan.execution is None):
        raise ConfigurationError(f"--plan: '{path}': exactly one of baseline and execution must be set")
    return plan


def _mounts(text: str) -> dict[str, Path]:
    """Read `claim=/path,claim=/path`: where volume claims are mounted."""
    pairs = (part.partition("=") for part in text.split(",") if part)
    return {claim: Path(path) for claim, _, path in pairs}
