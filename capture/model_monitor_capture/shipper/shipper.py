"""The shipper's life: put aside, upload, account, drain."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import Final

from model_monitor_api.contract.shipper import ShipperReport, upload_failure
from model_monitor_capture.shipper import ledger as ledgers
from model_monitor_capture.shipper.admin import Admin, AdminAbsentError, AdminUnreachableError
from model_monitor_capture.shipper.guard import Guard
from model_monitor_capture.shipper.ledger import Ledger
from model_monitor_capture.shipper.metrics import Metrics
from model_monitor_capture.shipper.packing import Lost, Transform, pack
from model_monitor_capture.shipper.settings import ShipperSettings
from model_monitor_capture.shipper.spool import Spool, closed_seconds
from model_monitor_capture.shipper.uploads import Uploads, object_name

LARGEST_FILE: Final = 64 << 20
"""Bytes at which a file is put aside before its time."""

_TICK_SECONDS: Final = 0.25
_WATCH_SECONDS: Final = 1.0
_LATE: Final = timedelta(seconds=10)
"""How long after its end an hour is accounted for: by then what ended with it was flushed and counted."""


class End(Enum):
    """Why a shipper ended."""

    DRAINED = "all is stored"
    LEFT = "records could not be stored within the grace period"
    OUTDATED = "there are other settings"


class Shipper:
    """Ships one spool.

    Parameters
    ----------
    settings
        What to do.
    transform
        What happens to a record before it is written.
    metrics
        Told of everything.
    tell
        Takes one line for the log.
    outdated
        Returns whether there are other settings. Then the shipper ends between two files, and another one
        goes on where it was.
    """

    def __init__(
        self,
        settings: ShipperSettings,
        transform: Transform,
        metrics: Metrics,
        tell: Callable[[str], None],
        outdated: Callable[[], bool],
    ) -> None:
        self._settings = settings
        self._transform = transform
        self._metrics = metrics
        self._tell = tell
        self._outdated = outdated
        self._stopping = threading.Event()
        self._ended = threading.Event()
        folder = Path(settings.spool)
        self._admin = Admin(Path(settings.admin_socket))
        self._spool = Spool(folder, self._admin)
        self._guard = Guard(self._admin, settings.spool_bytes)
        self._uploads = Uploads(settings, metrics, tell, self._wait)
        self._state = folder / "ledger.json"
        self._ledger: Ledger = ledgers.load(self._state)
        self._lock = threading.Lock()
        self._put_aside = time.monotonic()
        self._complete_until = datetime.min.replace(tzinfo=UTC)
        self._deadline = float("inf")

    def stop(self) -> None:
        """Make `run` drain and return; for a signal's handler."""
        self._deadline = time.monotonic() + self._settings.grace.total_seconds()
        self._stopping.set()

    def report(self) -> ShipperReport:
        """Return what was done and how it fares; for other threads."""
        failure = self._uploads.failure
        with self._lock:
            ledger = self._ledger
            uploaded = ledger.last_upload
            return ShipperReport(
                instance=self._settings.instance,
                records=ledger.records,
                dropped=ledger.dropped,
                last_object=ledger.last_object,
                last_upload_time=None if uploaded is None else datetime.fromtimestamp(int(uploaded), UTC),
                paused=self._guard.paused,
                failure=None if failure is None else upload_failure(failure.reason, str(failure)),
                hour=ledger.last_full_hour(self._settings.instance, datetime.now(UTC)),
            )

    def run(self) -> End:
        """Ship until told to stop, then what is left; or until there are other settings."""
        watcher = threading.Thread(target=self._watch, name="watch", daemon=True)
        watcher.start()
        try:
            while not self._stopping.wait(_TICK_SECONDS):
                if self._outdated():
                    return End.OUTDATED
                self._cycle()
            return End.DRAINED if self._drain() else End.LEFT
        finally:
            self._ended.set()
            watcher.join()
            with self._lock:
                ledgers.save(self._ledger, self._state)

    def _cycle(self) -> None:
        due = time.monotonic() - self._put_aside >= self._settings.interval.total_seconds()
        if due or self._spool.current_size() >= LARGEST_FILE:
            try:
                self._spool.put_aside()
                self._put_aside = time.monotonic()
                self._complete_until = datetime.now(UTC) - _LATE
            except AdminUnreachableError:
                pass  # files stay where they are until Envoy is there again
        if self._ship():
            self._publish(self._complete_until.replace(minute=0, second=0, microsecond=0))

    def _drain(self) -> bool:
        """Ship everything that is there. Envoy has ended before, or goes on writing for the next shipper."""
        done = False
        while not done and time.monotonic() < self._deadline:
            try:
                self._spool.put_aside()
            except AdminAbsentError:
                self._spool.put_aside_of_the_dead()
            except AdminUnreachableError:
                pass
            while not (shipped := self._ship()) and time.monotonic() < self._deadline:
                time.sleep(_TICK_SECONDS)
            self._observe()
            done = shipped and self._publish(datetime.now(UTC) + timedelta(hours=1))
        if not done:
            self._tell(f"{self._spool.size()} bytes of records could not be stored within the grace period")
        return done

    def _wait(self, seconds: float) -> bool:
        """Wait between two attempts of an upload."""
        if not self._stopping.is_set():
            end = time.monotonic() + seconds
            while not self._stopping.wait(_TICK_SECONDS) and time.monotonic() < end:
                if self._outdated():
                    return False
            return True
        time.sleep(min(seconds, 1))
        return time.monotonic() < self._deadline

    def _ship(self) -> bool:
        """Store all files that were put aside; return whether none is left."""
        if not self._spool.is_settled():
            return False
        return all(self._ship_file(path) for path in self._spool.closed())

    def _ship_file(self, path: Path) -> bool:
        if path.name not in self._ledger.done:
            stored: dict[datetime, int] = {}
            lost: dict[datetime, int] = {}
            now = datetime.fromtimestamp(closed_seconds(path), UTC).replace(minute=0, second=0, microsecond=0)
            for packed in pack(path, self._transform):
                if isinstance(packed, Lost):
                    lost[packed.hour or now] = lost.get(packed.hour or now, 0) + packed.records
                    continue
                if not self._uploads.object(packed):
                    return False
                stored[packed.hour] = stored.get(packed.hour, 0) + packed.records
                with self._lock:
                    self._ledger.last_object, self._ledger.last_upload = object_name(packed), time.time()
            self._note(path, stored, lost)
        path.unlink()
        with self._lock:
            self._ledger.done.remove(path.name)
        return True

    def _note(self, path: Path, stored: dict[datetime, int], lost: dict[datetime, int]) -> None:
        """Enter a stored file into the ledger before it is deleted: it must not count twice."""
        with self._lock:
            for hour, count in stored.items():
                self._ledger.hour(hour).stored += count
                self._ledger.records += count
            for hour, count in lost.items():
                self._ledger.hour(hour).lost += count
                self._ledger.dropped += count
                self._metrics.dropped.labels("torn").inc(count)
            self._ledger.done.append(path.name)
            ledgers.save(self._ledger, self._state)

    def _publish(self, before: datetime) -> bool:
        """Write the accounts of hours begun before a moment; return whether all are there."""
        with self._lock:
            accounts = self._ledger.unpublished(self._settings.instance, before)
        for account in accounts:
            if not self._uploads.account(account):
                return False
            with self._lock:
                self._ledger.publish(account)
                ledgers.save(self._ledger, self._state)
        with self._lock:
            self._ledger.forget(datetime.now(UTC))
        return True

    def _watch(self) -> None:
        while not self._ended.wait(_WATCH_SECONDS):
            size = self._spool.size()
            self._guard.check(size)
            self._metrics.spool.set(size)
            self._metrics.paused.set(self._guard.paused)
            self._metrics.lag.set(self._lag())
            self._observe()

    def _observe(self) -> None:
        with self._lock:
            try:
                run, counters = self._admin.run(), self._admin.requests()
            except AdminUnreachableError:
                return
            paused = self._ledger.observe(datetime.now(UTC), run, counters)
        self._metrics.dropped.labels("paused").inc(paused)
        totals: dict[str, int] = {}
        for (outcome, _), count in counters.items():
            totals[outcome] = totals.get(outcome, 0) + count
        for outcome, count in totals.items():
            self._metrics.requests.labels(outcome).set(count)

    def _lag(self) -> float:
        """Return how long the oldest record may have waited: files are begun an interval before they end."""
        interval = self._settings.interval.total_seconds()
        closed = self._spool.closed()
        if closed:
            return max(0.0, time.time() - closed_seconds(closed[0]) + interval)
        return time.monotonic() - self._put_aside if self._spool.current_size() else 0.0
