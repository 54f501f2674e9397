"""Strings of digits, such as postcodes, in text and in Parquet."""

from pathlib import Path

import polars as pl
import pytest

from model_monitor_analyzer.pipeline.baseline import run_baseline
from model_monitor_analyzer.pipeline.execution import run_execution
from tests.support.project import Project, baseline, capture, schedule
from tests.support.runs import context, hour, plans_of

POSTCODES = [f"{10_000 + number % 70}" for number in range(700)]


@pytest.mark.parametrize("reference", ["CSV", "Parquet"])
@pytest.mark.parametrize("decision", ["Calibrated", "Compatible"])
def test_postcodes_stored_as_strings_are_what_they_were(
    tmp_path: Path, reference: str, decision: str
) -> None:
    project = Project(tmp_path)
    frame = pl.DataFrame({"postcode": POSTCODES, "amount": [float(n % 9) for n in range(700)]})
    frame.write_csv(tmp_path / "train.csv")
    frame.write_parquet(tmp_path / "train.parquet")
    frame.write_parquet(tmp_path / "window.parquet")
    manifests = project.write_manifests(
        baseline(f"file://./train.{reference.lower()}", reference),
        capture("file://./window.parquet", "Parquet"),
        schedule(decision=decision),
    )
    plan, window = plans_of(manifests)
    assert window is not None
    with context() as surroundings:
        run_baseline(plan, surroundings)
        report = run_execution(window, hour(1), surroundings).report
    assert report.counts.records == 700
    assert [(violation.feature, violation.check) for violation in report.violations] == []
