"""Settings of an installation, from the file that the chart writes."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from model_monitor_api.meta import ApiModel
from model_monitor_api.settings import SettingsError, read_settings
from model_monitor_api.v1alpha1.workload import PodTemplate

__all__ = ["Settings", "SettingsError", "load_settings"]


class Settings(ApiModel):
    """What an installation decides for all its objects."""

    analyzer_image: Annotated[str, Field(min_length=1, pattern=r"^\S+$")]
    """Image of the analyzer, unless an object names another."""

    image_pull_policy: Literal["Always", "IfNotPresent", "Never"] = "IfNotPresent"
    """When nodes pull images."""

    namespaces: list[str] = Field(default_factory=list)
    """Namespaces that are watched; all where empty."""

    pod_defaults: PodTemplate = PodTemplate()
    """What an object's `podTemplate` does not say."""

    cluster_domain: str = "cluster.local"
    """DNS domain of the cluster's Services."""

    otlp_endpoint: str | None = None
    """Where analyzers send all features' figures; nowhere where absent."""

    workers: Annotated[int, Field(ge=1, le=64)] = 4
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
