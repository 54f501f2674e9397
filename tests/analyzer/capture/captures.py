"""Capture records for tests, built the way the format is documented."""

import json
from typing import Any

from model_monitor_analyzer.sources.lines import Chunk


def side(data: Any, encoding: str | None = "CSV", content_type: str | None = None) -> dict[str, Any]:
    return {"observedContentType": content_type, "mode": "INPUT", "data": data, "encoding": encoding}


def record(
    request: dict[str, Any] | None = None,
    response: dict[str, Any] | None = None,
    *,
    event: str = "e",
    inference: str | None = None,
    time: str | None = "2026-01-01T00:00:00Z",
    attributes: list[str] | None = None,
) -> dict[str, Any]:
    metadata: dict[str, Any] = {"eventId": event, "inferenceTime": time}
    if inference is not None:
        metadata["inferenceId"] = inference
    if attributes is not None:
        metadata["customAttributes"] = attributes
    bodies = {"endpointInput": request, "endpointOutput": response}
    captured = {name: body for name, body in bodies.items() if body is not None}
    return {"captureData": captured, "eventMetadata": metadata, "eventVersion": "0"}


def chunk(*lines: dict[str, Any] | str | bytes, first_line: int = 1, ended: bool = True) -> Chunk:
    written = []
    for line in lines:
        text = json.dumps(line) if isinstance(line, dict) else line
        written.append(text.encode() if isinstance(text, str) else text)
    return Chunk(b"\n".join(written) + (b"\n" if ended else b""), first_line, ended)
