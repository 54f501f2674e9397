"""What a shipper tells Prometheus."""

from model_monitor_capture.registered import Registered


class Metrics(Registered):
    """The shipper's metrics."""

    def __init__(self) -> None:
        super().__init__()
        self.records = self._counter("records", "Records that were stored.")
        self.bytes = self._counter("bytes", "Bytes that were stored, compressed.")
        self.dropped = self._counter("dropped", "Records that were given up, by reason.", "reason")
        self.withheld = self._counter(
            "withheld_bodies", "Bodies left out since `privacy` could not read them."
        )
        self.failures = self._counter("upload_failures", "Uploads that failed, by reason.", "reason")
        self.requests = self._gauge(
            "requests", "Requests since Envoy started, by what became of them.", "outcome"
        )
        self.lag = self._gauge("lag_seconds", "How long the oldest record has waited for its upload.")
        self.spool = self._gauge("spool_bytes", "Bytes of records that wait.")
        self.paused = self._gauge("paused", "1 while capture is paused for want of space, else 0.")
        self.last_upload = self._gauge("last_upload_timestamp_seconds", "When an object was written last.")
        for reason in ("paused", "torn"):
            self.dropped.labels(reason)
