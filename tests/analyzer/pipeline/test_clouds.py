"""Runs whose data and results are in Google Cloud Storage or Azure."""

import gzip
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from model_monitor_analyzer.errors import AccessRefusedError, BucketMissingError
from model_monitor_analyzer.pipeline.baseline import run_baseline
from model_monitor_analyzer.pipeline.execution import run_execution
from model_monitor_analyzer.stores import Access
from tests.support.cloud import CloudBucket
from tests.support.project import Project, baseline, capture, schedule
from tests.support.runs import context, hour, plans_of
from tests.support.secrets import mount
from tests.support.traffic import DRIFTED, write_traffic

REPORT = "monitoring/default/hourly/2026/03/01/1200"
COMPRESSIONS = (bytes, gzip.compress, zstandard.compress)


def upload(project: Project, bucket: CloudBucket) -> None:
    """Put the project's data into the bucket, every other capture file compressed by other means."""
    write_traffic(project)
    bucket.write("data/train.csv", (project.folder / "train.csv").read_bytes())
    for number, path in enumerate(sorted((project.folder / "capture").rglob("*.gz"))):
        compress: Callable[[bytes], bytes] = COMPRESSIONS[number % len(COMPRESSIONS)]
        name = path.relative_to(project.folder / "capture")
        bucket.write(f"mm/capture/{name}", compress(gzip.decompress(path.read_bytes())))
    shutil.rmtree(project.folder / "capture")


def in_bucket(project: Project, bucket: CloudBucket, output: str = "monitoring/") -> Path:
    """Write manifests that read from and write to the bucket with a Secret; slashes as people write them."""
    reached = {"endpoint": bucket.endpoint, "secretRef": {"name": "store"}}
    results = {"uri": bucket.uri(output), "connection": reached}
    files = {"uri": bucket.uri("mm//capture/"), "format": "SageMakerCapture", "connection": reached}
    return project.write_manifests(
        baseline(bucket.uri("data/train.csv"), dataset={"connection": reached}, output=results),
        capture("", source={"files": files}),
        schedule(output=results),
    )


def test_a_window_is_read_and_its_report_written(tmp_path: Path, cloud_bucket: CloudBucket) -> None:
    project = Project(tmp_path)
    upload(project, cloud_bucket)
    mount(tmp_path / "secrets", "store", cloud_bucket.credentials)
    plan, windows = plans_of(in_bucket(project, cloud_bucket))
    assert windows is not None
    with context(access=Access(secrets=tmp_path / "secrets")) as surroundings:
        run_baseline(plan, surroundings)
        finished = run_execution(windows, hour(DRIFTED), surroundings)
        again = run_execution(windows, hour(DRIFTED), surroundings)
    assert [row.feature for row in finished.report.violations] == ["income"]
    assert finished.report_uri == cloud_bucket.uri(f"{REPORT}/report.html")
    assert again.reused
    assert again.report == finished.report
    assert {key.rpartition("/")[2] for key in cloud_bucket.names() if key.startswith(REPORT)} == {
        "constraint_violations.json",
        "constraints.json",
        "manifest.json",
        "report.html",
        "report.json",
        "statistics.json",
    }
    assert cloud_bucket.read(f"{REPORT}/report.html").startswith(b"<!doctype html>")


def test_results_in_a_store_are_the_bytes_that_files_get(tmp_path: Path, cloud_bucket: CloudBucket) -> None:
    project = Project(tmp_path)
    upload(project, cloud_bucket)
    mount(tmp_path / "secrets", "store", cloud_bucket.credentials)
    plan, _ = plans_of(in_bucket(project, cloud_bucket))
    with context(access=Access(secrets=tmp_path / "secrets")) as surroundings:
        run_baseline(plan, surroundings)
    local, _ = plans_of(project.write_manifests(baseline("file://./train.csv")))
    with context() as surroundings:
        run_baseline(local, surroundings)
    (key,) = [key for key in cloud_bucket.names() if key.endswith("statistics.json")]
    (written,) = [data for name, data in project.files().items() if name.endswith("statistics.json")]
    assert cloud_bucket.read(key) == written


def test_what_a_store_refuses_is_told_without_showing_why_it_should_not(
    tmp_path: Path, cloud_bucket: CloudBucket
) -> None:
    project = Project(tmp_path)
    upload(project, cloud_bucket)
    plan, windows = plans_of(in_bucket(project, cloud_bucket))
    assert windows is not None
    mount(tmp_path / "secrets", "store", cloud_bucket.refused)
    access = Access(secrets=tmp_path / "secrets")
    with context(access=access) as surroundings, pytest.raises(AccessRefusedError) as caught:
        run_execution(windows, hour(DRIFTED), surroundings)
    assert cloud_bucket.name in str(caught.value)
    assert not any(value in str(caught.value) for value in cloud_bucket.refused.values())
    mount(tmp_path / "secrets", "store", cloud_bucket.credentials)
    cloud_bucket.objects.drop()
    with context(access=access) as surroundings, pytest.raises(BucketMissingError, match=cloud_bucket.name):
        run_baseline(plan, surroundings)
