"""Google Cloud Storage and Azure over their real protocols."""

import gzip
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from model_monitor_analyzer.errors import (
    AccessRefusedError,
    BucketMissingError,
    ObjectChangedError,
    ObjectMissingError,
    OutputNotWritableError,
    StoreUnreachableError,
    UnreadableObjectError,
)
from model_monitor_analyzer.stores import Access, Store, clients, open_store
from model_monitor_api.meta import ObjectReference
from model_monitor_api.v1alpha1.storage import Connection
from tests.support.azure import AzureServer
from tests.support.cloud import CloudBucket
from tests.support.gcs import GcsServer
from tests.support.secrets import mount


def opened(bucket: CloudBucket) -> Store:
    return open_store(bucket.uri(""), bucket.connection, bucket.access)


def test_lists_what_is_below_a_folder_and_nothing_beside_it(cloud_bucket: CloudBucket) -> None:
    keys = [f"in/{number:02}/a b+ü%.csv" for number in range(20)]
    for key in [*keys, "inside.csv", "in.csv"]:
        cloud_bucket.write(key, key.encode())
    store = opened(cloud_bucket)
    found = {ref.uri: ref for ref in store.list(cloud_bucket.uri("in"))}
    assert found.keys() == {cloud_bucket.uri(key) for key in keys}
    for key in keys:
        ref = found[cloud_bucket.uri(key)]
        assert b"".join(store.stream(ref)) == key.encode()
        head = store.head(ref.uri)
        assert head is not None
        assert (head.size, head.etag, head.modified) == (ref.size, ref.etag, ref.modified)
    assert list(store.list(cloud_bucket.uri("nowhere"))) == []


@pytest.mark.slow
def test_lists_every_page(azure: AzureServer) -> None:
    bucket = azure.container()
    keys = [f"in/{number:04}" for number in range(5100)]  # a page has 5,000
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda key: bucket.write(key, b"x"), keys))
    found = [ref.uri for ref in opened(bucket).list(bucket.uri("in"))]
    assert found == [bucket.uri(key) for key in keys]
    keys.append("in/9//x")  # a name that the client refuses, after the page that it gave
    bucket.write(keys[-1], b"x")
    assert [ref.uri for ref in opened(bucket).list(bucket.uri("in"))] == [bucket.uri(key) for key in keys]


def test_doubled_and_trailing_slashes_of_a_location_do_not_matter(cloud_bucket: CloudBucket) -> None:
    uri = cloud_bucket.write("p/e/v/1.jsonl", b"1")
    connection = Connection(endpoint=f"{cloud_bucket.endpoint}/")
    store = open_store(cloud_bucket.uri(""), connection, cloud_bucket.access)
    for location in ("p/e/v", "p/e/v/", "p//e/v//", "/p/e//v"):
        [folder] = store.folders(cloud_bucket.uri(location))
        assert [ref.uri for ref in store.list(folder)] == [uri]


def test_a_long_object_is_read_in_pieces(cloud_bucket: CloudBucket) -> None:
    body = bytes(range(256)) * (36 << 10)  # 9 MiB
    uri = cloud_bucket.write("long", body)
    store = opened(cloud_bucket)
    ref = store.head(uri)
    assert ref is not None
    pieces = list(store.stream(ref))
    assert [len(piece) for piece in pieces] == [8 << 20, 1 << 20]
    assert b"".join(pieces) == body
    with pytest.raises(UnreadableObjectError, match="more than the 100"):
        store.get(uri, max_bytes=100)


def test_an_object_replaced_meanwhile_is_noticed(cloud_bucket: CloudBucket) -> None:
    uri = cloud_bucket.write("x", b"old content")
    store = opened(cloud_bucket)
    [listed], head = store.list(cloud_bucket.uri("")), store.head(uri)
    assert head is not None
    cloud_bucket.write("x", b"new content")
    for ref in (listed, head):
        with pytest.raises(ObjectChangedError, match="replaced while it was read"):
            list(store.stream(ref))


def test_what_is_written_replaces_what_was_there_and_is_deleted_once(cloud_bucket: CloudBucket) -> None:
    store, uri = opened(cloud_bucket), cloud_bucket.uri("r/a b+ü%.json")
    for text in (b"{}", b"[]"):
        store.put(uri, text, content_type="application/json")
    assert (cloud_bucket.names(), store.get(uri, max_bytes=2)) == (["r/a b+ü%.json"], b"[]")
    assert cloud_bucket.read("r/a b+ü%.json") == b"[]"
    store.delete(uri)
    store.delete(uri)
    assert store.head(uri) is None
    with pytest.raises(ObjectMissingError):
        store.get(uri, max_bytes=1)


def test_a_missing_bucket_is_named(cloud_bucket: CloudBucket) -> None:
    uri = f"{cloud_bucket.scheme}://absent-bucket/x"
    store = open_store(uri, cloud_bucket.connection, cloud_bucket.access)
    for attempt in (
        lambda: list(store.list(uri)),
        lambda: store.get(uri, max_bytes=1),
        lambda: store.put(uri, b"", content_type="text/plain"),
    ):
        with pytest.raises(BucketMissingError, match=r"//absent-bucket' does not exist: create it"):
            attempt()


def test_a_secret_opens_a_store_and_a_refused_one_is_said_to_be_refused(
    cloud_bucket: CloudBucket, tmp_path: Path
) -> None:
    uri = cloud_bucket.write("x", b"1")
    connection = cloud_bucket.connection.model_copy(update={"secret_ref": ObjectReference(name="store")})
    mount(tmp_path, "store", cloud_bucket.refused)
    store = open_store(uri, connection, Access(secrets=tmp_path))
    for attempt, error in (
        (lambda: list(store.list(uri)), AccessRefusedError),
        (lambda: store.head(uri), AccessRefusedError),
        (lambda: store.get(uri, max_bytes=1), AccessRefusedError),
        (lambda: store.put(uri, b"", content_type="text/plain"), OutputNotWritableError),
        (lambda: store.delete(uri), OutputNotWritableError),
    ):
        with pytest.raises(error, match=r"check .*credentials") as caught:
            attempt()
        assert not caught.value.retryable
        assert not any(value in str(caught.value) for value in cloud_bucket.refused.values())
    mount(tmp_path, "store", cloud_bucket.credentials)
    assert open_store(uri, connection, Access(secrets=tmp_path)).get(uri, max_bytes=1) == b"1"


def test_no_server_at_all_is_unreachable(cloud_bucket: CloudBucket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(clients._RETRY, "max_retries", 1)
    store = open_store(cloud_bucket.uri("x"), Connection(endpoint="http://127.0.0.1:9"), cloud_bucket.access)
    with pytest.raises(StoreUnreachableError, match="check the endpoint"):
        list(store.list(cloud_bucket.uri("x")))


def test_a_file_of_a_google_account_opens_a_store(gcs: GcsServer, tmp_path: Path) -> None:
    bucket = gcs.bucket()
    uri = bucket.write("x", b"1")
    (tmp_path / "account.json").write_text(bucket.credentials["GOOGLE_APPLICATION_CREDENTIALS_JSON"])
    environment = {"GOOGLE_APPLICATION_CREDENTIALS": str(tmp_path / "account.json")}
    store = open_store(uri, bucket.connection, Access(environment=environment))
    assert store.get(uri, max_bytes=1) == b"1"


def test_what_google_stores_compressed_is_read_as_it_is_stored(gcs: GcsServer) -> None:
    """It unpacks what has `Content-Encoding: gzip` for who does not accept that, and gives no parts then."""
    bucket = gcs.bucket()
    packed = gzip.compress(b"a,b\n" * 1000)
    gcs.write_encoded(bucket.name, "x.csv", packed)
    store = opened(bucket)
    [ref] = store.list(bucket.uri(""))
    assert ref.size == len(packed)
    assert b"".join(store.stream(ref)) == store.get(ref.uri, max_bytes=1000) == packed
    assert store.read_range(ref, 2, 5) == packed[2:7]


def test_a_sas_token_opens_what_it_was_made_for(azure: AzureServer) -> None:
    bucket = azure.container()
    uri = bucket.write("x", b"1")
    for rights, may_write in (("rl", False), ("rlwc", True)):
        environment = azure.account_name() | {"AZURE_STORAGE_SAS_TOKEN": azure.sas_token(rights)}
        store = open_store(uri, bucket.connection, Access(environment=environment))
        assert [ref.uri for ref in store.list(bucket.uri(""))] == [uri]
        assert store.get(uri, max_bytes=1) == b"1"
        if may_write:
            store.put(uri, b"2", content_type="text/plain")
        else:
            with pytest.raises(OutputNotWritableError, match="check the credentials") as caught:
                store.put(uri, b"2", content_type="text/plain")
            assert "sig=" not in str(caught.value)
    assert bucket.read("x") == b"2"
