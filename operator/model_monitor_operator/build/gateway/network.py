"""How a gateway is reached."""

from model_monitor_operator.build.gateway.parts import (
    INFERENCE_PORT,
    SHIPPER_PORT,
    SINK_METRICS_PORT,
    Gateway,
)
from model_monitor_operator.objects import NETWORK_POLICIES, SERVICES, Object


def build_service(gateway: Gateway) -> Object:
    """Return the Service that clients call, at the port of the model's: only the host is another.

    Events of one logger go to one sink, so that a request meets its response there.
    """
    port = {
        "name": "events" if gateway.is_sink else "inference",
        "port": gateway.port,
        "targetPort": INFERENCE_PORT,
        "protocol": "TCP",
    }
    affinity = "ClientIP" if gateway.is_sink else "None"
    spec = {"selector": gateway.labels, "ports": [port], "sessionAffinity": affinity}
    return gateway.document(SERVICES, spec=spec)


def build_network_policy(gateway: Gateway) -> Object:
    """Return the policy that nothing but the ports of its pods can be reached."""
    numbers = [INFERENCE_PORT, SHIPPER_PORT, *([SINK_METRICS_PORT] if gateway.is_sink else [])]
    ports = [{"port": number, "protocol": "TCP"} for number in numbers]
    spec = {
        "podSelector": {"matchLabels": gateway.labels},
        "policyTypes": ["Ingress"],
        "ingress": [{"ports": ports}],
    }
    return gateway.document(NETWORK_POLICIES, spec=spec)


def url_of(gateway: Gateway) -> str:
    """Return where inference requests are to be sent."""
    return f"http://{gateway.name}.{gateway.namespace}.svc:{gateway.port}"
