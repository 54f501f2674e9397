"""What a body is: its declared format, else its content type, else its first bytes."""

import base64
import binascii
import re
from typing import Final, Literal, NamedTuple

from model_monitor_analyzer.payload.errors import BodyError, BodyProblem

Encoding = str | None
"""As the capture record has it: `CSV`, `JSON` or `BASE64`; None if absent."""

Kind = Literal["CSV", "JSON", "JSONLines", "OpenInferenceBinary"]

_KINDS: Final[dict[str, Kind]] = {
    "text/csv": "CSV",
    "application/csv": "CSV",
    "application/json": "JSON",
    "application/jsonlines": "JSONLines",
    "application/jsonl": "JSONLines",
    "application/json-lines": "JSONLines",
    "application/x-jsonlines": "JSONLines",
    "application/x-ndjson": "JSONLines",
    "application/ndjson": "JSONLines",
    "application/vnd.sagemaker-triton.binary+json": "OpenInferenceBinary",
}
_HEADER_LENGTH = ("json-header-size", "inference-header-content-length")
_COUNT = re.compile(r"[0-9]{1,12}")


class ContentType(NamedTuple):
    """A content type, taken apart.

    Attributes
    ----------
    kind
        What it says the body is; None if it does not say.
    header_length
        Bytes of JSON before raw tensors, from a parameter of either of the two names that servers use.
    """

    kind: Kind | None
    header_length: int | None


def parse_content_type(text: str | None) -> ContentType:
    """Read a content type; only the header's length counts among its parameters."""
    media, *parameters = (part.strip() for part in (text or "").lower().split(";"))
    kind = _KINDS.get(media)
    if kind is None and media.endswith("+json"):
        kind = "JSON"
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        value = value.strip().strip('"')
        if name.strip() in _HEADER_LENGTH and _COUNT.fullmatch(value):
            return ContentType("OpenInferenceBinary", int(value))
    return ContentType(kind, None)


def raw_bytes(data: str, encoding: Encoding) -> bytes | None:
    """Return the bytes of a body recorded as BASE64, None for one recorded as text.

    Raises
    ------
    BodyError
        It is no BASE64.
    """
    if (encoding or "").upper() != "BASE64":
        return None
    try:
        return base64.b64decode(data.strip(), validate=True)
    except (binascii.Error, ValueError):
        raise BodyError(BodyProblem.INVALID_BASE64) from None


def text_of(body: bytes) -> str:
    """Return a body's text, without byte-order mark.

    Raises
    ------
    BodyError
        It is no UTF-8, or holds NUL.
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BodyError(BodyProblem.NOT_TEXT) from None
    if "\0" in text:
        raise BodyError(BodyProblem.NOT_TEXT)
    return text


def sniff(text: str) -> Kind:
    """Return what a text looks like: JSON if it starts like an array or object, else CSV."""
    return "JSON" if text.lstrip().startswith(("{", "[")) else "CSV"


def text_kind(encoding: Encoding, content: ContentType, text: str) -> Kind:
    """Return what a text is: by its encoding where that says so, else by content type, else by its look."""
    said = (encoding or "").upper()
    if said == "CSV":
        return "CSV"
    if said == "JSON":
        return "JSONLines" if content.kind == "JSONLines" else "JSON"
    if content.kind in ("CSV", "JSON", "JSONLines"):
        return content.kind
    return sniff(text)
