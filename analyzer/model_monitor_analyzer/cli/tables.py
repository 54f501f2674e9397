"""Results as tables that read well in 80 columns."""

from collections.abc import Sequence
from datetime import UTC, timedelta
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from model_monitor_analyzer.pipeline.outcome import Finished, Outcome
from model_monitor_analyzer.report.advice import next_steps
from model_monitor_api.contract.plan import Subject
from model_monitor_api.contract.report import CheckOutcome, ReportViolation
from model_monitor_api.printable import cut_middle, printable
from model_monitor_api.v1alpha1.monitoringexecution import Window

SHOWN_VIOLATIONS: Final = 10
"""Violations listed of one execution; the report has them all."""

_NAME_SHARE: Final = 0.25
_FEATURE_SHARE: Final = 0.4
"""Parts of the width that names may take, also where that leaves too little for the rest."""

_PADDING: Final = 2
"""Blanks of a column, on its two sides together."""

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
        console.print()
    if executions:
        console.print(_execution_table(console, executions))
        console.print()
    for outcome in executions:
        if not isinstance(outcome, Finished):
            continue
        if outcome.report.violations:
            _print_violations(console, outcome)
        if outcome.state == "Inconclusive":
            _print_why_inconclusive(console, outcome)
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
    table = plain_table("BASELINE", ">RECORDS", ">BAD", ">COLUMNS", "RESULT")
    rows = []
    for outcome in outcomes:
        columns = f"{outcome.report.counts.features:,}" if isinstance(outcome, Finished) else "-"
        rows.append((*_counts(outcome), columns, _baseline_result(outcome)))
    _fill(table, console, outcomes, rows)
    return table


def _execution_table(console: Console, outcomes: Sequence[Outcome]) -> Table:
    table = plain_table("SCHEDULE", "WINDOW (UTC)", ">RECORDS", ">BAD", "RESULT")
    rows = [
        (Text(shown_window(outcome.window), no_wrap=True), *_counts(outcome), _result(outcome))
        for outcome in outcomes
    ]
    _fill(table, console, outcomes, rows)
    return table


def _fill(
    table: Table, console: Console, outcomes: Sequence[Outcome], rows: Sequence[tuple[str | Text, ...]]
) -> None:
    """Add the rows to a table, each after its object's name, which is cut where the others need the width."""
    headers = [str(column.header) for column in table.columns[1:]]
    widths = [max(map(len, column)) for column in zip(headers, *rows, strict=True)]
    left = console.width - sum(widths) - _PADDING * len(table.columns)
    limit = max(left, int(console.width * _NAME_SHARE))
    for outcome, cells in zip(outcomes, rows, strict=True):
        table.add_row(Text(cut_middle(shown_name(outcome.subject), limit)), *cells)


def _print_why_inconclusive(console: Console, outcome: Finished) -> None:
    report = outcome.report
    # Where nothing lay there is nothing to tell of it, only where to look.
    where = "" if report.objects else next_steps(report)[0].text
    console.print(Text(f"No verdict on {shown_name(outcome.subject)}", style="bold"))
    console.print(Text(printable(f" {report.message} {where}".rstrip())))
    console.print()


def _print_violations(console: Console, outcome: Finished) -> None:
    violations = outcome.report.violations
    table = plain_table("FEATURE", "CHECK", ">EFFECT", ">ALLOWED")
    limit = int(console.width * _FEATURE_SHARE)
    for violation in violations[:SHOWN_VIOLATIONS]:
        check = _check(outcome, violation)
        table.add_row(
            Text(cut_middle(printable(_feature(violation)), limit)),
            Text(printable(violation.check)),
            _number(check.effect if check else None),
            _number(check.floor if check else None),
        )
    more = len(violations) - SHOWN_VIOLATIONS
    told = f"Violations of {shown_name(outcome.subject)}, worst first"
    console.print(Text(f"{told}; {more} more in the report" if more > 0 else told, style="bold"))
    console.print(table)
    console.print()


def _print_reports(console: Console, outcomes: Sequence[Outcome]) -> None:
    finished = [outcome for outcome in outcomes if isinstance(outcome, Finished)]
    if finished:
        console.print(Text("Reports", style="bold"))
    for outcome in finished:
        # Unbroken, so that it can be copied and opened.
        console.print(Text(f" {shown_location(outcome.report_uri)}"), soft_wrap=True)


def _check(outcome: Finished, violation: ReportViolation) -> CheckOutcome | None:
    """Return what was measured for a violation."""
    findings = outcome.report.data_quality
    return next(
        (
            check
            for feature in (findings.features if findings else ())
            if (feature.name, feature.segment) == (violation.feature, violation.segment)
            for check in feature.checks
            if check.check == violation.check
        ),
        None,
    )


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"


def _feature(violation: ReportViolation) -> str:
    return f"{violation.feature} [{violation.segment}]" if violation.segment else violation.feature


def _baseline_result(outcome: Outcome) -> Text:
    if isinstance(outcome, Finished):
        return Text("used again" if outcome.reused else "computed", style="green")
    return _result(outcome)


def _result(outcome: Outcome) -> Text:
    style = _STATE_STYLES[outcome.state]
    if not isinstance(outcome, Finished):
        return Text(f"failed: {outcome.error.reason}", style=style)
    if outcome.state == "Inconclusive":
        return Text(f"inconclusive: {outcome.report.reason}", style=style)
    number = outcome.report.counts.violations
    again = " (as before)" if outcome.reused else ""
    return Text(f"{number:,} violation{'' if number == 1 else 's'}{again}", style=style)


def _counts(outcome: Outcome) -> tuple[str, str]:
    if not isinstance(outcome, Finished):
        return "-", "-"
    counts = outcome.report.counts
    return f"{counts.records:,}", f"{counts.bad_records:,}"


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
