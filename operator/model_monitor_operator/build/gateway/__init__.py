"""Builders of a capture gateway: Envoy before a model's Service, or a sink of events; and the shipper."""

from model_monitor_operator.build.gateway.configuration import build_configuration
from model_monitor_operator.build.gateway.deployment import (
    build_deployment,
    images_of,
    is_sink,
    shape_of,
)
from model_monitor_operator.build.gateway.network import build_network_policy, build_service, url_of
from model_monitor_operator.build.gateway.parts import Gateway, Images
from model_monitor_operator.build.gateway.scaling import build_autoscaler, build_budget

__all__ = [
    "Gateway",
    "Images",
    "build_autoscaler",
    "build_budget",
    "build_configuration",
    "build_deployment",
    "build_network_policy",
    "build_service",
    "images_of",
    "is_sink",
    "shape_of",
    "url_of",
]
