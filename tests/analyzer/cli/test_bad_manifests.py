"""What people get wrong in manifests and arguments, as far as the command tells of it."""

import json

import pytest

from model_monitor_analyzer.cli.command import main
from tests.analyzer.cli.manifests import SCRIPT, config_map, objects
from tests.analyzer.cli.test_run import AT_CALM
from tests.support.project import Manifest, Project, capture

ON_CALL = {"name": "on-call", "webhook": {"urlSecretRef": {"name": "pager", "key": "url"}}}


def refused(project: Project, capsys: pytest.CaptureFixture[str], manifests: list[Manifest]) -> str:
    """Run manifests that must be refused; return what was said."""
    project.write_manifests(*manifests)
    assert main(["run", "-f", str(project.folder / "manifests.yaml"), "--at", AT_CALM]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "Traceback" not in captured.err
    assert not (project.folder / "out").exists()
    return captured.err


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"schedule": {"scedule": "x"}}, ["spec.scedule: is not a known field", "did you mean `schedule`?"]),
        ({"schedule": {"minRecords": "100"}}, ["spec.minRecords: must be an integer, not a text"]),
        (
            {"schedule": {"baselineRef": {"name": "modle"}}},
            ["spec.baselineRef.name", "did you mean `model`?"],
        ),
        ({"schedule": {"captureRef": {"name": "other"}}}, ["spec.captureRef.name: must name a DataCapture"]),
        ({"schedule": {"schedule": "0 0 31 2 *"}}, ["spec.schedule: must be due at some time"]),
        (
            {"schedule": {"schedule": "61 * * * *"}},
            ["spec.schedule: must be a schedule as a CronJob takes it"],
        ),
        ({"schedule": {"timeZone": "Europe/Berln"}}, ["spec.timeZone"]),
        ({"schedule": {"recordFilter": "a ||"}}, ["spec.recordFilter", "JMESPath"]),
        (
            {"schedule": {"segments": ["country"]}},
            ["spec.segments: must be among the segments of Baseline model"],
        ),
        (
            {"baseline": {"columns": {"clusterKey": "country"}}},
            ["spec.columns.clusterKey: is not available in this version"],
        ),
        (
            {"schedule": {"notifications": [ON_CALL]}},
            [
                "spec.notifications: is not available in this version",
                "remove it, and let alert rules on the metrics tell people",
            ],
        ),
        (
            {"schedule": {"dataQuality": {"features": [{"name": "age", "emitMetrics": "Disabled"}]}}},
            ["spec.dataQuality.features[0].emitMetrics: Disabled: is not available in this version"],
        ),
        (
            {"baseline": {"dataQuality": {"constraints": {"emitMetrics": "Disabled"}}}},
            ["spec.dataQuality.constraints.emitMetrics: Disabled: is not available in this version"],
        ),
        (
            {"schedule": {"analyzer": {"image": "own:1"}, "recordFilter": "a"}},
            ["spec.analyzer: needs containers", "spec.recordFilter: does nothing beside spec.analyzer"],
        ),
        ({"baseline": {"output": {"uri": "ftp://host/out"}}}, ["spec.output.uri"]),
        (
            {"baseline": {"columns": {"label": "age"}, "bias": {"facets": [{"name": "country"}]}}},
            ["spec.bias: is not available in this version"],
        ),
        (
            {"capture": {"source": {"files": {"uri": "file:///x", "format": "CSV"}, "cloudEvents": {}}}},
            ["DataCapture/default/model: spec.source"],
        ),
        (
            {"capture": {"payload": {"output": {"rows": "predictions[", "columns": {"score": "nope(@)"}}}}},
            ["DataCapture/default/model: spec.payload.output.rows: incomplete expression"],
        ),
        (
            {"baseline": {"dataset": {"uri": "file://./x", "format": "JSON", "rows": "records["}}},
            ["Baseline/default/model: spec.dataset.rows: incomplete expression"],
        ),
    ],
)
def test_manifests_that_are_wrong_are_refused_before_anything_is_run(
    project: Project,
    capsys: pytest.CaptureFixture[str],
    changes: dict[str, Manifest],
    told: list[str],
) -> None:
    said = refused(project, capsys, objects(**changes))
    for part in told:
        assert part in said
    assert f"at {project.folder}/manifests.yaml:" in said


def test_wrong_manifests_are_told_to_machines_too(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    project.write_manifests(*objects(schedule={"scedule": "x"}, baseline={"output": {"uri": "nowhere"}}))
    assert main(["run", "-f", str(project.folder / "manifests.yaml"), "--at", AT_CALM, "-o", "json"]) == 2
    captured = capsys.readouterr()
    found = json.loads(captured.out)
    assert (found["version"], found["exitCode"]) == ("modelmonitor.dev/run.v1", 2)
    assert (found["reason"], found["message"]) == (
        "InvalidConfiguration",
        "the manifests have 2 problems",
    )
    assert (found["baselines"], found["executions"]) == ([], [])
    told = {(problem["field"], problem["message"]) for problem in found["problems"]}
    assert ("spec.scedule", "is not a known field") in told
    assert captured.err.count("error: ") == 2
    assert not (project.folder / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["-f", "manifests.yaml", "--window", "2026-03-02", "2026-03-01"], "--window: START"),
        (["-f", "other.yaml"], "-f: the manifests hold no Baseline"),
    ],
)
def test_what_is_refused_as_a_whole_is_told_to_machines_too(
    project: Project,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    told: str,
) -> None:
    project.write_manifests(capture("file://./capture/"), name="other.yaml")
    monkeypatch.chdir(project.folder)
    assert main(["run", *arguments, "-o", "json"]) == 2
    captured = capsys.readouterr()
    found = json.loads(captured.out)
    assert found["message"].startswith(told)
    assert found["problems"] == []
    assert f"error: {told}" in captured.err


@pytest.mark.parametrize("kind", ["ModelQuality", "ModelBias", "ModelExplainability"])
def test_a_type_that_comes_later_is_named_as_such(
    project: Project, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    settings: dict[str, Manifest] = {
        "ModelQuality": {"modelQuality": {}},
        "ModelBias": {"bias": {"facets": [{"name": "country", "values": ["de"]}]}},
        "ModelExplainability": {
            "explainability": {},
            "predictor": {"url": "http://model/invocations", "format": "CSV"},
        },
    }
    truth = {"groundTruth": {"uri": "file://./labels/", "format": "CSV"}}
    columns = {"label": "age", "prediction": "income", "problemType": "Regression"}
    labelled = kind in {"ModelQuality", "ModelBias"}
    said = refused(
        project,
        capsys,
        objects(
            baseline={"columns": columns} | settings[kind],
            schedule={"type": kind} | (truth if labelled else {}),
        ),
    )
    assert "is not available in this version" in said


def test_a_script_that_is_no_python_is_refused(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    scripted = objects(schedule={"scripts": {"preprocess": SCRIPT}})
    said = refused(project, capsys, [*scripted, config_map("def preprocess_handler(record:\n")])
    assert "spec.scripts.preprocess: must be Python source: 'configmap/scripts:script.py' line 1" in said


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["-f", "gone.yaml"], "gone.yaml"),
        (["-f", "train.csv"], "train.csv"),
        (["-f", "empty"], "the directory holds no"),
        ([], "-f/--filename"),
        (["-f", "manifests.yaml", "--output", ""], "must name a folder"),
        (["-f", "manifests.yaml", "--at", "yesterday"], "'yesterday' is no time"),
        (["-f", "manifests.yaml", "--workers", "0"], "give 1 or more"),
        (["-f", "manifests.yaml", "--executor", "dask"], "--dask-address"),
        (
            ["-f", "manifests.yaml", "--executor", "dask", "--dask-address", "tcp://127.0.0.1:9"],
            "'tcp://127.0.0.1:9': no connection",
        ),
    ],
)
def test_arguments_that_are_wrong_are_refused(
    project: Project,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    told: str,
) -> None:
    (project.folder / "empty").mkdir()
    monkeypatch.chdir(project.folder)
    monkeypatch.setattr("model_monitor_analyzer.execution.dask_cluster.CONNECT_SECONDS", 1)
    try:
        status = main(["run", *arguments])
    except SystemExit as ended:  # as argparse ends
        status = int(str(ended.code))
    assert status == 2
    assert told in capsys.readouterr().err
