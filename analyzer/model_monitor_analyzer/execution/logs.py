"""The run's log: what the analyzer and the scripts it runs have to say, on standard error."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_LOGGER: Final = logging.getLogger("model_monitor_analyzer")


class _ToStandardError(logging.Handler):
    """Writes to whatever standard error is at the time: a progress line may stand in for it."""

    def emit(self, record: logging.LogRecord) -> None:
        sys.stderr.write(f"{self.format(record)}\n")


def log_to_standard_error(level: int) -> logging.Handler:
    """Write messages of this level and above to standard error from now on."""
    handler = _ToStandardError()
    _LOGGER.addHandler(handler)
    _LOGGER.setLevel(level)
    return handler


@contextmanager
def logging_to_standard_error(*, quiet: bool) -> Iterator[None]:
    """Write messages to standard error within a block; if quiet, only errors."""
    before = _LOGGER.level
    handler = log_to_standard_error(logging.ERROR if quiet else logging.INFO)
    try:
        yield
    finally:
        _LOGGER.removeHandler(handler)
        _LOGGER.setLevel(before)


def log_level() -> int:
    """Return the level that worker processes are to log at as well."""
    return _LOGGER.getEffectiveLevel()
