"""What `preprocess_handler` is given for a capture record: SageMaker's object, attribute by attribute."""

from collections.abc import Mapping
from typing import Any

JsonObject = Mapping[str, Any]


class EndpointData:
    """One body of a record.

    Attributes
    ----------
    data
        The body as it was recorded.
    encoding
        `CSV`, `JSON` or `BASE64`.
    observedContentType
        Content type of the request or response, or None.
    mode
        `INPUT` or `OUTPUT`, or None.
    """

    __slots__ = ("_document", "data", "encoding", "mode", "observedContentType")

    def __init__(self, document: JsonObject) -> None:
        self._document = document
        self.data = document.get("data")
        self.encoding = document.get("encoding")
        self.mode = document.get("mode")
        self.observedContentType = document.get("observedContentType")

    def as_dict(self) -> JsonObject:
        """Return the body's part of the record."""
        return self._document


class EventMetadata:
    """Who asked, and when.

    Attributes
    ----------
    event_id, inference_id
        Ids of the record; the latter is None unless the caller gave one.
    event_time
        Time of the inference as text.
    custom_attribute
        The caller's custom attributes, a list; empty if there are none.
    """

    __slots__ = ("_document", "custom_attribute", "event_id", "event_time", "inference_id")

    def __init__(self, document: JsonObject) -> None:
        self._document = document
        self.event_id = document.get("eventId")
        self.inference_id = document.get("inferenceId")
        self.event_time = document.get("inferenceTime")
        self.custom_attribute = document.get("customAttributes") or []

    def as_dict(self) -> JsonObject:
        """Return this part of the record."""
        return self._document


class InferenceRecord:
    """A capture record.

    Attributes
    ----------
    endpoint_input, endpoint_output, batch_transform_output, ground_truth
        Bodies; None where the record has none.
    event_metadata
        Who asked, and when.
    event_version
        Version of the format.
    event_dict
        The whole record as it stands in the file.
    """

    __slots__ = (
        "batch_transform_output",
        "endpoint_input",
        "endpoint_output",
        "event_dict",
        "event_metadata",
        "event_version",
        "ground_truth",
    )

    def __init__(self, record: JsonObject) -> None:
        captured = record.get("captureData") or {}
        self.endpoint_input = _body(captured.get("endpointInput"))
        self.endpoint_output = _body(captured.get("endpointOutput"))
        self.batch_transform_output = _body(captured.get("batchTransformOutput"))
        self.ground_truth = _body(record.get("groundTruthData"))
        self.event_metadata = EventMetadata(record.get("eventMetadata") or {})
        self.event_version = record.get("eventVersion")
        self.event_dict = record

    def as_dict(self) -> JsonObject:
        """Return the whole record."""
        return self.event_dict


def _body(document: JsonObject | None) -> EndpointData | None:
    return None if document is None else EndpointData(document)
