"""A shipper and the clouds' stores."""

import signal
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.capture.envoy import Gateway, wait_for
from tests.capture.load import Stored, send
from tests.capture.shipper.examples import line
from tests.capture.shipper.process import ShipperProcess
from tests.capture.shipper.scene import FAILED, RECORDS
from tests.support.azure import AzureServer
from tests.support.cloud import CloudBucket
from tests.support.secrets import mount

Shippers = Callable[..., ShipperProcess]
SECRET = "store"


def names(count: int, prefix: str = "i") -> list[str]:
    return [f"{prefix}-{number}" for number in range(count)]


@pytest.fixture
def secrets(tmp_path: Path, cloud_bucket: CloudBucket) -> Path:
    """Give a folder with the Secret that opens the bucket."""
    mount(tmp_path / "secrets", SECRET, cloud_bucket.credentials)
    return tmp_path / "secrets"


def storage(bucket: CloudBucket) -> dict[str, Any]:
    """Return where to, with slashes that do not matter."""
    return {
        "uri": bucket.uri("/capture//"),
        "connection": {"endpoint": f"{bucket.endpoint}/", "secretRef": {"name": SECRET}},
    }


def drain(running: Gateway, shipping: ShipperProcess) -> int:
    running.process.terminate()
    running.process.wait()
    return shipping.end(signal.SIGTERM)


def test_records_and_accounts_are_stored(
    running: Gateway, shipper: Shippers, cloud_bucket: CloudBucket, secrets: Path
) -> None:
    shipping = shipper(storage(cloud_bucket), secrets=str(secrets))
    shipping.start()
    send(running.port, names(50))
    shipping.wait_for_metric(RECORDS, 50)
    assert drain(running, shipping) == 0, shipping.log
    stored = Stored(cloud_bucket)
    assert stored.ids() == Counter(names(50))
    assert {key.rsplit("/", 5)[0] for key in stored.keys} == {"capture/churn/AllTraffic"}
    assert [(account.seen, account.captured) for account in stored.accounts()] == [(50, 50)]
    assert shipping.log == ""


def test_an_object_that_is_stored_once_more_is_the_same(
    running: Gateway, shipper: Shippers, cloud_bucket: CloudBucket, secrets: Path
) -> None:
    shipping = shipper(storage(cloud_bucket), secrets=str(secrets))
    send(running.port, names(20))
    running.records(20)
    spool = running.spool.read_bytes()
    shipping.start()
    shipping.wait_for_metric(RECORDS, 20)
    before = {key: cloud_bucket.read(key) for key in cloud_bucket.names()}
    shipping.end(signal.SIGKILL)
    # As if it had been killed after the store had confirmed and before that was noted.
    (running.spool.parent / "ledger.json").unlink()
    (running.spool.parent / "closed-01700000000000000000.jsonl").write_bytes(spool)
    shipping.start()
    shipping.wait_for_metric(RECORDS, 20)
    assert {key: cloud_bucket.read(key) for key in cloud_bucket.names() if key in before} == before
    assert Stored(cloud_bucket).ids() == Counter(names(20))


def test_a_store_that_lets_nothing_be_replaced_takes_every_record(
    running: Gateway, shipper: Shippers, azure: AzureServer
) -> None:
    bucket = azure.container()
    only_new = azure.account_name() | {"AZURE_STORAGE_SAS_TOKEN": azure.sas_token("rc")}
    by_environment = {"uri": bucket.uri("capture"), "connection": {"endpoint": bucket.endpoint}}
    shipping = shipper(by_environment, gracePeriod="10s")
    shipping.environment = only_new
    # Of an hour whose account is there, and of one whose is not; and both as stored before they were noted.
    hours = ("2026-01-31T22:59:59Z", "2026-01-31T23:59:59Z")
    taken = bucket.write("capture/churn/AllTraffic/2026/01/31/22/_completeness-pod-1.json", b"")
    spool = b"".join(line(number, time) + b"\n" for number, time in enumerate(hours))
    closed = running.spool.parent / "closed-01700000000000000000.jsonl"
    closed.write_bytes(spool)
    shipping.start()
    wait_for(lambda: shipping.log.count("_completeness"), "the refusal")
    wait_for(lambda: len(bucket.names()) == 4, "the other account")
    shipping.end(signal.SIGKILL)
    closed.write_bytes(spool)
    (running.spool.parent / "ledger.json").unlink()
    shipping.start()
    send(running.port, names(10))
    shipping.wait_for_metric(RECORDS, 12)
    assert bucket.read(taken.removeprefix(bucket.uri(""))) == b""
    assert drain(running, shipping) == 1
    assert "accounts of hours could not be stored" in shipping.log


@pytest.mark.slow
def test_every_record_is_stored_once_though_the_shipper_is_killed_again_and_again(
    running: Gateway, shipper: Shippers, cloud_bucket: CloudBucket, secrets: Path
) -> None:
    ids = names(10_000)
    shipping = shipper(storage(cloud_bucket), secrets=str(secrets), flushInterval="100ms")
    load = threading.Thread(target=send, args=(running.port, ids))
    load.start()
    for _ in range(4):
        shipping.start()
        shipping.wait_for_metric(RECORDS, 1 if load.is_alive() else 0)
        shipping.end(signal.SIGKILL)
    load.join()
    shipping.start()
    shipping.wait_for_metric(RECORDS, 0)
    assert drain(running, shipping) == 0, shipping.log
    stored = Stored(cloud_bucket)
    assert stored.ids() == Counter(ids)
    assert sum(account.captured for account in stored.accounts()) == len(ids)


def test_a_secret_that_is_refused_is_told_and_counts_once_it_is_right(
    running: Gateway, shipper: Shippers, cloud_bucket: CloudBucket, secrets: Path
) -> None:
    mount(secrets, SECRET, cloud_bucket.refused)
    shipping = shipper(storage(cloud_bucket), secrets=str(secrets))
    shipping.start()
    send(running.port, names(10))
    shipping.wait_for_metric(FAILED % "OutputNotWritable", 1)
    assert "check the credentials" in shipping.log
    assert not any(value in shipping.log for value in cloud_bucket.refused.values() if len(value) > 20)
    assert shipping.log.count("\n") == 1
    mount(secrets, SECRET, cloud_bucket.credentials)
    shipping.wait_for_metric(RECORDS, 10)
    assert Stored(cloud_bucket).ids() == Counter(names(10))


def test_credentials_may_come_by_the_environment(
    running: Gateway, shipper: Shippers, cloud_bucket: CloudBucket
) -> None:
    by_environment = storage(cloud_bucket)
    del by_environment["connection"]["secretRef"]
    shipping = shipper(by_environment)
    shipping.environment = dict(cloud_bucket.credentials)
    shipping.start()
    send(running.port, names(10))
    shipping.wait_for_metric(RECORDS, 10)


def test_a_bucket_that_is_missing_is_named_and_used_once_it_is_there(
    running: Gateway, shipper: Shippers, cloud_bucket: CloudBucket, secrets: Path
) -> None:
    cloud_bucket.objects.drop()
    shipping = shipper(storage(cloud_bucket), secrets=str(secrets))
    shipping.start()
    send(running.port, names(10))
    wait_for(lambda: shipping.log.count("\n"), "a failure")
    assert f"'{cloud_bucket.uri('').removesuffix('/')}' does not exist: create it" in shipping.log
    cloud_bucket.objects.make()
    shipping.wait_for_metric(RECORDS, 10)
    assert Stored(cloud_bucket).ids() == Counter(names(10))
