"""`/livez`, `/readyz` and `/metrics` over HTTP."""

from http import HTTPStatus

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder

from model_monitor_api.serving import Answer, Handler, Server, probe
from model_monitor_operator.metrics.exposition import encode

__all__ = ["Answer", "Handler", "Server", "metrics", "probe"]


def metrics(registry: CollectorRegistry) -> Handler:
    """Return a handler that answers with all metrics, in the format that the client accepts."""

    def answer(accept: str) -> Answer:
        _, content_type = choose_encoder(accept)
        openmetrics = content_type.startswith("application/openmetrics-text")
        return Answer(HTTPStatus.OK, content_type, encode(registry, openmetrics=openmetrics))

    return answer
