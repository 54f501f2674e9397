"""What Envoy's capture filter is told: lines that `capture/filter/settings.rs` reads."""

from collections.abc import Iterator
from typing import Final

from model_monitor_api.headers import EXPLANATION_HEADER
from model_monitor_api.v1alpha1.datacapture import DataCaptureSpec
from model_monitor_capture.sampling import threshold

MAX_HELD_BYTES: Final = 128 << 20
"""Bytes of bodies that a gateway keeps of all requests under way together: of what comes above that, records
say that they are truncated."""


def filter_settings(spec: DataCaptureSpec, *, paused: bool) -> str:
    """Return the settings of one route.

    Parameters
    ----------
    spec
        What is captured. Its names hold no white space, by the kind's own rules.
    paused
        Only count the requests that would have been captured.
    """
    return "".join(f"{name} {value}\n" for name, value in _settings(spec, paused=paused))


def _settings(spec: DataCaptureSpec, *, paused: bool) -> Iterator[tuple[str, object]]:
    yield "threshold", threshold(spec.sampling.percentage)
    yield "paused", _word(paused)
    yield "input", _word("Input" in spec.capture)
    yield "output", _word("Output" in spec.capture)
    yield "max_body_bytes", spec.max_body_bytes
    yield "max_held_bytes", max(MAX_HELD_BYTES, 2 * spec.max_body_bytes)
    yield "inference_id_header", spec.headers.inference_id.lower()
    yield "custom_attributes_header", spec.headers.custom_attributes.lower()
    yield "explanation_header", EXPLANATION_HEADER
    for media_type in spec.content_types.json_types:  # before CSV's: one that both have is JSON
        yield "json", media_type
    for media_type in spec.content_types.csv:
        yield "csv", media_type


def _word(value: bool) -> str:
    return "true" if value else "false"
