"""A shipper takes other settings up, tells how it fares, and says when Envoy may end."""

import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from model_monitor_api.contract.shipper import DRAINED_PATH
from model_monitor_capture.shipper import draining as module
from model_monitor_capture.shipper.admin import Admin, AdminAbsentError, AdminUnreachableError
from model_monitor_capture.shipper.draining import Draining
from tests.capture.envoy import Gateway, gateway, spec, wait_for
from tests.capture.http import request
from tests.capture.load import Stored, send
from tests.capture.model import Model
from tests.capture.shipper.process import ShipperProcess, s3_storage
from tests.support.s3 import S3Bucket

Shippers = Callable[..., ShipperProcess]
RECORDS = "model_monitor_capture_records_total"


def names(count: int, prefix: str = "i") -> list[str]:
    return [f"{prefix}-{number}" for number in range(count)]


def test_other_settings_are_taken_up_and_no_record_is_lost_or_doubled(
    running: Gateway, shipper: Shippers, s3_bucket: S3Bucket
) -> None:
    shipping = shipper(s3_storage(s3_bucket))
    shipping.start()
    send(running.port, names(50))
    shipping.wait_for_metric(RECORDS, 50)
    shipping.change(variant="Canary")
    wait_for(lambda: "other settings are in force" in shipping.log, "the other settings")
    send(running.port, names(50, "j"))
    shipping.wait_for_metric(RECORDS, 100)
    stored = Stored(s3_bucket)
    assert stored.ids() == Counter(names(50) + names(50, "j"))
    assert {key.split("/")[2] for key in stored.keys} == {"AllTraffic", "Canary"}


def test_settings_end_the_wait_for_a_store_that_fails(
    running: Gateway, shipper: Shippers, s3_bucket: S3Bucket
) -> None:
    shipping = shipper(s3_storage(s3_bucket) | {"uri": "s3://no-such-bucket"})
    shipping.start()
    send(running.port, names(5))
    wait_for(lambda: shipping.log.count("upload failed"), "a failure")
    shipping.change(storage=s3_storage(s3_bucket))
    shipping.wait_for_metric(RECORDS, 5)
    assert shipping.report().failure is None


def test_bad_settings_change_nothing_and_are_told_once(
    running: Gateway, shipper: Shippers, s3_bucket: S3Bucket
) -> None:
    shipping = shipper(s3_storage(s3_bucket))
    shipping.start()
    shipping.wait_for_metric(RECORDS, 0)
    shipping.change(flushInterval="soon")
    wait_for(lambda: "the settings stay as they are" in shipping.log, "the complaint")
    rules = {"privacy": {"rules": [{"field": "a", "action": "Hash"}]}, "hashKeyFile": "/nowhere"}
    shipping.change(flushInterval="500ms", **rules)
    wait_for(lambda: "'/nowhere' can't be read" in shipping.log, "the other complaint")
    send(running.port, names(5))
    shipping.wait_for_metric(RECORDS, 5)
    assert shipping.log.count("\n") == 2, shipping.log


def test_a_report_tells_what_was_done_also_after_a_kill(
    running: Gateway, shipper: Shippers, s3_bucket: S3Bucket
) -> None:
    shipping = shipper(s3_storage(s3_bucket))
    shipping.start()
    send(running.port, names(20))
    shipping.wait_for_metric(RECORDS, 20)
    wait_for(lambda: shipping.report().records == 20, "the report of 20 records")
    shipping.end(signal.SIGKILL)
    shipping.start()
    shipping.wait_for_metric(RECORDS, 0)
    found = shipping.report()
    assert (found.instance, found.records, found.dropped, found.paused) == ("pod-1", 20, 0, False)
    assert f"capture/churn/AllTraffic/{found.last_object}" in Stored(s3_bucket).keys
    assert found.last_upload_time is not None


def test_a_report_tells_why_uploads_fail(running: Gateway, shipper: Shippers, s3_bucket: S3Bucket) -> None:
    shipping = shipper(s3_storage(s3_bucket) | {"uri": "s3://no-such-bucket"})
    shipping.start()
    shipping.wait_for_metric(RECORDS, 0)
    send(running.port, names(5))
    wait_for(lambda: shipping.report().failure is not None, "a failure")
    failure = shipping.report().failure
    assert failure is not None
    assert failure.reason == "BucketMissing"
    assert "'s3://no-such-bucket' does not exist" in failure.message


@pytest.fixture
def slow(tmp_path: Path, served: Model) -> Iterator[Gateway]:
    """A gateway before a model that takes its time."""
    with gateway(tmp_path, served.port, spec()) as started:
        yield started


@pytest.mark.slow
def test_envoy_may_end_once_the_last_request_is_answered(
    slow: Gateway, tmp_path: Path, s3_bucket: S3Bucket
) -> None:
    shipping = ShipperProcess(tmp_path, slow, s3_storage(s3_bucket))
    shipping.start()
    shipping.wait_for_metric(RECORDS, 0)
    answers = []
    asking = threading.Thread(
        target=lambda: answers.append(request(slow.port, path="/sleep/9", method="GET"))
    )
    asking.start()
    admin = Admin(slow.admin)
    wait_for(lambda: admin.active() == 1, "the request")
    assert shipping.drain() == 0
    assert shipping.ask(DRAINED_PATH) == b"ok\n"
    assert admin.active() == 0
    asking.join()
    assert [(each.status, each.body) for each in answers] == [(200, b"late")]
    assert request(slow.port, b"a", path="/echo").headers["connection"] == "close"
    shipping.end(signal.SIGKILL)


class _Envoy:
    def __init__(self, *active: int | Exception) -> None:
        self.active_next = list(active)
        self.drained = 0

    def drain(self) -> None:
        self.drained += 1

    def active(self) -> int:
        found = self.active_next.pop(0)
        if isinstance(found, Exception):
            raise found
        return found


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_UNNOTICED_SECONDS", -1)
    monkeypatch.setattr(module, "_PATIENCE_SECONDS", 0.2)
    monkeypatch.setattr(module, "_TICK_SECONDS", 0.01)
    monkeypatch.setattr(module, "DRAIN_SECONDS", 5)


@pytest.mark.usefixtures("hasty")
def test_what_is_not_being_drained_may_not_end_whoever_asks(tmp_path: Path) -> None:
    draining = Draining(_Envoy(), tmp_path)  # type: ignore[arg-type]
    assert not draining.wait()


@pytest.mark.usefixtures("hasty")
def test_the_end_is_waited_for_as_long_as_envoy_answers_that_it_is_busy(tmp_path: Path) -> None:
    envoy = _Envoy(2, AdminUnreachableError(), 1, 0)
    draining = Draining(envoy, tmp_path)  # type: ignore[arg-type]
    draining.begin()
    assert draining.wait()
    assert (envoy.drained, envoy.active_next) == (1, [])
    assert Draining(_Envoy(AdminAbsentError()), tmp_path).wait()  # type: ignore[arg-type]


@pytest.mark.usefixtures("hasty")
def test_an_end_that_does_not_come_is_waited_for_no_longer_than_the_pod_may_take(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "DRAIN_SECONDS", 0.2)
    draining = Draining(_Envoy(*[1] * 1000), tmp_path)  # type: ignore[arg-type]
    draining.begin()
    start = time.monotonic()
    assert draining.wait()
    assert time.monotonic() - start < 60


@pytest.mark.usefixtures("hasty")
def test_only_so_many_may_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PATIENCE_SECONDS", 2)
    draining = Draining(_Envoy(), tmp_path)  # type: ignore[arg-type]
    waiting = [threading.Thread(target=draining.wait) for _ in range(4)]
    for each in waiting:
        each.start()
    assert not draining.wait()
    for each in waiting:
        each.join()
