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
        words, token = self._words, ""
        while True:
            root = self._page(prefix, after, token, size)
            for item in root.iterfind(f".//{{*}}{words.item}"):
                yield Key(
                    item.findtext(f"{{*}}{words.key}", ""),
                    int(item.findtext(f"{{*}}{words.size}", "0")),
                    quoted(item.findtext(f"{{*}}{words.etag}")),
                    words.moment(item.findtext(f"{{*}}{words.modified}", "")),
                )
            token = root.findtext(f"{{*}}{words.next}", "")
            if not token:
                return

    def _page(self, prefix: str, after: str, token: str, size: int) -> ET.Element:
        query = f"{self._words.query}={size}"
        if after and self._words is _OBJECTS:
            query += f"&start-after={quote(after, safe='')}"
        if token:
            query += f"&{self._words.token}={quote(token, safe='')}"
        if prefix:
            query += f"&prefix={quote(prefix, safe='')}"
        text = self._fetch(self._request(query))
        try:
            return ET.fromstring(text)  # noqa: S314 # the user's own store, bounded; expat limits expansions
        except ET.ParseError:
            raise StorageError(f"the store's listing of '{self._root}{prefix}' is no XML") from None

    def _fetch(self, request: Request) -> bytes:
        for attempt in range(RETRIES + 1):
            if attempt:
                time.sleep(_PAUSE_SECONDS * 2**attempt)
            try:
                with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310 # an endpoint is http or https by its type
                    return bytes(answer.read(_PAGE_BYTES))
            except urllib.error.HTTPError as error:
                with error:
                    if error.code not in _BUSY or attempt == RETRIES:
                        body = error.read(_ERROR_BYTES).decode(errors="replace")
                        raise explain_answer(error.code, body, self._root) from None
            except OSError:
                continue
        raise StoreUnreachableError(f"the store of '{self._root}' does not answer: check its endpoint")


def quoted(etag: str | None) -> str | None:
    """Return an entity tag as HTTP has it; some listings leave the quotes out."""
    return etag if etag is None or etag.endswith('"') else f'"{etag}"'
