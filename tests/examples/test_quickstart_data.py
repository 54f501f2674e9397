"""The quickstart's generator plants what its README tells, where it tells it, and the same each time."""

import csv
import hashlib
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from scipy.stats import ks_2samp

QUICKSTART = Path(__file__).parents[2] / "examples" / "quickstart"
START = datetime(2026, 10, 31, tzinfo=UTC)
HEALTHY = [*range(32), *range(35, 40)]
FAULT = range(32, 35)
CAMPAIGN = range(40, 48)

Rows = Sequence[Mapping[str, str]]


def generate(output: Path, *arguments: str) -> None:
    subprocess.run(
        [sys.executable, str(QUICKSTART / "generate.py"), "--output", str(output), *arguments],
        check=True,
        text=True,
    )


def digest(folder: Path) -> str:
    found = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            found.update(str(path.relative_to(folder)).encode())
            found.update(path.read_bytes())
    return found.hexdigest()


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("with a space") / "out"
    generate(folder)
    return folder


@pytest.fixture(scope="module")
def training(output: Path) -> Rows:
    with (output / "training.csv").open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def records(output: Path) -> list[list[dict[str, Any]]]:
    """The capture records of each hour, read by the documented layout."""
    hours = []
    for hour in range(48):
        folder = output / f"capture/credit-risk/AllTraffic/{START + timedelta(hours=hour):%Y/%m/%d/%H}"
        lines = [line for path in sorted(folder.glob("*.jsonl")) for line in path.read_text().splitlines()]
        hours.append([json.loads(line) for line in lines])
    return hours


@pytest.fixture(scope="module")
def hours(training: Rows, records: list[list[dict[str, Any]]]) -> list[Rows]:
    """The rows of each hour: features by position, and what the model answered."""
    names = list(training[0])[:10]
    return [[row for record in hour for row in rows_of(record, names)] for hour in records]


def rows_of(record: Mapping[str, Any], names: Sequence[str]) -> Rows:
    captured = record["captureData"]
    assert captured["endpointInput"]["data"].count("\n") <= 20
    inputs = list(csv.reader(captured["endpointInput"]["data"].splitlines()))
    answers = json.loads(captured["endpointOutput"]["data"])["predictions"]
    assert len(inputs) == len(answers)
    return [
        {
            **dict(zip(names, row, strict=True)),
            "prediction": str(answer["predicted_label"]),
            "probability": str(answer["score"]),
        }
        for row, answer in zip(inputs, answers, strict=True)
    ]


def distance(name: str, some: Rows, others: Rows) -> float:
    """Kolmogorov-Smirnov, or total variation for what is no number."""
    first, second = ([row[name] for row in rows if row[name]] for rows in (some, others))
    if name in {"employment", "region", "channel", "home_owner", "term_months", "prediction"}:
        one, other = Counter(first), Counter(second)
        return sum(abs(one[key] / len(first) - other[key] / len(second)) for key in one | other) / 2
    return float(ks_2samp([float(text) for text in first], [float(text) for text in second]).statistic)


def test_records_are_what_a_capture_writes(records: list[list[dict[str, Any]]]) -> None:
    ids = set()
    for hour, found in enumerate(records):
        times = [record["eventMetadata"]["inferenceTime"] for record in found]
        assert {time[:13] for time in times} == {f"{START + timedelta(hours=hour):%Y-%m-%dT%H}"}
        assert times == sorted(times)
        for record in found:
            assert set(record) == {"captureData", "eventMetadata", "eventVersion"}
            assert record["captureData"]["endpointInput"]["encoding"] == "CSV"
            assert record["captureData"]["endpointOutput"]["encoding"] == "JSON"
            ids.add(record["eventMetadata"]["eventId"])
    assert len(ids) == sum(map(len, records))


def test_there_are_as_many_rows_as_the_readme_says(
    training: Rows, records: list[list[dict[str, Any]]], hours: list[Rows]
) -> None:
    readme = (QUICKSTART / "README.md").read_text()
    for count in (
        len(training),
        sum(map(len, hours)),
        sum(map(len, records)),
        *(len(hours[h]) for h in (14, 33, 41)),
    ):
        assert f"{count:,}" in readme


def test_the_models_scores_tell_defaults_apart(training: Rows) -> None:
    scores = {
        label: [float(row["probability"]) for row in training if row["default"] == label] for label in "01"
    }
    area = sum(score > other for score in scores["1"] for other in scores["0"][:500]) / (
        len(scores["1"]) * 500
    )
    assert area == pytest.approx(0.72, abs=0.02)
    assert all(row["prediction"] == str(int(float(row["probability"]) > 0.5)) for row in training)


def test_healthy_hours_are_like_the_training_data(training: Rows, hours: list[Rows]) -> None:
    for hour in HEALTHY:
        for name in hours[hour][0]:
            assert distance(name, training, hours[hour]) < 0.08, (hour, name)


def test_the_fault_is_one_unit_and_one_missing_field_in_one_channel(
    training: Rows, hours: list[Rows]
) -> None:
    for hour in FAULT:
        app = [row for row in hours[hour] if row["channel"] == "app"]
        rest = [row for row in hours[hour] if row["channel"] != "app"]
        assert not any(row["utilisation"] for row in app)
        assert (
            distance("income", training, [{"income": str(float(row["income"]) / 12)} for row in app]) < 0.08
        )
        for name in rest[0]:
            assert distance(name, training, rest) < 0.1 or name == "channel", name
        assert distance("income", training, hours[hour]) > 0.3
        assert distance("probability", training, hours[hour]) > 0.15


def test_the_campaign_changes_the_people_and_nothing_is_missing(training: Rows, hours: list[Rows]) -> None:
    for hour in CAMPAIGN:
        for name in ("age", "channel", "term_months", "income", "loan_amount", "home_owner", "probability"):
            assert distance(name, training, hours[hour]) > 0.15, (hour, name)
        present = sum(bool(row["utilisation"]) for row in hours[hour]) / len(hours[hour])
        assert present == pytest.approx(0.97, abs=0.02)


@pytest.mark.slow
def test_the_same_arguments_give_the_same_bytes(output: Path, tmp_path: Path) -> None:
    generate(tmp_path / "again", "--seed", "7", "--end", "2026-11-02T00:00Z")
    generate(tmp_path / "other", "--seed", "8")
    assert digest(tmp_path / "again") == digest(output)
    assert digest(tmp_path / "other") != digest(output)


def test_an_end_within_an_hour_is_refused(tmp_path: Path) -> None:
    done = subprocess.run(
        [
            sys.executable,
            str(QUICKSTART / "generate.py"),
            "--output",
            str(tmp_path / "out"),
            "--end",
            "2026-11-02T00:30Z",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "is not a full hour" in done.stderr
    assert not (tmp_path / "out").exists()
