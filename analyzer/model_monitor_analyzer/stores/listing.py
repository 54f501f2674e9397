"""Listing names that the object-store client can't represent: with doubled slashes, or parts `.` and `..`.

The client refuses a whole listing over one such name, yet they are common: a destination with a trailing
slash makes every capture key `prefix//endpoint/…`. So the one request that lists is sent here, with whatever
credentials the client has. S3 and Google know ListObjectsV2, Azure has List Blobs.
"""

import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from datetime import datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from http.client import HTTPException, IncompleteRead
from itertools import islice
from typing import Final, NamedTuple
from urllib.parse import quote
from urllib.request import Request
from xml.etree import ElementTree as ET

from model_monitor_analyzer.errors import (
    ConfigurationError,
    StorageError,
    StoreUnreachableError,
)
from model_monitor_analyzer.stores.clients import RETRIES
from model_monitor_analyzer.stores.failures import FAILURES, explain, explain_answer
from model_monitor_analyzer.stores.location import Location

_PAGE: Final = 1000
_PAGE_BYTES: Final = 16 << 20
_ERROR_BYTES: Final = 64 << 10
_PAUSE_SECONDS: Final = 0.1
_TIMEOUT_SECONDS: Final = 30
_BUSY: Final = (408, 429, 500, 502, 503, 504)


class _Words(NamedTuple):
    """What a protocol calls the parameters of a query and the elements of an answer."""

    query: str
    token: str
    root: str
    item: str
    key: str
    size: str
    etag: str
    modified: str
    next: str
    moment: Callable[[str], datetime]


_OBJECTS: Final = _Words(
    query="list-type=2&max-keys",
    token="continuation-token",  # noqa: S106 # a parameter's name
    root="ListBucketResult",
    item="Contents",
    key="Key",
    size="Size",
    etag="ETag",
    modified="LastModified",
    next="NextContinuationToken",
    moment=datetime.fromisoformat,
)
_BLOBS: Final = _Words(
    query="restype=container&comp=list&maxresults",
    token="marker",  # noqa: S106 # a parameter's name
    root="EnumerationResults",
    item="Blob",
    key="Name",
    size="Properties/{*}Content-Length",
    etag="Properties/{*}Etag",
    modified="Properties/{*}Last-Modified",
    next="NextMarker",
    moment=parsedate_to_datetime,
)


class Key(NamedTuple):
    """One listed key.

    Attributes
    ----------
    key
        The key as stored.
    size
        Bytes.
    etag
        Entity tag, quotes included.
    modified
        When it was written.
    """

    key: str
    size: int
    etag: str | None
    modified: datetime


class Listing:
    """The keys of one bucket or container.

    Parameters
    ----------
    location
        Scheme and bucket.
    request
        Makes an authorised GET of the bucket with a query; raises one of `FAILURES`, or what it says itself.
    """

    def __init__(self, location: Location, request: Callable[[str], Request]) -> None:
        self._root = location.root
        self._request = request
        self._words = _BLOBS if location.scheme == "az" else _OBJECTS

    def keys(self, prefix: str, *, after: str = "") -> Iterator[Key]:
        """Return the keys below a folder in lexicographic order; folder markers (`…/`) are left out.

        Parameters
        ----------
        prefix
            Empty, or ended by a slash.
        after
            Start behind this key.
        """
        try:
            for key in self._found(prefix, after, _PAGE):
                # Not every store can start behind a key by itself.
                if key.key > after and not key.key.endswith("/"):
                    yield key
        except FAILURES as error:
            raise explain(error, self._root) from None

    def any(self, prefix: str) -> bool:
        """Return whether any key begins with `prefix`; False also if the store does not let that be asked.

        What else is wrong with it is told by the listing of a folder that follows.
        """
        try:
            # A store of directories, which has no doubled slashes, may take them for single ones.
            return any(key.key.startswith(prefix) for key in islice(self._found(prefix, "", 1), 1))
        except StoreUnreachableError:
            raise
        except (StorageError, ConfigurationError):
            return False
        except FAILURES as error:
            raise explain(error, self._root) from None

    def _found(self, prefix: str, after: str, size: int) -> Iterator[Key]:
        token = ""
        while True:
            text = self._fetch(self._request(self._query(prefix, after, token, size)))
            try:
                keys, following = self._page(text)
            except (ET.ParseError, ValueError, LookupError):  # the last one for an unknown encoding
                raise StorageError(
                    f"what the store gives for the listing of '{self._root}{prefix}' is none: "
                    "check its endpoint, and what stands between"
                ) from None
            yield from keys
            if not following:
                return
            if following == token:
                raise StorageError(f"the store's listing of '{self._root}{prefix}' never ends")
            token = following

    def _query(self, prefix: str, after: str, token: str, size: int) -> str:
        query = f"{self._words.query}={size}"
        if after and self._words is _OBJECTS:
            query += f"&start-after={quote(after, safe='')}"
        if token:
            query += f"&{self._words.token}={quote(token, safe='')}"
        if prefix:
            query += f"&prefix={quote(prefix, safe='')}"
        return query

    def _page(self, text: bytes) -> tuple[list[Key], str]:
        """Return the keys of an answer and what continues it."""
        words = self._words
        root = ET.fromstring(text)  # noqa: S314 # the user's own store, bounded; expat limits expansions
        if root.tag.rpartition("}")[2] != words.root:  # as of a page that asks to log in
            raise ValueError(root.tag)
        keys = [
            Key(
                item.findtext(f"{{*}}{words.key}", ""),
                int(item.findtext(f"{{*}}{words.size}", "0")),
                quoted(item.findtext(f"{{*}}{words.etag}")),
                words.moment(item.findtext(f"{{*}}{words.modified}", "")),
            )
            for item in root.iterfind(f".//{{*}}{words.item}")
        ]
        return keys, root.findtext(f"{{*}}{words.next}", "")

    def _fetch(self, request: Request) -> bytes:
        for attempt in range(RETRIES + 1):
            if attempt:
                time.sleep(_PAUSE_SECONDS * 2**attempt)
            try:
                status, text = _answer(request)
            except (OSError, HTTPException):
                continue
            if status == HTTPStatus.OK:
                return text
            if status not in _BUSY or attempt == RETRIES:
                raise explain_answer(status, text.decode(errors="replace"), self._root)
        raise StoreUnreachableError(f"the store of '{self._root}' does not answer: check its endpoint")


def _answer(request: Request) -> tuple[int, bytes]:
    """Return status and body; raises OSError or HTTPException if there is no whole answer."""
    try:
        answer = urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS)  # noqa: S310 # an endpoint is http or https by its type
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read(_ERROR_BYTES)
    with answer:
        text = bytes(answer.read(_PAGE_BYTES))
        if answer.length and len(text) < _PAGE_BYTES:
            raise IncompleteRead(text, answer.length)
        return HTTPStatus.OK, text


def quoted(etag: str | None) -> str | None:
    """Return an entity tag as HTTP has it; some listings leave the quotes out."""
    return etag if etag is None or etag.endswith('"') else f'"{etag}"'
