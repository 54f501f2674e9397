"""Metrics of one part of capture, in a registry of their own and under one prefix."""

from prometheus_client import CollectorRegistry, Counter, Gauge


class Registered:
    """What a part tells Prometheus.

    Attributes
    ----------
    registry
        All of it.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"model_monitor_capture_{name}", text, labels, registry=self.registry)

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(f"model_monitor_capture_{name}", text, labels, registry=self.registry)
