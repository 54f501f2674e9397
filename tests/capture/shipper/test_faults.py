"""Faults of store, shipper, model and settings while requests come: no request notices, no record is lost."""

import signal
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.capture.envoy import free_port, gateway, spec, wait_for
from tests.capture.load import Stored, Traffic, fast_model
from tests.capture.shipper.process import ShipperProcess, s3_storage
from tests.support.s3 import checks_credentials, make_bucket, s3_server

pytestmark = pytest.mark.slow

FAILED = 'model_monitor_capture_upload_failures_total{reason="%s"}'


def test_faults_of_store_shipper_and_settings_are_noticed_by_no_request(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    with ExitStack() as stack:
        store = stack.enter_context(ExitStack())
        endpoint = store.enter_context(s3_server("127.0.0.1"))
        bucket = make_bucket(endpoint)
        model = stack.enter_context(fast_model(tmp_path / "model"))
        running = stack.enter_context(gateway(tmp_path / "gateway", model, spec()))
        shipping = ShipperProcess(tmp_path, running, s3_storage(bucket), flushInterval="200ms")
        shipping.start()
        stack.callback(lambda: shipping.end(signal.SIGKILL))
        with Traffic(running.port) as traffic:
            shipping.wait_for_metric("model_monitor_capture_records_total", 1)
            # The store goes away, so that connections to it are refused.
            store.close()
            shipping.wait_for_metric(FAILED % "StoreUnreachable", 1)
            shipping.end(signal.SIGKILL)
            running.configure(spec(maxBodyBytes=100))
            store.enter_context(s3_server("127.0.0.1", int(endpoint.rpartition(":")[2])))
            with checks_credentials(endpoint):
                shipping.start()
                shipping.wait_for_metric(FAILED % "OutputNotWritable", 1)
            shipping.wait_for_metric("model_monitor_capture_records_total", 1)
        running.process.terminate()
        running.process.wait()
        assert shipping.end(signal.SIGTERM) == 0, shipping.log
        stored = Stored(bucket)
        ids, accounts = stored.ids(), stored.accounts()
    assert set(traffic.answers.values()) == {200}
    assert ids == Counter(traffic.answers.keys())
    assert sum(one.captured for one in accounts) == len(traffic.answers)
    assert not any(one.incomplete or one.dropped for one in accounts)


def test_a_model_that_goes_away_fails_as_it_would_without_capture_and_is_recorded(tmp_path: Path) -> None:
    port = free_port()
    (tmp_path / "model").mkdir()
    with ExitStack() as stack:
        model = stack.enter_context(ExitStack())
        model.enter_context(fast_model(tmp_path / "model", port))
        running = stack.enter_context(gateway(tmp_path / "gateway", port, spec()))
        beside = stack.enter_context(gateway(tmp_path / "beside", port, spec(sampling={"percentage": 0})))
        with Traffic(running.port) as traffic, Traffic(beside.port) as uncaptured:
            wait_for(lambda: 200 in traffic.answers.values(), "an answer")
            model.close()
            wait_for(
                lambda: 503 in traffic.answers.values() and 503 in uncaptured.answers.values(), "failures"
            )
            model.enter_context(fast_model(tmp_path / "model", port))
            back = time.monotonic()
            wait_for(lambda: list(traffic.answers.values())[-1] == 200, "the model")
            assert time.monotonic() - back < 30
        assert set(traffic.answers.values()) == set(uncaptured.answers.values()) == {200, 503}
        records = running.records(len(traffic.answers))
    found = {one["eventMetadata"]["inferenceId"]: one["eventMetadata"]["statusCode"] for one in records}
    assert found == traffic.answers
    assert len(records) == len(found)
