"""Objects into the store, tried until they are there."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from model_monitor_analyzer.errors import AnalyzerError
from model_monitor_analyzer.stores import Access, Store, open_store
from model_monitor_api.contract.completeness import HourCompleteness, completeness_name
from model_monitor_capture.shipper.metrics import Metrics
from model_monitor_capture.shipper.packing import Packed
from model_monitor_capture.shipper.settings import ShipperSettings

_FIRST_PAUSE: Final = 1.0
_LONGEST_PAUSE: Final = 30.0
_REPEAT_SECONDS: Final = 300
"""How often the same failure is told again."""


class Uploads:
    """Writes below the prefix of one capture.

    Parameters
    ----------
    settings
        Where, and with which credentials. They are read anew after each failure.
    metrics
        Told of what is stored, and what fails.
    tell
        Takes one line for the log.
    wait
        Waits so many seconds; false if waiting has no use any more.
    """

    def __init__(
        self,
        settings: ShipperSettings,
        metrics: Metrics,
        tell: Callable[[str], None],
        wait: Callable[[float], bool],
    ) -> None:
        self._settings = settings
        self._metrics = metrics
        self._tell = tell
        self._wait = wait
        self._store: Store | None = None
        self._told = ("", 0.0)
        self.failure: AnalyzerError | None = None
        """Why the last attempt failed; None if it did not."""

    def object(self, packed: Packed) -> bool:
        """Write an object, tried until it is there; return whether the store has confirmed it."""
        pause = _FIRST_PAUSE
        while not self._put(object_name(packed), packed.data, "application/gzip", named_by_content=True):
            if not self._wait(pause):
                return False
            pause = min(2 * pause, _LONGEST_PAUSE)
        self._metrics.records.inc(packed.records)
        self._metrics.bytes.inc(len(packed.data))
        self._metrics.last_upload.set_to_current_time()
        return True

    def account(self, account: HourCompleteness) -> bool:
        """Try to write the account of an hour once; return whether the store has confirmed it."""
        document = account.model_dump_json(by_alias=True, indent=2).encode()
        name = f"{account.hour:%Y/%m/%d/%H}/{completeness_name(account.instance)}"
        return self._put(name, document, "application/json")

    def _put(self, name: str, data: bytes, content_type: str, *, named_by_content: bool = False) -> bool:
        """Try to write an object once; where its name tells its content, it is enough that it is there."""
        uri = f"{self._settings.prefix}{name}"
        try:
            self._opened().put(uri, data, content_type=content_type)
        except AnalyzerError as error:
            if error.retryable or not named_by_content or not self._is_there(uri):
                self._failed(error)
                return False
        self._told, self.failure = ("", 0.0), None
        return True

    def _is_there(self, uri: str) -> bool:
        """Return whether an object is in the store, which may take new ones and let nobody replace them."""
        try:
            return self._opened().head(uri) is not None
        except AnalyzerError:
            return False

    def _opened(self) -> Store:
        if self._store is None:
            storage = self._settings.storage
            access = Access(
                environment=dict(os.environ),
                mounts={name: Path(path) for name, path in self._settings.mounts.items()},
                secrets=None if self._settings.secrets is None else Path(self._settings.secrets),
            )
            prefix = self._settings.prefix
            self._store = open_store(prefix, storage.connection, access, encryption=storage.encryption)
        return self._store

    def _failed(self, error: AnalyzerError) -> None:
        self._store, self.failure = None, error
        self._metrics.failures.labels(error.reason).inc()
        text, told = self._told
        if str(error) != text or time.monotonic() - told > _REPEAT_SECONDS:
            self._told = (str(error), time.monotonic())
            self._tell(f"upload failed ({error.reason}), will be tried again: {error}")


def object_name(packed: Packed) -> str:
    """Return the name of an object below the prefix of its capture."""
    return f"{packed.hour:%Y/%m/%d/%H}/{packed.name}"
