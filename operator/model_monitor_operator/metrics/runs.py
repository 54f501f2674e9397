"""Executions, as far as metrics are made of them; each is read once, and again when it has changed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Final

from model_monitor_api.contract.message import FeatureMetrics, MessageError, read_detail
from model_monitor_operator.objects import Object
from model_monitor_operator.reading import at, moment, word

VERDICTS: Final = frozenset({"Completed", "CompletedWithViolations"})
"""States of an execution that has a verdict."""

_BEGINNING: Final = datetime.min.replace(tzinfo=UTC)

Place = tuple[str, str]
"""Namespace and name."""


class Run:
    """One execution."""

    def __init__(self, thing: Object) -> None:
        self.version = word(thing, "metadata", "resourceVersion")
        self.status: Mapping[str, object] = at(thing, "status") or {}
        namespace = word(thing, "metadata", "namespace")
        self.place: Place = (namespace, word(thing, "metadata", "name"))
        self.schedule: Place = (namespace, word(thing, "spec", "scheduleRef", "name"))
        self.has_verdict = word(self.status, "state") in VERDICTS
        self.started = moment(self.status, "startTime")
        self.ended = moment(self.status, "completionTime")
        self.window_end = moment(self.status, "window", "end")

    @property
    def rank(self) -> tuple[datetime, datetime]:
        """Order among the executions of a schedule: by window, then by when they ended."""
        return self.window_end or _BEGINNING, self.ended or _BEGINNING

    @cached_property
    def features(self) -> tuple[FeatureMetrics, ...]:
        """Figures of the exported features."""
        try:
            return tuple(read_detail(word(self.status, "detail")).metrics)
        except MessageError:
            return ()


@dataclass
class Book:
    """The executions of one moment, found by name and by schedule."""

    runs: dict[Place, Run] = field(default_factory=dict)
    """By namespace and name."""

    verdicts: dict[Place, Run] = field(default_factory=dict)
    """The last one with a verdict, by namespace and name of the schedule."""

    def next(self, things: Iterable[Object]) -> "Book":
        """Return the book of now; what has not changed since this one is taken from it."""
        book = Book()
        for thing in things:
            meta = thing["metadata"]
            place = (meta["namespace"], meta["name"])
            run = self.runs.get(place)
            if run is None or not run.version or run.version != meta.get("resourceVersion"):
                run = Run(thing)
            book.runs[place] = run
            if run.has_verdict:
                last = book.verdicts.get(run.schedule)
                if last is None or run.rank > last.rank:
                    book.verdicts[run.schedule] = run
        return book
