"""What becomes of an event: taken, left out, or refused; and when its record is written."""

import time
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Final

from model_monitor_api.v1alpha1.datacapture import DataCaptureSpec
from model_monitor_capture.sampling import HASHES, hash_of, threshold
from model_monitor_capture.sink import events, records
from model_monitor_capture.sink.events import Event, EventError
from model_monitor_capture.sink.joiner import Half, Joined, Joiner
from model_monitor_capture.sink.messages import Answer, Request
from model_monitor_capture.sink.metrics import Metrics
from model_monitor_capture.sink.records import Body, Reader
from model_monitor_capture.sink.settings import SinkSettings
from model_monitor_capture.sink.spool import SpoolWriter

RETRY_SECONDS: Final = 5
"""When it is worth sending again what was refused: the guard of the spool looks each second."""

OLDEST: Final = timedelta(hours=20)
"""Oldest time that an event may have. Counts go by the hour of the day, which must mean one hour only."""

_SKEW: Final = timedelta(minutes=1)
"""How far clocks may differ without a word."""

_TAKEN: Final = Answer(HTTPStatus.OK)  # KServe's logger takes any other status for an error
_FULL: Final = Answer(
    HTTPStatus.SERVICE_UNAVAILABLE, b"the spool is full; records wait for their upload", RETRY_SECONDS
)
_KINDS: Final = {"input": "request", "output": "response", None: "other"}


class Sink:
    """Takes events.

    Parameters
    ----------
    settings
        What to do.
    spool
        Where records go.
    metrics
        Told of everything.
    """

    def __init__(self, settings: SinkSettings, spool: SpoolWriter, metrics: Metrics) -> None:
        self._spool = spool
        self._metrics = metrics
        self._joiner: Joiner[Body] = Joiner(settings.window.total_seconds(), settings.waiting_bytes)
        self._left_out: Counter[tuple[str, int]] = Counter()
        self.is_paused = False
        self.is_ending = False
        self.configure(settings)

    def configure(self, settings: SinkSettings) -> None:
        """Treat events from now on as settings say."""
        spec = settings.spec
        self._joiner.window = settings.window.total_seconds()
        self._reader = Reader(spec)
        self._threshold = threshold(spec.sampling.percentage)
        self._sides = _sides(spec)

    def requests(self) -> Mapping[tuple[str, int], int]:
        """Return the requests so far, by what became of them and the hour of the day of invocation."""
        return self._spool.requests + self._left_out

    def handle(self, request: Request) -> Answer:
        """Answer a request of a logger."""
        if request.method == "GET":
            return self._probe(request.target)
        try:
            found = _events(request)
        except EventError as error:
            return self._refused(Answer(HTTPStatus.BAD_REQUEST, str(error).encode()))
        now = datetime.now(UTC)
        answers = [self._take(event, now) for event in found]
        return next((answer for answer in answers if answer is not None), _TAKEN)

    def tick(self) -> None:
        """Do what time brings; to be called each second or so."""
        now = time.monotonic()
        self._spool.flush()
        for joined in self._joiner.expire(now):
            self._write(joined)
        self._count_lost(self._joiner.lost(now))
        self._metrics.waiting.set(len(self._joiner))
        self._metrics.waiting_bytes.set(self._joiner.size)

    def end(self) -> bool:
        """Write what waits; return whether all is written."""
        for joined in self._joiner.drain():
            self._write(joined)
        self._count_lost(self._joiner.lost(None))
        return not self._spool.is_blocked

    def refused(self, status: int) -> None:
        """Count a request that was refused before its body was there."""
        self._metrics.refused.labels(str(int(status))).inc()

    def _take(self, event: Event, now: datetime) -> Answer | None:
        """Take an event; return the answer if it is refused."""
        side = event.side
        if side is None or side not in self._sides:
            self._metrics.events.labels("other").inc()
            return None
        headers = self._reader.headers(event)
        moment = self._moment(event, now)
        if outcome := self._unwanted(event, headers):
            if side == self._sides[0]:
                self._left_out[outcome, moment.hour] += 1
            self._metrics.events.labels(_KINDS[side]).inc()
            return None
        key, clock = records.key(event), time.monotonic()
        if self._joiner.is_known(key, side):
            self._metrics.duplicates.inc()
            return None
        if (self.is_paused or self._spool.is_blocked) and not self._joiner.is_awaited(key):
            self._count_lost(self._joiner.refuse(key, clock, moment))
            return self._refused(_FULL)
        body = self._reader.body(event, headers, moment)
        half = Half(key, side, records.size(body), body)
        done = self._joiner.take(half, clock, alone=len(self._sides) == 1)
        if done is None:
            self._metrics.duplicates.inc()
            return None
        self._metrics.events.labels(_KINDS[side]).inc()
        for joined in done:
            self._write(joined)
        return None

    def _unwanted(self, event: Event, headers: Mapping[str, str]) -> str | None:
        """Return why an event is left out, as a gateway counts it; None if it is not."""
        if records.is_explanation(event, headers):
            return "explanation"
        chosen = (
            self._threshold == HASHES or hash_of(self._reader.inference_id(event, headers)) < self._threshold
        )
        return None if chosen else "unsampled"

    def _moment(self, event: Event, now: datetime) -> datetime:
        """Return when an event happened: as it says, if that can be; else when it came."""
        moment = event.time or now
        if not now - OLDEST <= moment <= now + _SKEW:
            self._metrics.moved.inc()
            return now
        return min(moment, now)

    def _write(self, joined: Joined[Body]) -> None:
        if joined.input and joined.output:
            self._metrics.joined.inc()
        elif joined.ending != "joined":
            side = "input" if joined.input else "output"
            self._metrics.orphans.labels(side, joined.ending).inc()
        self._spool.append(records.line(joined), "captured", records.invoked(joined).hour)

    def _count_lost(self, notes: list[object]) -> None:
        for note in notes:
            if isinstance(note, datetime):
                self._left_out["paused", note.hour] += 1

    def _refused(self, answer: Answer) -> Answer:
        self.refused(answer.status)
        return answer

    def _probe(self, target: str) -> Answer:
        if target.partition("?")[0] == "/ready" and self.is_ending:
            return Answer(HTTPStatus.SERVICE_UNAVAILABLE, b"it ends")
        return Answer(HTTPStatus.OK)


def needs_whole(headers: Mapping[str, bytes]) -> bool:
    """Return whether a request's body must be read as a whole to understand it."""
    return not events.is_binary(headers)


def refuse_head(request: Request) -> Answer | None:
    """Answer what is no event by its head alone."""
    if request.method == "GET":
        return None
    if request.method != "POST":
        return Answer(HTTPStatus.METHOD_NOT_ALLOWED, b"events are sent by POST")
    if events.is_binary(request.headers) or _content_type(request) in (events.STRUCTURED, events.BATCH):
        return None
    text = "this is no CloudEvent: neither a header ce-type nor the content type " + events.STRUCTURED
    return Answer(HTTPStatus.BAD_REQUEST, text.encode())


def _events(request: Request) -> list[Event]:
    if events.is_binary(request.headers):
        return [events.binary_event(request.headers, request.body, truncated=request.truncated)]
    return events.json_events(_content_type(request), request.body)


def _content_type(request: Request) -> str:
    return events.media_type(request.headers.get("content-type", b"").decode("latin-1"))


def _sides(spec: DataCaptureSpec) -> tuple[events.Side, ...]:
    named: dict[str, events.Side] = {"Input": "input", "Output": "output"}
    return tuple(side for name, side in named.items() if name in spec.capture)
