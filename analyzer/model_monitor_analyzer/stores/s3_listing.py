"""Listing S3 keys that the object-store client can't represent: with doubled slashes, or parts `.` and `..`.

The client refuses a whole listing over one such key, yet they are common: a destination with a trailing slash
makes every capture key `prefix//endpoint/…`. So the one request ListObjectsV2 is sent here, its URL signed by
the client with whatever credentials that has.
"""

import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from urllib.parse import quote
from xml.etree import ElementTree as ET

import obstore
from obstore.store import S3Store

from model_monitor_analyzer.errors import (
    AccessRefusedError,
    StorageError,
    StoreUnreachableError,
)
from model_monitor_analyzer.stores.clients import RETRIES
from model_monitor_analyzer.stores.failures import FAILURES, explain, explain_answer

_PAGE: Final = 1000
_PAGE_BYTES: Final = 16 << 20
_ERROR_BYTES: Final = 64 << 10
_PAUSE_SECONDS: Final = 0.1
_TIMEOUT_SECONDS: Final = 30
_SIGNED_FOR: Final = timedelta(minutes=5)
_BUSY: Final = (408, 429, 500, 502, 503, 504)


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


class S3Listing:
    """ListObjectsV2 on one bucket.

    Parameters
    ----------
    root
        URI of the bucket, for messages.
    endpoint
        URL of the bucket, such as `https://s3.eu-west-1.amazonaws.com/bucket`.
    client_at
        Makes a client that takes another URL for the bucket's.
    """

    def __init__(self, root: str, endpoint: str, client_at: Callable[[str], S3Store]) -> None:
        self._root = root
        self._endpoint = endpoint
        self._client_at = client_at

    def keys(self, prefix: str, *, after: str = "", limit: int | None = None) -> Iterator[Key]:
        """Return the keys below a folder in lexicographic order; folder markers (`…/`) are left out.

        Parameters
        ----------
        prefix
            Empty, or ended by a slash.
        after
            Start behind this key.
        limit
            Ask for one page of so many keys only.
        """
        token = ""
        while True:
            root = self._page(prefix, after, token, limit or _PAGE)
            space = root.tag.partition("}")[0] + "}" if root.tag.startswith("{") else ""
            for item in root.iter(f"{space}Contents"):
                key = item.findtext(f"{space}Key", "")
                if not key.endswith("/"):
                    yield Key(
                        key,
                        int(item.findtext(f"{space}Size", "0")),
                        item.findtext(f"{space}ETag"),
                        datetime.fromisoformat(item.findtext(f"{space}LastModified", "")),
                    )
            token = root.findtext(f"{space}NextContinuationToken", "")
            if not token or limit is not None:
                return

    def any(self, prefix: str) -> bool:
        """Return whether any key begins with `prefix`; False also if that may not be asked."""
        try:
            root = self._page(prefix, "", "", 1)
        except AccessRefusedError:
            return False
        return any(element.tag.endswith("Contents") for element in root)

    def _page(self, prefix: str, after: str, token: str, size: int) -> ET.Element:
        query = f"list-type=2&max-keys={size}"
        if after:
            query += f"&start-after={quote(after, safe='')}"
        if token:
            query += f"&continuation-token={quote(token, safe='')}"
        # Signing appends "/" to the URL; it completes the prefix, or a parameter that S3 ignores.
        query += f"&prefix={quote(prefix[:-1], safe='')}" if prefix else "&x-id="
        try:
            url = obstore.sign(self._client_at(f"{self._endpoint}?{query}"), "GET", "", _SIGNED_FOR)
        except FAILURES as error:
            raise explain(error, self._root) from None
        text = self._fetch(url)
        try:
            return ET.fromstring(text)  # noqa: S314 # the user's own store, bounded; expat limits expansions
        except ET.ParseError:
            raise StorageError(f"the store's listing of '{self._root}{prefix}' is no XML") from None

    def _fetch(self, url: str) -> bytes:
        for attempt in range(RETRIES + 1):
            if attempt:
                time.sleep(_PAUSE_SECONDS * 2**attempt)
            try:
                with urllib.request.urlopen(url, timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310 # an endpoint is http or https by its type
                    return bytes(answer.read(_PAGE_BYTES))
            except urllib.error.HTTPError as error:
                with error:
                    if error.code not in _BUSY or attempt == RETRIES:
                        body = error.read(_ERROR_BYTES).decode(errors="replace")
                        raise explain_answer(error.code, body, self._root) from None
            except OSError:
                continue
        raise StoreUnreachableError(f"the store of '{self._root}' does not answer: check its endpoint")
