"""Settings of an installation, from the file that the chart writes."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from model_monitor_api.meta import ApiModel
from model_monitor_api.settings import SettingsError, read_settings
from model_monitor_api.v1alpha1.workload import PodTemplate, Resources

__all__ = ["Settings", "SettingsError", "load_settings"]


_PullPolicy = Literal["Always", "IfNotPresent", "Never"]
_Image = Annotated[str, Field(min_length=1, pattern=r"^\S+$")]


class GatewaySettings(ApiModel):
    """What an installation decides for capture gateways."""

    envoy_image: _Image = "docker.io/envoyproxy/envoy:distroless-v1.40.0"
    """Image of Envoy; its version is the one that the configuration is tested with."""

    capture_image: _Image = "model-monitor-capture"
    """Image of the shipper."""

    envoy_pull_policy: _PullPolicy = "IfNotPresent"
    """When nodes pull the image of Envoy."""

    capture_pull_policy: _PullPolicy = "IfNotPresent"
    """When nodes pull that of the shipper."""

    pod_defaults: PodTemplate = PodTemplate()
    """What a DataCapture's `gateway.podTemplate` does not say."""

    envoy_resources: Resources = Resources(requests={"cpu": "500m", "memory": "256Mi"})
    """Compute resources of Envoy, where neither says so."""

    shipper_resources: Resources = Resources(requests={"cpu": "50m", "memory": "128Mi"})
    """Compute resources of the shipper."""


class Settings(ApiModel):
    """What an installation decides for all its objects."""

    analyzer_image: _Image
    """Image of the analyzer, unless an object names another."""

    image_pull_policy: _PullPolicy = "IfNotPresent"
    """When nodes pull images."""

    namespaces: list[str] = Field(default_factory=list)
    """Namespaces that are watched; all where empty."""

    pod_defaults: PodTemplate = PodTemplate()
    """What an object's `podTemplate` does not say."""

    gateway: GatewaySettings = GatewaySettings()
    """What holds for capture gateways."""

    cluster_domain: str = "cluster.local"
    """DNS domain of the cluster's Services."""

    otlp_endpoint: str | None = None
    """Where analyzers send all features' figures; nowhere where absent."""

    workers: Annotated[int, Field(ge=1, le=64)] = 8
    """Objects that are reconciled at once."""

    resync_seconds: Annotated[int, Field(ge=10, le=86_400)] = 600
    """How often everything is listed and looked at anew."""

    metrics_port: Annotated[int, Field(ge=1, le=65_535)] = 8080
    """Port of `/metrics`, `/livez` and `/readyz`."""


def load_settings(path: Path) -> Settings:
    """Return the settings of a YAML file.

    Raises
    ------
    SettingsError
        If it can't be read, or holds what is no setting.
    """
    return read_settings(path, Settings)
