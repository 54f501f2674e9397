"""What a Job's pod does apart from analysing: windows, results that are there, Secrets."""

import hashlib
import json
import shutil
from datetime import datetime

import pytest

from model_monitor_api.meta import ObjectReference
from tests.analyzer.cli.test_run import AT_DRIFTED
from tests.support.jobs import change_plan, message, of_fire, run_job, termination_log, write_plans
from tests.support.project import Project, baseline, capture, schedule
from tests.support.s3 import S3Bucket, make_bucket
from tests.support.secrets import mount, user_of

FIRE = datetime.fromisoformat(AT_DRIFTED)


@pytest.fixture
def plans(project: Project) -> Project:
    write_plans(project)
    return project


def test_a_baseline_tells_the_digest_of_each_analysis_again_and_again(plans: Project) -> None:
    assert run_job(plans, "analyze", "baseline") == 0
    first, _ = message(plans)
    (manifest,) = [data for name, data in plans.files().items() if name.endswith("manifest.json")]
    files = [entry for entry in json.loads(manifest)["files"] if entry["name"].startswith("data-quality/")]
    lines = "".join(f"{entry['name']} {entry['size']} {entry['sha256']}\n" for entry in files)
    assert len(files) > 2
    assert first.artifacts == {"DataQuality": hashlib.sha256(lines.encode()).hexdigest()}
    assert run_job(plans, "analyze", "baseline") == 0
    assert message(plans)[0] == first


def test_a_result_that_is_there_is_told_again_without_its_inputs(plans: Project) -> None:
    assert run_job(plans, "analyze", "baseline") == 0
    assert run_job(plans, "analyze", "schedule", *of_fire(FIRE)) == 0
    first = termination_log(plans).read_bytes()
    shutil.rmtree(plans.folder / "capture")
    shutil.rmtree(plans.folder / "out" / "default" / "model")
    assert run_job(plans, "analyze", "schedule", *of_fire(FIRE)) == 0
    assert termination_log(plans).read_bytes() == first
    assert message(plans)[0].artifacts == {}


def resumed(last_end: str) -> dict[str, str]:
    return {"since": "2026-03-01T11:30:00Z", "lastEnd": last_end}


def test_a_window_after_an_edit_begins_where_the_last_one_before_it_ended(plans: Project) -> None:
    run_job(plans, "analyze", "baseline")
    windowing = {"schedule": "0 * * * *", "timeZone": "Etc/UTC", "delay": "0s"}
    change_plan(plans, "schedule", windowing=windowing | {"resumption": resumed("2026-03-01T09:15:00Z")})
    assert run_job(plans, "analyze", "schedule", *of_fire(FIRE)) == 0
    document = json.loads(plans.files()["default/hourly/2026/03/01/1200/report.json"])
    assert document["window"] == {"start": "2026-03-01T09:15:00Z", "end": "2026-03-01T12:00:00Z"}


def test_a_fire_whose_window_is_covered_already_is_no_failure_and_writes_nothing(plans: Project) -> None:
    run_job(plans, "analyze", "baseline")
    run_job(plans, "analyze", "schedule", *of_fire(FIRE))
    before = plans.files()
    windowing = {"schedule": "0 * * * *", "timeZone": "Etc/UTC", "delay": "0s"}
    change_plan(plans, "schedule", windowing=windowing | {"resumption": resumed("2026-03-01T12:00:00Z")})
    assert run_job(plans, "analyze", "schedule", *of_fire(FIRE)) == 0
    found, _ = message(plans)
    assert (found.verdict, found.reason, found.run_id) == ("Inconclusive", "NoData", "")
    assert "covered already" in found.message
    assert plans.files() == before


@pytest.fixture
def buckets(s3_endpoint: str) -> tuple[S3Bucket, S3Bucket]:
    return make_bucket(s3_endpoint), make_bucket(s3_endpoint)


def connection(bucket: S3Bucket, secret: str) -> dict[str, object]:
    found = bucket.connection.model_copy(update={"secret_ref": ObjectReference(name=secret)})
    return found.model_dump(by_alias=True, exclude_none=True)


def test_data_and_results_are_reached_by_a_secret_each(
    project: Project,
    buckets: tuple[S3Bucket, S3Bucket],
    s3_checks_credentials: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    of_data, of_results = buckets
    of_data.fill(["train.csv"], (project.folder / "train.csv").read_bytes())
    secrets = project.folder / "secrets"
    mount(secrets, "data", user_of(of_data.name))
    dataset = {"connection": connection(of_data, "data")}
    output = {"uri": of_results.uri("out"), "connection": connection(of_results, "results")}
    project.write_manifests(
        baseline(of_data.uri("train.csv"), dataset=dataset, output=output),
        capture("file://./capture/"),
        schedule(output=output),
    )
    write_plans(project)
    monkeypatch.setenv("MODEL_MONITOR_SECRETS", str(secrets))
    assert run_job(project, "analyze", "baseline") == 11
    found, _ = message(project)
    assert found.reason == "AccessRefused"
    assert found.message.startswith("Secret 'results' is not there")
    mount(secrets, "results", user_of(of_data.name))
    assert run_job(project, "analyze", "baseline") == 11
    mount(secrets, "results", user_of(of_results.name))
    assert run_job(project, "analyze", "baseline") == 0
    assert run_job(project, "analyze", "schedule", *of_fire(FIRE)) == 0
    assert message(project)[0].verdict == "CompletedWithViolations"
