"""Open Inference Protocol V2: tensors in JSON, or raw behind a JSON header (the binary tensor extension).

https://github.com/kserve/open-inference-protocol and Triton's ``extension_binary_data``.
"""

from typing import Any, Final

from model_monitor_analyzer.payload import json_text
from model_monitor_analyzer.payload.errors import BodyError, BodyProblem
from model_monitor_analyzer.payload.shape import Shape
from model_monitor_analyzer.payload.tensors import DATATYPES, Tensor, decode_raw, tensor, tensor_rows
from model_monitor_analyzer.payload.values import Row, flatten

MAX_TENSORS: Final = 5000
"""Tensors of a body."""


def looks_like(document: Any) -> bool:
    """Return whether a JSON document is a V2 request or response."""
    entries = _entries(document)
    return (
        bool(entries) and isinstance(entries[0], dict) and {"name", "datatype", "shape"} <= entries[0].keys()
    )


def open_inference_rows(document: Any, shape: Shape, raw: bytes = b"") -> list[Row]:
    """Return the rows of a V2 request or response.

    Parameters
    ----------
    document
        The JSON document, or the JSON header of the binary extension.
    shape
        Names and what is kept.
    raw
        What follows the header: the data of all tensors with ``binary_data_size``, in their order.

    Raises
    ------
    BodyError
        The document is no request or response, or contradicts its data.
    """
    entries = _entries(document)
    if not entries or len(entries) > MAX_TENSORS:
        raise BodyError(BodyProblem.INVALID_TENSOR)
    tensors = []
    position = 0
    for entry in entries:
        each, size = _tensor(entry, raw, position)
        tensors.append(each)
        position += size
    if position != len(raw):
        raise BodyError(BodyProblem.INVALID_TENSOR)
    return tensor_rows(tensors, shape)


def split_header(body: bytes, header_length: int | None) -> tuple[Any, bytes]:
    """Return the JSON header of a binary body and the raw data behind it.

    Parameters
    ----------
    body
        The whole body.
    header_length
        Length of the header in bytes, as the request said it. None: the header is the JSON document at the
        start of the body.

    Raises
    ------
    BodyError
        There is no such header.
    """
    if header_length is None:
        # Latin-1 gives each byte one character, so that the end of the document is an offset in bytes.
        _, header_length = json_text.parse_prefix(body.decode("latin-1"))
    if header_length > len(body):
        raise BodyError(BodyProblem.INVALID_TENSOR)
    try:
        text = body[:header_length].decode()
    except UnicodeDecodeError:
        raise BodyError(BodyProblem.NOT_TEXT) from None
    return json_text.parse(text), body[header_length:]


def _entries(document: Any) -> list[Any]:
    if not isinstance(document, dict):
        return []
    entries = document.get("inputs", document.get("outputs"))
    return entries if isinstance(entries, list) else []


def _tensor(entry: Any, raw: bytes, position: int) -> tuple[Tensor, int]:
    """Return a tensor, and how many of the raw bytes it took."""
    if not isinstance(entry, dict):
        raise BodyError(BodyProblem.INVALID_TENSOR)
    name, datatype, shape = entry.get("name"), entry.get("datatype"), entry.get("shape")
    if not (isinstance(name, str) and isinstance(datatype, str) and isinstance(shape, list)):
        raise BodyError(BodyProblem.INVALID_TENSOR)
    if datatype not in DATATYPES:
        raise BodyError(BodyProblem.INVALID_TENSOR)
    parameters = entry.get("parameters")
    size = parameters.get("binary_data_size") if isinstance(parameters, dict) else None
    if size is None:
        if not isinstance(entry.get("data"), list):
            raise BodyError(BodyProblem.INVALID_TENSOR)
        return tensor(name, shape, flatten(entry["data"])), 0
    if type(size) is not int or not 0 <= size <= len(raw) - position:
        raise BodyError(BodyProblem.INVALID_TENSOR)
    return tensor(name, shape, decode_raw(datatype, raw[position : position + size])), size
