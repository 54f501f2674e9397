from pathlib import Path
from typing import Any

import pytest

from model_monitor_analyzer.cli.loading import load_manifests
from model_monitor_api.contract.plan import AnalysisPlan
from model_monitor_api.planning import plan_baseline
from model_monitor_api.v1alpha1.baseline import Baseline
from tests.support.project import Project, baseline, capture, schedule


def loaded(project: Project, folder: Path | None = None, **spec: Any) -> Baseline:
    uri = spec.pop("uri", "file://./train.csv")
    path = project.write_manifests(baseline(uri, **spec))
    (found,) = load_manifests([path], folder).objects.baselines.values()
    return found


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("file://./train.csv", "{here}/train.csv"),
        ("file://./data/", "{here}/data/"),
        ("file://../train.csv", "{above}/train.csv"),
        ("file://./a/../b/./c.csv", "{here}/b/c.csv"),
        ("file://./{{yyyy}}/x", "{here}/{{yyyy}}/x"),
        ("file:///srv/train.csv", "/srv/train.csv"),
        ("file:///srv/./x", "/srv/./x"),
    ],
)
def test_relative_locations_are_those_of_the_manifest(tmp_path: Path, written: str, meant: str) -> None:
    here = tmp_path / "a folder"
    here.mkdir()
    found = loaded(Project(here), uri=written.replace("{{", "{").replace("}}", "}"))
    assert found.spec.dataset is not None
    assert found.spec.dataset.uri == "file://" + meant.format(here=here, above=tmp_path)


@pytest.mark.parametrize("uri", ["s3://bucket/./x", "gs://bucket/../x", "pvc://claim/x"])
def test_locations_in_stores_are_left_as_they_are(tmp_path: Path, uri: str) -> None:
    found = loaded(Project(tmp_path), uri=uri)
    assert found.spec.dataset is not None
    assert found.spec.dataset.uri == uri


def test_what_a_person_did_not_write_stays_unset(tmp_path: Path) -> None:
    project = Project(tmp_path)
    found = loaded(project, columns={"label": "income"})
    assert found.spec.columns.model_fields_set == {"label"}
    objects = load_manifests([tmp_path / "manifests.yaml"], None).objects
    plan = plan_baseline(found, objects)
    assert isinstance(plan, AnalysisPlan)
    assert plan.columns.label == "income"


def test_an_output_folder_replaces_location_connection_and_encryption(tmp_path: Path) -> None:
    output = {
        "uri": "s3://bucket/x",
        "connection": {"region": "eu-central-1"},
        "encryption": {"mode": "KMS", "kmsKeyId": "key"},
    }
    found = loaded(Project(tmp_path), tmp_path / "here", output=output)
    assert found.spec.output.uri == f"file://{tmp_path}/here"
    assert found.spec.output.connection.region is None
    assert found.spec.output.encryption is None


def test_locations_deep_in_an_object_are_resolved_too(tmp_path: Path) -> None:
    project = Project(tmp_path)
    path = project.write_manifests(
        baseline("file://./train.csv"), capture("file://./capture/{yyyy}/{MM}"), schedule()
    )
    objects = load_manifests([path], None).objects
    (found,) = objects.captures.values()
    assert found.spec.source.files is not None
    assert found.spec.source.files.uri == f"file://{tmp_path}/capture/{{yyyy}}/{{MM}}"
    (of_schedule,) = objects.schedules.values()
    assert of_schedule.spec.output.uri == f"file://{tmp_path}/out"


def test_the_same_file_twice_is_one_set(tmp_path: Path) -> None:
    path = Project(tmp_path).write_manifests(baseline("file://./train.csv"))
    manifests = load_manifests([path, path], None)
    assert manifests.problems == ()
    assert len(manifests.objects.baselines) == 1


def test_a_problem_keeps_its_place_when_files_are_joined(tmp_path: Path) -> None:
    project = Project(tmp_path)
    one = project.write_manifests(baseline("file://./train.csv"), name="one.yaml")
    two = project.write_manifests(schedule(minRecords=0), name="two.yaml")
    (problem,) = load_manifests([one, two], None).problems
    assert (problem.file, problem.field) == (str(two), "spec.minRecords")
