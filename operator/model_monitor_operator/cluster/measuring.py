"""What the operator counts about its own work."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from model_monitor_operator.cluster.queue import WorkQueue

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
        self._reconciles = Counter(
            "model_monitor_reconcile",
            "Reconciles of objects, by how they ended: success, temporary, permanent or unforeseen.",
            ["kind", "outcome"],
            registry=registry,
        )
        self._failures = Counter(
            "model_monitor_reconcile_failures",
            "Reconciles that failed, by the kind of error.",
            ["kind", "error"],
            registry=registry,
        )
        self._durations = Histogram(
            "model_monitor_reconcile_duration_seconds",
            "How long reconciles took.",
            ["kind"],
            buckets=_BUCKETS,
            registry=registry,
        )
        depth = Gauge(
            "model_monitor_queue_depth", "Objects that are due to be reconciled.", registry=registry
        )
        depth.set_function(queue.depth)
        oldest = Gauge(
            "model_monitor_queue_oldest_seconds",
            "How long an object has been due to be reconciled at most.",
            registry=registry,
        )
        oldest.set_function(queue.oldest)

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
