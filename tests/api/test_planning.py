"""Spec to plan: what a plan holds, and what its digest covers."""

import copy
from datetime import UTC, datetime
from typing import Any

import pytest

from model_monitor_api.contract.custom import environment
from model_monitor_api.contract.plan import AnalysisPlan, run_id
from model_monitor_api.crd.definition import to_yaml
from model_monitor_api.manifests import load_bytes
from model_monitor_api.objects import Key, Objects
from model_monitor_api.planning import plan_baseline, plan_execution
from model_monitor_api.problems import path_parts
from model_monitor_api.v1alpha1.columns import Columns, merge_columns
from model_monitor_api.v1alpha1.monitoringexecution import Window
from tests.support.manifests import base

CHURN = Key("default", "churn")
_SCRIPTS = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "scripts"},
    "data": {"p.py": "def preprocess_handler(record):\n    return record\n"},
}


def _set(manifest: dict[str, Any], path: str, value: Any) -> None:
    *parents, last = path_parts(path)
    place: Any = manifest
    for part in parents:
        place = place.setdefault(part, {}) if isinstance(place, dict) else place[part]
    place[last] = value


def _objects(
    changes: dict[str, dict[str, Any]] | None = None,
    capture: str = "capture-files",
    baseline: str = "baseline-full",
    schedule: str = "schedule",
) -> Objects:
    """Return the objects of manifests, with fields changed by kind and path."""
    manifests = [base(capture), base(baseline), base(schedule), copy.deepcopy(_SCRIPTS)]
    for manifest in manifests:
        for path, value in (changes or {}).get(manifest["kind"], {}).items():
            _set(manifest, path, value)
    loaded = load_bytes("---\n".join(to_yaml(manifest) for manifest in manifests).encode())
    assert [str(problem) for problem in loaded.problems] == []
    return loaded.objects


def _execution(objects: Objects) -> AnalysisPlan:
    plan = plan_execution(objects.schedules[CHURN], objects)
    assert isinstance(plan, AnalysisPlan), [str(problem) for problem in plan]
    return plan


def test_the_environment_of_an_image_is_known_but_for_the_window_before_there_is_one() -> None:
    plan = _execution(_objects({"MonitoringSchedule": {"spec.analyzer": {"image": "own:1"}}}))
    window = Window(start=datetime(2026, 3, 1, 10, tzinfo=UTC), end=datetime(2026, 3, 1, 11, tzinfo=UTC))
    before, then = environment(plan, None), environment(plan, window)
    assert dict(then.items() - before.items()) == {
        "start_time": "2026-03-01T10:00:00Z",
        "end_time": "2026-03-01T11:00:00Z",
    }
    assert before.keys() < then.keys()


def _baseline(objects: Objects) -> AnalysisPlan:
    plan = plan_baseline(objects.baselines[CHURN], objects)
    assert isinstance(plan, AnalysisPlan), [str(problem) for problem in plan]
    return plan


def test_the_plan_of_a_schedule_resolves_everything_it_refers_to() -> None:
    scripts = {"preprocess": {"configMapRef": {"name": "scripts", "key": "p.py"}}, "timeoutSeconds": 5}
    objects = _objects({"MonitoringSchedule": {"spec.scripts": scripts, "spec.window": {"length": "24h"}}})
    plan = _execution(objects)
    assert plan.data is not None
    assert plan.data.files.uri == "s3://models/churn/capture"
    assert plan.columns.label == "churned"
    assert plan.scripts is not None
    assert plan.scripts.preprocess is not None
    assert plan.scripts.preprocess.name == "configmap/scripts:p.py"
    assert plan.scripts.preprocess.source == _SCRIPTS["data"]["p.py"]  # type: ignore[index] # a mapping of texts
    assert plan.scripts.timeout_seconds == 5
    assert plan.execution is not None
    digest = _baseline(objects).digest()
    assert plan.execution.baseline.digest == digest
    assert plan.execution.baseline.uri == f"s3://models/churn/monitoring/default/churn/{digest}"
    assert plan.execution.windowing.length == "24h"
    assert plan.execution.windowing.time_zone == "Etc/UTC"
    assert plan.execution.decision == "Calibrated"
    assert plan.execution.computed.bias is not None
    assert plan.predictor is None
    assert plan.baseline is None


def test_only_explaining_calls_the_model() -> None:
    changes = {"spec.type": "ModelExplainability"}
    assert _execution(_objects({"MonitoringSchedule": changes})).predictor is not None


def test_a_plan_survives_its_document() -> None:
    plan = _execution(_objects())
    again = AnalysisPlan.model_validate_json(plan.model_dump_json(by_alias=True))
    assert again == plan
    assert again.digest() == plan.digest()


def test_a_gateways_records_are_read_where_it_writes_them() -> None:
    for uri in ("s3://models/capture", "s3://models/capture/", "s3://models//capture//"):
        changes = {
            "spec.storage": {"uri": uri, "connection": {"region": "eu-west-1"}},
            "spec.variant": "blue",
        }
        plan = _execution(_objects({"DataCapture": changes}, capture="capture-service"))
        assert plan.data is not None
        assert plan.data.files.uri == "s3://models/capture/churn/blue/"
        assert plan.data.files.format == "SageMakerCapture"
        assert plan.data.files.connection.region == "eu-west-1"


def test_a_baseline_of_traffic_reads_the_capture_between_two_times() -> None:
    changes: dict[str, dict[str, Any]] = {
        "DataCapture": {"spec.capture": ["Input"], "spec.columns": {"label": "y", "kinds": {"a": "Text"}}},
        "Baseline": {"spec.columns": {"kinds": {"b": "Id"}}},
    }
    plan = _baseline(_objects(changes, baseline="baseline-traffic"))
    assert plan.data is not None
    assert plan.data.sides == ["Input"]
    assert plan.data.window == Window(
        start=datetime(2026, 1, 1, tzinfo=UTC), end=datetime(2026, 1, 15, tzinfo=UTC)
    )
    assert plan.columns.label == "y"
    assert plan.columns.kinds == {"a": "Text", "b": "Id"}


def test_an_adopted_baseline_decides_as_sagemaker_does_unless_told_otherwise() -> None:
    adopted: dict[str, Any] = {
        "spec.dataset": None,
        "spec.adopt": {"statistics": "s3://m/statistics.json", "constraints": "s3://m/constraints.json"},
    }
    plan = _execution(_objects({"Baseline": adopted}, baseline="baseline"))
    assert plan.execution is not None
    assert plan.execution.decision == "Compatible"
    assert plan.execution.baseline.adopted
    changes: dict[str, dict[str, Any]] = {
        "Baseline": adopted,
        "MonitoringSchedule": {"spec.decision": "Calibrated"},
    }
    plan = _execution(_objects(changes, baseline="baseline"))
    assert plan.execution is not None
    assert plan.execution.decision == "Calibrated"


def test_what_is_wrong_is_returned_instead_of_a_plan() -> None:
    objects = _objects({"MonitoringSchedule": {"spec.schedule": "61 * * * *"}})
    problems = plan_execution(objects.schedules[CHURN], objects)
    assert isinstance(problems, tuple)
    assert [problem.field for problem in problems] == ["spec.schedule"]


def test_a_schedule_has_no_plan_while_its_baseline_has_none() -> None:
    objects = _objects({"Baseline": {"spec.output.uri": "s3://m/{x}"}})
    problems = plan_execution(objects.schedules[CHURN], objects)
    assert isinstance(problems, tuple)
    assert [problem.subject for problem in problems] == ["Baseline/default/churn"]


def test_neither_has_a_plan_while_the_capture_is_wrong() -> None:
    changes = {"DataCapture": {"spec.source.files.uri": "s3://m/{day}"}}
    objects = _objects(changes, baseline="baseline-traffic")
    plans = (
        plan_execution(objects.schedules[CHURN], objects),
        plan_baseline(objects.baselines[CHURN], objects),
    )
    for problems in plans:
        assert isinstance(problems, tuple)
        assert [problem.subject for problem in problems] == ["DataCapture/default/churn"]


def test_a_label_may_be_declared_by_the_traffic_of_the_baseline() -> None:
    manifests = [
        base("capture-files"),
        base("capture-files"),
        base("baseline-traffic"),
        base("schedule-quality"),
    ]
    manifests[0]["spec"]["columns"] = {"label": "churned"}
    manifests[1]["metadata"] = {"name": "live"}
    truth = base("schedule-quality")["spec"]["groundTruth"]
    quality = {"modelQuality": {}, "columns": {"problemType": "Regression"}, "groundTruth": truth}
    manifests[2]["spec"] |= quality
    manifests[3]["spec"]["captureRef"] = {"name": "live"}
    loaded = load_bytes("---\n".join(to_yaml(manifest) for manifest in manifests).encode())
    assert loaded.problems == ()
    assert _execution(loaded.objects).columns.label == "churned"


_NO_EFFECT: list[tuple[str, str, Any]] = [
    ("MonitoringSchedule", "metadata.uid", "7f1c"),
    ("MonitoringSchedule", "metadata.labels", {"a": "b"}),
    ("MonitoringSchedule", "spec.output.uri", "s3://other/place"),
    ("MonitoringSchedule", "spec.scale", {"workers": 3}),
    ("MonitoringSchedule", "spec.schedule", "@daily"),
    ("MonitoringSchedule", "spec.window", {"length": "2h", "delay": "1h"}),
    ("MonitoringSchedule", "spec.timeZone", "Europe/Berlin"),
    ("MonitoringSchedule", "spec.alert", {"datapointsToAlert": 1}),
    ("MonitoringSchedule", "spec.metrics", {"maxFeatures": 3}),
    ("MonitoringSchedule", "spec.podTemplate", {"labels": {"a": "b"}}),
    ("MonitoringSchedule", "spec.job", {"backoffLimit": 1}),
    ("DataCapture", "spec.source.files.connection", {"endpoint": "http://localhost:9000"}),
    ("Baseline", "spec.dataset.connection", {"secretRef": {"name": "keys"}}),
    ("Baseline", "spec.output.uri", "s3://other/place"),
    ("Baseline", "spec.podTemplate", {"labels": {"a": "b"}}),
    ("Baseline", "spec.predictor.timeoutSeconds", 5),
]


@pytest.mark.parametrize(("kind", "path", "value"), _NO_EFFECT, ids=lambda value: str(value)[:40])
def test_the_digest_does_not_cover_what_changes_no_result(kind: str, path: str, value: Any) -> None:
    assert _execution(_objects({kind: {path: value}})).digest() == _execution(_objects()).digest()


_EFFECT: list[tuple[str, str, Any]] = [
    ("MonitoringSchedule", "spec.dataQuality", {"constraints": {"comparisonThreshold": 0.2}}),
    ("MonitoringSchedule", "spec.decision", "Compatible"),
    ("MonitoringSchedule", "spec.falseDiscoveryRate", 0.05),
    ("MonitoringSchedule", "spec.minRecords", 10),
    ("MonitoringSchedule", "spec.reference", {"match": "HourOfDay"}),
    ("MonitoringSchedule", "spec.recordFilter", "a"),
    ("MonitoringSchedule", "spec.job", {"image": "mine:1"}),
    ("MonitoringSchedule", "spec.analyzer", {"image": "mine:1"}),
    (
        "MonitoringSchedule",
        "spec.scripts",
        {"preprocess": {"configMapRef": {"name": "scripts", "key": "p.py"}}},
    ),
    ("DataCapture", "spec.source.files.uri", "s3://other"),
    ("DataCapture", "spec.payload", {"input": {"format": "CSV"}}),
    ("DataCapture", "spec.capture", ["Input"]),
    ("Baseline", "spec.dataset.uri", "s3://other/data.csv"),
    ("Baseline", "spec.columns.nullValues", ["NA"]),
    ("Baseline", "spec.segments", ["region"]),
    ("Baseline", "spec.dataQuality", {"constraints": {"comparisonThreshold": 0.2}}),
]


@pytest.mark.parametrize(("kind", "path", "value"), _EFFECT, ids=lambda value: str(value)[:40])
def test_the_digest_covers_what_changes_results(kind: str, path: str, value: Any) -> None:
    assert _execution(_objects({kind: {path: value}})).digest() != _execution(_objects()).digest()


def test_the_digest_covers_the_segments_that_a_schedule_takes_of_its_baseline() -> None:
    of_baseline = {"Baseline": {"spec.segments": ["region", "plan"]}}
    of_both = of_baseline | {"MonitoringSchedule": {"spec.segments": ["region"]}}
    assert _execution(_objects(of_both)).digest() != _execution(_objects(of_baseline)).digest()


def test_the_digest_covers_the_source_of_scripts() -> None:
    scripts: dict[str, Any] = {
        "spec.scripts": {"preprocess": {"configMapRef": {"name": "scripts", "key": "p.py"}}}
    }
    one = _execution(_objects({"MonitoringSchedule": scripts}))
    changes: dict[str, dict[str, Any]] = {
        "MonitoringSchedule": scripts,
        "ConfigMap": {"data": {"p.py": "x = 1"}},
    }
    assert _execution(_objects(changes)).digest() != one.digest()


def test_the_digest_stays_what_it_was() -> None:
    # A change of these orphans every baseline that users have computed: make it knowingly.
    objects = _objects()
    assert (_baseline(objects).digest(), _execution(objects).digest()) == (
        "f9010dac9141b848",
        "928564b5f04fcca9",
    )


def test_an_object_that_no_server_has_seen_has_an_identity_from_its_name() -> None:
    first, second = _execution(_objects()), _execution(_objects())
    assert first.subject.uid == second.subject.uid
    assert first.subject.uid.startswith("local-")
    assert first.subject.uid != _baseline(_objects()).subject.uid
    # The same name in another project, with one output for both: they must not replace each other's results.
    other = _execution(_objects({"DataCapture": {"spec.source.files.uri": "s3://models/fraud/capture"}}))
    assert other.subject.uid != first.subject.uid


def test_a_run_id_names_the_same_work_by_the_same_id() -> None:
    window = Window(start=datetime(2026, 1, 1, tzinfo=UTC), end=datetime(2026, 1, 2, tzinfo=UTC))
    again = Window.model_validate_json(
        '{"start": "2026-01-01T01:00:00+01:00", "end": "2026-01-02T00:00:00Z"}'
    )
    one = run_id("uid", window, "digest", 0)
    assert one == run_id("uid", again, "digest", 0)
    others = {
        run_id("other", window, "digest", 0),
        run_id("uid", None, "digest", 0),
        run_id("uid", window, "other", 0),
        run_id("uid", window, "digest", 1),
    }
    assert one not in others
    assert len(others) == 4


def test_declared_columns_win_over_the_captures_and_defaults_count_as_not_declared() -> None:
    declared = Columns(label="y", kinds={"a": "Numeric"}, ids=[], probability_threshold=None)
    fallback = Columns(label="z", prediction="p", kinds={"a": "Text", "b": "Id"}, ids=["id"])
    merged = merge_columns(declared, fallback)
    assert merged == Columns(label="y", prediction="p", kinds={"a": "Numeric", "b": "Id"}, ids=["id"])
    assert merge_columns(merged, Columns(timestamp="t")).timestamp == "t"
