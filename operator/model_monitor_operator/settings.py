"""Settings of an installation, from the file that the chart writes."""

from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import Field, ValidationError

from model_monitor_api.meta import ApiModel
from model_monitor_api.v1alpha1.workload import PodTemplate

_LARGEST_FILE = 1 << 20


class SettingsError(Exception):
    """The file cannot be used; the message says why."""


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
    try:
        text = path.read_bytes()[:_LARGEST_FILE].decode()
        return Settings.model_validate(yaml.safe_load(text), extra="forbid")
    except OSError as error:
        raise SettingsError(f"'{path}' can't be read: {error.strerror}") from error
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise SettingsError(f"'{path}' is no YAML: {error}") from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        raise SettingsError(f"'{path}': {field}: {first['msg']}") from error
