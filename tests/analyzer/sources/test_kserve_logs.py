"""What KServe's logger wrote into a bucket, read as captured requests."""

import base64
import json
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from model_monitor_analyzer.errors import UnreadableObjectError
from model_monitor_analyzer.sources import partitions
from model_monitor_analyzer.sources.listing import list_objects
from model_monitor_analyzer.sources.problems import ProblemKind
from model_monitor_analyzer.sources.source import Source, Window
from model_monitor_analyzer.stores import Access
from model_monitor_api.headers import EXPLANATION_HEADER
from model_monitor_api.v1alpha1.columns import Columns
from tests.analyzer.sources.reading_support import Everything, read_all
from tests.support.s3 import S3Bucket

COLUMNS = Columns(names=["a", "b"], prediction="p")
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = Window(NOON, NOON + timedelta(hours=1))


def event(name: str, side: str, body: bytes, **more: Any) -> bytes:
    """Return an object as Go writes the logger's structure."""
    url = {"Scheme": "s3", "Opaque": "", "User": None, "Host": "bucket", "Path": "/logs"}
    found = {
        "Url": url,
        "Bytes": base64.b64encode(body).decode(),
        "ContentType": "text/csv",
        "ReqType": f"org.kubeflow.serving.inference.{side}",
        "Id": name,
        "SourceUri": url,
        "InferenceService": "churn",
        "Namespace": "default",
        "Component": "predictor",
        "Endpoint": "",
        "Metadata": None,
        "Annotations": None,
        "CertName": "",
        "TlsSkipVerify": False,
    } | more
    return json.dumps([found]).encode()


class Logs:
    """Objects in a folder, written at times of one's choice."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "logs/default/churn/predictor"
        self.folder.mkdir(parents=True)

    def write(self, name: str, data: bytes, at: datetime) -> None:
        path = self.folder / name
        path.write_bytes(data)
        os.utime(path, (at.timestamp(), at.timestamp()))

    def pair(self, name: str, at: datetime, took: timedelta = timedelta(milliseconds=20)) -> None:
        self.write(f"{name}-request.json", event(name, "request", f"{name},1".encode()), at)
        self.write(f"{name}-response.json", event(name, "response", b"0.5"), at + took)

    @property
    def source(self) -> Source:
        return Source(f"file://{self.folder.parents[2]}", "KServeLog", columns=COLUMNS)

    def read(self, window: Window | None = HOUR, **fields: Any) -> Everything:
        return read_all(replace(self.source, **fields), window)


@pytest.fixture
def logs(tmp_path: Path) -> Logs:
    return Logs(tmp_path)


def test_requests_are_paired_with_their_responses(logs: Logs) -> None:
    for number in range(3):
        logs.pair(f"{number}", NOON + timedelta(minutes=number))
    found = logs.read()
    assert found.frame.select("a", "b", "p").rows() == [(f"{n}", "1", "0.5") for n in range(3)]
    assert found.times is not None
    assert found.times.to_list() == [NOON + timedelta(minutes=number) for number in range(3)]
    assert not found.problems


def test_an_inference_belongs_to_the_window_of_its_request(logs: Logs) -> None:
    edge = NOON + timedelta(hours=1)
    long = timedelta(minutes=20)
    logs.pair("before", NOON - timedelta(seconds=1), long)
    logs.pair("first", NOON)
    logs.pair("last", edge - timedelta(seconds=1), long)
    logs.pair("after", edge)
    logs.write("lone-response.json", event("lone", "response", b"0.25"), NOON)
    found = logs.read()
    assert sorted(str(value) for value in found.frame["a"]) == ["None", "first", "last"]
    assert found.frame.height == 3
    assert found.frame["p"].null_count() == 0
    everything = logs.read(None)
    assert everything.frame.height == 5


def test_other_objects_and_explanations_do_not_count(logs: Logs) -> None:
    logs.pair("one", NOON)
    marked = {EXPLANATION_HEADER.title(): ["1"]}
    logs.write("x-request.json", event("x", "request", b"9,9", Metadata=marked), NOON)
    logs.write("x-response.json", event("x", "response", b"9", Metadata=marked), NOON)
    logs.write("y-request.json", event("y", "request", b"9,9", Component="explainer"), NOON)
    logs.write("z-feedback.json", b"?", NOON)
    found = logs.read()
    assert (found.frame["a"].to_list(), found.filtered) == (["one"], 2)
    assert not found.problems


def test_bad_objects_are_counted_and_placed(logs: Logs) -> None:
    logs.pair("good", NOON)
    bad = {
        "a": b"{",
        "b": b"\xff",
        "c": b"[]",
        "d": b"[1]",
        "e": event("e", "request", b"", Id=None),
        "f": event("f", "request", b"", Bytes=7),
        "g": event("g", "request", b"", Bytes="!"),
        "h": event("h", "request", b'1,"2'),
    }
    for name, data in bad.items():
        logs.write(f"{name}-request.json", data, NOON)
    found = logs.read()
    assert found.frame["a"].to_list() == ["good"]
    assert found.counts == {
        ProblemKind.INVALID_BASE64: 1,
        ProblemKind.INVALID_CSV_BODY: 1,
        ProblemKind.INVALID_JSON: 6,
    }
    [place] = [place for place in found.problems.places if place.kind is ProblemKind.INVALID_CSV_BODY]
    assert place.uri.endswith("/h-request.json")


def test_only_bad_objects(logs: Logs) -> None:
    logs.write("a-request.json", b"{", NOON)
    assert logs.read().counts == {ProblemKind.INVALID_JSON: 1}


def test_single_events_without_a_list_are_read_too(logs: Logs) -> None:
    [one] = json.loads(event("s", "request", b"1,2"))
    logs.write("s-request.json", json.dumps(one).encode(), NOON)
    assert logs.read().frame.select("a", "b").rows() == [("1", "2")]


def test_what_is_not_read_says_what_to_set(logs: Logs) -> None:
    both = json.loads(event("a", "request", b"1")) + json.loads(event("b", "request", b"1"))
    logs.write("b-request.json", json.dumps(both).encode(), NOON)
    with pytest.raises(UnreadableObjectError, match="a batch of 2 events"):
        logs.read()
    logs.write("c-request.parquet", b"PAR1", NOON)
    with pytest.raises(UnreadableObjectError, match="store the format json"):
        logs.read()


def test_filters_see_the_whole_record(logs: Logs) -> None:
    logs.pair("one", NOON)
    logs.pair("two", NOON)
    condition = "eventMetadata.inferenceId == 'one' && eventMetadata.component == 'predictor'"
    found = logs.read(record_filter=condition)
    assert (found.frame["a"].to_list(), found.filtered) == (["one"], 1)


def test_no_partition_parts_a_pair(logs: Logs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(partitions, "PARTITION_OBJECTS", 3)
    names = ["x", "x-request", "x-research", "y", "z"]
    for name in names:
        logs.pair(name, NOON)
    objects = list_objects(logs.source, HOUR, Access())
    planned = partitions.plan_partitions(logs.source, HOUR, objects, Access())
    assert len(planned) == 5
    assert {len(part.objects) for part in planned} == {2}
    found = logs.read()
    assert sorted(found.frame["a"]) == names
    assert found.frame["p"].null_count() == 0


def test_many_objects_of_a_bucket(s3_bucket: S3Bucket) -> None:
    begin = datetime.now(UTC).replace(microsecond=0)
    for number in range(300):
        for side, body in (("request", f"{number},1".encode()), ("response", b"0.5")):
            name = f"i-{number}"
            key = f"logs/default/churn/predictor/{name}-{side}.json"
            s3_bucket.fill([key], event(name, side, body))
    source = Source(
        s3_bucket.uri("logs/default/churn/predictor/"),
        "KServeLog",
        columns=COLUMNS,
        connection=s3_bucket.connection,
    )
    window = Window(begin - timedelta(seconds=1), begin + timedelta(hours=1))
    found = read_all(source, window, s3_bucket.access)
    assert set(found.frame["a"]) == {f"{number}" for number in range(300)}
    assert found.frame.height == 300
    assert found.frame["p"].null_count() == 0
    earlier = Window(begin - timedelta(hours=5), begin - timedelta(hours=4))
    assert list_objects(source, earlier, s3_bucket.access) == ()
