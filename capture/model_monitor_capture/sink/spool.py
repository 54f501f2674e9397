"""The spool as the sink writes it: a write for each record, so that a kill loses none that was written."""

import os
from collections import Counter, deque
from pathlib import Path

from model_monitor_capture.shipper.spool import CURRENT


class SpoolWriter:
    """Appends to `records.jsonl`, and counts what it appended.

    What can't be written, for want of space say, is kept and tried again; `is_blocked` tells so.

    Parameters
    ----------
    folder
        Where it lies.

    Raises
    ------
    OSError
        The file can't be opened.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / CURRENT
        self._kept: deque[tuple[bytes, str, int]] = deque()
        self.requests: Counter[tuple[str, int]] = Counter()
        self._open()

    @property
    def is_blocked(self) -> bool:
        """Whether records wait that could not be written."""
        return bool(self._kept)

    def append(self, line: bytes, outcome: str, hour: int) -> None:
        """Write a record, or keep it until it can be written.

        Parameters
        ----------
        line
            With its end.
        outcome
            What became of its requests, as a gateway counts them.
        hour
            Hour of the day of its invocation, in UTC.
        """
        self._kept.append((line, outcome, hour))
        self.flush()

    def flush(self) -> None:
        """Write what was kept, as far as that is possible."""
        while self._kept:
            line, outcome, hour = self._kept[0]
            if not self._write(line):
                return
            self.requests[outcome, hour] += 1
            self._kept.popleft()

    def reopen(self) -> None:
        """Open the file anew by its name: a shipper has put the old one aside."""
        old = self._file
        self._open()
        os.close(old)

    def close(self) -> None:
        """Write nothing more."""
        os.close(self._file)

    def _open(self) -> None:
        self._file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o640)

    def _write(self, line: bytes) -> bool:
        try:
            written = os.write(self._file, line)
            if written == len(line):
                return True
            os.ftruncate(self._file, os.fstat(self._file).st_size - written)
        except OSError:
            pass
        return False
