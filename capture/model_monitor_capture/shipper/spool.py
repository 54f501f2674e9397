"""The spool: the file that Envoy appends to, and those that were put aside for upload."""

import time
from datetime import timedelta
from pathlib import Path
from typing import Final

from model_monitor_capture.shipper.admin import Admin, AdminAbsentError, AdminUnreachableError

CURRENT: Final = "records.jsonl"
"""File that Envoy appends to."""

_CLOSED: Final = "closed-*.jsonl"
_SETTLED_SECONDS: Final = 2
"""How long a file must be untouched before its last flush counts as over; flushes come each half second."""


class Spool:
    """Files of one folder.

    Parameters
    ----------
    folder
        Where they lie.
    admin
        Administration of the Envoy that writes them.
    """

    def __init__(self, folder: Path, admin: Admin) -> None:
        self._folder = folder
        self._admin = admin
        self._current = folder / CURRENT
        self._put_aside = time.monotonic()

    def size(self) -> int:
        """Return the bytes of all records that wait."""
        return sum(_size(path) for path in (self._current, *self.closed()))

    def current_size(self) -> int:
        """Return the bytes of the file that Envoy appends to."""
        return _size(self._current)

    def closed(self) -> list[Path]:
        """Return the files that were put aside, oldest first."""
        return sorted(self._folder.glob(_CLOSED))

    def age(self) -> float:
        """Return the seconds since the current file was begun."""
        return time.monotonic() - self._put_aside

    def lag(self, interval: timedelta) -> float:
        """Return how many seconds the oldest record may have waited.

        Parameters
        ----------
        interval
            How long a file is current at least.
        """
        closed = self.closed()
        if closed:
            return max(0.0, time.time() - closed_seconds(closed[0]) + interval.total_seconds())
        return self.age() if self.current_size() else 0.0

    def put_aside(self) -> None:
        """Put the current file aside and make Envoy open a new one; leave it if it is empty.

        Raises
        ------
        AdminUnreachableError
            Envoy could not be told to; if it is there at all, the file is left where it is.
        """
        if self.current_size():
            self._admin.requests()  # an Envoy that starts or ends just now must keep its file
            self._rename()
            self._admin.reopen_logs()
        self._put_aside = time.monotonic()

    def put_aside_of_the_dead(self) -> None:
        """Put the current file aside that an Envoy left which is no more."""
        if self.current_size():
            self._rename()

    def is_settled(self) -> bool:
        """Return whether nothing more is written to the files that were put aside.

        Only Envoy makes the current file. Where it is there, Envoy has closed all others: one flush closes
        the old file and opens the new one. An Envoy that was told to, but has had nothing to write since,
        does so before it writes: then it is enough that the last flush is over.
        """
        if self._current.exists() or not self.closed():
            return True
        try:
            self._admin.reopen_logs()
        except AdminAbsentError:
            pass  # who wrote them is gone
        except AdminUnreachableError:
            return False
        return self._current.exists() or all(
            time.time() - _modified(path) > _SETTLED_SECONDS for path in self.closed()
        )

    def _rename(self) -> None:
        self._current.rename(self._folder / f"closed-{time.time_ns():020}.jsonl")


def closed_seconds(path: Path) -> float:
    """Return when a file was put aside, in seconds since 1970."""
    return int(path.stem.removeprefix("closed-")) / 1e9


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _modified(path: Path) -> float:
    return path.stat().st_mtime
