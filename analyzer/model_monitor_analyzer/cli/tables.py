"""Results as tables that read well in 80 columns."""

from collections.abc import Sequence
from datetime import UTC, timedelta
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from model_monitor_analyzer.pipeline.outcome import Finished, Outcome
from model_monitor_api.contract.plan import Subject
from model_monitor_api.contract.report import ReportViolation
from model_monitor_api.printable import cut_middle, printable
from model_monitor_api.v1alpha1.monitoringexecution import Window

SHOWN_VIOLATIONS: Final = 10
"""Violations listed of one execution; the report has them all."""

_NAME_SHARE: Final = 0.3
_STATE_STYLES: Final = {
    "Completed": "green",
    "CompletedWithViolations": "yellow",
    "Inconclusive": "cyan",
    "Failed": "red",
}


def print_outcomes(console: Console, baselines: Sequence[Outcome], executions: Sequence[Outcome]) -> None:
    """Print what was run, what was violated, and where the reports are."""
    if baselines:
        console.print(_baseline_table(console, baselines))
    if executions:
        console.print(_execution_table(console, executions))
    for outcome in executions:
        if isinstance(outcome, Finished) and outcome.report.violations:
            _print_violations(console, outcome)
    _print_reports(console, [*baselines, *executions])


def shown_name(subject: Subject) -> str:
    """Return an object's name, with its namespace where that is not `default`."""
    return subject.name if subject.namespace == "default" else f"{subject.namespace}/{subject.name}"


def shown_location(uri: str) -> str:
    """Return a location as a person would type it: a path for files, relative where that is shorter."""
    if not uri.startswith("file:///"):
        return uri
    path = Path(uri.removeprefix("file://"))
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def shown_window(window: Window | None) -> str:
    """Return a window as its start in UTC and its length, such as `2026-03-01 10:00 +1h`."""
    if window is None:
        return ""
    return f"{window.start.astimezone(UTC):%Y-%m-%d %H:%M} +{_shown_length(window.end - window.start)}"


def _baseline_table(console: Console, outcomes: Sequence[Outcome]) -> Table:
    table = plain_table("BASELINE", "STATE", ">RECORDS", ">BAD", ">FEATURES")
    for outcome in outcomes:
        table.add_row(
            _name(console, outcome.subject), _baseline_state(outcome), *_counts(outcome, "features")
        )
    return table


def _execution_table(console: Console, outcomes: Sequence[Outcome]) -> Table:
    table = plain_table("SCHEDULE", "WINDOW (UTC)", "STATE", ">RECORDS", ">BAD", ">VIOLATIONS")
    for outcome in outcomes:
        table.add_row(
            _name(console, outcome.subject),
            shown_window(outcome.window),
            _state(outcome),
            *_counts(outcome, "violations"),
        )
    return table


def _print_violations(console: Console, outcome: Finished) -> None:
    violations = outcome.report.violations
    table = plain_table("FEATURE", "CHECK", ">SEVERITY", "WHAT WAS SEEN")
    limit = int(console.width * _NAME_SHARE)
    for violation in violations[:SHOWN_VIOLATIONS]:
        table.add_row(
            Text(cut_middle(printable(_feature(violation)), limit)),
            violation.check.removesuffix("_check"),
            f"{violation.severity:.3f}",
            Text(printable(violation.description)),
        )
    console.print(Text(f"Violations of {shown_name(outcome.subject)}, worst first", style="bold"))
    console.print(table)
    if len(violations) > SHOWN_VIOLATIONS:
        console.print(Text(f" and {len(violations) - SHOWN_VIOLATIONS} more, in the report\n"))


def _print_reports(console: Console, outcomes: Sequence[Outcome]) -> None:
    finished = [outcome for outcome in outcomes if isinstance(outcome, Finished)]
    if finished:
        console.print(Text("Reports", style="bold"))
    for outcome in finished:
        # Unbroken, so that it can be copied and opened.
        console.print(Text(f" {shown_location(outcome.report_uri)}"), soft_wrap=True)


def _feature(violation: ReportViolation) -> str:
    return f"{violation.feature} [{violation.segment}]" if violation.segment else violation.feature


def _baseline_state(outcome: Outcome) -> Text:
    if isinstance(outcome, Finished):
        return Text("used again" if outcome.reused else "computed", style="green")
    return _state(outcome)


def _state(outcome: Outcome) -> Text:
    reason = outcome.report.reason if isinstance(outcome, Finished) else outcome.error.reason
    word = "Violations" if outcome.state == "CompletedWithViolations" else outcome.state
    return Text(f"{word}: {reason}" if reason else word, style=_STATE_STYLES[outcome.state])


def _counts(outcome: Outcome, last: str) -> tuple[str, str, str]:
    if not isinstance(outcome, Finished):
        return "-", "-", "-"
    counts = outcome.report.counts
    third = counts.features if last == "features" else counts.violations
    return f"{counts.records:,}", f"{counts.bad_records:,}", f"{third:,}"


def _name(console: Console, subject: Subject) -> Text:
    return Text(cut_middle(shown_name(subject), int(console.width * _NAME_SHARE)))


def _shown_length(length: timedelta) -> str:
    """Return a length in the largest units that it is a sum of: `1h`, `1d`, `1h30m`."""
    left, parts = int(length.total_seconds()), ""
    for unit, seconds in (("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)):
        number, left = divmod(left, seconds)
        parts += f"{number}{unit}" if number else ""
    return parts or "0s"


def plain_table(*headers: str) -> Table:
    """Return a table without lines; headers that begin with `>` stand over numbers."""
    table = Table(box=None, pad_edge=True, padding=(0, 1), header_style="bold")
    for header in headers:
        number = header.startswith(">")
        table.add_column(
            header.removeprefix(">"),
            justify="right" if number else "left",
            no_wrap=number or header in {"BASELINE", "SCHEDULE", "FEATURE", "CHECK"},
            overflow="fold",
        )
    return table
