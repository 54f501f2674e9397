"""A shipper beside a real Envoy and a real store, through what may befall them."""

import signal
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.capture.envoy import Gateway, wait_for
from tests.capture.load import Stored, send
from tests.capture.shipper.examples import line
from tests.capture.shipper.process import ShipperProcess, s3_storage
from tests.support.s3 import S3Bucket, s3_server

RECORDS = "model_monitor_capture_records_total"


def drain(running: Gateway, shipping: ShipperProcess) -> int:
    """End both as a pod does: Envoy first, the sidecar after it."""
    running.process.terminate()
    running.process.wait()
    return shipping.end(signal.SIGTERM)


def names(count: int, prefix: str = "i") -> list[str]:
    return [f"{prefix}-{number}" for number in range(count)]


@pytest.mark.slow
def test_every_request_is_stored_once_though_the_shipper_is_killed_again_and_again(
    running: Gateway, shipper: Callable[..., ShipperProcess], s3_bucket: S3Bucket
) -> None:
    ids = names(20_000)
    shipping = shipper(s3_storage(s3_bucket), flushInterval="100ms")
    load = threading.Thread(target=send, args=(running.port, ids))
    load.start()
    kills = 0
    while load.is_alive() or kills < 3:
        shipping.start()
        shipping.wait_for_metric(RECORDS, 1 if load.is_alive() else 0)
        if kills < 3:
            shipping.end(signal.SIGKILL)
            kills += 1
        else:
            load.join()
    load.join()
    if shipping.process is not None and shipping.process.poll() is not None:
        shipping.start()
        shipping.wait_for_metric(RECORDS, 0)
    assert drain(running, shipping) == 0, shipping.log
    stored = Stored(s3_bucket)
    assert stored.ids() == Counter(ids)
    accounts = stored.accounts()
    assert sum(account.captured for account in accounts) == len(ids)
    assert [(account.seen - account.captured, account.incomplete) for account in accounts] == [
        (0, False)
    ] * len(accounts)


def test_what_is_written_is_encrypted_as_wanted(
    running: Gateway, shipper: Callable[..., ShipperProcess], s3_bucket: S3Bucket
) -> None:
    encryption = {"mode": "KMS", "kmsKeyId": "key-1"}
    shipping = shipper(s3_storage(s3_bucket) | {"encryption": encryption})
    shipping.start()
    send(running.port, names(3))
    shipping.wait_for_metric(RECORDS, 3)
    assert drain(running, shipping) == 0
    keys = Stored(s3_bucket).keys
    heads = [s3_bucket.client.head_object(Bucket=s3_bucket.name, Key=key) for key in keys]
    assert len(heads) >= 2
    assert {(one["ServerSideEncryption"], one["SSEKMSKeyId"]) for one in heads} == {("aws:kms", "key-1")}


def test_a_store_that_goes_away_and_comes_back_loses_nothing(
    running: Gateway, shipper: Callable[..., ShipperProcess], s3_bucket: S3Bucket
) -> None:
    bucket = s3_bucket.name
    s3_bucket.client.delete_bucket(Bucket=bucket)
    shipping = shipper(s3_storage(s3_bucket))
    shipping.start()
    send(running.port, names(100))
    shipping.wait_for_metric('model_monitor_capture_upload_failures_total{reason="BucketMissing"}', 2)
    send(running.port, names(100, "j"))
    assert shipping.log.count("\n") == 1
    assert f"'s3://{bucket}' does not exist" in shipping.log
    s3_bucket.client.create_bucket(Bucket=bucket)
    shipping.wait_for_metric(RECORDS, 200)
    assert Stored(s3_bucket).ids() == Counter(names(100) + names(100, "j"))


def test_an_hour_that_is_over_is_accounted_for_without_an_end(
    running: Gateway, shipper: Callable[..., ShipperProcess], s3_bucket: S3Bucket
) -> None:
    shipping = shipper(s3_storage(s3_bucket))
    with running.spool.open("ab") as spool:
        for number, time in enumerate(("2026-01-31T23:59:59Z", "2026-02-01T00:00:00Z")):
            spool.write(line(number, time) + b"\n")
    shipping.start()
    wait_for(lambda: len(Stored(s3_bucket).accounts()) == 2, "the accounts")
    stored = Stored(s3_bucket)
    assert len(stored.records()) == 2
    assert {key.rpartition("/")[0] for key in stored.keys} == {
        "capture/churn/AllTraffic/2026/01/31/23",
        "capture/churn/AllTraffic/2026/02/01/00",
    }
    assert {(account.seen, account.captured, account.incomplete) for account in stored.accounts()} == {
        (1, 1, False)
    }
    # This Envoy had written nothing before, and so had opened no new file yet.
    send(running.port, names(5))
    assert drain(running, shipping) == 0
    assert len(Stored(s3_bucket).records()) == 7


def test_credentials_that_are_refused_are_told_and_tried_again(
    running: Gateway,
    shipper: Callable[..., ShipperProcess],
    s3_bucket: S3Bucket,
    s3_checks_credentials: None,
) -> None:
    shipping = shipper(s3_storage(s3_bucket))
    shipping.start()
    send(running.port, names(10))
    shipping.wait_for_metric('model_monitor_capture_upload_failures_total{reason="OutputNotWritable"}', 1)
    assert "check the credentials" in shipping.log
    assert "test-secret" not in shipping.log
    send(running.port, names(10))


@pytest.mark.slow
def test_a_full_spool_pauses_capture_and_counts_while_inference_goes_on(
    running: Gateway, shipper: Callable[..., ShipperProcess], s3_bucket: S3Bucket
) -> None:
    bucket = s3_bucket.name
    s3_bucket.client.delete_bucket(Bucket=bucket)
    shipping = shipper(s3_storage(s3_bucket), spoolBytes=1_048_576)
    shipping.start()
    shipping.wait_for_metric("model_monitor_capture_spool_bytes", 0)
    sent = names(2500)  # of some 500 bytes each
    send(running.port, sent)
    shipping.wait_for_metric("model_monitor_capture_paused", 1)
    send(running.port, names(300, "paused"))
    shipping.wait_for_metric('model_monitor_capture_dropped_total{reason="paused"}', 300)
    s3_bucket.client.create_bucket(Bucket=bucket)
    shipping.wait_for_metric(RECORDS, 1)
    wait_for(lambda: shipping.metric("model_monitor_capture_paused") == 0, "the end of the pause")
    send(running.port, names(10, "after"))
    assert drain(running, shipping) == 0
    stored = Stored(s3_bucket)
    counts = Counter(name.partition("-")[0] for name in stored.ids())
    dropped = sum(account.dropped for account in stored.accounts())
    assert counts["after"] == 10
    assert counts["paused"] == 0
    assert counts["i"] + dropped == 2800
    assert sum(account.seen for account in stored.accounts()) == 2810


def test_what_envoy_left_when_it_was_killed_is_stored_and_the_hour_incomplete(
    running: Gateway, shipper: Callable[..., ShipperProcess], s3_bucket: S3Bucket
) -> None:
    shipping = shipper(s3_storage(s3_bucket))
    shipping.start()
    send(running.port, names(50))
    shipping.wait_for_metric('model_monitor_capture_requests{outcome="captured"}', 50)
    shipping.wait_for_metric(RECORDS, 50)  # counted is not yet written
    running.kill()
    # As if it had been killed in the middle of a line.
    with running.spool.open("ab") as spool:
        spool.write(b'{"captureData":{"endpointInput":{"data":"torn')
    running.start()
    send(running.port, names(60, "j"))
    shipping.wait_for_metric(RECORDS, 110)
    wait_for(
        lambda: shipping.metric('model_monitor_capture_requests{outcome="captured"}') == 60, "new counts"
    )
    assert drain(running, shipping) == 0
    stored = Stored(s3_bucket)
    assert stored.ids() == Counter(names(50) + names(60, "j"))
    accounts = stored.accounts()
    assert any(account.incomplete for account in accounts)
    assert sum(account.dropped for account in accounts) == 1


def test_an_envoy_killed_as_soon_as_it_has_captured_leaves_the_hour_incomplete(
    running: Gateway, shipper: Callable[..., ShipperProcess], s3_bucket: S3Bucket
) -> None:
    shipping = shipper(s3_storage(s3_bucket), flushInterval="100ms")
    shipping.start()
    send(running.port, names(50))
    shipping.wait_for_metric(RECORDS, 50)
    running.kill()
    shipping.end(signal.SIGKILL)
    running.start()
    shipping.start()
    send(running.port, names(10, "j"))
    shipping.wait_for_metric(RECORDS, 10)
    assert drain(running, shipping) == 0
    assert [account.incomplete for account in Stored(s3_bucket).accounts()] == [True]


def test_an_envoy_that_was_gone_before_its_pod_was_to_end_leaves_the_hour_incomplete(
    running: Gateway, shipper: Callable[..., ShipperProcess], s3_bucket: S3Bucket
) -> None:
    shipping = shipper(s3_storage(s3_bucket))
    shipping.start()
    send(running.port, names(50))
    shipping.wait_for_metric(RECORDS, 50)
    running.kill()
    assert shipping.drain() == 0
    assert shipping.end(signal.SIGTERM) == 0
    [account] = Stored(s3_bucket).accounts()
    assert (account.seen, account.captured, account.incomplete) == (50, 50, True)


def test_what_a_paused_envoy_left_out_at_last_is_not_known_and_the_hour_incomplete(
    running: Gateway, shipper: Callable[..., ShipperProcess], s3_bucket: S3Bucket
) -> None:
    storage = s3_storage(s3_bucket)
    shipping = shipper(storage | {"uri": "s3://no-such-bucket"}, spoolBytes=1_048_576)
    shipping.start()
    send(running.port, names(2500))
    shipping.wait_for_metric("model_monitor_capture_paused", 1)
    send(running.port, names(100, "paused"))
    running.process.terminate()
    running.process.wait()
    shipping.change(storage=storage)
    wait_for(lambda: "other settings are in force" in shipping.log, "the other settings")
    assert shipping.end(signal.SIGTERM) == 0
    accounts = Stored(s3_bucket).accounts()
    assert any(account.incomplete for account in accounts)
    assert sum(account.captured for account in accounts) == len(Stored(s3_bucket).records()) <= 2500


def test_a_shipper_without_space_to_note_what_it_stored_makes_some(
    running: Gateway, shipper: Callable[..., ShipperProcess], s3_bucket: S3Bucket
) -> None:
    draft = running.spool.with_name("ledger.draft")
    draft.symlink_to("/dev/full")
    shipping = shipper(s3_storage(s3_bucket))
    shipping.start()
    send(running.port, names(50))
    shipping.wait_for_metric(RECORDS, 50)
    wait_for(lambda: not list(running.spool.parent.glob("closed-*")), "space")
    draft.unlink()
    assert drain(running, shipping) == 0, shipping.log
    stored = Stored(s3_bucket)
    assert stored.ids() == Counter(names(50))
    assert [(account.captured, account.incomplete) for account in stored.accounts()] == [(50, False)]


def test_sigterm_drains_what_a_gateway_that_has_ended_left(
    running: Gateway, shipper: Callable[..., ShipperProcess], s3_bucket: S3Bucket
) -> None:
    shipping = shipper(s3_storage(s3_bucket), flushInterval="1h")
    shipping.start()
    shipping.wait_for_metric(RECORDS, 0)
    send(running.port, names(50))
    assert drain(running, shipping) == 0, shipping.log
    assert Stored(s3_bucket).ids() == Counter(names(50))
    assert list(running.spool.parent.glob("*.jsonl")) == []


def test_a_drain_that_can_not_succeed_ends_within_the_grace_period_and_says_so(
    running: Gateway, shipper: Callable[..., ShipperProcess], s3_bucket: S3Bucket
) -> None:
    storage = s3_storage(s3_bucket) | {"uri": "s3://no-such-bucket"}
    shipping = shipper(storage, flushInterval="1h", gracePeriod="10s")
    shipping.start()
    shipping.wait_for_metric(RECORDS, 0)
    send(running.port, names(5))
    running.records(5)
    assert shipping.end(signal.SIGTERM) == 1
    assert "bytes of records could not be stored within the grace period" in shipping.log
    assert "Traceback" not in shipping.log


def test_a_volume_takes_records_as_files(
    running: Gateway, shipper: Callable[..., ShipperProcess], tmp_path: Path
) -> None:
    volume = tmp_path / "volume"
    volume.mkdir()
    shipping = shipper({"uri": "pvc://claim/capture"}, mounts={"claim": str(volume)}, variant="B")
    shipping.start()
    send(running.port, names(5))
    shipping.wait_for_metric(RECORDS, 5)
    assert drain(running, shipping) == 0
    [stored] = (volume / "capture" / "churn" / "B").rglob("*.jsonl.gz")
    assert len(stored.relative_to(volume).parts) == 8


def test_a_store_that_does_not_answer_holds_nothing_up(
    running: Gateway, shipper: Callable[..., ShipperProcess], s3_bucket: S3Bucket
) -> None:
    with s3_server("127.0.0.1") as endpoint:
        storage = s3_storage(s3_bucket)
        storage["connection"]["endpoint"] = endpoint
    shipping = shipper(storage, gracePeriod="2s")
    shipping.start()
    send(running.port, names(5))
    wait_for(lambda: list(running.spool.parent.glob("closed-*")), "a file put aside")
    assert shipping.end(signal.SIGTERM) == 1
    assert "Traceback" not in shipping.log


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is no YAML"),
        ("a: 1", "capture: Field required"),
        ("instance: A_B", "instance: String should match"),
    ],
)
def test_bad_settings_are_refused_in_a_line(
    running: Gateway, shipper: Callable[..., ShipperProcess], tmp_path: Path, text: str, message: str
) -> None:
    shipping = shipper({"uri": "s3://bucket"})
    (tmp_path / "shipper.yaml").write_text(text)
    shipping.start()
    assert shipping.process is not None
    assert shipping.process.wait(timeout=60) == 2
    assert message in shipping.log
    assert shipping.log.count("\n") == 1
