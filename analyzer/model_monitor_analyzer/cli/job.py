"""What the commands of a Job's pod share: the plan, the window, the surroundings, and how they end."""

import os
from argparse import Namespace
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

from pydantic import ValidationError

from model_monitor_analyzer.artifacts.termination import (
    error_message,
    idle_message,
    leave_message,
    report_message,
)
from model_monitor_analyzer.cli.console import messages
from model_monitor_analyzer.cli.failures import as_failure, ends_program, print_failure, print_trace
from model_monitor_analyzer.errors import ConfigurationError
from model_monitor_analyzer.execution.logs import logging_to_standard_error
from model_monitor_analyzer.pipeline.outcome import Finished
from model_monitor_analyzer.pipeline.timing import last_window, window_of_fire
from model_monitor_analyzer.stores import Access
from model_monitor_api.contract.plan import AnalysisPlan, ExecutionTask
from model_monitor_api.failures import Inconclusive
from model_monitor_api.names import fire_of
from model_monitor_api.v1alpha1.monitoringexecution import Window
from model_monitor_api.v1alpha1.monitoringschedule import Metrics

_MAX_PLAN_BYTES: Final = 8 << 20
_MOUNTS: Final = "MODEL_MONITOR_MOUNTS"
_SECRETS: Final = "MODEL_MONITOR_SECRETS"


class Ending(NamedTuple):
    """How a command of a Job ended well."""

    lines: tuple[str, ...]
    """What is printed to the log."""

    message: bytes | None = None
    """What kubelet shall find; nothing where another container of the pod has the last word."""

    @classmethod
    def of(cls, finished: Finished, plan: AnalysisPlan) -> "Ending":
        """Return how a run ended that has a result."""
        metrics = plan.execution.metrics if plan.execution else Metrics()
        report = finished.report
        return cls(
            (f"{finished.state}: {report.message}", finished.report_uri),
            report_message(report, metrics, finished.artifacts),
        )

    @classmethod
    def idle(cls) -> "Ending":
        """Return how a Job ended that was due, but whose window the one before it covers."""
        sentence = "Nothing to run: the window of this fire is covered already."
        return cls((f"Inconclusive: {sentence}",), idle_message(Inconclusive.NO_DATA, sentence))


def carry_out(options: Namespace, work: Callable[[AnalysisPlan], Ending]) -> int:
    """Read the plan, do the work, leave the termination message, and return the exit status.

    Every verdict is 0; every failure has the status of its reason.
    """
    console = messages()
    plan: AnalysisPlan | None = None
    try:
        plan = read_plan(options.plan)
        with logging_to_standard_error(quiet=False):
            ending = work(plan)
    except BaseException as error:  # whatever ends the run has to be told to the operator
        if ends_program(error):
            raise
        failure = as_failure(error)
        leave_message(options.termination_log, error_message(failure))
        if options.debug:
            print_trace(error)
        print_failure(console, plan.subject if plan else None, failure)
        return failure.exit_code
    if ending.message is not None:
        leave_message(options.termination_log, ending.message)
    for line in ending.lines:
        console.print(line, soft_wrap=True)
    return 0


def window_of(execution: ExecutionTask, options: Namespace) -> Window | None:
    """Return the window that was asked for, or the one that the Job's name means; None if there is none.

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


def access_of_process() -> Access:
    """Return what this pod may use to reach data: its environment, mounted claims and mounted Secrets."""
    secrets = os.environ.get(_SECRETS)
    return Access(
        environment=dict(os.environ),
        mounts=_mounts(os.environ.get(_MOUNTS, "")),
        secrets=Path(secrets) if secrets else None,
    )


def read_plan(path: Path) -> AnalysisPlan:
    """Return the plan in a file.

    Raises
    ------
    ConfigurationError
        If it can't be read, or is none of a version known here.
    """
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
