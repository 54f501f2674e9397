"""Names that the object-store client can't represent, in every kind of store over its real protocol."""

from collections.abc import Callable
from datetime import UTC, datetime
from socketserver import StreamRequestHandler, TCPServer
from threading import Thread
from urllib.error import HTTPError
from urllib.parse import urljoin
from urllib.request import Request, urlopen

import pytest

from model_monitor_analyzer.errors import (
    AccessRefusedError,
    BucketMissingError,
    ConfigurationError,
    ObjectChangedError,
    ObjectMissingError,
    StorageError,
    StoreUnreachableError,
)
from model_monitor_analyzer.sources.listing import list_objects
from model_monitor_analyzer.sources.source import Source, Window
from model_monitor_analyzer.stores import Access, Store, clients, listing, open_store, parse_uri
from model_monitor_analyzer.stores.signing import as_the_client_asks
from model_monitor_api.v1alpha1.storage import Connection
from tests.support.azure import AzureServer
from tests.support.cloud import CloudBucket
from tests.support.gcs import GcsServer
from tests.support.s3 import S3Bucket, Server

AZURE = {"AZURE_STORAGE_ACCOUNT_NAME": "acct", "AZURE_STORAGE_ACCOUNT_KEY": "a2V5"}

Bucket = S3Bucket | CloudBucket


@pytest.fixture(params=["s3", "gs", "az"])
def bucket(request: pytest.FixtureRequest) -> Bucket:
    """Give a fresh bucket in each store in turn."""
    if request.param == "s3":
        s3: S3Bucket = request.getfixturevalue("s3_bucket")
        return s3
    if request.param == "gs":
        gcs: GcsServer = request.getfixturevalue("gcs")
        return gcs.bucket()
    azure: AzureServer = request.getfixturevalue("azure")
    return azure.container()


def opened(bucket: Bucket) -> Store:
    return open_store(bucket.uri(""), bucket.connection, bucket.access)


def listed(bucket: Bucket, folder: str) -> list[str]:
    return sorted(ref.uri for ref in opened(bucket).list(bucket.uri(folder)))


def test_keys_with_doubled_slashes_are_found_and_read(bucket: Bucket) -> None:
    keys = ["p//e/v/1.jsonl", "p//e/v//2 ü%+#?.jsonl", "p/e/v/3.jsonl", "p/e//v/4.jsonl", "p//e/v/marker/"]
    for key in keys:
        bucket.write(key, key.encode())
    store = opened(bucket)
    assert store.folders(bucket.uri("p/e/v")) == tuple(
        bucket.uri(key) for key in ("p/e/v/", "p/e//v/", "p//e/v/", "p//e/v//")
    )
    found = {ref.uri: ref for folder in store.folders(bucket.uri("p//e/v/")) for ref in store.list(folder)}
    assert sorted(found) == sorted(bucket.uri(key) for key in keys[:4])
    for key in keys[:4]:
        uri = bucket.uri(key)
        assert b"".join(store.stream(found[uri])) == store.get(uri, max_bytes=100) == key.encode()
        assert store.read_range(found[uri], 2, 3) == key.encode()[2:5]
        head = store.head(uri)
        assert head is not None
        assert (head.size, head.etag, head.modified.replace(microsecond=0)) == (
            len(key.encode()),
            found[uri].etag,
            found[uri].modified.replace(microsecond=0),
        )


def test_three_slashes_and_leading_ones_are_part_of_the_name(bucket: Bucket) -> None:
    for key in ("a///x", "/lead/x", "//lead", "b"):
        bucket.write(key, key.encode())
    store = opened(bucket)
    for key in ("a///x", "/lead/x", "//lead"):
        assert store.get(bucket.uri(key), max_bytes=10) == key.encode()
    assert store.folders(bucket.uri("lead"))[1] == bucket.uri("/lead/")
    assert listed(bucket, "/lead") == [bucket.uri("/lead/x")]
    assert listed(bucket, "a///") == [bucket.uri("a///x")]
    assert store.head(bucket.uri("lead/x")) is None
    assert store.head(bucket.uri("a//x")) is None
    with pytest.raises(ObjectMissingError):
        store.get(bucket.uri("a//x"), max_bytes=10)


def test_a_listing_with_one_odd_key_is_whole_and_without_repetition(bucket: Bucket) -> None:
    keys = [f"a/{number:02}" for number in range(60)] + ["a/x//y", "b/y", "b/ü", "c//d"]
    for key in keys:
        bucket.write(key, b"1")
    assert listed(bucket, "") == sorted(bucket.uri(key) for key in keys)
    assert listed(bucket, "a") == sorted(bucket.uri(key) for key in keys[:61])
    assert listed(bucket, "b") == [bucket.uri("b/y"), bucket.uri("b/ü")]


def test_every_page_is_listed(
    azure: AzureServer, s3_bucket: S3Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "_PAGE", 3)
    for bucket in (azure.container(), s3_bucket):
        keys = [f"a//{number}/é&" for number in range(8)]
        for key in keys:
            bucket.write(key, b"1")
        assert listed(bucket, "a//") == [bucket.uri(key) for key in keys]


def test_an_object_replaced_meanwhile_is_noticed(bucket: Bucket) -> None:
    bucket.write("a//x", b"old content")
    store = opened(bucket)
    [ref] = store.list(bucket.uri("a//"))
    bucket.write("a//x", b"new content")
    with pytest.raises(ObjectChangedError, match="replaced while it was read"):
        list(store.stream(ref))


def test_what_is_written_has_single_slashes(bucket: Bucket) -> None:
    bucket.write("a//x", b"1")
    store = opened(bucket)
    with pytest.raises(ConfigurationError, match="with single slashes"):
        store.put(bucket.uri("a//x"), b"2", content_type="text/plain")
    with pytest.raises(ConfigurationError, match="with single slashes"):
        store.delete(bucket.uri("a//x"))
    assert bucket.read("a//x") == b"1"


@pytest.mark.parametrize("written", ["cap/ep/v", "cap//ep/v/", "cap/ep//v/"])
@pytest.mark.parametrize("stored", ["cap/ep/v/", "cap//ep/v/", "cap/ep/v//"])
def test_slashes_of_sources_do_not_matter(cloud_bucket: CloudBucket, written: str, stored: str) -> None:
    window = Window(datetime(2026, 3, 1, 23, tzinfo=UTC), datetime(2026, 3, 2, 1, 30, tzinfo=UTC))
    uri = cloud_bucket.write(f"{stored}2026/03/02/00/1.jsonl", b"x")
    cloud_bucket.write(f"{stored}2026/03/02/05/2.jsonl", b"x")
    for form in ("", "/{yyyy}/{MM}/{dd}/{HH}", "/{yyyy}//{MM}/{dd}/{HH}/"):
        source = Source(
            cloud_bucket.uri(written + form), "SageMakerCapture", connection=cloud_bucket.connection
        )
        assert [ref.uri for ref in list_objects(source, window, cloud_bucket.access)] == [uri]
        assert len(list_objects(source, None, cloud_bucket.access)) == 2


def test_a_sas_token_opens_them(azure: AzureServer) -> None:
    bucket = azure.container()
    uri = bucket.write("a//x", b"1")
    environment = azure.account_name() | {"AZURE_STORAGE_SAS_TOKEN": azure.sas_token("rl")}
    store = open_store(uri, bucket.connection, Access(environment=environment))
    assert [ref.uri for ref in store.list(bucket.uri("a//"))] == [uri]
    assert store.get(uri, max_bytes=1) == b"1"


def test_refused_credentials_are_said_to_be_refused(cloud_bucket: CloudBucket) -> None:
    uri = cloud_bucket.write("a//x", b"1")
    store = open_store(uri, cloud_bucket.connection, Access(environment=cloud_bucket.refused))
    for attempt in (
        lambda: list(store.list(cloud_bucket.uri("a//"))),
        lambda: store.get(uri, max_bytes=1),
    ):
        with pytest.raises(AccessRefusedError, match=r"check .*credentials") as caught:
            attempt()
        assert not any(value in str(caught.value) for value in cloud_bucket.refused.values())
    assert store.folders(cloud_bucket.uri("a")) == (cloud_bucket.uri("a/"),), (
        "who may not list may still read"
    )


def test_a_missing_bucket_is_named(cloud_bucket: CloudBucket) -> None:
    uri = f"{cloud_bucket.scheme}://absent-bucket/a//x"
    store = open_store(uri, cloud_bucket.connection, cloud_bucket.access)
    with pytest.raises(BucketMissingError, match=r"//absent-bucket' does not exist: create it"):
        list(store.list(uri))


@pytest.mark.parametrize("no_proxy", ["", "elsewhere,127.0.0.1"])
def test_what_opens_a_store_is_shown_to_no_proxy(
    serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch, no_proxy: str
) -> None:
    proxy = serve(404)
    for name in ("HTTP_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setenv("HTTP_PROXY", proxy.endpoint)
    monkeypatch.setenv("NO_PROXY", no_proxy)
    store = open_store("az://box/x", Connection(endpoint="https://127.0.0.1:9"), Access(environment=AZURE))
    monkeypatch.setattr(listing, "_PAUSE_SECONDS", 0.001)
    with pytest.raises(StoreUnreachableError if no_proxy else ConfigurationError) as caught:
        list(store.list("az://box/x//y"))
    assert proxy.seen == []
    if not no_proxy:
        assert "name it in NO_PROXY" in str(caught.value)
        assert store.folders("az://box/x") == ("az://box/x/",), "names with single slashes are still read"


def test_the_identity_of_a_google_machine_opens_a_store(
    serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = serve(200, b'{"access_token": "hunter2", "expires_in": 3600, "token_type": "Bearer"}')
    monkeypatch.setenv("GCE_METADATA_HOST", machine.endpoint.removeprefix("http://"))
    location, connection = parse_uri("gs://box/"), Connection()
    request = as_the_client_asks(
        "https://storage.googleapis.com/box?prefix=a%2F%2F",
        lambda url: clients.client_at(url, location, connection, {}),
    )
    assert request.full_url == "https://storage.googleapis.com/box?prefix=a%2F%2F"
    assert request.unredirected_hdrs == {"Authorization": "Bearer hunter2"}


def test_what_others_ask_the_listener_is_not_repeated() -> None:
    location, connection = parse_uri("az://box/"), Connection()

    def client_at(url: str) -> clients.Client:
        with pytest.raises(HTTPError, match="404"):
            urlopen(urljoin(url, "/other"))
        return clients.client_at(url, location, connection, AZURE)

    request = as_the_client_asks("https://acct.example/box?comp=list", client_at)
    assert request.full_url == "https://acct.example/box?comp=list"
    assert request.unredirected_hdrs["Authorization"].startswith("SharedKey acct:")


def test_a_store_that_takes_doubled_slashes_for_single_ones_has_none(serve: Callable[..., Server]) -> None:
    server = serve(
        200,
        b"<EnumerationResults><Blobs><Blob><Name>a/x</Name><Properties><Content-Length>1</Content-Length>"
        b"<Last-Modified>Sun, 01 Mar 2026 00:00:00 GMT</Last-Modified></Properties></Blob></Blobs>"
        b"<NextMarker/></EnumerationResults>",
    )
    keys = listing.Listing(parse_uri("az://box/"), lambda query: Request(f"{server.endpoint}/box?{query}"))
    assert keys.any("a/")
    assert not keys.any("a//")


PAGE = (
    b"<ListBucketResult><Contents><Key>a//x</Key><Size>1</Size>"
    b"<LastModified>2026-03-01T00:00:00Z</LastModified></Contents></ListBucketResult>"
)


def listing_at(endpoint: str) -> listing.Listing:
    return listing.Listing(parse_uri("s3://box/"), lambda query: Request(f"{endpoint}/box?{query}"))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><body>Sign in</body></html>",
        PAGE[:-9],
        b'<?xml version="1.0" encoding="klingon"?>' + PAGE,
        b'<?xml version="1.0" encoding="utf-7"?>' + PAGE,
        PAGE.replace(b">1<", b">one<"),
        PAGE.replace(b"2026", b"MMXXVI"),
        b'<!DOCTYPE l [<!ENTITY x SYSTEM "file:///etc/hostname">]>' + PAGE.replace(b"a//x", b"a//&x;"),
    ],
)
def test_what_is_no_listing_is_said_to_be_none(serve: Callable[..., Server], body: bytes) -> None:
    with pytest.raises(StorageError, match="is none: check its endpoint"):
        list(listing_at(serve(200, body).endpoint).keys("a//"))


def test_a_listing_that_goes_on_where_it_was_is_left(serve: Callable[..., Server]) -> None:
    page = PAGE.replace(b"</List", b"<NextContinuationToken>again</NextContinuationToken></List")
    server = serve(200, page)
    with pytest.raises(StorageError, match="never ends"):
        list(listing_at(server.endpoint).keys("a//"))
    assert len(server.seen) == 2


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n" + PAGE[:40],
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n28\r\n" + PAGE[:30],
        b"HTTP/1.1 403 Forbidden\r\nTransfer-Encoding: chunked\r\n\r\n28\r\n",
    ],
)
def test_an_answer_that_breaks_off_is_asked_for_again(broken: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "_PAUSE_SECONDS", 0.001)
    answers = [broken, b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + PAGE]

    class Handler(StreamRequestHandler):
        def handle(self) -> None:
            while self.rfile.readline().strip():
                pass
            self.wfile.write(answers.pop(0))

    with TCPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            keys = list(listing_at(f"http://127.0.0.1:{server.server_address[1]}").keys("a//"))
        finally:
            server.shutdown()
            thread.join()
    assert [key.key for key in keys] == ["a//x"]
    assert answers == []
