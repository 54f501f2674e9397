"""Errors as a person is told of them: no traceback unless it was asked for."""

import traceback
from concurrent.futures import BrokenExecutor

from rich.console import Console

from model_monitor_analyzer.cli.console import print_error, print_notice
from model_monitor_analyzer.errors import AnalyzerError, ScriptError
from model_monitor_api.contract.plan import Subject
from model_monitor_api.problems import Problem


class UnforeseenError(AnalyzerError):
    """An error that no other class describes; its text may hold data values and is not shown."""


def ends_program(error: BaseException) -> bool:
    """Return whether an exception asks the whole program to end, as Ctrl-C does.

    Everything else is the failure of one object, also what does not derive from `Exception`: a panic in a
    library written in Rust (`pyo3_runtime.PanicException`).
    """
    return isinstance(error, KeyboardInterrupt | SystemExit | GeneratorExit)


def as_failure(error: BaseException) -> AnalyzerError:
    """Return an error of ours as it is, and any other as one whose message holds no data."""
    if isinstance(error, AnalyzerError):
        return error
    if isinstance(error, BrokenExecutor):
        return UnforeseenError(
            "a worker was killed, most likely because memory ran out; use fewer workers, or more memory"
        )
    name = type(error).__name__
    return UnforeseenError(
        f"an error that was not foreseen ({name}); run it again with --debug and report it"
    )


def print_failure(console: Console, subject: Subject | None, error: AnalyzerError) -> None:
    """Print why an object could not be run, and what to do; of a script also where in it that was."""
    name = f"{subject.kind}/{subject.namespace}/{subject.name}: " if subject else ""
    print_error(
        console,
        f"{name}{error}",
        f"{error.reason}: {error.next_step}",
    )
    if isinstance(error, ScriptError):
        for line in error.detail.splitlines():
            print_notice(console, f"    {line}")


def print_problem(console: Console, problem: Problem) -> None:
    """Print what is wrong with a manifest, what to do, and where it stands."""
    said = f"{problem.message}, got {problem.value}" if problem.value else problem.message
    place = f"{problem.file}:{problem.line}" if problem.line else problem.file
    first = ": ".join(part for part in (problem.subject, problem.field, said) if part)
    print_error(console, first, problem.remedy, f"at {place}" if place else "")


def print_trace(error: BaseException) -> None:
    """Print where in the program an error came from, on standard error."""
    traceback.print_exception(error)
