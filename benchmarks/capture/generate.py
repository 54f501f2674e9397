"""Makes capture files as an endpoint would write them: 20 numeric features, seeded."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

FEATURES = [f"feature_{index:02d}" for index in range(20)]
PREDICTION = "score"


class Form(NamedTuple):
    """Form of the bodies: their encoding, rows per request, and how each side is written."""

    encoding: str
    rows: int
    request: Callable[[list[list[float]]], str]
    response: Callable[[list[float]], str]


def _csv(rows: list[list[float]]) -> str:
    return "\n".join(",".join(map(repr, row)) for row in rows) + "\n"


def _objects(rows: list[list[float]]) -> str:
    return json.dumps(dict(zip(FEATURES, rows[0], strict=True)))


FORMS = {
    "csv-1": Form("CSV", 1, _csv, lambda scores: f"{scores[0]}\n"),
    "csv-20": Form("CSV", 20, _csv, lambda scores: "\n".join(map(repr, scores)) + "\n"),
    "json-object": Form("JSON", 1, _objects, lambda scores: json.dumps({PREDICTION: scores[0]})),
    "json-instances-1": Form(
        "JSON",
        1,
        lambda rows: json.dumps({"instances": rows}),
        lambda scores: json.dumps({"predictions": [[score] for score in scores]}),
    ),
    "json-instances-20": Form(
        "JSON",
        20,
        lambda rows: json.dumps({"instances": rows}),
        lambda scores: json.dumps({"predictions": [[score] for score in scores]}),
    ),
}
CONTENT_TYPES = {"CSV": "text/csv", "JSON": "application/json"}


def write(path: Path, form: Form, rows: int, seed: int) -> None:
    """Write a capture file with that many rows in all."""
    rng = np.random.default_rng(seed)
    values = rng.normal(50, 20, size=(rows, len(FEATURES))).round(4).tolist()
    scores = rng.random(rows).round(6).tolist()
    content = CONTENT_TYPES[form.encoding]
    with path.open("w") as file:
        for first in range(0, rows, form.rows):
            some = slice(first, first + form.rows)
            sides = {
                "endpointInput": ("INPUT", form.request(values[some])),
                "endpointOutput": ("OUTPUT", form.response(scores[some])),
            }
            record = {
                "captureData": {
                    side: {
                        "observedContentType": content,
                        "mode": mode,
                        "data": data,
                        "encoding": form.encoding,
                    }
                    for side, (mode, data) in sides.items()
                },
                "eventMetadata": {
                    "eventId": str(first).zfill(36),
                    "inferenceTime": f"2026-01-01T{first % 24:02d}:00:00Z",
                },
                "eventVersion": "0",
            }
            file.write(json.dumps(record) + "\n")
