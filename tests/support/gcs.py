"""A real server of Google Cloud Storage on loopback, behind a front that asks who comes."""

import base64
import http.client
import json
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import quote, urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from tests.support.cloud import CloudBucket, serving
from tests.support.parts import missing
from tests.support.ports import free_port
from tests.support.servers import ServerMissingError, fake_gcs

EMAIL: Final = "monitor@project.iam.gserviceaccount.com"
_HOP_BY_HOP: Final = {"connection", "host", "transfer-encoding", "content-length"}


class _Front(BaseHTTPRequestHandler):
    """What the server behind lacks of the XML API: it takes every token, and no plain PUT or If-Match.

    A token must be what a service account signs itself (RFC 7519, RS256). A PUT is passed on as one by a
    signed URL, which the server takes, and its answer gets the ETag header.
    """

    protocol_version = "HTTP/1.1"
    backend: int
    key: rsa.RSAPublicKey

    def _handle(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        bucket, _, key = urlsplit(self.path).path[1:].partition("/")
        if not self._knows():
            self._answer(401, {}, b"<Error><Code>AuthenticationRequired</Code></Error>")
        elif _ask(self.backend, "GET", f"/storage/v1/b/{bucket}")[0] == 404:
            self._answer(404, {}, b"<Error><Code>NoSuchBucket</Code></Error>")
        elif key and (wanted := self.headers.get("If-Match")) and wanted.strip('"') != self._etag():
            self._answer(412, {}, b"<Error><Code>PreconditionFailed</Code></Error>")
        else:
            self._pass(body)

    do_GET = do_HEAD = do_PUT = do_DELETE = _handle  # noqa: N815 # the names that the handler looks for

    def _pass(self, body: bytes) -> None:
        path = self.path
        if self.command == "PUT":
            path += ("&" if "?" in path else "?") + "X-Goog-Algorithm=GOOG4-RSA-SHA256"
        sent = {name: value for name, value in self.headers.items() if name.lower() not in _HOP_BY_HOP}
        status, headers, text = _ask(self.backend, self.command, path, body, sent)
        if self.command == "PUT" and status == 200:
            headers, text = {"ETag": f'"{json.loads(text)["etag"]}"'}, b""
        self._answer(status, headers, text)

    def _etag(self) -> str:
        return _ask(self.backend, "HEAD", self.path)[1].get("Etag", "").strip('"')

    def _knows(self) -> bool:
        kind, _, token = self.headers.get("Authorization", "").partition(" ")
        signed, _, signature = token.rpartition(".")
        try:
            self.key.verify(_decoded(signature), signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        except (InvalidSignature, ValueError):
            return False
        claims = json.loads(_decoded(signed.partition(".")[2]))
        return kind == "Bearer" and claims["iss"] == claims["sub"] == EMAIL

    def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() not in _HOP_BY_HOP:
                self.send_header(name, value)
        length = headers.get("Content-Length") if self.command == "HEAD" else None
        self.send_header("Content-Length", length or str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


class _FrontServer(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """Keep quiet of clients that were killed."""


class _Bucket:
    """One bucket, by the JSON API of the server behind the front, which asks nobody."""

    def __init__(self, port: int, name: str) -> None:
        self._port = port
        self._name = name

    def make(self) -> None:
        self._ask("POST", "/storage/v1/b?project=p", json.dumps({"name": self._name}).encode())

    def drop(self) -> None:
        for key in self.names():
            self._ask("DELETE", f"/storage/v1/b/{self._name}/o/{quote(key, safe='')}")
        self._ask("DELETE", f"/storage/v1/b/{self._name}")

    def write(self, key: str, body: bytes, encoding: str = "") -> None:
        """Write an object; `encoding` is its Content-Encoding."""
        query = f"uploadType=media&name={quote(key, safe='')}&contentEncoding={encoding}"
        self._ask("POST", f"/upload/storage/v1/b/{self._name}/o?{query}", body)

    def read(self, key: str) -> bytes:
        return self._ask("GET", f"/storage/v1/b/{self._name}/o/{quote(key, safe='')}?alt=media")

    def names(self) -> list[str]:
        listed: dict[str, Any] = json.loads(self._ask("GET", f"/storage/v1/b/{self._name}/o"))
        assert "nextPageToken" not in listed
        return [item["name"] for item in listed.get("items", [])]

    def _ask(self, method: str, path: str, body: bytes = b"") -> bytes:
        status, _, text = _ask(self._port, method, path, body, {"Content-Type": "application/json"})
        assert status < 300, text
        return text


class GcsServer:
    """A running server, and an account that it knows."""

    def __init__(self, backend: int, front: int, private_key: rsa.RSAPrivateKey) -> None:
        self._backend = backend
        self._front = front
        self._private_key = private_key

    def bucket(self) -> CloudBucket:
        """Create a bucket of a name that no other test has."""
        objects = _Bucket(self._backend, name := f"bucket-{uuid.uuid4().hex[:12]}")
        objects.make()
        return CloudBucket(
            scheme="gs",
            name=name,
            endpoint=f"http://127.0.0.1:{self._front}",
            credentials={"GOOGLE_APPLICATION_CREDENTIALS_JSON": _account(self._private_key)},
            refused={"GOOGLE_APPLICATION_CREDENTIALS_JSON": _account(_new_key())},
            objects=objects,
        )

    def write_encoded(self, bucket: str, key: str, body: bytes) -> None:
        """Write an object whose metadata say that it is compressed by gzip."""
        _Bucket(self._backend, bucket).write(key, body, "gzip")


@contextmanager
def gcs_server() -> Iterator[GcsServer]:
    """Serve until the context ends; skip the test where no server was built."""
    try:
        program = fake_gcs.program()
    except ServerMissingError as problem:
        missing(str(problem))
    port, private_key = free_port(), _new_key()
    where = ["-scheme", "http", "-host", "127.0.0.1", "-port", str(port), "-public-host", f"127.0.0.1:{port}"]
    command = [str(program), *where, "-backend", "memory"]
    with serving(program.name, command, f"http://127.0.0.1:{port}", {}):
        attributes = {"backend": port, "key": private_key.public_key()}
        front = _FrontServer(("127.0.0.1", 0), type("Front", (_Front,), attributes))
        thread = threading.Thread(target=front.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield GcsServer(port, front.server_port, private_key)
        finally:
            front.shutdown()
            thread.join()
            front.server_close()


def _ask(
    port: int, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None
) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        connection.close()


def _account(key: rsa.RSAPrivateKey) -> str:
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return json.dumps(
        {
            "type": "service_account",
            "private_key_id": "1",
            "private_key": pem.decode(),
            "client_email": EMAIL,
            "client_id": "1",
            "token_uri": "https://oauth2.googleapis.com/token",
        }
    )


def _new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
