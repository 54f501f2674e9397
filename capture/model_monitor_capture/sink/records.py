"""Events as halves of records, and records in the capture format: the very lines that a gateway writes.

Keys are in order and texts have their quotes escaped, which `shipper.lines` relies on.
"""

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple
from uuid import uuid4

from model_monitor_api.headers import EXPLANATION_HEADER
from model_monitor_api.v1alpha1.datacapture import DataCaptureSpec
from model_monitor_capture.sink.events import Event, media_type
from model_monitor_capture.sink.joiner import Joined

_IDENTITY: Final = ("source", "namespace", "inferenceservicename", "component", "endpoint", "modelid")
"""What tells models, and the parts of one, from another where they share ids of requests."""

_LARGEST_METADATA: Final = 1000
"""Most headers that a logger may have added to an event."""


class Body(NamedTuple):
    """What is kept of one side.

    Attributes
    ----------
    side
        The side of a record, ready to be written.
    inference_id
        The caller's id of the inference, else that of the request.
    request_id
        Id of the request, which both events have.
    custom_attributes
        The caller's attributes, None if there are none.
    time
        When it happened.
    origin
        Names and values of where it comes from.
    """

    side: Mapping[str, Any]
    inference_id: str
    request_id: str
    custom_attributes: str | None
    time: datetime
    origin: Mapping[str, str]


class Reader:
    """Reads events as a capture wants them.

    Parameters
    ----------
    spec
        What is captured.
    """

    def __init__(self, spec: DataCaptureSpec) -> None:
        self._encodings = dict.fromkeys((name.lower() for name in spec.content_types.csv), "CSV")
        self._encodings |= dict.fromkeys((name.lower() for name in spec.content_types.json_types), "JSON")
        self._limit = spec.max_body_bytes
        self._inference_id = spec.headers.inference_id.lower()
        self._custom_attributes = spec.headers.custom_attributes.lower()

    def headers(self, event: Event) -> Mapping[str, str]:
        """Return the request's headers that KServe's logger put into an event, by name in lower case."""
        text = event.attributes.get("metadata", "")
        if len(text) < len('{"a":1}'):
            return {}
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            return {}
        if not isinstance(found, dict) or len(found) > _LARGEST_METADATA:
            return {}
        return {name.lower(): value for name, raw in found.items() if (value := _first(raw))}

    def inference_id(self, event: Event, headers: Mapping[str, str]) -> str:
        """Return the id by which a sample is chosen and labels are found."""
        return headers.get(self._inference_id) or request_id(event)

    def body(self, event: Event, headers: Mapping[str, str], time: datetime) -> Body:
        """Return what is kept of an event."""
        origin = {name: event.attributes[name] for name in _IDENTITY if event.attributes.get(name)}
        return Body(
            self._side(event),
            self.inference_id(event, headers),
            request_id(event),
            headers.get(self._custom_attributes),
            time,
            origin,
        )

    def _side(self, event: Event) -> Mapping[str, Any]:
        data, cut = event.data, event.truncated
        if len(data) > self._limit:
            data, cut = data[: self._limit], True
        encoding = self._encodings.get(media_type(event.content_type))
        text = None if encoding is None else _text(data, cut=cut)
        side = {
            "contentEncoding": _printable(event.content_encoding),
            "data": base64.b64encode(data).decode() if text is None else text,
            "encoding": "BASE64" if text is None else encoding,
            "mode": "INPUT" if event.side == "input" else "OUTPUT",
            "observedContentType": _printable(event.content_type),
            "truncated": cut or None,
        }
        return {name: value for name, value in side.items() if value is not None}


def request_id(event: Event) -> str:
    """Return the id that both events of an inference have: Seldon's `requestid`, else the event's own."""
    return event.attributes.get("requestid") or event.attributes["id"]


def key(event: Event) -> tuple[str, ...]:
    """Return what both events of an inference have in common, and no other's."""
    return (request_id(event), *(event.attributes.get(name, "") for name in _IDENTITY))


def size(body: Body) -> int:
    """Return how much of a body's memory a client decides, in bytes about."""
    texts = [body.inference_id, body.request_id, body.custom_attributes or "", *body.origin.values()]
    texts += [text for text in body.side.values() if isinstance(text, str)]
    return sum(map(len, texts))


def is_explanation(event: Event, headers: Mapping[str, str]) -> bool:
    """Return whether an event belongs to the explaining of a model, not to its use."""
    return EXPLANATION_HEADER in headers or event.attributes.get("component") == "explainer"


def invoked(joined: Joined[Body]) -> datetime:
    """Return when an inference was asked for, as far as that is known."""
    return _known(joined).time


def line(joined: Joined[Body]) -> bytes:
    """Return a record as a line of the spool, with its end."""
    known = _known(joined)
    sides = {}
    if joined.input is not None:
        sides["endpointInput"] = joined.input.side
    if joined.output is not None:
        sides["endpointOutput"] = joined.output.side
    attributes = known.custom_attributes or (joined.output and joined.output.custom_attributes)
    metadata: dict[str, Any] = {"customAttributes": [attributes]} if attributes else {}
    metadata |= {
        "eventId": str(uuid4()),
        "inferenceId": known.inference_id,
        "inferenceTime": known.time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "requestId": known.request_id,
        **known.origin,
    }
    record = {"captureData": sides, "eventMetadata": metadata, "eventVersion": "0"}
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode(errors="replace") + b"\n"


def _known(joined: Joined[Body]) -> Body:
    known = joined.input or joined.output
    if known is None:
        raise ValueError("a record needs a side")
    return known


def _first(raw: object) -> str | None:
    value = raw[0] if isinstance(raw, list) and raw else raw
    if not isinstance(value, str):
        return None
    return value.encode(errors="replace").decode()


def _text(data: bytes, *, cut: bool) -> str | None:
    """Return bytes as text, None if they are none or hold NUL; where they were cut, whole characters only."""
    if b"\0" in data:
        return None
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        if not cut or error.reason != "unexpected end of data":
            return None
        return data[: error.start].decode()


def _printable(text: str | None) -> str | None:
    return text or None
