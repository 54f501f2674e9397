"""One window, from its objects to its report."""

import base64
import gzip
import json
import os
from datetime import datetime, timedelta

import numpy as np
import pytest

from model_monitor_analyzer.errors import (
    ConfigurationError,
    SchemaMismatchError,
)
from model_monitor_analyzer.pipeline.baseline import run_baseline
from model_monitor_analyzer.pipeline.context import Context
from model_monitor_analyzer.pipeline.execution import run_execution
from model_monitor_api.v1alpha1.monitoringexecution import Window
from tests.support.project import Project, baseline, capture, captured, schedule
from tests.support.runs import features, hour, plans_of, report_of
from tests.support.traffic import CALM, DRIFTED, EMPTY, FEW


def test_a_calm_hour_is_calm_and_every_feature_is_shown(project: Project, surroundings: Context) -> None:
    report = report_of(project, surroundings, hour(CALM))
    assert (report.verdict, report.reason) == ("Completed", None)
    assert report.counts.records == 400
    assert list(features(report)) == ["age", "income", "country"]
    for feature in features(report).values():
        assert feature.baseline is not None
        assert feature.current is not None
        assert sum(part.baseline for part in feature.bins) == pytest.approx(1)
        assert sum(part.current for part in feature.bins) == pytest.approx(1)
    assert report.decision == "Calibrated"
    assert report.false_discovery_rate == 0.01


def test_the_distance_of_a_drifted_hour_is_that_of_the_raw_data(
    project: Project, surroundings: Context
) -> None:
    report = report_of(project, surroundings, hour(DRIFTED))
    (violation,) = report.violations
    assert (violation.feature, violation.check) == ("income", "baseline_drift_check")
    lines = (project.folder / "train.csv").read_text().splitlines()[1:]
    train = np.array([float(line.split(",")[1]) for line in lines])
    live = [float(row["income"]) for row in live_rows(project, DRIFTED)]
    points = np.concatenate([train, live])
    below = [np.mean(sample <= points[:, None], axis=1) for sample in (train, np.array(live))]
    expected = float(np.max(np.abs(below[0] - below[1])))
    drift = next(
        check for check in features(report)["income"].checks if check.check == "baseline_drift_check"
    )
    # So few rows are in the sketches exactly, so that no rank error is taken off.
    assert drift.effect == pytest.approx(expected, abs=1e-12)
    assert features(report)["income"].distances["LInfinitySimple"] == pytest.approx(expected, abs=1e-12)


def live_rows(project: Project, number: int) -> list[dict[str, str]]:
    rows = []
    for path in (project.folder / f"capture/2026/03/01/{number:02}").iterdir():
        for line in gzip.decompress(path.read_bytes()).decode().splitlines():
            cells = json.loads(line)["captureData"]["endpointInput"]["data"].split(",")
            rows.append(dict(zip(("age", "income", "country"), cells, strict=True)))
    return rows


@pytest.mark.parametrize(("number", "reason", "records"), [(EMPTY, "NoData", 0), (FEW, "TooFewRecords", 20)])
def test_too_little_data_give_no_verdict(
    project: Project, surroundings: Context, number: int, reason: str, records: int
) -> None:
    report = report_of(project, surroundings, hour(number))
    assert (report.verdict, report.reason, report.counts.records) == ("Inconclusive", reason, records)
    violations = project.files()[f"default/hourly/2026/03/01/{number + 1:02}00/constraint_violations.json"]
    assert json.loads(violations) == {"violations": []}


def test_failed_requests_are_counted_apart(project: Project, surroundings: Context) -> None:
    def fail(share: int) -> None:
        for path in (project.folder / "capture").rglob("*.gz"):
            lines = [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]
            for line in lines[::share]:
                line["eventMetadata"]["statusCode"] = 422
                line["captureData"]["endpointInput"]["data"] = "no,row"
            path.write_bytes(gzip.compress("\n".join(map(json.dumps, lines)).encode()))

    fail(4)
    report = report_of(project, surroundings, hour(CALM))
    assert (report.failed_requests, report.counts.records, report.counts.bad_records) == (100, 300, 0)
    fail(1)
    report = report_of(project, surroundings, hour(CALM))
    assert (report.verdict, report.reason, report.failed_requests) == ("Inconclusive", "NoData", 400)
    assert report.message.startswith("400 records were of failed requests; ask why")


def test_what_kserve_logged_is_analysed_by_when_it_was_written(
    project: Project, surroundings: Context
) -> None:
    logs = project.folder / "logs"
    logs.mkdir()
    for path in (project.folder / "capture").rglob("*.gz"):
        for line in gzip.decompress(path.read_bytes()).splitlines():
            record = json.loads(line)
            event = record["eventMetadata"]
            body = record["captureData"]["endpointInput"]["data"].encode()
            log = {
                "Id": event["eventId"],
                "ContentType": "text/csv",
                "Bytes": base64.b64encode(body).decode(),
            }
            written = logs / f"{event['eventId']}-request.json"
            written.write_text(json.dumps([log]))
            moment = datetime.fromisoformat(event["inferenceTime"]).timestamp()
            os.utime(written, (moment, moment))
    files = {"source": {"files": {"uri": "file://./logs/", "format": "KServeLog"}}}
    report = report_of(project, surroundings, hour(DRIFTED), of_capture=files)
    assert (report.verdict, report.counts.records) == ("CompletedWithViolations", 400)
    assert [violation.feature for violation in report.violations] == ["income"]
    kept = [path.name for path in (project.folder / "out/default/_index").rglob("*.*")]
    assert sorted(kept) == ["2026-03-01.jsonl.gz", "listed.json"]
    calm = report_of(project, surroundings, hour(CALM), of_capture=files)
    assert (calm.verdict, calm.counts.records) == ("Completed", 400)


def test_an_empty_window_is_told_from_one_of_which_everything_was_lost(
    project: Project, surroundings: Context
) -> None:
    assert report_of(project, surroundings, hour(EMPTY)).message == "There are no records in the window."
    filtered = report_of(project, surroundings, hour(CALM), of_schedule={"recordFilter": "`false`"})
    assert (filtered.reason, filtered.filtered_records) == ("NoData", 400)
    assert filtered.message.startswith("400 records were left out by the filter or the script; check ")
    for path in (project.folder / "capture").rglob("*.gz"):
        path.write_bytes(gzip.compress(b"not json\n" * 500))
    broken = report_of(project, surroundings, hour(CALM))
    assert (broken.verdict, broken.reason) == ("Inconclusive", "NoData")
    assert broken.message.startswith("500 records were found, none usable (InvalidJson 500); compare ")


def test_the_message_names_the_worst_feature(project: Project, surroundings: Context) -> None:
    assert report_of(project, surroundings, hour(CALM)).message == "No feature violates its constraints."
    drifted = report_of(project, surroundings, hour(DRIFTED))
    others = {violation.feature for violation in drifted.violations} - {drifted.violations[0].feature}
    expected = f"`{drifted.violations[0].feature}`"
    if others:
        expected += f" and {len(others)} more feature{'s' * (len(others) > 1)}"
    assert drifted.message == f"{expected} changed."


def test_the_message_tells_of_objects_that_end_early(project: Project, surroundings: Context) -> None:
    for path in (project.folder / "capture").rglob("*.gz"):
        content = path.read_bytes()
        path.write_bytes(content[: len(content) * 3 // 4])
    found = report_of(project, surroundings, hour(CALM))
    assert found.message == (
        "No feature violates its constraints. 1 object is damaged or cut short; what came before was read."
    )


def test_only_the_windows_objects_are_read(project: Project, surroundings: Context) -> None:
    assert report_of(project, surroundings, hour(CALM)).objects == 1
    both = Window(start=hour(CALM).start, end=hour(DRIFTED).end)
    assert report_of(project, surroundings, both).objects == 2


def test_a_record_filter_leaves_records_out_and_counts_them(project: Project, surroundings: Context) -> None:
    half = hour(CALM).start + timedelta(minutes=30)
    condition = f"eventMetadata.inferenceTime < '{half:%Y-%m-%dT%H:%M:%SZ}'"
    report = report_of(project, surroundings, hour(CALM), of_schedule={"recordFilter": condition})
    assert (report.counts.records, report.filtered_records) == (200, 200)


def test_a_script_may_rename_and_drop(project: Project, surroundings: Context) -> None:
    source = (
        "def preprocess_handler(record):\n"
        "    age, income, country = record.endpoint_input.data.split(',')\n"
        "    return [] if country == 'it' else {'age': age, 'income': income, 'country': country}\n"
    )
    italians = sum(row["country"] == "it" for row in live_rows(project, CALM))
    script = {"preprocess": {"configMapRef": {"name": "scripts", "key": "p.py"}}}
    manifests = project.write_manifests(
        baseline("file://./train.csv"),
        capture("file://./capture/"),
        schedule(scripts=script),
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "scripts"},
            "data": {"p.py": source},
        },
    )
    plan, windows = plans_of(manifests)
    assert windows is not None
    run_baseline(plan, surroundings)
    report = run_execution(windows, hour(CALM), surroundings).report
    assert (report.counts.records, report.filtered_records) == (400 - italians, italians)


def test_a_prediction_that_the_baseline_lacks_is_not_assessed(
    project: Project, surroundings: Context
) -> None:
    records = []
    for number, row in enumerate(live_rows(project, CALM)):
        record = captured(f"e{number}", hour(CALM).start, ",".join(row.values()))
        record["captureData"]["endpointOutput"] = {
            "observedContentType": "application/json",
            "mode": "OUTPUT",
            "data": json.dumps({"predictions": [{"score": 0.5}]}),
            "encoding": "JSON",
        }
        records.append(json.dumps(record))
    (path,) = (project.folder / "capture/2026/03/01/10").iterdir()
    path.unlink()
    path.with_suffix("").write_text("\n".join([*records, ""]))
    report = report_of(
        project,
        surroundings,
        hour(CALM),
        of_capture={
            "columns": {"probability": "score"},
            "payload": {"output": {"rows": "predictions", "columns": {"score": "score"}}},
        },
    )
    assert report.verdict == "Completed"
    assert report.data_quality is not None
    assert report.data_quality.not_assessed == {"score": "the baseline has no probability"}


def test_only_declared_features_are_compared(project: Project, surroundings: Context) -> None:
    columns = {"names": ["age", "income", "country"], "features": ["age", "country"]}
    report = report_of(project, surroundings, hour(DRIFTED), of_baseline={"columns": columns})
    assert list(features(report)) == ["age", "country"]
    assert report.verdict == "Completed"


def test_a_declared_kind_is_frozen_for_the_window(project: Project, surroundings: Context) -> None:
    columns = {"kinds": {"age": "Categorical", "country": "Ignore"}}
    report = report_of(project, surroundings, hour(CALM), of_baseline={"columns": columns})
    assert {name: feature.kind for name, feature in features(report).items()} == {
        "age": "Categorical",
        "income": "Numeric",
    }
    assert all(part.lower is None for part in features(report)["age"].bins)


@pytest.mark.parametrize("where", ["baseline", "schedule"])
def test_a_threshold_that_a_person_set_counts(project: Project, surroundings: Context, where: str) -> None:
    settings = {"dataQuality": {"features": [{"name": "income", "comparisonThreshold": 0.9}]}}
    changes = {"of_baseline": settings} if where == "baseline" else {"of_schedule": settings}
    report = report_of(project, surroundings, hour(DRIFTED), **changes)
    assert report.verdict == "Completed"


@pytest.mark.parametrize("where", ["of_baseline", "of_schedule"])
def test_a_threshold_of_an_unknown_feature_is_refused(
    project: Project, surroundings: Context, where: str
) -> None:
    settings = {"dataQuality": {"features": [{"name": "incom", "comparisonThreshold": 0.9}]}}
    with pytest.raises(ConfigurationError, match=r"spec\.dataQuality\.features.*'incom'"):
        report_of(project, surroundings, hour(DRIFTED), **{where: settings})


def test_a_declared_column_that_the_data_lack_is_refused(project: Project, surroundings: Context) -> None:
    with pytest.raises(SchemaMismatchError, match=r"spec\.columns\.features.*'wage'.*age, income, country"):
        report_of(project, surroundings, hour(CALM), of_baseline={"columns": {"features": ["age", "wage"]}})
