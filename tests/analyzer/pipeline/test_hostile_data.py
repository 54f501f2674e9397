import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from model_monitor_analyzer.pipeline.baseline import run_baseline
from model_monitor_analyzer.pipeline.context import Context
from model_monitor_analyzer.pipeline.execution import run_execution
from model_monitor_api.contract.report import AnalysisReport
from tests.support.project import Project, baseline, capture, schedule
from tests.support.runs import context, hour, plans_of


@pytest.fixture
def surroundings() -> Iterator[Context]:
    with context() as found:
        yield found


def both(project: Project, surroundings: Context, train: bytes, live: bytes) -> tuple[AnalysisReport, Any]:
    """Run a Baseline and a window of CSV files; return the window's report and the baseline's statistics."""
    (project.folder / "train.csv").write_bytes(train)
    (project.folder / "live.csv").write_bytes(live)
    manifests = project.write_manifests(
        baseline("file://./train.csv"), capture("file://./live.csv", "CSV"), schedule()
    )
    plan, windows = plans_of(manifests)
    assert windows is not None
    run_baseline(plan, surroundings)
    report = run_execution(windows, hour(10), surroundings).report
    (statistics,) = [
        json.loads(data)
        for name, data in project.files().items()
        if name.endswith("data-quality/statistics.json")
    ]
    return report, statistics


def table(cells: list[str]) -> bytes:
    return ("x,y\n" + "".join(f"{cell},{number}\n" for number, cell in enumerate(cells))).encode()


def test_numbers_beyond_the_finite_are_counted_apart(tmp_path: Path, surroundings: Context) -> None:
    usual = [f"{number / 7}" for number in range(200)]
    strange = ["NaN", "Infinity", "-Infinity", "1e400", "-1e400", "inf"]
    report, statistics = both(Project(tmp_path), surroundings, table(usual), table(usual + strange))
    assert report.counts.records == 206
    feature = report.data_quality.features[0] if report.data_quality else None
    assert feature is not None
    assert feature.current is not None
    assert feature.current.numeric is not None
    assert feature.current.numeric.max == pytest.approx(199 / 7)
    assert statistics["features"][0]["numerical_statistics"]["max"] == pytest.approx(199 / 7)


@pytest.mark.parametrize("strange", [["1e400"], ["1e400"] * 300, ["-1e400"] * 300, ["9" * 400] * 3])
@pytest.mark.parametrize("side", ["baseline", "window", "both"])
def test_numbers_beyond_the_finite_fail_neither_side(
    tmp_path: Path, surroundings: Context, strange: list[str], side: str
) -> None:
    usual = [f"{number % 30}" for number in range(300)]
    infinite = table(usual[len(strange) :] + strange)
    before, now = (infinite if side in {name, "both"} else table(usual) for name in ("baseline", "window"))
    report, _ = both(Project(tmp_path), surroundings, before, now)
    assert report.counts.records == 300
    assert report.data_quality is not None
    found = report.data_quality.features[0]
    assert found.current is not None
    assert found.current.infinite == (0 if side == "baseline" else len(strange))
    assert sum(bar.current for bar in found.bins) == pytest.approx(0 if found.current.infinite == 300 else 1)


@pytest.mark.parametrize("magnitude", ["1e308", "-1e308", "5e-324"])
def test_sums_beyond_the_finite_do_not_break_the_documents(
    tmp_path: Path, surroundings: Context, magnitude: str
) -> None:
    rows = table([magnitude, "1", "2.5"] * 100)
    report, _ = both(Project(tmp_path), surroundings, rows, rows)
    assert report.verdict == "Completed"
    spread = table([f"{sign}{number}e306" for number in range(150) for sign in ("", "-")])
    assert both(Project(tmp_path), surroundings, rows, spread)[0].verdict == "CompletedWithViolations"
    for name, data in Project(tmp_path).files().items():
        if name.endswith(".json"):
            json.loads(data, parse_constant=pytest.fail)


@pytest.mark.parametrize("usable", [0, 1, 40_000])
def test_leaves_without_a_usable_time_are_summarised(
    tmp_path: Path, surroundings: Context, usable: int
) -> None:
    """Seventy thousand rows are two leaves; of one, or both, no row has a time."""
    project = Project(tmp_path)
    times = ["2026-03-01T00:00:00Z"] * usable + ["soon"] * (70_000 - usable)
    rows = [(time, number % 7) for number, time in enumerate(times)]
    project.write_csv("train.csv", ["at", "x"], rows)
    plan, _ = plans_of(project.write_manifests(baseline("file://./train.csv", columns={"timestamp": "at"})))
    assert run_baseline(plan, surroundings).report.counts.records == 70_000


def test_records_of_other_widths_and_broken_text_are_counted(tmp_path: Path, surroundings: Context) -> None:
    good = table([str(number) for number in range(200)])
    bad = good + b"1,2,3\n4\n\xff\xfe,5\n"
    report, _ = both(Project(tmp_path), surroundings, good, bad)
    assert report.bad_records.counts["WidthMismatch"] == 2
    assert report.bad_records.counts["NotUtf8"] == 1
    assert report.counts.bad_records == 3
    places = [(sample.kind, sample.position) for sample in report.bad_records.samples]
    assert ("WidthMismatch", 201) in places


def test_a_single_huge_cell_is_cut(tmp_path: Path, surroundings: Context) -> None:
    good = table(["word"] * 200)
    report, _ = both(Project(tmp_path), surroundings, good, good + b"z" * 10_000_000 + b",1\n")
    assert report.bad_records.counts == {"OversizedCell": 1}
    assert max(len(data) for data in Project(tmp_path).files().values()) < 5_000_000


@pytest.mark.slow
def test_five_thousand_columns(tmp_path: Path, surroundings: Context) -> None:
    header = ",".join(f"c{number}" for number in range(5000))
    row = ",".join(str(number % 10) for number in range(5000))
    rows = "\n".join([header, *([row] * 150), ""]).encode()
    report, statistics = both(Project(tmp_path), surroundings, rows, rows)
    assert report.verdict == "Completed"
    assert report.counts.features == len(statistics["features"]) == 5000


HOSTILE = [
    "=cmd|' /C calc'!A0",
    "<script>alert(1)</script>",
    "\x1b[2J",
    "\u202e",
    "' OR 1=1 --",
    "../../etc/passwd",
]


def test_hostile_values_stay_values(tmp_path: Path, surroundings: Context) -> None:
    cells = [f'"{value}"' for value in HOSTILE for _ in range(40)]
    report, _ = both(Project(tmp_path), surroundings, table(cells), table(cells))
    assert report.verdict == "Completed"
    files = Project(tmp_path).files()
    pages = [data.decode() for name, data in files.items() if name.endswith(".html")]
    assert pages
    for page in pages:
        assert "<script>alert" not in page
        assert "\x1b" not in page
        assert "\u202e" not in page
