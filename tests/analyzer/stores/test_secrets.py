"""Credentials of connections as kubelet mounts Secrets."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import obstore
import pytest

from model_monitor_analyzer.errors import AccessRefusedError
from model_monitor_analyzer.stores import Access, Store, clients, open_store, parse_uri
from model_monitor_analyzer.stores.access import carried
from model_monitor_analyzer.stores.secrets import MAX_VALUE_BYTES, with_secret
from model_monitor_api.meta import ObjectReference
from model_monitor_api.v1alpha1.storage import Connection
from tests.support.s3 import S3Bucket, make_bucket
from tests.support.secrets import mount, user_of

S3_KEYS = {"AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "secret"}


def test_what_a_secret_holds_replaces_every_credential_of_the_process_and_nothing_else(
    tmp_path: Path,
) -> None:
    mount(tmp_path, "store", {**S3_KEYS, "AWS_SECRET_ACCESS_KEY": "secret\n", "HOME": "/root"})
    process = {
        "AWS_SESSION_TOKEN": "of somebody else",
        "AWS_WEB_IDENTITY_TOKEN_FILE": "/token",
        "AWS_ROLE_ARN": "arn",
        "AWS_REGION": "eu-west-1",
        "HOME": "/home",
    }
    found = with_secret(process, tmp_path, "store", "s3")
    assert found == {**S3_KEYS, "AWS_REGION": "eu-west-1", "HOME": "/home"}


def test_a_secret_is_read_each_time_a_store_is_opened(tmp_path: Path) -> None:
    mount(tmp_path, "store", S3_KEYS)
    assert with_secret({}, tmp_path, "store", "s3")["AWS_ACCESS_KEY_ID"] == "id"
    mount(tmp_path, "store", {**S3_KEYS, "AWS_ACCESS_KEY_ID": "rotated"})
    assert with_secret({}, tmp_path, "store", "s3")["AWS_ACCESS_KEY_ID"] == "rotated"


@pytest.mark.parametrize(
    ("scheme", "keys", "told"),
    [
        ("s3", None, "Secret 'store' is not there"),
        ("s3", {}, "Secret 'store' has no key AWS_ACCESS_KEY_ID"),
        ("s3", {"AWS_ACCESS_KEY_ID": "id"}, "no key AWS_SECRET_ACCESS_KEY"),
        ("s3", {"AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": ""}, "no key AWS_SECRET_ACCESS_KEY"),
        ("gs", S3_KEYS, "no key GOOGLE_APPLICATION_CREDENTIALS_JSON"),
        ("az", {"AZURE_STORAGE_ACCOUNT_KEY": "k"}, "no key AZURE_STORAGE_ACCOUNT_NAME"),
        (
            "az",
            {"AZURE_STORAGE_ACCOUNT_NAME": "n"},
            "no key AZURE_STORAGE_ACCOUNT_KEY or AZURE_STORAGE_SAS_TOKEN",
        ),
        ("s3", {**S3_KEYS, "AWS_ACCESS_KEY_ID": b"\xff"}, "its key AWS_ACCESS_KEY_ID can't be read as text"),
        ("s3", {**S3_KEYS, "AWS_ACCESS_KEY_ID": "x" * (MAX_VALUE_BYTES + 1)}, "more than 65,536 bytes"),
    ],
)
def test_what_is_missing_is_named_without_showing_a_value(
    tmp_path: Path, scheme: str, keys: dict[str, Any] | None, told: str
) -> None:
    if keys is not None:
        mount(tmp_path, "store", keys)
    with pytest.raises(AccessRefusedError, match=told) as caught:
        with_secret({**S3_KEYS}, tmp_path, "store", scheme)
    assert "xxx" not in str(caught.value)


def test_a_sas_token_comes_before_the_identity_of_the_pod(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_CLIENT_SECRET"):
        monkeypatch.setenv(name, "of-the-pod")
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_KEY", "b3RoZXI=")
    environment = {"AZURE_STORAGE_ACCOUNT_NAME": "acct", "AZURE_STORAGE_SAS_TOKEN": "sv=2023-11-03&sig=mine"}
    client = clients.make_client(parse_uri("az://box/x"), Connection(), environment)
    with pytest.raises(Exception, match="SAS"):  # no token signs another; a key or an identity would
        obstore.sign(client, "GET", "x", timedelta(minutes=1))


@pytest.fixture
def other_bucket(s3_endpoint: str) -> S3Bucket:
    return make_bucket(s3_endpoint)


def test_processes_elsewhere_are_given_what_a_secret_holds_now(tmp_path: Path) -> None:
    mount(tmp_path, "store", S3_KEYS)
    access = Access(environment={"AWS_SESSION_TOKEN": "other"}, secrets=tmp_path)
    by_secret = Connection(secret_ref=ObjectReference(name="store"))
    assert carried(access, "s3://bucket/x", by_secret) == Access(environment=S3_KEYS)
    assert carried(access, "file:///x", by_secret).environment == access.environment
    assert carried(access, "s3://bucket/x", Connection()).environment == access.environment


def test_two_connections_have_an_identity_each(
    s3_bucket: S3Bucket, other_bucket: S3Bucket, s3_checks_credentials: None, tmp_path: Path
) -> None:
    access = Access(secrets=tmp_path)

    def store(bucket: S3Bucket, secret: str) -> Store:
        connection = bucket.connection.model_copy(update={"secret_ref": ObjectReference(name=secret)})
        return open_store(bucket.uri("x"), connection, access)

    for bucket, secret in ((s3_bucket, "one"), (other_bucket, "two")):
        mount(tmp_path, secret, user_of(bucket.name))
        store(bucket, secret).put(bucket.uri("x"), b"data", content_type="text/plain")
        assert store(bucket, secret).get(bucket.uri("x"), max_bytes=10) == b"data"
    with pytest.raises(AccessRefusedError):
        store(other_bucket, "one").get(other_bucket.uri("x"), max_bytes=10)
