"""`model-monitor validate`: what can be known of manifests without reading data."""

import json
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Final

from rich.console import Console
from rich.text import Text

from model_monitor_analyzer.cli.console import messages, output, print_notice
from model_monitor_analyzer.cli.failures import print_problem
from model_monitor_analyzer.cli.loading import load_manifests
from model_monitor_analyzer.cli.machine import problem_entries
from model_monitor_analyzer.cli.planning import PlannedSchedule, Plans, plan_all
from model_monitor_analyzer.cli.tables import plain_table, shown_name
from model_monitor_analyzer.pipeline.false_alarms import FalseAlarms, expected_false_alarms
from model_monitor_api.objects import Objects

VALIDATION_VERSION: Final = "modelmonitor.dev/validation.v1"


def validate(options: Namespace) -> int:
    """Check manifests, say what to expect of their schedules, and return the exit status."""
    manifests = load_manifests(options.filenames, None)
    plans = plan_all(manifests)
    now = datetime.now(UTC)
    expected = [
        (planned, expected_false_alarms(planned.plan, planned.alert, now)) for planned in plans.schedules
    ]
    status = 2 if plans.problems else 0
    if options.format == "json":
        print(_document(plans, expected, status))
        return status
    console = messages()
    for notice in manifests.notices:
        print_notice(console, notice)
    for problem in plans.problems:
        print_problem(console, problem)
    if not plans.problems:
        _print_summary(output(), manifests.objects, expected)
    return status


def _print_summary(
    console: Console, objects: Objects, expected: Sequence[tuple[PlannedSchedule, FalseAlarms]]
) -> None:
    found = _inventory(objects)
    if found is None:
        console.print(Text("No object of modelmonitor.dev is in these manifests; nothing was checked"))
        return
    console.print(Text(f"{found}: valid"))
    if not expected:
        return
    table = plain_table("SCHEDULE", "RULE", ">WINDOWS", ">FALSE ALARMS", ">IN ALERT")
    for planned, alarms in expected:
        execution = planned.plan.execution
        table.add_row(
            Text(shown_name(planned.plan.subject)),
            execution.decision if execution else "",
            f"{alarms.windows:,}",
            _bounded(alarms.violations),
            _bounded(alarms.alerts),
        )
    console.print(Text("Expected in 30 days in which nothing changes", style="bold"))
    console.print(table)
    if any(alarms.violations is None for _, alarms in expected):
        console.print(Text(" Compatible: SageMaker's thresholds know no chance; nothing bounds its alarms."))


def _bounded(number: float | None) -> str:
    """Return an upper bound as text, rounded upwards."""
    if number is None:
        return "unbounded"
    return "≤ 0.01" if number < 0.01 else f"≤ {number:.2g}" if number < 10 else f"≤ {number:,.0f}"


def _inventory(objects: Objects) -> str | None:
    """Return how many objects there are of each kind, in words; None where there are none."""
    numbers = {
        "DataCapture": len(objects.captures),
        "Baseline": len(objects.baselines),
        "MonitoringSchedule": len(objects.schedules),
        "MonitoringExecution": len(objects.executions),
    }
    found = [f"{number} {kind}{'' if number == 1 else 's'}" for kind, number in numbers.items() if number]
    if not found:
        return None
    *others, last = found
    return f"{', '.join(others)} and {last}" if others else last


def _document(plans: Plans, expected: Sequence[tuple[PlannedSchedule, FalseAlarms]], status: int) -> str:
    document = {
        "version": VALIDATION_VERSION,
        "exitCode": status,
        "problems": problem_entries(plans.problems),
        "schedules": [
            {
                "namespace": planned.plan.subject.namespace,
                "name": planned.plan.subject.name,
                "expectedIn30Days": asdict(alarms),
            }
            for planned, alarms in expected
        ],
    }
    return json.dumps(document, indent=2)
