"""How much was captured: accounts beside the objects, and the verdict that they allow."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from model_monitor_analyzer.pipeline.baseline import run_baseline
from model_monitor_analyzer.pipeline.execution import run_execution
from model_monitor_analyzer.pipeline.outcome import Finished
from model_monitor_api.contract.completeness import HourCompleteness, completeness_name
from model_monitor_api.v1alpha1.monitoringexecution import Window
from tests.support.project import Project, baseline, capture, schedule
from tests.support.runs import context, hour, plans_of
from tests.support.traffic import CALM, DRIFTED, EMPTY, FEW, write_traffic


@pytest.fixture
def project(tmp_path: Path) -> Project:
    found = Project(tmp_path)
    write_traffic(found)
    return found


def account(project: Project, number: int, instance: str = "a", **counts: Any) -> None:
    """Write the account of an hour."""
    told = HourCompleteness(instance=instance, hour=datetime(2026, 3, 1, number, tzinfo=UTC), **counts)
    folder = project.folder / "capture" / "2026" / "03" / "01" / f"{number:02}"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / completeness_name(instance)).write_text(told.model_dump_json(by_alias=True))


def run(project: Project, window: Window, least: float = 0.95) -> Finished:
    manifests = project.write_manifests(
        baseline("file://./train.csv"), capture("file://./capture/"), schedule(minCompleteness=least)
    )
    of_baseline, of_schedule = plans_of(manifests)
    assert of_schedule is not None
    with context() as surroundings:
        run_baseline(of_baseline, surroundings)
        return run_execution(of_schedule, window, surroundings)


def told(finished: Finished) -> tuple[str, str | None]:
    return finished.report.verdict, finished.report.reason


def test_the_accounts_of_all_instances_add_up(project: Project) -> None:
    account(project, CALM, "a", seen=300, captured=290, dropped=10)
    account(project, CALM, "b", seen=110, captured=110)
    finished = run(project, hour(CALM))
    assert told(finished) == ("Completed", None)
    coverage = finished.report.coverage
    assert coverage is not None
    assert (coverage.accounts, coverage.seen, coverage.captured, coverage.dropped) == (2, 410, 400, 10)
    assert finished.report.counts.records == 400
    assert finished.report.objects == 1


def test_below_the_least_share_nothing_is_decided(project: Project) -> None:
    account(project, CALM, seen=1000, captured=400, dropped=600)
    finished = run(project, hour(CALM))
    assert told(finished) == ("Inconclusive", "LowCoverage")
    assert finished.report.message == (
        "Capture kept 400 of 1,000 requests (40.0%), less than the 95.0% that a verdict needs."
    )
    assert b"400 of 1,000 requests" in project.files()["default/hourly/2026/03/01/1100/report.html"]


def test_what_alarms_in_the_part_that_was_captured_is_an_alarm(project: Project) -> None:
    account(project, DRIFTED, seen=1000, captured=400, dropped=600)
    finished = run(project, hour(DRIFTED))
    assert told(finished) == ("CompletedWithViolations", None)
    assert finished.report.message == (
        "`income` changed. Capture kept 400 of 1,000 requests (40.0%), less than the 95.0% that a verdict "
        "needs."
    )


def test_without_any_account_nothing_tells_how_much_was_captured(project: Project) -> None:
    finished = run(project, hour(CALM))
    assert told(finished) == ("Inconclusive", "LowCoverage")
    assert "no account lies beside the objects" in finished.report.message


def test_an_hour_with_objects_and_no_account_is_unknown(project: Project) -> None:
    account(project, CALM, seen=400, captured=400)
    both = Window(start=hour(CALM).start, end=hour(DRIFTED).end)
    (project.folder / f"capture/2026/03/01/{DRIFTED}/_completeness-a.json").write_text("{}")
    finished = run(project, both)
    assert finished.report.coverage is not None
    assert finished.report.coverage.unaccounted == 1
    assert "1 folder has objects and no account" in finished.report.message


def test_accounts_of_other_hours_do_not_count(project: Project) -> None:
    account(project, CALM, seen=400, captured=400)
    account(project, DRIFTED, seen=9000, captured=0)
    assert told(run(project, hour(CALM))) == ("Completed", None)


def test_a_window_in_which_everything_was_lost_is_not_one_without_traffic(project: Project) -> None:
    account(project, EMPTY, seen=500, captured=0, dropped=500)
    assert told(run(project, hour(EMPTY))) == ("Inconclusive", "LowCoverage")
    assert told(run(project, hour(EMPTY + 5))) == ("Inconclusive", "NoData")


def test_too_little_captured_comes_before_too_few_records(project: Project) -> None:
    account(project, FEW, seen=20, captured=20)
    assert told(run(project, hour(FEW))) == ("Inconclusive", "TooFewRecords")
    account(project, FEW, seen=40, captured=20)
    assert told(run(project, hour(FEW))) == ("Inconclusive", "LowCoverage")


def test_a_crash_counts_where_every_request_is_asked_for(project: Project) -> None:
    account(project, CALM, seen=400, captured=400, incomplete=True)
    assert told(run(project, hour(CALM), 0.99)) == ("Completed", None)
    finished = run(project, hour(CALM), 1.0)
    assert told(finished) == ("Inconclusive", "LowCoverage")
    assert "ended early" in finished.report.message


def test_an_account_that_comes_late_makes_another_result(project: Project) -> None:
    account(project, CALM, seen=1000, captured=400)
    assert not run(project, hour(CALM)).reused
    assert run(project, hour(CALM)).reused
    account(project, CALM, seen=400, captured=400)
    finished = run(project, hour(CALM))
    assert (finished.reused, finished.state) == (False, "Completed")


def test_accounts_are_no_records(project: Project) -> None:
    account(project, CALM, seen=400, captured=400)
    finished = run(project, hour(CALM), 0)
    assert finished.report.bad_records.counts == {}
    assert finished.report.coverage is None
    report = json.loads(project.files()["default/hourly/2026/03/01/1100/report.json"])
    assert report["objects"] == 1
