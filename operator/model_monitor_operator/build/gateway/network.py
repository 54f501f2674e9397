"""How a gateway is reached."""

from model_monitor_operator.build.gateway.parts import INFERENCE_PORT, SHIPPER_PORT, Gateway
from model_monitor_operator.objects import NETWORK_POLICIES, SERVICES, Object


def build_service(gateway: Gateway) -> Object:
    """Return the Service that clients call, at the port of the model's: only the host is another."""
    port = {
        "name": "inference",
        "port": gateway.source.port,
        "targetPort": INFERENCE_PORT,
        "protocol": "TCP",
    }
    return gateway.document(SERVICES, spec={"selector": gateway.labels, "ports": [port]})


def build_network_policy(gateway: Gateway) -> Object:
    """Return the policy that nothing but the two ports of its pods can be reached."""
    ports = [{"port": port, "protocol": "TCP"} for port in (INFERENCE_PORT, SHIPPER_PORT)]
    spec = {
        "podSelector": {"matchLabels": gateway.labels},
        "policyTypes": ["Ingress"],
        "ingress": [{"ports": ports}],
    }
    return gateway.document(NETWORK_POLICIES, spec=spec)


def url_of(gateway: Gateway) -> str:
    """Return where inference requests are to be sent."""
    return f"http://{gateway.name}.{gateway.namespace}.svc:{gateway.source.port}"
