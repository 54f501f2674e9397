"""What a sink tells Prometheus, beside what its shipper tells."""

from model_monitor_capture.registered import Registered


class Metrics(Registered):
    """The sink's metrics."""

    def __init__(self) -> None:
        super().__init__()
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
