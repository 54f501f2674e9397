"""One shipper after another: each with the settings of its time, none losing what the one before had."""

import threading
from collections.abc import Callable

from model_monitor_api.contract.shipper import ShipperReport
from model_monitor_api.settings import SettingsError
from model_monitor_capture.shipper.metrics import Metrics
from model_monitor_capture.shipper.settings import SettingsFile, ShipperSettings
from model_monitor_capture.shipper.shipper import End, Shipper
from model_monitor_capture.shipper.transform import transform


class Running:
    """The shipper of the moment.

    Parameters
    ----------
    file
        The settings, which may change.
    metrics
        Told of everything.
    tell
        Takes one line for the log.

    Raises
    ------
    SettingsError
        If the key for hashes can't be read.
    """

    def __init__(self, file: SettingsFile, metrics: Metrics, tell: Callable[[str], None]) -> None:
        self._file = file
        self._metrics = metrics
        self._tell = tell
        self._stopping = threading.Event()
        self._settings = file.current
        self._shipper = self._made(file.current)

    def run(self) -> bool:
        """Ship until told to stop; return whether all was stored in the grace period."""
        while (end := self._shipper.run()) is End.OUTDATED:
            self._shipper = self._next()
            if self._stopping.is_set():
                self._shipper.stop()
        return end is End.DRAINED

    def stop(self) -> None:
        """Make `run` drain and return; for a signal's handler."""
        self._stopping.set()
        self._shipper.stop()

    def report(self) -> ShipperReport:
        """Return what was done and how it fares."""
        return self._shipper.report()

    def _next(self) -> Shipper:
        try:
            found = self._made(self._file.current)
        except SettingsError as error:
            self._tell(f"the settings stay as they are: {error}")
            self._file.current = self._settings
            return self._made(self._settings)
        self._settings = self._file.current
        self._tell("other settings are in force")
        return found

    def _made(self, settings: ShipperSettings) -> Shipper:
        applied = transform(settings, self._metrics)

        def outdated() -> bool:
            return self._file.refreshed() != settings

        return Shipper(settings, applied, self._metrics, self._tell, outdated)
