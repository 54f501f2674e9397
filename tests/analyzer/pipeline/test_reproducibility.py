import json
import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from model_monitor_analyzer.execution.pools import ExecutorChoice
from model_monitor_analyzer.pipeline.baseline import run_baseline
from model_monitor_analyzer.pipeline.execution import run_execution
from model_monitor_analyzer.sources import partitions
from model_monitor_analyzer.summaries import DatasetSummary
from tests.support.dask import dask_cluster
from tests.support.project import Project, baseline, capture, schedule
from tests.support.runs import ONE_THREAD, context, hour, plans_of

HEADER = ["amount", "count", "country", "note"]
OBJECTS = 60
ROWS = 500


def rows(seed: int, number: int) -> list[list[object]]:
    numbers = random.Random(seed)
    return [
        [
            repr(numbers.lognormvariate(3, 2)) if numbers.random() > 0.02 else "",
            numbers.randrange(40),
            numbers.choice(["de", "fr", "it", "es", "pl"]),
            f"note {numbers.getrandbits(40)}",
        ]
        for _ in range(number)
    ]


def write_objects(project: Project, prefix: str, all_rows: list[list[object]], size: int) -> None:
    for start in range(0, len(all_rows), size):
        project.write_csv(f"{prefix}/{start:08}.csv", HEADER, all_rows[start : start + size])


@pytest.fixture(scope="module", autouse=True)
def _many_partitions() -> Iterator[None]:
    """Put few objects into a partition, so that little data make several."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(partitions, "PARTITION_OBJECTS", 9)
        yield


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    found = Project(tmp_path_factory.mktemp("data"))
    write_objects(found, "train", rows(1, OBJECTS * ROWS), ROWS)
    write_objects(found, "live", rows(2, OBJECTS * ROWS), ROWS)
    found.write_manifests(
        baseline("file://./train/"), capture("file://./live/", "CSV"), schedule(decision="Calibrated")
    )
    return found


def artifacts(project: Project, choice: ExecutorChoice) -> dict[str, bytes]:
    """Run baseline and window on an executor; return every file that they wrote."""
    shutil.rmtree(project.folder / "out", ignore_errors=True)
    of_baseline, of_schedule = plans_of(project.folder / "manifests.yaml")
    assert of_schedule is not None
    with context(choice) as surroundings:
        run_baseline(of_baseline, surroundings)
        run_execution(of_schedule, hour(10), surroundings)
    return project.files()


@pytest.fixture(scope="module")
def by_one_thread(project: Project) -> dict[str, bytes]:
    return artifacts(project, ONE_THREAD)


@pytest.mark.parametrize(
    "choice", [ExecutorChoice("threads", 1), ExecutorChoice("threads", 2), ExecutorChoice("processes", 2)]
)
def test_every_executor_of_this_machine_writes_the_same_bytes(
    project: Project, by_one_thread: dict[str, bytes], choice: ExecutorChoice
) -> None:
    assert artifacts(project, choice) == by_one_thread


@pytest.mark.slow
def test_a_dask_cluster_of_two_workers_writes_the_same_bytes(
    project: Project, by_one_thread: dict[str, bytes], tmp_path: Path
) -> None:
    with dask_cluster(tmp_path, workers=2) as address:
        found = artifacts(project, ExecutorChoice("dask", dask_address=address))
    assert found == by_one_thread


def summary_of(project: Project, prefix: str) -> DatasetSummary:
    shutil.rmtree(project.folder / "out", ignore_errors=True)
    plan, _ = plans_of(project.write_manifests(baseline(f"file://./{prefix}/"), name=f"{prefix}.yaml"))
    with context() as surroundings:
        run_baseline(plan, surroundings)
    (data,) = [data for name, data in project.files().items() if name.endswith("summary.bin")]
    return DatasetSummary.from_bytes(data)


def test_data_that_are_split_differently_agree_within_the_bounds(project: Project) -> None:
    all_rows = rows(1, OBJECTS * ROWS)
    write_objects(project, "three", all_rows, OBJECTS * ROWS // 3 + 1)
    many, three = summary_of(project, "train"), summary_of(project, "three")
    assert many.rows == three.rows == len(all_rows)
    for name in HEADER:
        one, other = many.columns[name], three.columns[name]
        assert (one.missing, one.types, one.whole) == (other.missing, other.types, other.whole)
        assert one.distinct_count == other.distinct_count
        assert one.categories.exact == other.categories.exact == (name != "amount")
        if one.categories.exact:
            assert one.categories.as_dict() == other.categories.as_dict()
    amounts, others = many.columns["amount"], three.columns["amount"]
    assert amounts.moments.minimum == others.moments.minimum
    assert amounts.moments.maximum == others.moments.maximum
    assert amounts.moments.mean == pytest.approx(others.moments.mean, rel=1e-12)
    assert amounts.moments.std_dev == pytest.approx(others.moments.std_dev, rel=1e-12)
    values = sorted(float(str(row[0])) for row in all_rows if row[0] != "")
    for share in (0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99):
        for sketch in (amounts.quantiles, others.quantiles):
            items, weights = sketch.weighted_items()
            below = weights.cumsum() / weights.sum()
            quantile = float(items[int((below < share).sum())])
            rank = sum(1 for value in values if value <= quantile) / len(values)
            assert abs(rank - share) <= sketch.rank_error + 1 / len(values)


def test_a_report_is_the_same_document_whenever_it_is_read(by_one_thread: dict[str, bytes]) -> None:
    (name,) = [
        name for name in by_one_thread if name.startswith("default/hourly") and name.endswith("report.json")
    ]
    document = json.loads(by_one_thread[name])
    assert document["completedAt"] == "2026-03-01T12:00:00Z"
    assert document["counts"]["records"] == OBJECTS * ROWS
