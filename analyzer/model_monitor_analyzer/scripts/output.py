"""What a script prints or logs, on its way into the run's log."""

import logging
from typing import BinaryIO, Final

from model_monitor_api.printable import printable

LOG_CHARACTERS: Final = 1_000_000
"""What one process may write to the log; the rest is dropped, and that is said."""

_LINE_CHARACTERS = 2000
_log = logging.getLogger(__name__)


def forward(output: BinaryIO, name: str) -> None:
    """Write a script's output to the log, line by line and within bounds."""
    left = LOG_CHARACTERS
    with output:
        while line := output.readline(_LINE_CHARACTERS):
            text = line.decode("utf-8", "replace").rstrip("\r\n")
            if left > 0:
                _log.info("%s: %s", printable(name), printable(text))
                if left <= len(text):
                    _log.warning(
                        "%s: wrote more than %d characters; the rest is dropped",
                        printable(name),
                        LOG_CHARACTERS,
                    )
            left -= len(text) + 1
