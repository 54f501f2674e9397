"""What the shipper's port tells."""

from collections.abc import Callable, Mapping
from http import HTTPStatus

from prometheus_client.exposition import choose_encoder

from model_monitor_api.contract.shipper import DRAINED_PATH, HEALTH_PATH, REPORT_PATH, ShipperReport
from model_monitor_api.serving import Answer, Handler, probe
from model_monitor_capture.shipper.draining import Draining
from model_monitor_capture.shipper.metrics import Metrics


def paths(metrics: Metrics, report: Callable[[], ShipperReport], draining: Draining) -> Mapping[str, Handler]:
    """Return the handlers of the shipper's port, by path."""
    return {
        "/metrics": _metrics(metrics),
        REPORT_PATH: lambda _: Answer(HTTPStatus.OK, "application/json", report().encoded()),
        HEALTH_PATH: probe(lambda: None),
        DRAINED_PATH: probe(lambda: None if draining.wait() else "nothing is being drained"),
    }


def _metrics(metrics: Metrics) -> Handler:
    def answer(accept: str) -> Answer:
        encoder, content_type = choose_encoder(accept)
        return Answer(HTTPStatus.OK, content_type, encoder(metrics.registry))

    return answer
