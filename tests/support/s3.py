"""A real S3 server on loopback, spoken to over HTTP."""

import logging
import threading
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.request import Request, urlopen

import boto3  # type: ignore[import-untyped] # has no published types
import pytest
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.s3.models import s3_backends
from moto.server import ThreadedMotoServer

from model_monitor_analyzer.stores import Access
from model_monitor_api.v1alpha1.storage import Connection

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test-key", "AWS_SECRET_ACCESS_KEY": "test-secret"}


@dataclass(frozen=True)
class S3Bucket:
    """A fresh bucket, its endpoint, and a client that is not ours to fill and inspect it."""

    name: str
    endpoint: str
    client: Any
    access: Access = field(default_factory=lambda: Access(environment=CREDENTIALS))

    @property
    def connection(self) -> Connection:
        return Connection(endpoint=self.endpoint, region="us-east-1")

    def uri(self, key: str) -> str:
        return f"s3://{self.name}/{key}"

    def fill(self, keys: Iterable[str], body: bytes) -> None:
        """Store many small objects inside the server, which HTTP would take long for."""
        backend = s3_backends[DEFAULT_ACCOUNT_ID]["aws"]
        for key in keys:
            backend.put_object(self.name, key, body)

    def names(self) -> list[str]:
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.name)
        return [item["Key"] for page in pages for item in page.get("Contents", [])]

    def read(self, key: str) -> bytes:
        return bytes(self.client.get_object(Bucket=self.name, Key=key)["Body"].read())

    def write(self, key: str, body: bytes) -> str:
        self.client.put_object(Bucket=self.name, Key=key, Body=body)
        return self.uri(key)


@contextmanager
def s3_server(address: str, port: int = 0) -> Iterator[str]:
    """Serve on an address of this machine until the context ends; give the endpoint.

    All servers of a process hold the same buckets, so one at the same port is the one before, come back.
    """
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # a line per request otherwise
    server = ThreadedMotoServer(ip_address=address, port=port, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.stop()


def make_bucket(endpoint: str) -> S3Bucket:
    """Create a bucket of a name that no other test has."""
    client = boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="test-key",
        aws_secret_access_key="test-secret",
    )
    name = f"bucket-{uuid.uuid4().hex[:12]}"
    client.create_bucket(Bucket=name)
    return S3Bucket(name, endpoint, client)


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    with s3_server("127.0.0.1") as endpoint:
        yield endpoint


@pytest.fixture
def s3_bucket(s3_endpoint: str) -> S3Bucket:
    return make_bucket(s3_endpoint)


@pytest.fixture
def s3_checks_credentials(s3_bucket: S3Bucket) -> Iterator[None]:
    """Make the server refuse keys that it does not know, as it otherwise never does."""
    with checks_credentials(s3_bucket.endpoint):
        yield


@contextmanager
def checks_credentials(endpoint: str) -> Iterator[None]:
    """Make the server refuse keys that it does not know until the context ends."""

    def allow_unchecked(requests: str) -> None:
        url, headers = f"{endpoint}/moto-api/reset-auth", {"Content-Type": "text/plain"}
        urlopen(Request(url, data=requests.encode(), headers=headers, method="POST")).close()

    allow_unchecked("0")
    try:
        yield
    finally:
        allow_unchecked("inf")


class Server(NamedTuple):
    """An endpoint that always answers alike, and the requests that it has seen."""

    endpoint: str
    seen: list[str]


@pytest.fixture
def serve() -> Iterator[Callable[[int, bytes], Server]]:
    """Start servers that answer every GET and HEAD with a status and a body."""
    started: list[tuple[ThreadingHTTPServer, threading.Thread]] = []

    def start(status: int, body: bytes = b"") -> Server:
        seen: list[str] = []

        class Handler(BaseHTTPRequestHandler):
            def do_HEAD(self) -> None:
                seen.append(self.path)
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()

            def do_GET(self) -> None:
                self.do_HEAD()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Keep quiet."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        started.append((server, thread))
        return Server(f"http://127.0.0.1:{server.server_port}", seen)

    yield start
    for server, thread in started:
        server.shutdown()
        thread.join()
        server.server_close()
