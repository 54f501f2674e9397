import csv
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from model_monitor_analyzer.pipeline.baseline import run_baseline
from tests.support.data import data_file
from tests.support.project import Project, baseline, batches
from tests.support.runs import context, plans_of

NUMBER = re.compile(r"-?\d+(\.\d+)?")


def churn() -> tuple[list[str], list[list[str]]]:
    with data_file("churn-training.csv").open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    return header, rows


def as_json(header: list[str], row: list[str]) -> str:
    """Write a row as a JSON object whose numbers stand as they do in the CSV file."""
    cells = (cell if NUMBER.fullmatch(cell) else json.dumps(cell) for cell in row)
    return (
        "{" + ", ".join(f"{json.dumps(name)}: {cell}" for name, cell in zip(header, cells, strict=True)) + "}"
    )


def statistics(project: Project, file_format: str, uri: str, **spec: Any) -> bytes:
    """Compute a baseline and return its `statistics.json`."""
    manifests = project.write_manifests(baseline(uri, file_format, **spec))
    plan, _ = plans_of(manifests)
    with context() as surroundings:
        run_baseline(plan, surroundings)
    files = project.files()
    (found,) = [data for name, data in files.items() if name.endswith("data-quality/statistics.json")]
    return found


@pytest.fixture(scope="module")
def from_csv(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    project = Project(tmp_path_factory.mktemp("csv"))
    return statistics(project, "CSV", f"file://{data_file('churn-training.csv')}")


def test_figures_of_real_data_are_those_that_sagemaker_published(from_csv: bytes) -> None:
    document = json.loads(from_csv)
    features = {feature["name"]: feature for feature in document["features"]}
    assert document["dataset"] == {"item_count": 2333}
    assert len(features) == 70

    def figures(name: str) -> list[float]:
        numbers = features[name]["numerical_statistics"]
        return [numbers[key] for key in ("mean", "std_dev", "sum", "min", "max")]

    expected = {
        "Churn": (0.1393056150878697, 0.3462651595134284, 325, 0, 1),
        "Account Length": (101.2768966995285, 39.552442167470566, 236279, 1, 243),
        "VMail Message": (8.214316330904415, 13.776907846587019, 19164, 0, 51),
        "Day Mins": (180.2264894984998, 53.98717895990151, 420468.4, 0, 350.8),
    }
    for name, values in expected.items():
        assert figures(name) == pytest.approx(values, rel=1e-12)
    assert [feature["inferred_type"] for feature in document["features"]][:6] == [
        "Integral",
        "Integral",
        "Integral",
        "Fractional",
        "Integral",
        "Fractional",
    ]
    first = features["Eve Mins"]["numerical_statistics"]["distribution"]["kll"]["buckets"][0]
    assert (first["lower_bound"], first["upper_bound"]) == pytest.approx((31.2, 64.26))


def test_json_lines_give_the_same(tmp_path: Path, from_csv: bytes) -> None:
    header, rows = churn()
    (tmp_path / "churn.jsonl").write_text("".join(f"{as_json(header, row)}\n" for row in rows))
    assert statistics(Project(tmp_path), "JSONLines", "file://./churn.jsonl") == from_csv


def test_a_json_array_gives_the_same(tmp_path: Path, from_csv: bytes) -> None:
    header, rows = churn()
    (tmp_path / "churn.json").write_text(f"[{', '.join(as_json(header, row) for row in rows)}]")
    assert statistics(Project(tmp_path), "JSON", "file://./churn.json") == from_csv


def test_parquet_gives_the_same(tmp_path: Path, from_csv: bytes) -> None:
    pl.read_csv(data_file("churn-training.csv"), infer_schema_length=None).write_parquet(
        tmp_path / "c.parquet"
    )
    assert statistics(Project(tmp_path), "Parquet", "file://./c.parquet") == from_csv


def test_capture_files_of_several_rows_a_request_give_the_same(tmp_path: Path, from_csv: bytes) -> None:
    header, rows = churn()
    project = Project(tmp_path)
    start = datetime(2026, 3, 1, tzinfo=UTC)
    bodies = batches(rows, 7)
    project.write_capture(
        "capture", ((start + timedelta(minutes=number), body) for number, body in enumerate(bodies))
    )
    found = statistics(project, "SageMakerCapture", "file://./capture/", columns={"names": header})
    assert found == from_csv
