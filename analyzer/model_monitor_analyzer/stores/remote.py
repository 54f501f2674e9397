"""Objects in S3-compatible stores, Google Cloud Storage and Azure Blob Storage."""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import cached_property, lru_cache
from typing import Final
from urllib.parse import quote
from urllib.request import Request

import obstore
from obstore.exceptions import InvalidPathError

from model_monitor_analyzer.errors import (
    AccessRefusedError,
    ConfigurationError,
    ObjectChangedError,
    ObjectMissingError,
    OutputNotWritableError,
    UnreadableObjectError,
)
from model_monitor_analyzer.stores.aws_profile import with_profile
from model_monitor_analyzer.stores.clients import Client, client_at, make_client
from model_monitor_analyzer.stores.failures import FAILURES, explain
from model_monitor_analyzer.stores.listing import Listing, quoted
from model_monitor_analyzer.stores.location import Location, parse_uri
from model_monitor_analyzer.stores.signing import as_the_client_asks, presigned
from model_monitor_analyzer.stores.store import ObjectRef
from model_monitor_api.v1alpha1.storage import Connection, Encryption

_PIECE_BYTES: Final = 8 << 20

_CLIENTS: Final = 16
"""Clients of folders that are kept, each with its connections and its credentials."""


class RemoteStore:
    """Objects of one bucket or container by URI.

    Parameters
    ----------
    location
        Scheme and bucket.
    connection, environment, encryption
        As `stores.clients.make_client` takes them; encryption concerns writing only.
    """

    def __init__(
        self,
        location: Location,
        connection: Connection,
        environment: Mapping[str, str],
        encryption: Encryption | None = None,
    ) -> None:
        self._location = location
        self._connection = connection
        self._environment = with_profile(environment) if location.scheme == "s3" else environment
        self._encryption = encryption
        self._client = make_client(location, connection, self._environment)
        self._client_below = lru_cache(maxsize=_CLIENTS)(self._client_at)

    def folders(self, uri: str) -> tuple[str, ...]:
        """Return the folders that a URI may mean, ended by slashes, the one with single slashes first.

        Others are those that exist with doubled slashes, at the end too: whoever wrote there may have joined
        a prefix that ended in a slash.
        """
        found = [""]
        for segment in (*parse_uri(uri).segments, None):
            spelled = []
            for prefix in found:
                doubled = prefix
                spelled.append(prefix)
                while self._listing.any(f"{doubled}/"):
                    doubled += "/"
                    spelled.append(doubled)
            found = spelled if segment is None else [f"{prefix}{segment}/" for prefix in spelled]
        return tuple(self._location.child(prefix) for prefix in found)

    def list(self, uri: str) -> Iterator[ObjectRef]:
        """Return the objects below a folder, given with its doubled slashes if it has any."""
        key = parse_uri(uri).key
        prefix = key if not key or key.endswith("/") else f"{key}/"
        last = ""
        # The client drops a leading slash, so a listing of everything would misname such keys.
        if _is_plain(prefix) if prefix else not self._listing.any("/"):
            try:
                for ref in self._listed(prefix):
                    last = parse_uri(ref.uri).key
                    yield ref
            except InvalidPathError:
                pass
            except FAILURES as error:
                raise explain(error, uri) from None
            else:
                return
        for found in self._listing.keys(prefix, after=last):
            yield ObjectRef(self._location.child(found.key), found.size, found.etag, found.modified)

    def _listed(self, prefix: str) -> Iterator[ObjectRef]:
        for page in obstore.list(self._client, prefix):
            for meta in page:
                uri = self._location.child(meta["path"])
                yield ObjectRef(uri, meta["size"], quoted(meta["e_tag"]), meta["last_modified"])

    def head(self, uri: str) -> ObjectRef | None:
        """Return one object's description; None if it does not exist."""
        client, path = self._addressed(uri)
        try:
            meta = obstore.head(client, path)
        except FAILURES as error:
            reason = explain(error, uri)
            if isinstance(reason, ObjectMissingError):
                return None
            raise reason from None
        return ObjectRef(uri, meta["size"], meta["e_tag"], meta["last_modified"])

    def get(self, uri: str, *, max_bytes: int) -> bytes:
        """Return a whole object."""
        client, path = self._addressed(uri)
        try:
            answer = obstore.get(client, path)
            size = answer.meta["size"]
            if size > max_bytes:
                raise UnreadableObjectError(f"'{uri}' has {size} bytes, more than the {max_bytes} accepted")
            return answer.bytes().to_bytes()
        except FAILURES as error:
            raise explain(error, uri) from None

    def stream(self, ref: ObjectRef) -> Iterator[bytes]:
        """Return an object's bytes; each piece is a request of its own, sent again alone if it fails."""
        starts = range(0, ref.size, _PIECE_BYTES)
        if len(starts) <= 1:
            if ref.size:
                yield self.read_range(ref, 0, ref.size)
            return
        with ThreadPoolExecutor(1, thread_name_prefix="read-ahead") as ahead:
            piece = ahead.submit(self.read_range, ref, 0, _PIECE_BYTES)
            for start in starts[1:]:
                data = piece.result()
                piece = ahead.submit(self.read_range, ref, start, min(_PIECE_BYTES, ref.size - start))
                yield data
            yield piece.result()

    def read_range(self, ref: ObjectRef, start: int, length: int) -> bytes:
        """Return `length` bytes of an object from `start` on."""
        client, path = self._addressed(ref.uri)
        try:
            answer = obstore.get(
                client, path, options={"range": (start, start + length), "if_match": ref.etag}
            )
            data = answer.bytes().to_bytes()
        except FAILURES as error:
            raise explain(error, ref.uri) from None
        if len(data) != length:
            raise ObjectChangedError(f"'{ref.uri}' became shorter while it was read")
        return data

    def put(self, uri: str, data: bytes, *, content_type: str) -> None:
        """Write or replace an object in one step."""
        client, path = self._addressed(uri, writing=True)
        try:
            obstore.put(client, path, data, attributes={"Content-Type": content_type})
        except FAILURES as error:
            raise self._unwritable(error, uri) from None

    def delete(self, uri: str) -> None:
        """Remove an object."""
        client, path = self._addressed(uri, writing=True)
        try:
            obstore.delete(client, path)
        except FileNotFoundError:
            return
        except FAILURES as error:
            raise self._unwritable(error, uri) from None

    def _unwritable(self, error: Exception, uri: str) -> Exception:
        reason = explain(error, uri)
        if isinstance(reason, (AccessRefusedError, ObjectMissingError)):
            return OutputNotWritableError(
                f"the store refuses to write '{uri}': check the credentials and their permissions"
            )
        return reason

    def _addressed(self, uri: str, *, writing: bool = False) -> tuple[Client, str]:
        """Return a client and the path that it reaches an object by."""
        key = parse_uri(uri).key
        if _is_plain(key) and key:
            return (self._writer if writing else self._client), key
        head, doubled, path = key.rpartition("//")
        if not doubled:
            path = key.removeprefix("/")
        if writing or not path or not _is_plain(path):
            raise ConfigurationError(f"'{uri}' can't be addressed: write its path with single slashes")
        return self._client_below(f"{self._bucket_url}/{quote(head)}{'/' if doubled else ''}"), path

    @cached_property
    def _writer(self) -> Client:
        return make_client(self._location, self._connection, self._environment, self._encryption)

    @cached_property
    def _bucket_url(self) -> str:
        """URL that names are appended to."""
        match self._location.scheme:
            case "s3":  # what stands before a key in a signed URL
                try:
                    url = obstore.sign(self._client, "GET", "key", timedelta(minutes=1))
                except FAILURES as error:
                    raise explain(error, self._location.root) from None
                return url.partition("?")[0].removesuffix("/key")
            case "gs":
                ours = "https://storage.googleapis.com"
            case _:
                ours = f"https://{self._environment['AZURE_STORAGE_ACCOUNT_NAME']}.blob.core.windows.net"
        return f"{(self._connection.endpoint or ours).rstrip('/')}/{self._location.bucket}"

    @cached_property
    def _listing(self) -> Listing:
        return Listing(self._location, self._request)

    def _request(self, query: str) -> Request:
        url = f"{self._bucket_url}?{query}"
        if self._location.scheme == "s3":
            return presigned(self._client_at(url))
        return as_the_client_asks(url, self._client_at)

    def _client_at(self, url: str) -> Client:
        return client_at(url, self._location, self._connection, self._environment)


def _is_plain(key: str) -> bool:
    """Return whether the client can represent a key: every part non-empty and neither `.` nor `..`."""
    parts = key.removesuffix("/").split("/") if key else []
    return all(part not in ("", ".", "..") for part in parts)
