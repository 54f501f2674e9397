"""The ledger: what was seen and stored in each hour, kept beside the spool so that no crash forgets it."""

import errno
import json
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from model_monitor_api.contract.completeness import HourCompleteness

_KEPT: Final = timedelta(hours=48)
"""How long a closed hour is remembered; a late record reopens its account until then."""

_HOUR: Final = timedelta(hours=1)
_FULL: Final = (errno.ENOSPC, errno.EDQUOT)


@dataclass
class Hour:
    """What is known of one hour.

    Attributes
    ----------
    stored
        Records in the store.
    lost
        Records that were begun and never finished.
    logged
        Records that Envoy counted.
    paused
        Requests that Envoy left out while capture was paused.
    incomplete
        Whether Envoy ended without having told its last counts.
    published
        The account that was written last.
    """

    stored: int = 0
    lost: int = 0
    logged: int = 0
    paused: int = 0
    incomplete: bool = False
    published: dict[str, Any] | None = None

    def account(self, instance: str, hour: datetime) -> HourCompleteness:
        """Return what is to be published of this hour."""
        dropped = self.paused + self.lost
        seen = max(self.logged, self.stored + self.lost) + self.paused
        return HourCompleteness(
            instance=instance,
            hour=hour,
            seen=seen,
            captured=self.stored,
            dropped=dropped,
            incomplete=self.incomplete or seen > self.stored + dropped,
        )


@dataclass
class Ledger:
    """All hours, and up to where Envoy's counters and the spool's files are in them.

    Attributes
    ----------
    run
        Which run of Envoy the counters are of.
    observed
        When they were read last.
    counters
        Their values then, by `outcome/hour of the day`.
    pausing
        Whether capture was paused then.
    hours
        By the begin of the hour.
    done
        Closed files that are stored as a whole but may still be there.
    records, dropped
        Records that were stored and given up, of all hours.
    last_object, last_upload
        Object that was written last, below the capture's prefix, and when in seconds since 1970.
    """

    run: str = ""
    observed: datetime | None = None
    counters: dict[str, int] = field(default_factory=dict)
    pausing: bool = False
    hours: dict[datetime, Hour] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)
    records: int = 0
    dropped: int = 0
    last_object: str | None = None
    last_upload: float | None = None

    def hour(self, begin: datetime) -> Hour:
        """Return an hour, a new one if nothing is known of it."""
        return self.hours.setdefault(begin, Hour())

    def observe(self, now: datetime, run: str, counters: Mapping[tuple[str, int], int]) -> int:
        """Take Envoy's counters in.

        Parameters
        ----------
        now
            When they were read.
        run
            Which run of Envoy they are of.
        counters
            Requests that ended, by outcome and hour of the day of their invocation.

        Returns
        -------
        int
            How many requests more were left out since capture was paused.
        """
        paused = 0
        if run != self.run:
            if self.run:
                self.ended_unobserved(now)
            self.run, self.counters = run, {}
        for (outcome, hour_of_day), count in counters.items():
            key = f"{outcome}/{hour_of_day}"
            more = count - self.counters.get(key, 0)
            self.counters[key] = count
            if not more or outcome not in ("captured", "paused"):
                continue
            hour = self.hour(_latest(now, hour_of_day))
            if outcome == "captured":
                hour.logged += more
            else:
                hour.paused += more
                paused += more
        self.dropped += paused
        self.observed = now
        return paused

    def ended_unobserved(self, now: datetime) -> None:
        """Note that Envoy is gone and what it counted since it was observed is not known."""
        if self.observed is None:
            return
        begin = max(_begin(self.observed), _begin(now) - _KEPT)
        while begin <= now:
            self.hour(begin).incomplete = True
            begin += _HOUR

    def unpublished(self, instance: str, before: datetime) -> list[HourCompleteness]:
        """Return the accounts of hours begun before a moment that differ from what was published."""
        accounts = [
            hour.account(instance, begin) for begin, hour in sorted(self.hours.items()) if begin < before
        ]
        return [account for account in accounts if self.hours[account.hour].published != _plain(account)]

    def last_full_hour(self, instance: str, now: datetime) -> HourCompleteness | None:
        """Return the account of the hour before this one; None if nothing is known of it."""
        begin = _begin(now) - _HOUR
        hour = self.hours.get(begin)
        return None if hour is None else hour.account(instance, begin)

    def publish(self, account: HourCompleteness) -> None:
        """Note that an account was written."""
        self.hours[account.hour].published = _plain(account)

    def forget(self, now: datetime) -> None:
        """Drop the hours that were published and whose records can't come any more."""
        self.hours = {
            begin: hour for begin, hour in self.hours.items() if hour.published is None or now - begin < _KEPT
        }


class KeptLedger:
    """A ledger that threads share and a file keeps; as a context it is one thread's alone.

    Parameters
    ----------
    path
        The file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._ledger = load(path)
        self._lock = threading.Lock()

    def __enter__(self) -> Ledger:
        self._lock.acquire()
        return self._ledger

    def __exit__(self, *_: object) -> None:
        self._lock.release()

    def save(self) -> bool:
        """Keep what is in the ledger; within the context. Return whether there was space for it."""
        try:
            save(self._ledger, self._path)
        except OSError as error:
            if error.errno not in _FULL:
                raise
            return False
        return True


def load(path: Path) -> Ledger:
    """Return the ledger of a file; an empty one if there is none, or none that can be read."""
    try:
        document = json.loads(path.read_bytes())
        hours = {datetime.fromisoformat(begin): Hour(**hour) for begin, hour in document.pop("hours").items()}
        observed = document.pop("observed")
        return Ledger(
            hours=hours, observed=None if observed is None else datetime.fromisoformat(observed), **document
        )
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return Ledger()


def save(ledger: Ledger, path: Path) -> None:
    """Write the ledger in one step."""
    document = asdict(ledger)
    document["hours"] = {begin.isoformat(): asdict(hour) for begin, hour in ledger.hours.items()}
    document["observed"] = ledger.observed and ledger.observed.isoformat()
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(document))
    draft.replace(path)


def _plain(account: HourCompleteness) -> dict[str, Any]:
    return account.model_dump(mode="json", by_alias=True)


def _begin(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _latest(now: datetime, hour_of_day: int) -> datetime:
    """Return the latest hour that has an hour of the day."""
    begin = _begin(now)
    return begin - timedelta(hours=(begin.hour - hour_of_day) % 24)
