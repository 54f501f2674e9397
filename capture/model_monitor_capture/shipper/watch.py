"""What is looked at each second: how much waits, and what Envoy has counted."""

import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from model_monitor_capture.shipper import draining
from model_monitor_capture.shipper.admin import Admin, AdminUnreachableError
from model_monitor_capture.shipper.guard import Guard
from model_monitor_capture.shipper.ledger import KeptLedger
from model_monitor_capture.shipper.metrics import Metrics
from model_monitor_capture.shipper.settings import ShipperSettings
from model_monitor_capture.shipper.spool import Spool

_PERIOD_SECONDS: Final = 1.0


class Watch:
    """Looks at one Envoy and its spool.

    Parameters
    ----------
    settings
        How long files stay current, and where they lie.
    admin
        Administration of that Envoy.
    spool
        Its spool.
    kept
        Where its counts go.
    metrics
        Told of what is seen.
    """

    def __init__(
        self, settings: ShipperSettings, admin: Admin, spool: Spool, kept: KeptLedger, metrics: Metrics
    ) -> None:
        self._settings = settings
        self._admin = admin
        self._spool = spool
        self._kept = kept
        self._metrics = metrics
        self._guard = Guard(admin, settings.spool_bytes)

    @property
    def paused(self) -> bool:
        """Whether capture pauses for want of space."""
        return self._guard.paused

    def until(self, ended: threading.Event) -> None:
        """Look each second until something ended."""
        while not ended.wait(_PERIOD_SECONDS):
            self.look()

    def look(self) -> None:
        """Look once, and pause or resume capture if need be."""
        size = self._spool.size()
        self._guard.check(size)
        self._metrics.spool.set(size)
        self._metrics.paused.set(self._guard.paused)
        self._metrics.lag.set(self._spool.lag(self._settings.interval))
        self._observe()

    def look_last(self) -> None:
        """Take the last counts in. Of an Envoy that is gone they may not be known, and the hours say so.

        It wrote its records, unless it ended before its pod was to; what it left out it only counted.
        """
        if self._observe():
            return
        end = draining.begun(Path(self._settings.spool))
        with self._kept as ledger:
            early = end is not None and ledger.observed is not None and ledger.observed < end
            if early or ledger.pausing:
                ledger.ended_unobserved(datetime.now(UTC))

    def _observe(self) -> bool:
        """Take Envoy's counts in; return whether it told them."""
        with self._kept as ledger:
            try:
                run, counters = self._admin.run(), self._admin.requests()
            except AdminUnreachableError:
                return False
            known = (ledger.run, ledger.pausing)
            paused = ledger.observe(datetime.now(UTC), run, counters)
            ledger.pausing = self._guard.paused
            if known != (ledger.run, ledger.pausing):
                self._kept.save()
        self._metrics.dropped.labels("paused").inc(paused)
        totals: dict[str, int] = {}
        for (outcome, _), count in counters.items():
            totals[outcome] = totals.get(outcome, 0) + count
        for outcome, count in totals.items():
            self._metrics.requests.labels(outcome).set(count)
        return True
