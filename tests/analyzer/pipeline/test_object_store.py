import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from model_monitor_analyzer.errors import AccessRefusedError, AnalyzerError, BucketMissingError
from model_monitor_analyzer.execution.pools import ExecutorChoice
from model_monitor_analyzer.pipeline.baseline import run_baseline
from model_monitor_analyzer.pipeline.execution import run_execution
from model_monitor_analyzer.stores import Access
from tests.support.project import Project, baseline, capture, schedule
from tests.support.runs import ONE_THREAD, context, hour, plans_of
from tests.support.s3 import S3Bucket
from tests.support.traffic import DRIFTED, write_traffic


def upload(project: Project, bucket: S3Bucket) -> None:
    """Put the project's data into the bucket; capture files below a prefix with a doubled slash."""
    write_traffic(project)
    bucket.write("data/train.csv", (project.folder / "train.csv").read_bytes())
    for path in (project.folder / "capture").rglob("*.gz"):
        name = path.relative_to(project.folder / "capture")
        bucket.write(f"mm//capture/{name}", path.read_bytes())
    shutil.rmtree(project.folder / "capture")


def in_bucket(project: Project, bucket: S3Bucket, **connection: Any) -> Path:
    """Write manifests that read from and write to the bucket."""
    reached = {"endpoint": bucket.endpoint, "region": "us-east-1"} | connection
    output = {"uri": bucket.uri("monitoring/"), "connection": reached}
    files = {
        "uri": bucket.uri("mm//capture/"),
        "format": "SageMakerCapture",
        "connection": reached,
    }
    return project.write_manifests(
        baseline(bucket.uri("data/train.csv"), dataset={"connection": reached}, output=output),
        capture("", source={"files": files}),
        schedule(output=output),
    )


def keys(bucket: S3Bucket) -> list[str]:
    found = bucket.client.list_objects_v2(Bucket=bucket.name, Prefix="monitoring/")
    return [entry["Key"] for entry in found.get("Contents", [])]


@pytest.mark.parametrize("choice", [ONE_THREAD, ExecutorChoice("processes", 1)])
def test_everything_may_be_in_an_object_store(
    tmp_path: Path, s3_bucket: S3Bucket, choice: ExecutorChoice
) -> None:
    project = Project(tmp_path)
    upload(project, s3_bucket)
    plan, windows = plans_of(in_bucket(project, s3_bucket))
    assert windows is not None
    with context(choice, access=s3_bucket.access) as surroundings:
        run_baseline(plan, surroundings)
        finished = run_execution(windows, hour(DRIFTED), surroundings)
        again = run_execution(windows, hour(DRIFTED), surroundings)
    assert [row.feature for row in finished.report.violations] == ["income"]
    assert finished.report_uri == s3_bucket.uri("monitoring/default/hourly/2026/03/01/1200/report.html")
    assert again.reused
    assert again.report == finished.report
    folder = "monitoring/default/hourly/2026/03/01/1200"
    assert [key for key in keys(s3_bucket) if key.startswith(folder)] == [
        f"{folder}/{name}"
        for name in (
            "constraint_violations.json",
            "constraints.json",
            "manifest.json",
            "report.html",
            "report.json",
            "statistics.json",
        )
    ]
    stored = s3_bucket.client.get_object(Bucket=s3_bucket.name, Key=f"{folder}/report.html")
    assert stored["ContentType"] == "text/html; charset=utf-8"


def test_results_in_a_store_are_the_bytes_that_files_get(tmp_path: Path, s3_bucket: S3Bucket) -> None:
    project = Project(tmp_path)
    upload(project, s3_bucket)
    plan, _ = plans_of(in_bucket(project, s3_bucket))
    with context(access=s3_bucket.access) as surroundings:
        run_baseline(plan, surroundings)
    local, _ = plans_of(project.write_manifests(baseline("file://./train.csv")))
    with context() as surroundings:
        run_baseline(local, surroundings)
    (key,) = [key for key in keys(s3_bucket) if key.endswith("statistics.json")]
    (written,) = [data for name, data in project.files().items() if name.endswith("statistics.json")]
    assert s3_bucket.client.get_object(Bucket=s3_bucket.name, Key=key)["Body"].read() == written


def failure(project: Project, manifests: Path, access: Access) -> AnalyzerError:
    plan, _ = plans_of(manifests)
    with context(access=access) as surroundings, pytest.raises(AnalyzerError) as caught:
        run_baseline(plan, surroundings)
    return caught.value


def test_refused_credentials_are_told_without_being_shown(
    tmp_path: Path, s3_bucket: S3Bucket, request: pytest.FixtureRequest
) -> None:
    project = Project(tmp_path)
    upload(project, s3_bucket)
    request.getfixturevalue("s3_checks_credentials")
    keys_of_nobody = {"AWS_ACCESS_KEY_ID": "unknown-key", "AWS_SECRET_ACCESS_KEY": "unknown-secret"}
    _, windows = plans_of(in_bucket(project, s3_bucket))
    assert windows is not None
    access = Access(environment=keys_of_nobody)
    with context(access=access) as surroundings, pytest.raises(AccessRefusedError) as caught:
        run_execution(windows, hour(DRIFTED), surroundings)
    assert s3_bucket.name in str(caught.value)
    assert "unknown-secret" not in str(caught.value)


def test_a_missing_bucket_is_named(tmp_path: Path, s3_bucket: S3Bucket) -> None:
    project = Project(tmp_path)
    upload(project, s3_bucket)
    manifests = in_bucket(project, s3_bucket)
    manifests.write_text(manifests.read_text().replace(s3_bucket.name, "no-such-bucket"))
    error = failure(project, manifests, s3_bucket.access)
    assert isinstance(error, BucketMissingError)
    assert "no-such-bucket" in str(error)


def test_a_manifest_in_the_store_tells_what_was_written(tmp_path: Path, s3_bucket: S3Bucket) -> None:
    project = Project(tmp_path)
    upload(project, s3_bucket)
    plan, _ = plans_of(in_bucket(project, s3_bucket))
    with context(access=s3_bucket.access) as surroundings:
        run_baseline(plan, surroundings)
    (key,) = [key for key in keys(s3_bucket) if key.endswith("manifest.json")]
    document = json.loads(s3_bucket.client.get_object(Bucket=s3_bucket.name, Key=key)["Body"].read())
    folder = key.rpartition("/")[0]
    assert {f"{folder}/{entry['name']}" for entry in document["files"]} | {key} == set(keys(s3_bucket))
    assert document["subject"]["name"] == "model"
