"""`model-monitor run`: the manifests of a cluster, run on this machine."""

import os
from argparse import Namespace
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from typing import Final

from rich.console import Console

from model_monitor_analyzer.cli.console import messages, output, print_notice
from model_monitor_analyzer.cli.failures import (
    as_failure,
    ends_program,
    print_failure,
    print_problem,
    print_trace,
)
from model_monitor_analyzer.cli.loading import load_manifests
from model_monitor_analyzer.cli.machine import outcomes_document
from model_monitor_analyzer.cli.planning import Plans, plan_all
from model_monitor_analyzer.cli.progress import LiveProgress
from model_monitor_analyzer.cli.tables import print_outcomes
from model_monitor_analyzer.errors import (
    AnalyzerError,
    BaselineFailedError,
    BaselineMissingError,
    ConfigurationError,
)
from model_monitor_analyzer.execution.logs import logging_to_standard_error
from model_monitor_analyzer.execution.pools import ExecutorChoice, Pool, open_pool
from model_monitor_analyzer.pipeline.baseline import run_baseline
from model_monitor_analyzer.pipeline.context import Context
from model_monitor_analyzer.pipeline.execution import run_execution
from model_monitor_analyzer.pipeline.outcome import Failed, Finished, Outcome
from model_monitor_analyzer.pipeline.progress import Silent
from model_monitor_analyzer.pipeline.timing import required_window
from model_monitor_analyzer.stores import Access
from model_monitor_api.contract.plan import BaselineLocation, Subject
from model_monitor_api.manifests import Manifests
from model_monitor_api.problems import Problem
from model_monitor_api.v1alpha1.monitoringexecution import Window

DONE: Final = 0

FAILED: Final = 1
"""Something that was begun did not come to a result, for whatever reason."""

BAD_INPUT: Final = 2
"""What was asked for was refused, and nothing was run."""

VIOLATED: Final = 3


def run(options: Namespace) -> int:
    """Run the baselines and schedules of manifests and return the exit status."""
    console = messages()
    try:
        with logging_to_standard_error(quiet=options.quiet):
            outcomes = _outcomes(options, console)
    except BaseException as error:
        if ends_program(error):
            raise
        if options.debug:
            print_trace(error)
        return _refuse(options, console, as_failure(error))
    return _conclude(options, console, *outcomes)


class _WrongManifestsError(ConfigurationError):
    """The manifests can't be run; all that must be changed is in `problems`."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(f"the manifests have {len(problems)} problem{'' if len(problems) == 1 else 's'}")
        self.problems = problems


def _refuse(options: Namespace, console: Console, error: AnalyzerError) -> int:
    """Say why nothing was run, and return the exit status."""
    status = BAD_INPUT if isinstance(error, ConfigurationError) else FAILED
    problems = error.problems if isinstance(error, _WrongManifestsError) else ()
    if options.format == "json":
        print(outcomes_document((), (), status, error, problems))
    for problem in problems:
        print_problem(console, problem)
    if not problems:
        print_failure(console, None, error)
    return status


def _outcomes(options: Namespace, console: Console) -> tuple[list[Outcome], list[Outcome]]:
    """Run everything.

    Raises
    ------
    ConfigurationError
        If the input is wrong; nothing was run then.
    """
    if options.window is not None and options.window[0] >= options.window[1]:
        raise ConfigurationError("--window: START must be before END")
    manifests = load_manifests(options.filenames, options.output)
    plans = plan_all(manifests)
    if plans.problems:
        raise _WrongManifestsError(plans.problems)
    if not plans.baselines and not plans.schedules:
        raise ConfigurationError("-f: the manifests hold no Baseline and no MonitoringSchedule; name others")
    if not options.quiet:
        _print_notices(console, manifests, plans)
    with open_pool(ExecutorChoice(options.executor, options.workers, options.dask_address)) as pool:
        return _run_all(plans, options, _Runner(options, console, pool))


class _Runner:
    """Runs one plan after the other and turns whatever ends one into an outcome."""

    def __init__(self, options: Namespace, console: Console, pool: Pool) -> None:
        self._console = console
        self._pool = pool
        self._shows_progress = console.is_terminal and not options.quiet
        self._debug = options.debug
        self._access = Access(environment=dict(os.environ))

    def outcome(
        self, subject: Subject, window: Window | None, work: Callable[[Context], Finished]
    ) -> Outcome:
        """Return how a run ended."""
        try:
            return work(self._context(subject))
        except BaseException as error:  # whatever ends one run must not end the others
            if ends_program(error):
                raise
            if self._debug:
                print_trace(error)
            return Failed(subject, window, as_failure(error))

    def _context(self, subject: Subject) -> Context:
        return Context(
            access=self._access,
            pool=self._pool,
            progress=LiveProgress(self._console, subject.name) if self._shows_progress else Silent(),
            clock=lambda: datetime.now(UTC),
            version=version("model-monitor"),
            reuses=True,
        )


def _run_all(plans: Plans, options: Namespace, runner: _Runner) -> tuple[list[Outcome], list[Outcome]]:
    at: datetime = options.at or datetime.now(UTC)
    asked = None if options.window is None else Window(start=options.window[0], end=options.window[1])
    baselines = [runner.outcome(plan.subject, None, partial(run_baseline, plan)) for plan in plans.baselines]
    failed = {(each.subject.namespace, each.subject.name) for each in baselines if isinstance(each, Failed)}
    executions: list[Outcome] = []
    for planned in plans.schedules:
        plan = planned.plan
        if planned.suspended:
            continue
        execution = plan.execution
        if execution is None:
            raise ValueError("only the plan of a schedule has windows")
        try:
            window = asked or required_window(execution.windowing, at)
        except Exception as error:  # noqa: BLE001 # one window that can't be told must not end the others
            executions.append(Failed(plan.subject, None, as_failure(error)))
            continue
        outcome = runner.outcome(plan.subject, window, partial(run_execution, plan, window))
        location = execution.baseline
        if (location.namespace, location.name) in failed:
            outcome = _because_of_baseline(outcome, location)
        executions.append(outcome)
    return baselines, executions


def _because_of_baseline(outcome: Outcome, location: BaselineLocation) -> Outcome:
    """Return the outcome of a schedule whose Baseline failed in this run, which may be why it failed."""
    if isinstance(outcome, Failed) and isinstance(outcome.error, BaselineMissingError):
        error = BaselineFailedError(f"Baseline {location.namespace}/{location.name} failed in this run")
        return Failed(outcome.subject, outcome.window, error)
    return outcome


def _print_notices(console: Console, manifests: Manifests, plans: Plans) -> None:
    for notice in manifests.notices:
        print_notice(console, notice)
    for key in manifests.objects.executions:
        print_notice(console, f"passed over MonitoringExecution {key.name}: run its window by --window")
    for planned in plans.schedules:
        if planned.suspended:
            print_notice(
                console, f"passed over MonitoringSchedule {planned.plan.subject.name}: it is suspended"
            )


def _conclude(
    options: Namespace, console: Console, baselines: Sequence[Outcome], executions: Sequence[Outcome]
) -> int:
    status = _status(options, [*baselines, *executions])
    if options.format == "json":
        print(outcomes_document(baselines, executions, status))
    else:
        print_outcomes(output(), baselines, executions)
    for outcome in [*baselines, *executions]:
        if isinstance(outcome, Failed):
            print_failure(console, outcome.subject, outcome.error)
    return status


def _status(options: Namespace, outcomes: Sequence[Outcome]) -> int:
    if any(isinstance(outcome, Failed) for outcome in outcomes):
        return FAILED
    violated = any(outcome.state == "CompletedWithViolations" for outcome in outcomes)
    return VIOLATED if violated and options.fail_on_violation else DONE
