"""What the operator counts about its own work."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from model_monitor_operator.cluster.queue import WorkQueue
from model_monitor_operator.metrics import definitions as d

_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
"""Seconds; a reconcile without a request takes milliseconds, one request has failed after 30 s."""


class Measures:
    """Counters and histograms of reconciles, and gauges of the queue.

    Parameters
    ----------
    registry
        Where they are published.
    queue
        The queue.
    """

    def __init__(self, registry: CollectorRegistry, queue: WorkQueue) -> None:
        self._reconciles = _counter(d.RECONCILES, registry)
        self._failures = _counter(d.RECONCILE_FAILURES, registry)
        duration = d.RECONCILE_DURATION
        self._durations = Histogram(
            duration.name, duration.help, duration.labels, buckets=_BUCKETS, registry=registry
        )
        _gauge(d.QUEUE_DEPTH, registry).set_function(queue.depth)
        _gauge(d.QUEUE_OLDEST, registry).set_function(queue.oldest)

    def ended(self, kind: str, outcome: str, seconds: float, error: Exception | None = None) -> None:
        """Count a reconcile.

        Parameters
        ----------
        kind
            Kind of the object.
        outcome
            `success`, or the kind of failure.
        seconds
            How long it took.
        error
            What failed.
        """
        self._reconciles.labels(kind, outcome).inc()
        self._durations.labels(kind).observe(seconds)
        if error is not None:
            self._failures.labels(kind, type(error).__name__).inc()


def _counter(definition: d.Definition, registry: CollectorRegistry) -> Counter:
    return Counter(definition.name, definition.help, definition.labels, registry=registry)


def _gauge(definition: d.Definition, registry: CollectorRegistry) -> Gauge:
    return Gauge(definition.name, definition.help, definition.labels, registry=registry)
