"""The Lua script with a capture's settings written above it as constants."""

import string
from collections.abc import Mapping
from importlib import resources
from typing import Final

from model_monitor_api.headers import EXPLANATION_HEADER
from model_monitor_api.v1alpha1.datacapture import DataCaptureSpec
from model_monitor_capture.sampling import threshold

_PLAIN: Final = f"{string.ascii_letters}{string.digits}-_./+ ".encode()


def script(spec: DataCaptureSpec, *, paused: bool) -> str:
    """Return the script of one route.

    Parameters
    ----------
    spec
        What is captured.
    paused
        Only count the requests that would have been captured.
    """
    encodings = dict.fromkeys(spec.content_types.csv, "CSV")
    encodings |= dict.fromkeys(spec.content_types.json_types, "JSON")
    settings: Mapping[str, object] = {
        "threshold": threshold(spec.sampling.percentage),
        "paused": paused,
        "sides": _sides(spec),
        "max_body_bytes": spec.max_body_bytes,
        "inference_id_header": spec.headers.inference_id.lower(),
        "custom_attributes_header": spec.headers.custom_attributes.lower(),
        "explanation_header": EXPLANATION_HEADER,
        "encodings": {name.lower(): encoding for name, encoding in encodings.items()},
    }
    code = resources.files("model_monitor_capture.gateway").joinpath("capture.lua").read_text()
    return f"local SETTINGS = {_lua(settings)}\n{code}"


def _sides(spec: DataCaptureSpec) -> str:
    if "Output" not in spec.capture:
        return "input"
    return "both" if "Input" in spec.capture else "output"


def _lua(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case str():
            return _quoted(value)
        case Mapping():
            return "{" + ", ".join(f"[{_lua(key)}]={_lua(item)}" for key, item in value.items()) + "}"
        case _:
            raise TypeError(f"a setting can't be of type {type(value).__name__}")


def _quoted(text: str) -> str:
    """Return a Lua string of exactly these bytes, whatever they are."""
    return '"' + "".join(chr(b) if b in _PLAIN else f"\\{b:03d}" for b in text.encode()) + '"'
