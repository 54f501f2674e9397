"""The end of a gateway's pod: Envoy goes on until the last request is answered.

Envoy's image brings no program that could wait. So the hook before its end asks the shipper (`wait`), which
answers when it is time. That draining has begun only the pod itself can say, by a file in the spool: the port
is open to others.
"""

import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from model_monitor_capture.gateway.bootstrap import DRAIN_SECONDS
from model_monitor_capture.shipper.admin import Admin, AdminAbsentError, AdminUnreachableError

_MARK: Final = "draining"
_UNNOTICED_SECONDS: Final = 5
"""How long others may go on to connect, since they do not know yet that the pod is to end."""

_PATIENCE_SECONDS: Final = 10
"""How long is waited for draining to begin: both hooks start at once."""

_TICK_SECONDS: Final = 0.2
_WAITING: Final = 4


def begun(folder: Path) -> datetime | None:
    """Return when the pod of a spool began to end; None if it has not."""
    try:
        return datetime.fromtimestamp((folder / _MARK).stat().st_mtime, UTC)
    except FileNotFoundError:
        return None


class Draining:
    """Begins the end, and waits for it.

    Parameters
    ----------
    admin
        Administration of the Envoy that is to end.
    folder
        The spool.
    """

    def __init__(self, admin: Admin, folder: Path) -> None:
        self._admin = admin
        self._folder = folder
        self._room = threading.BoundedSemaphore(_WAITING)

    def begin(self) -> None:
        """Let Envoy take leave of its clients."""
        (self._folder / _MARK).touch()
        try:
            self._admin.drain()
        except AdminUnreachableError:
            return  # it has ended, or does not begin any more

    def wait(self) -> bool:
        """Wait until nothing is under way, or time is up; return whether it is time to end."""
        if not self._room.acquire(blocking=False):
            return False
        try:
            return self._waited()
        finally:
            self._room.release()

    def _waited(self) -> bool:
        start = time.monotonic()
        while time.monotonic() - start < DRAIN_SECONDS:
            age = self._age()
            if age is None and time.monotonic() - start > _PATIENCE_SECONDS:
                return False
            if age is not None and age > _UNNOTICED_SECONDS and self._idle():
                return True
            time.sleep(_TICK_SECONDS)
        return True

    def _age(self) -> float | None:
        """Return since how many seconds draining goes on; None if it has not begun."""
        start = begun(self._folder)
        return None if start is None else time.time() - start.timestamp()

    def _idle(self) -> bool:
        try:
            return self._admin.active() == 0
        except AdminAbsentError:
            return True
        except AdminUnreachableError:
            return False
