"""Compressed bodies unpacked, so that an analysis finds the text that was meant."""

import base64
import zlib
from typing import Any, Final

from model_monitor_api.v1alpha1.datacapture import ContentTypes

_WINDOW_BITS: Final = {"gzip": 31, "x-gzip": 31, "deflate": 15}
"""How zlib reads a content encoding."""

MARK: Final = b'"contentEncoding":"'
"""Stands in every record that may have something to unpack."""


class Unpacker:
    """Unpacks bodies by their content encoding.

    Parameters
    ----------
    content_types
        How the encoding of the unpacked body is chosen.
    limit
        Bytes that are kept at most; a longer body is marked as truncated.
    """

    def __init__(self, content_types: ContentTypes, limit: int) -> None:
        self._encodings = dict.fromkeys((name.lower() for name in content_types.csv), "CSV")
        self._encodings |= dict.fromkeys((name.lower() for name in content_types.json_types), "JSON")
        self._limit = limit

    def unpack(self, side: dict[str, Any]) -> None:
        """Unpack one side of a record in place; what can't be unpacked stays as it is."""
        bits = _WINDOW_BITS.get(str(side.get("contentEncoding", "")).strip().lower())
        if bits is None or side.get("encoding") != "BASE64" or not side.get("data"):
            return
        unpacker = zlib.decompressobj(bits)
        try:
            body = unpacker.decompress(base64.b64decode(side["data"]), self._limit + 1)
        except (zlib.error, ValueError):
            return
        del side["contentEncoding"]
        if len(body) > self._limit or not unpacker.eof:
            body, side["truncated"] = body[: self._limit], True
        self._store(side, body)

    def _store(self, side: dict[str, Any], body: bytes) -> None:
        media_type = str(side.get("observedContentType", "")).partition(";")[0].strip().lower()
        encoding = self._encodings.get(media_type)
        if encoding is not None:
            try:
                text = body.decode()
            except UnicodeDecodeError:
                pass
            else:
                side["data"], side["encoding"] = text, encoding
                return
        side["data"] = base64.b64encode(body).decode()
