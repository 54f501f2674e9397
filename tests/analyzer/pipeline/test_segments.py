"""Records of some values analysed apart: what the whole hides, what is left out, and the same bytes."""

import json
import random
from pathlib import Path
from typing import Any

import pytest

from model_monitor_analyzer.errors import SchemaMismatchError
from model_monitor_analyzer.execution.pools import ExecutorChoice
from model_monitor_analyzer.pipeline.baseline import run_baseline
from model_monitor_analyzer.pipeline.execution import run_execution
from model_monitor_analyzer.pipeline.outcome import Finished
from model_monitor_analyzer.pipeline.segmenting import MOST_VALUES
from model_monitor_api.contract.report import AnalysisReport
from tests.support.project import Project, baseline, capture, schedule
from tests.support.runs import ONE_THREAD, context, hour, plans_of

HEADER = ["amount", "plan", "region"]


def rows(seed: int, number: int, moved: float = 0.0) -> list[list[object]]:
    """Rows of three plans, of which the rare one may have moved."""
    numbers = random.Random(seed)
    found: list[list[object]] = []
    for _ in range(number):
        plan = numbers.choices(["1", "2.0", "rare"], weights=[60, 34, 6])[0]
        amount = numbers.gauss(0, 1) + (moved if plan == "rare" else 0.0)
        found.append([f"{amount:.6f}", plan, f"r{numbers.randrange(60)}"])
    return found


@pytest.fixture
def project(tmp_path: Path) -> Project:
    found = Project(tmp_path)
    found.write_csv("train.csv", HEADER, rows(1, 6000))
    return found


def run(
    project: Project, live: list[list[object]], choice: ExecutorChoice = ONE_THREAD, **spec: Any
) -> Finished:
    for start in range(0, len(live), 1000):
        project.write_csv(f"live/{start:06}.csv", HEADER, live[start : start + 1000])
    columns = spec.get("segments", ["plan"])
    manifests = project.write_manifests(
        baseline("file://./train.csv", segments=columns, columns={"kinds": {"plan": "Categorical"}}),
        capture("file://./live/", "CSV"),
        schedule(**{"segments": columns} | spec),
    )
    of_baseline, of_schedule = plans_of(manifests)
    assert of_schedule is not None
    with context(choice) as surroundings:
        run_baseline(of_baseline, surroundings)
        return run_execution(of_schedule, hour(10), surroundings)


def violated(report: AnalysisReport) -> list[tuple[str, str | None, str]]:
    return [(row.feature, row.segment, row.check) for row in report.violations]


def test_what_moves_in_a_segment_is_found_where_the_whole_hides_it(project: Project) -> None:
    live = rows(2, 6000, moved=1.5)
    assert violated(run(project, live, segments=[]).report) == []
    report = run(project, live).report
    assert violated(report) == [("amount", "plan=rare", "baseline_drift_check")]
    findings = report.data_quality
    assert findings is not None
    assert {feature.segment for feature in findings.features} == {None, "plan=1", "plan=2", "plan=rare"}
    rare = [f for f in findings.features if (f.name, f.segment) == ("amount", "plan=rare")]
    assert rare[0].current is not None
    assert rare[0].baseline is not None
    assert rare[0].current.present == sum(1 for row in live if row[1] == "rare")
    assert report.counts.records == 6000
    (page,) = [data for name, data in project.files().items() if name.endswith("1100/report.html")]
    assert b"plan=rare" in page
    (file,) = [data for name, data in project.files().items() if name.endswith("constraint_violations.json")]
    assert json.loads(file) == {"violations": []}


def test_segments_in_which_nothing_changed_are_calm(project: Project) -> None:
    report = run(project, rows(3, 6000), segments=["plan", "region"]).report
    assert violated(report) == []
    findings = report.data_quality
    assert findings is not None
    regions = {f.segment for f in findings.features if (f.segment or "").startswith("region=")}
    assert len(regions) == MOST_VALUES
    told = findings.not_assessed["region (segments)"]
    assert "10 values of the baseline are beyond the 50 most frequent" in told
    assert "plan (segments)" not in findings.not_assessed


def test_records_of_a_new_value_are_counted_and_in_no_segment(project: Project) -> None:
    others: list[list[object]] = [["0.5", plan, "r1"] for plan in ["new"] * 7 + [""] * 3]
    live = [*rows(2, 3000), *others]
    findings = run(project, live).report.data_quality
    assert findings is not None
    assert findings.not_assessed["plan (segments)"].startswith(
        "10 records have a value that makes no segment"
    )


def test_every_executor_writes_the_same_bytes(project: Project, tmp_path: Path) -> None:
    first = run(project, rows(2, 6000, moved=1.5))
    files = project.files()
    other = Project(tmp_path / "other")
    other.folder.mkdir()
    other.write_csv("train.csv", HEADER, rows(1, 6000))
    second = run(other, rows(2, 6000, moved=1.5), ExecutorChoice("processes", 2))
    assert violated(first.report) == violated(second.report)
    names = [name for name in files if name.endswith(("segments.bin", "columns.json", "statistics.json"))]
    assert len(names) == 4
    by_end = {name.partition("/model/")[2].partition("/")[2] or name: data for name, data in files.items()}
    for name, data in other.files().items():
        key = name.partition("/model/")[2].partition("/")[2] or name
        if name.endswith(("segments.bin", "columns.json", "statistics.json")):
            assert by_end[key] == data


def test_a_column_that_the_data_do_not_have_is_named(project: Project) -> None:
    with pytest.raises(SchemaMismatchError, match=r"spec\.segments: the data have no column 'nope'"):
        run(project, rows(2, 100), segments=["nope"])
