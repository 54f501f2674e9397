"""CloudEvents as HTTP carries them: in binary, structured and batched mode.

After CloudEvents 1.0.2 and its JSON format and HTTP binding, but for one thing: attributes in headers are
taken as they stand, not percent-decoded. All these loggers send by Go's SDK, which does not encode them, and
an id that a label has must stay what it is. Bodies stay bytes: what an analysis reads later is what the
logger sent, to the last digit of a number.
"""

import base64
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, Literal, NamedTuple

from model_monitor_capture.sink.raw_json import RawJSONError, items, members, parsed

Side = Literal["input", "output"]

BATCH: Final = "application/cloudevents-batch+json"
STRUCTURED: Final = "application/cloudevents+json"

MAX_ATTRIBUTE: Final = 8192
"""Most characters of one attribute."""

_SIDES: Final[Mapping[str, Side]] = {"request": "input", "response": "output"}
_TYPE: Final = re.compile(r"(?:.+\.)?inference\.(request|response)")
_VERSIONS: Final = ("1.0", "0.3", "0.2")
_REQUIRED: Final = ("id", "source", "type")
_CONTROLS: Final = re.compile("[\x00-\x1f\x7f-\x9f]")


class EventError(Exception):
    """What was sent is no event; the message says why, and holds nothing of what was sent."""


class Event(NamedTuple):
    """One event.

    Attributes
    ----------
    attributes
        Its attributes and extensions as text, by name in lower case.
    content_type
        Media type of the data, None if it was not said.
    content_encoding
        How the data are compressed, None if they aren't.
    data
        The body, possibly only its begin.
    truncated
        Whether more belongs to it.
    """

    attributes: Mapping[str, str]
    content_type: str | None
    content_encoding: str | None
    data: bytes
    truncated: bool = False

    @property
    def side(self) -> Side | None:
        """Which side of an inference it is, None if neither."""
        found = _TYPE.fullmatch(self.attributes["type"])
        return _SIDES[found[1]] if found else None

    @property
    def time(self) -> datetime | None:
        """When it says that it happened; None if it does not say so, or not understandably."""
        text = self.attributes.get("time")
        try:
            moment = None if text is None else datetime.fromisoformat(text)
            return None if moment is None or moment.tzinfo is None else moment.astimezone(UTC)
        except (ValueError, OverflowError):
            return None


def is_binary(headers: Mapping[str, bytes]) -> bool:
    """Return whether headers are those of an event in binary mode."""
    return "ce-type" in headers or "ce-id" in headers


def binary_event(headers: Mapping[str, bytes], body: bytes, *, truncated: bool = False) -> Event:
    """Return the event of a request in binary mode.

    Parameters
    ----------
    headers
        By their names in lower case.
    body
        The data, possibly only their begin.
    truncated
        Whether more belongs to them.

    Raises
    ------
    EventError
        An attribute is missing or no text, or the version is unknown.
    """
    attributes = {
        name.removeprefix("ce-"): _header_text(name, value)
        for name, value in headers.items()
        if name.startswith("ce-")
    }
    _check(attributes, _VERSIONS)
    content_type, encoding = headers.get("content-type"), headers.get("content-encoding")
    return Event(
        attributes,
        content_type.decode("latin-1") if content_type else None,
        encoding.decode("latin-1") if encoding else None,
        body,
        truncated,
    )


def json_events(content_type: str, body: bytes) -> list[Event]:
    """Return the events of a request in structured or batched mode.

    Parameters
    ----------
    content_type
        `STRUCTURED` or `BATCH`.
    body
        The whole body.

    Raises
    ------
    EventError
        It is not of the format; then none of a batch's events counts.
    """
    try:
        text = body.decode()
        if content_type == STRUCTURED:
            return [_json_event(text)]
        return [_json_event(item) for item in items(text)]
    except UnicodeDecodeError:
        raise EventError("the event is not UTF-8") from None
    except RawJSONError as error:
        raise EventError(f"the event {error}") from None
    except (ValueError, RecursionError):
        raise EventError("the event is no JSON") from None


def media_type(content_type: str | None) -> str:
    """Return a content type without its parameters, in lower case."""
    return (content_type or "").partition(";")[0].strip().lower()


def _header_text(name: str, value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise EventError(f"the header {name} is not UTF-8") from None


def _check(attributes: Mapping[str, str], versions: tuple[str, ...]) -> None:
    for name in _REQUIRED:
        if not attributes.get(name):
            raise EventError(f"the attribute '{name}' is missing")
    version = attributes.get("specversion")
    if version is not None and version not in versions:
        raise EventError(f"the attribute 'specversion' must be one of {', '.join(versions)}")
    for name, value in attributes.items():
        if len(value) > MAX_ATTRIBUTE:
            raise EventError(f"the attribute '{name[:64]}' has more than {MAX_ATTRIBUTE} characters")
        if _CONTROLS.search(value):
            raise EventError(f"the attribute '{name[:64]}' has a control character")


def _json_event(text: str) -> Event:
    found = members(text)
    raw_data, encoded = found.pop("data", None), found.pop("data_base64", None)
    values = {name: parsed(raw) for name, raw in found.items()}
    attributes = {name: _attribute(name, value) for name, value in values.items() if value is not None}
    _check(attributes, _VERSIONS[:1])
    if "specversion" not in attributes:
        raise EventError("the attribute 'specversion' is missing")
    content_type = attributes.get("datacontenttype", "application/json")
    if encoded is not None:
        return Event(attributes, content_type, None, _unbase64(parsed(encoded)))
    return Event(attributes, content_type, None, _json_data(raw_data, content_type))


def _json_data(raw: str | None, content_type: str) -> bytes:
    """Return data that stand in a JSON event: as they are written there, or what a text says."""
    if raw is None:
        return b""
    name = media_type(content_type)
    if raw.startswith('"') and name != "application/json" and not name.endswith("+json"):
        return _utf8(parsed(raw))
    return _utf8(raw)


def _unbase64(value: Any) -> bytes:
    if not isinstance(value, str):
        raise EventError("the member 'data_base64' is no text")
    try:
        return base64.b64decode(value, validate=True)
    except ValueError:
        raise EventError("the member 'data_base64' is no base64") from None


def _attribute(name: str, value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case str():
            _utf8(value)
            return value
        case _:
            raise EventError(f"the attribute '{name[:64]}' is neither text, whole number nor boolean")


def _utf8(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise EventError("the event holds half a character") from None
