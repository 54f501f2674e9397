"""Builders of a capture gateway: Envoy in front of a model's Service, and the shipper beside it."""

from model_monitor_operator.build.gateway.configuration import build_configuration
from model_monitor_operator.build.gateway.deployment import build_deployment, images_of, shape_of
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
    "shape_of",
    "url_of",
]
