"""A log's line is one JSON document."""

import json
import logging
import os

from model_monitor_operator.logs import JsonFormatter


def line(message: str, *arguments: object, **extra: object) -> dict[str, object]:
    record = logging.LogRecord("a.logger", logging.WARNING, __file__, 1, message, arguments, None)
    record.__dict__.update(extra)
    text = JsonFormatter().format(record)
    assert "\n" not in text
    found: dict[str, object] = json.loads(text)
    return found


def test_a_line_names_its_object() -> None:
    found = line("%s failed", "it", object="Baseline/models/churn", retrySeconds=2.5, unknown=1)
    assert found.pop("time")
    assert found == {
        "level": "warning",
        "logger": "a.logger",
        "message": "it failed",
        "object": "Baseline/models/churn",
        "retrySeconds": 2.5,
    }


def test_a_traceback_and_line_breaks_stay_within_the_line() -> None:
    try:
        os.environ["A\nB"]
    except KeyError as error:
        found = line("x\ny", exc_info=(KeyError, error, error.__traceback__))
    assert found["message"] == "x\ny"
    assert "Traceback" in str(found["traceback"])
