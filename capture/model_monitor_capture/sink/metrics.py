"""What a sink tells Prometheus, beside what its shipper tells."""

from prometheus_client import CollectorRegistry, Counter, Gauge


class Metrics:
    """The sink's metrics, in a registry of their own.

    Attributes
    ----------
    registry
        All of them.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.events = self._counter("events", "Events that were taken, by what they were.", "kind")
        self.duplicates = self._counter("duplicates", "Events that had been taken before.")
        self.joined = self._counter("joined", "Records of a request with its response.")
        self.orphans = self._counter(
            "orphans", "Records of one side only, by which and why.", "side", "reason"
        )
        self.refused = self._counter(
            "refused", "Events that were not taken, by the status answered.", "status"
        )
        self.moved = self._counter("moved_times", "Events whose own time could not be true.")
        self.waiting = self._gauge("waiting", "Events that wait for their other half.")
        self.waiting_bytes = self._gauge("waiting_bytes", "Bytes that these take.")
        for kind in ("request", "response", "other"):
            self.events.labels(kind)
        for side in ("input", "output"):
            for reason in ("window", "pressure", "end"):
                self.orphans.labels(side, reason)

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"model_monitor_capture_{name}", text, labels, registry=self.registry)

    def _gauge(self, name: str, text: str) -> Gauge:
        return Gauge(f"model_monitor_capture_{name}", text, registry=self.registry)
