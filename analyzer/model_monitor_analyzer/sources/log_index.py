"""An index of what KServe's logger wrote, kept beside the artifacts: not every window lists everything.

Names of the logger's objects hold no time, so only a listing of everything finds those of a window. What it
found is kept: an object for each day holds what was written on it, and `listed.json` says when that was
found out, and which days there are. Windows that are analysed again, or made up for, read one or two of
these. Where something is missing or not understood, everything is listed: the index may be deleted any time.
"""

import gzip
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Final, NamedTuple

from model_monitor_analyzer.errors import StorageError, UnreadableObjectError
from model_monitor_analyzer.sources.kserve_logs import LONGEST_ANSWER
from model_monitor_analyzer.sources.source import Window
from model_monitor_analyzer.stores import Access, ObjectRef, open_store
from model_monitor_api.layout import log_index_prefix
from model_monitor_api.v1alpha1.storage import Output

SKEW: Final = timedelta(minutes=5)
"""How far the store's clock and ours may differ."""

RECENT: Final = timedelta(minutes=10)
"""How old a listing may be that is taken for one of one's own."""

LONGEST_TRUST: Final = timedelta(hours=24)
"""How old a listing may be at all: objects may be deleted."""

_LARGEST_DAY: Final = 512 << 20
_LARGEST_STATE: Final = 1 << 20
_DAY: Final = timedelta(days=1)


class LogIndex:
    """The index of one location.

    Parameters
    ----------
    output
        Where artifacts are written; the index lies there too.
    namespace
        Part of the layout: all schedules of a namespace that share an output share the index.
    uri
        What is indexed.
    access
        Credentials and mounts.
    clock
        Tells the time.
    """

    def __init__(
        self, output: Output, namespace: str, uri: str, access: Access, clock: Callable[[], datetime]
    ) -> None:
        self._prefix = log_index_prefix(output.uri, namespace, uri)
        self._store = open_store(self._prefix, output.connection, access, encryption=output.encryption)
        self._clock = clock

    def objects(self, every: Iterable[ObjectRef], window: Window) -> Iterator[ObjectRef]:
        """Yield the objects written about a window, and possibly others.

        Parameters
        ----------
        every
            All objects; listed when it is gone through, which it is only if the index does not know.
        window
            Stretch of time.
        """
        now = self._clock()
        days = _days(window)
        known = self._known()
        if known is not None and _serves(known.listed, window, now):
            found = self._read(known, days)
            if found is not None:
                yield from found
                return
            known = None  # something is missing: all is written anew
        begin = None if known is None else _day(known.listed - SKEW)
        files: dict[date, _DayFile] = {}
        for ref in every:
            day = _day(ref.modified)
            if begin is None or day >= begin:
                (files.get(day) or files.setdefault(day, _DayFile(now))).add(ref)
            if day in days:
                yield ref
        older = set() if known is None or begin is None else {day for day in known.days if day < begin}
        self._write(files, _Known(now, older | files.keys()))

    def _known(self) -> "_Known | None":
        try:
            state = json.loads(self._store.get(self._state, max_bytes=_LARGEST_STATE))
            days = {date.fromisoformat(day) for day in state["days"]}
            return _Known(datetime.fromisoformat(state["listed"]), days)
        except (StorageError, UnreadableObjectError, ValueError, TypeError, KeyError):
            return None

    def _read(self, known: "_Known", days: Iterable[date]) -> list[ObjectRef] | None:
        """Return the objects of some days; None if a day's are not there, or were listed before all were."""
        found: list[ObjectRef] = []
        try:
            for day in known.days.intersection(days):
                raw = gzip.decompress(self._store.get(self._name(day), max_bytes=_LARGEST_DAY))
                first, *lines = raw.decode().splitlines()
                if datetime.fromisoformat(json.loads(first)) < min(known.listed, _begin(day) + _DAY + SKEW):
                    return None
                found.extend(_ref(line) for line in lines)
        except (StorageError, UnreadableObjectError, OSError, EOFError, ValueError, TypeError):
            return None
        return found

    def _write(self, files: Mapping[date, "_DayFile"], known: "_Known") -> None:
        try:
            for day, file in sorted(files.items()):
                self._store.put(self._name(day), file.content(), content_type="application/gzip")
            state = {"listed": known.listed.isoformat(), "days": sorted(map(str, known.days))}
            self._store.put(self._state, json.dumps(state).encode(), content_type="application/json")
        except StorageError:
            pass  # this window's objects are known; what keeps artifacts from being written is said there

    @property
    def _state(self) -> str:
        return f"{self._prefix}/listed.json"

    def _name(self, day: date) -> str:
        return f"{self._prefix}/{day}.jsonl.gz"


class _Known(NamedTuple):
    """When everything was listed, and on which days something had been written."""

    listed: datetime
    days: set[date]


class _DayFile:
    def __init__(self, listed: datetime) -> None:
        self._buffer = io.BytesIO()
        self._file = gzip.GzipFile(fileobj=self._buffer, mode="wb", compresslevel=1, mtime=0)
        self._line(listed.isoformat())

    def add(self, ref: ObjectRef) -> None:
        self._line([ref.uri, ref.size, ref.etag, ref.modified.isoformat()])

    def content(self) -> bytes:
        self._file.close()
        return self._buffer.getvalue()

    def _line(self, value: object) -> None:
        self._file.write(json.dumps(value).encode() + b"\n")


def _ref(line: str) -> ObjectRef:
    uri, size, etag, modified = json.loads(line)
    return ObjectRef(uri, size, etag, datetime.fromisoformat(modified))


def _day(moment: datetime) -> date:
    return moment.astimezone(UTC).date()


def _begin(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _days(window: Window) -> tuple[date, ...]:
    """Return the days on which objects of a window may have been written."""
    first, last = _day(window.start - LONGEST_ANSWER), _day(window.end + LONGEST_ANSWER)
    return tuple(first + _DAY * number for number in range((last - first).days + 1))


def _serves(listed: datetime, window: Window, now: datetime) -> bool:
    """Return whether a listing knows as much of a window as one of now."""
    if listed < now - LONGEST_TRUST or listed > now:
        return False
    if listed >= window.end + LONGEST_ANSWER + SKEW:
        return True
    return listed >= window.end + SKEW and listed >= now - RECENT
