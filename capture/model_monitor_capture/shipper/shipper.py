"""The shipper's life: put aside, upload, account, drain."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import Final

from model_monitor_api.contract.shipper import ShipperReport, upload_failure
from model_monitor_capture.shipper.admin import Admin, AdminAbsentError, AdminUnreachableError
from model_monitor_capture.shipper.ledger import KeptLedger
from model_monitor_capture.shipper.metrics import Metrics
from model_monitor_capture.shipper.packing import Lost, Transform, pack
from model_monitor_capture.shipper.settings import ShipperSettings
from model_monitor_capture.shipper.spool import Spool, closed_seconds
from model_monitor_capture.shipper.uploads import Uploads, object_name
from model_monitor_capture.shipper.watch import Watch

LARGEST_FILE: Final = 64 << 20
"""Bytes at which a file is put aside before its time."""

_TICK_SECONDS: Final = 0.25
_PUBLISH_SECONDS: Final = 5.0
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
        folder, admin = Path(settings.spool), Admin(Path(settings.admin_socket))
        self._spool = Spool(folder, admin)
        self._uploads = Uploads(settings, metrics, tell, self._wait)
        self._kept = KeptLedger(folder / "ledger.json")
        self._watch = Watch(settings, admin, self._spool, self._kept, metrics)
        self._complete_until = datetime.min.replace(tzinfo=UTC)
        self._publish_from = 0.0
        self._deadline = float("inf")

    def stop(self) -> None:
        """Make `run` drain and return; for a signal's handler."""
        self._deadline = time.monotonic() + self._settings.grace.total_seconds()
        self._stopping.set()

    def report(self) -> ShipperReport:
        """Return what was done and how it fares; for other threads."""
        failure = self._uploads.failure
        with self._kept as ledger:
            uploaded = ledger.last_upload
            return ShipperReport(
                instance=self._settings.instance,
                records=ledger.records,
                dropped=ledger.dropped,
                last_object=ledger.last_object,
                last_upload_time=None if uploaded is None else datetime.fromtimestamp(int(uploaded), UTC),
                paused=self._watch.paused,
                failure=None if failure is None else upload_failure(failure.reason, str(failure)),
                hour=ledger.last_full_hour(self._settings.instance, datetime.now(UTC)),
            )

    def run(self) -> End:
        """Ship until told to stop, then what is left; or until there are other settings."""
        self._watch.look()  # which Envoy it is must be known before anything of it is stored
        watcher = threading.Thread(target=self._watch.until, args=(self._ended,), name="watch", daemon=True)
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
            with self._kept:
                self._kept.save()

    def _cycle(self) -> None:
        due = self._spool.age() >= self._settings.interval.total_seconds()
        if due or self._spool.current_size() >= LARGEST_FILE:
            try:
                self._spool.put_aside()
                self._complete_until = datetime.now(UTC) - _LATE
            except AdminUnreachableError:
                pass  # files stay where they are until Envoy is there again
        if self._ship():
            self._publish(self._complete_until.replace(minute=0, second=0, microsecond=0))

    def _drain(self) -> bool:
        """Ship everything that is there. Envoy has ended before, or goes on writing for the next shipper."""
        done = False
        self._publish_from = 0.0
        while not done and time.monotonic() < self._deadline:
            try:
                self._spool.put_aside()
            except AdminAbsentError:
                self._spool.put_aside_of_the_dead()
            except AdminUnreachableError:
                pass
            while not (shipped := self._ship()) and time.monotonic() < self._deadline:
                time.sleep(_TICK_SECONDS)
            self._watch.look_last()
            done = shipped and self._publish(datetime.now(UTC) + timedelta(hours=1))
            if not done:
                time.sleep(_TICK_SECONDS)
        if not done:
            left = self._spool.size()
            what = f"{left} bytes of records" if left else "accounts of hours"
            self._tell(f"{what} could not be stored within the grace period")
        return done

    def _wait(self, seconds: float) -> bool:
        """Wait between two attempts of an upload."""
        if not self._stopping.is_set():
            end = time.monotonic() + seconds
            while not self._stopping.wait(_TICK_SECONDS) and time.monotonic() < end:
                if self._outdated():
                    return False
            return True
        time.sleep(max(0.0, min(seconds, 1, self._deadline - time.monotonic())))
        return time.monotonic() < self._deadline

    def _ship(self) -> bool:
        """Store all files that were put aside; return whether none is left."""
        if not self._spool.is_settled():
            return False
        return all(self._ship_file(path) for path in self._spool.closed())

    def _ship_file(self, path: Path) -> bool:
        with self._kept as ledger:
            is_noted = path.name in ledger.done
        if not is_noted:
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
                with self._kept as ledger:
                    ledger.last_object, ledger.last_upload = object_name(packed), time.time()
            is_noted = self._note(path, stored, lost)
        path.unlink()
        with self._kept as ledger:
            ledger.done.remove(path.name)
            if not is_noted:
                self._kept.save()
        return True

    def _note(self, path: Path, stored: dict[datetime, int], lost: dict[datetime, int]) -> bool:
        """Enter a stored file into the ledger before it is deleted: it must not count twice.

        Returns
        -------
        bool
            Whether there was space to keep that. If not, the file is to make some: a shipper that is killed
            just then has records in the store that it knows nothing of, and the hour is incomplete.
        """
        with self._kept as ledger:
            for hour, count in stored.items():
                ledger.hour(hour).stored += count
                ledger.records += count
            for hour, count in lost.items():
                ledger.hour(hour).lost += count
                ledger.dropped += count
                self._metrics.dropped.labels("torn").inc(count)
            ledger.done.append(path.name)
            return self._kept.save()

    def _publish(self, before: datetime) -> bool:
        """Write the accounts of hours begun before a moment; return whether all are there.

        Each is tried once in a while: a store may take new objects and let none be replaced, and neither
        records nor other accounts must wait for that.
        """
        if time.monotonic() < self._publish_from:
            return False
        with self._kept as ledger:
            accounts = ledger.unpublished(self._settings.instance, before)
        done = True
        for account in accounts:
            if self._uploads.account(account):
                with self._kept as ledger:
                    ledger.publish(account)
                    self._kept.save()
                continue
            done = False
            self._publish_from = time.monotonic() + _PUBLISH_SECONDS
            if self._uploads.failure is not None and self._uploads.failure.retryable:
                break
        with self._kept as ledger:
            ledger.forget(datetime.now(UTC))
        return done
