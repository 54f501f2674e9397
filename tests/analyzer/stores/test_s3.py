"""S3 over its real protocol."""

import hashlib
import hmac
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import parse_qsl, quote, urlsplit

import obstore
import pytest

from model_monitor_analyzer.errors import (
    AccessRefusedError,
    BucketMissingError,
    ConfigurationError,
    ObjectChangedError,
    ObjectMissingError,
    OutputNotWritableError,
    StorageError,
    StoreUnreachableError,
    UnreadableObjectError,
)
from model_monitor_analyzer.stores import Access, Store, clients, listing, open_store, parse_uri, remote
from model_monitor_api.v1alpha1.storage import Connection, Encryption
from tests.support.s3 import CREDENTIALS, S3Bucket, Server


def opened(bucket: S3Bucket) -> Store:
    return open_store(bucket.uri(""), bucket.connection, bucket.access)


def test_lists_every_page_below_a_folder_and_nothing_beside_it(s3_bucket: S3Bucket) -> None:
    s3_bucket.fill((f"in/{number:04}.csv" for number in range(1005)), b"x")
    s3_bucket.write("inside.csv", b"x")
    found = [ref.uri for ref in opened(s3_bucket).list(s3_bucket.uri("in"))]
    assert found == [s3_bucket.uri(f"in/{number:04}.csv") for number in range(1005)]


def test_a_listing_with_one_odd_key_is_whole_and_without_repetition(s3_bucket: S3Bucket) -> None:
    keys = [f"a/{number:04}" for number in range(1200)] + ["a/x//y", "a/z/./w", "/leading", "b"]
    s3_bucket.fill(keys, b"1")
    found = [ref.uri for ref in opened(s3_bucket).list(s3_bucket.uri(""))]
    assert sorted(found) == sorted(s3_bucket.uri(key) for key in keys)


def test_a_signed_listing_carries_the_signature_that_the_protocol_asks_for(s3_bucket: S3Bucket) -> None:
    """Compute the signature of a listing's URL from the published algorithm (AWS Signature Version 4)."""
    store = remote.RemoteStore(
        parse_uri(f"s3://{s3_bucket.name}/"),
        s3_bucket.connection,
        {**CREDENTIALS, "AWS_SESSION_TOKEN": "t/="},
    )
    query = f"list-type=2&max-keys=1000&prefix={quote('a b+/ü/', safe='')}"
    parts = urlsplit(store._request(query).full_url)
    assert parts.path == f"/{s3_bucket.name}"
    pairs = dict(parse_qsl(parts.query, keep_blank_values=True))
    assert pairs["prefix"] == "a b+/ü/"
    signature = pairs.pop("X-Amz-Signature")
    canonical = "&".join(f"{quote(k, safe='-_.~')}={quote(v, safe='-_.~')}" for k, v in sorted(pairs.items()))
    request = "\n".join(["GET", parts.path, canonical, f"host:{parts.netloc}\n", "host", "UNSIGNED-PAYLOAD"])
    _, day, region, service, _ = pairs["X-Amz-Credential"].split("/")
    scope = f"{day}/{region}/{service}/aws4_request"
    to_sign = "\n".join(
        ["AWS4-HMAC-SHA256", pairs["X-Amz-Date"], scope, hashlib.sha256(request.encode()).hexdigest()]
    )
    key = b"AWS4" + CREDENTIALS["AWS_SECRET_ACCESS_KEY"].encode()
    for part in (day, region, service, "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    assert signature == hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()


def test_a_long_object_is_read_in_pieces(s3_bucket: S3Bucket) -> None:
    body = bytes(range(256)) * (80 << 10)  # 20 MiB
    uri = s3_bucket.write("long", body)
    store = opened(s3_bucket)
    ref = store.head(uri)
    assert ref is not None
    pieces = list(store.stream(ref))
    assert [len(piece) for piece in pieces] == [8 << 20, 8 << 20, 4 << 20]
    assert b"".join(pieces) == body
    assert store.read_range(ref, (8 << 20) - 3, 6) == body[(8 << 20) - 3 : (8 << 20) + 3]
    with pytest.raises(UnreadableObjectError, match="more than the 100"):
        store.get(uri, max_bytes=100)


def test_an_object_replaced_meanwhile_is_noticed(s3_bucket: S3Bucket) -> None:
    uri = s3_bucket.write("x", b"old content")
    store = opened(s3_bucket)
    ref = store.head(uri)
    assert ref is not None
    s3_bucket.write("x", b"new content")
    with pytest.raises(ObjectChangedError, match="replaced while it was read"):
        list(store.stream(ref))


def test_writing_states_type_and_encryption(s3_bucket: S3Bucket) -> None:
    for encryption, algorithm, key_id in (
        (None, None, None),
        (Encryption(mode="StoreManaged"), "AES256", None),
        (Encryption(mode="KMS", kms_key_id="my-key"), "aws:kms", "my-key"),
    ):
        store = open_store(s3_bucket.uri(""), s3_bucket.connection, s3_bucket.access, encryption=encryption)
        store.put(s3_bucket.uri("r/report.json"), b"{}", content_type="application/json")
        head = s3_bucket.client.head_object(Bucket=s3_bucket.name, Key="r/report.json")
        assert head["ContentType"] == "application/json"
        assert head.get("ServerSideEncryption") in (algorithm, "AES256")  # the server's own default is AES256
        if key_id:
            assert head["SSEKMSKeyId"].endswith(key_id)
        assert store.get(s3_bucket.uri("r/report.json"), max_bytes=2) == b"{}"
    store.delete(s3_bucket.uri("r/report.json"))
    store.delete(s3_bucket.uri("r/report.json"))
    assert store.head(s3_bucket.uri("r/report.json")) is None


def test_virtual_hosted_addressing_puts_the_bucket_into_the_host() -> None:
    connection = Connection(endpoint="https://minio.storage:9000", addressing="VirtualHosted")
    store = remote.RemoteStore(parse_uri("s3://data/"), connection, CREDENTIALS)
    assert store._bucket_url == "https://data.minio.storage:9000"
    store = remote.RemoteStore(
        parse_uri("s3://data/"),
        Connection(region="eu-west-1", addressing="VirtualHosted"),
        CREDENTIALS,
    )
    assert store._bucket_url == "https://data.s3.eu-west-1.amazonaws.com"


def test_credentials_come_from_the_given_environment_alone(
    s3_bucket: S3Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "someone-elses")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "someone-elses")
    client = clients.make_client(parse_uri("s3://b/"), s3_bucket.connection, CREDENTIALS)
    url = obstore.sign(client, "GET", "k", timedelta(minutes=1))
    assert "someone-elses" not in url
    assert "test-key" in url
    with pytest.raises(ConfigurationError, match="both or not at all"):
        clients.make_client(parse_uri("s3://b/"), Connection(), {"AWS_ACCESS_KEY_ID": "k"})


def test_a_missing_bucket_is_named(s3_bucket: S3Bucket) -> None:
    store = open_store("s3://absent-bucket/x", s3_bucket.connection, s3_bucket.access)
    for attempt in (
        lambda: list(store.list("s3://absent-bucket/x")),
        lambda: store.get("s3://absent-bucket/x", max_bytes=1),
        lambda: store.put("s3://absent-bucket/x", b"", content_type="text/plain"),
        lambda: list(store.list("s3://absent-bucket/x//y")),
    ):
        with pytest.raises(BucketMissingError, match=r"s3://absent-bucket.*create it"):
            attempt()
    with pytest.raises(ObjectMissingError):
        opened(s3_bucket).get(s3_bucket.uri("absent"), max_bytes=1)


@pytest.mark.usefixtures("s3_checks_credentials")
def test_refused_credentials_are_said_to_be_refused(s3_bucket: S3Bucket) -> None:
    environment = {"AWS_ACCESS_KEY_ID": "AKIASTRANGER", "AWS_SECRET_ACCESS_KEY": "hunter2-secret"}
    store = open_store(s3_bucket.uri(""), s3_bucket.connection, Access(environment=environment))
    uri = s3_bucket.uri("x")
    for attempt, error in (
        (lambda: list(store.list(uri)), AccessRefusedError),
        (lambda: store.head(uri), AccessRefusedError),
        (lambda: store.get(uri, max_bytes=1), AccessRefusedError),
        (lambda: store.put(uri, b"", content_type="text/plain"), OutputNotWritableError),
        (lambda: store.delete(uri), OutputNotWritableError),
    ):
        with pytest.raises(error) as caught:
            attempt()
        assert not caught.value.retryable
        assert "hunter2" not in str(caught.value)
        assert "AKIA" not in str(caught.value)
        assert s3_bucket.name in str(caught.value)


def test_a_busy_store_is_asked_a_bounded_number_of_times(
    serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(503)
    monkeypatch.setitem(clients._RETRY["backoff"], "init_backoff", timedelta(milliseconds=1))
    monkeypatch.setitem(clients._RETRY["backoff"], "max_backoff", timedelta(milliseconds=2))
    monkeypatch.setattr(listing, "_PAUSE_SECONDS", 0.001)
    store = open_store("s3://b/x", Connection(endpoint=server.endpoint), Access(environment=CREDENTIALS))
    for attempt, requests in (
        (lambda: store.get("s3://b/x", max_bytes=1), clients.RETRIES + 1),
        (lambda: list(store.list("s3://b/x//y")), clients.RETRIES + 1),
    ):
        server.seen.clear()
        with pytest.raises(StoreUnreachableError, match="does not answer") as caught:
            attempt()
        assert caught.value.retryable
        assert len(server.seen) == requests


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (403, b"<Error><Code>AccessDenied</Code></Error>", AccessRefusedError),
        (404, b"<Error><Code>NoSuchBucket</Code></Error>", BucketMissingError),
        (400, b"<Error><Code>ExpiredToken</Code><Secret>hunter2</Secret></Error>", AccessRefusedError),
        (301, b"<Error><Code>PermanentRedirect</Code></Error>", ConfigurationError),
        (418, b"<Error><Code>Teapot</Code><Secret>hunter2</Secret></Error>", StorageError),
    ],
)
@pytest.mark.parametrize("uri", ["s3://b/x", "s3://b/x//y"])
def test_answers_become_errors_that_say_what_to_do(
    serve: Callable[..., Server], status: int, body: bytes, error: type[Exception], uri: str
) -> None:
    store = open_store(
        uri, Connection(endpoint=serve(status, body).endpoint), Access(environment=CREDENTIALS)
    )
    with pytest.raises(error, match="s3://b") as caught:
        list(store.list(uri))
    assert type(caught.value) is error
    assert "hunter2" not in str(caught.value)


def test_an_error_of_the_store_is_no_silence(
    serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(500)
    monkeypatch.setitem(clients._RETRY, "max_retries", 0)
    monkeypatch.setattr(listing, "_PAUSE_SECONDS", 0.001)
    store = open_store("s3://b/x", Connection(endpoint=server.endpoint), Access(environment=CREDENTIALS))
    for attempt in (
        lambda: store.get("s3://b/x", max_bytes=1),
        lambda: list(store.list("s3://b/x")),
        lambda: list(store.list("s3://b/x//y")),
    ):
        with pytest.raises(StoreUnreachableError, match="answered with an error of its own") as caught:
            attempt()
        assert caught.value.retryable


def test_an_answer_that_is_no_listing_is_an_error(serve: Callable[..., Server]) -> None:
    connection = Connection(endpoint=serve(200, b"<html>Sign in").endpoint)
    store = open_store("s3://b/x", connection, Access(environment=CREDENTIALS))
    with pytest.raises(StorageError, match="is none"):
        list(store.list("s3://b/x//y"))


def test_no_server_at_all_is_unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(clients._RETRY, "max_retries", 1)
    for endpoint in ("http://127.0.0.1:9", "http://no-such-host.invalid"):
        store = open_store("s3://b/x", Connection(endpoint=endpoint), Access(environment=CREDENTIALS))
        with pytest.raises(StoreUnreachableError, match="check the endpoint"):
            list(store.list("s3://b/x"))
