"""Lines as Envoy writes them."""

import json
from typing import Any


def line(number: int = 0, time: str = "2026-01-31T10:20:30Z", **fields: Any) -> bytes:
    """Return a record, without line end."""
    side = {"data": f"{number},2", "encoding": "CSV", "mode": "INPUT", "observedContentType": "text/csv"}
    record = {
        "captureData": {"endpointInput": side | fields},
        "eventMetadata": {"eventId": f"{number}", "inferenceTime": time, "statusCode": 200},
        "eventVersion": "0",
    }
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode()
