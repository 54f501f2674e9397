"""The collector: at each scrape all series are made anew, out of the objects that are there."""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Protocol

from prometheus_client import Metric
from prometheus_client.registry import Collector

from model_monitor_operator.metrics.inputs import add_baseline, add_capture
from model_monitor_operator.metrics.points import Points
from model_monitor_operator.metrics.runs import Book
from model_monitor_operator.metrics.schedules import add_schedule
from model_monitor_operator.objects import Object, is_deleted


class Source(Protocol):
    """Where objects come from."""

    def items(self, kind: str) -> Iterable[Object]:
        """Return all objects of a kind, as last seen."""
        ...


def _now() -> datetime:
    return datetime.now(UTC)


class ResourceCollector(Collector):
    """Makes series of schedules, executions, baselines and captures; those of a deleted object are gone.

    Parameters
    ----------
    source
        The objects.
    clock
        Returns the present; ages count up to it.
    """

    def __init__(self, source: Source, clock: Callable[[], datetime] = _now) -> None:
        self._source = source
        self._clock = clock
        self._book = Book()

    def describe(self) -> Iterator[Metric]:
        """Return all metrics without a series, which a registry asks for before there are objects."""
        return Points().families()

    def collect(self) -> Iterator[Metric]:
        """Return all metrics; scrapes at the same time do not disturb each other."""
        points, now = Points(), self._clock()
        book = self._book = self._book.next(self._alive("MonitoringExecution"))
        for thing in self._alive("MonitoringSchedule"):
            add_schedule(points, thing, book, now)
        for thing in self._alive("Baseline"):
            add_baseline(points, thing)
        for thing in self._alive("DataCapture"):
            add_capture(points, thing)
        return points.families()

    def _alive(self, kind: str) -> Iterator[Object]:
        return (thing for thing in self._source.items(kind) if not is_deleted(thing))
