"""Logs as lines of JSON: what a cluster's log collector can search."""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any, Final

LEVELS: Final = ("debug", "info", "warning", "error")
"""What `--log-level` takes."""

_FIELDS: Final = ("object", "retrySeconds", "watched")
"""What a record may carry beside its message."""


class JsonFormatter(logging.Formatter):
    """One JSON object per record."""

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as one line."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {name: record.__dict__[name] for name in _FIELDS if name in record.__dict__}
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


def configure(level: str) -> None:
    """Let everything be logged to standard error from a level on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    if level != "debug":
        # kopf tells at length what it does.
        logging.getLogger("kopf").setLevel(logging.WARNING)
        # It warns that it gets no signals outside the main thread; the operator gets them.
        logging.getLogger("kopf._core.reactor.running").setLevel(logging.ERROR)
