"""What every kind is built from: the base class, field types with bounds, references, conditions."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

GROUP = "modelmonitor.dev"
"""API group of all kinds."""

VERSION = "v1alpha1"
"""The one served version; fields are only ever added to it."""

API_VERSION = f"{GROUP}/{VERSION}"

DNS_LABEL = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"
DNS_SUBDOMAIN = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"
DURATION = r"^([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+$|^0$"
LOCATION = r"^(file|s3|gs|az|pvc)://.+$"

Name = Annotated[str, Field(min_length=1, max_length=253, pattern=DNS_SUBDOMAIN)]
"""Name of an object in the same namespace."""

Duration = Annotated[str, Field(min_length=1, max_length=32, pattern=DURATION)]
"""Go-style duration, such as `1h30m`."""

Uri = Annotated[str, Field(min_length=8, max_length=1024, pattern=LOCATION)]
"""Location of objects: `file://`, `s3://`, `gs://`, `az://` or `pvc://claim/path`."""

ColumnName = Annotated[str, Field(min_length=1, max_length=512)]
"""Name of a column as it stands in the data."""

Expression = Annotated[str, Field(min_length=1, max_length=1024)]
"""A JMESPath expression."""


class ApiModel(BaseModel):
    """Base of all models: camelCase in documents, unknown fields ignored on reading, values never coerced.

    Unknown fields are ignored so that an older reader understands what a newer writer stored; what a *person*
    wrote is checked for unknown fields by `model_monitor_api.manifests`.
    """

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        use_attribute_docstrings=True,
        frozen=True,
        extra="ignore",
        strict=True,
        allow_inf_nan=False,
    )


class ObjectReference(ApiModel):
    """Reference to an object of a known kind in the same namespace."""

    name: Name
    """Name of the object."""


class KeyReference(ApiModel):
    """Reference to one key of a ConfigMap or Secret in the same namespace."""

    name: Name
    """Name of the ConfigMap or Secret."""

    key: Annotated[str, Field(min_length=1, max_length=253, pattern=r"^[-._a-zA-Z0-9]+$")]
    """Key within its data."""


class ObjectMeta(ApiModel):
    """The part of Kubernetes' object metadata that the project reads."""

    name: Name
    """Name, unique among the objects of a kind in a namespace."""

    namespace: Annotated[str, Field(max_length=63, pattern=DNS_LABEL)] = "default"
    """Namespace; `default` where none is written."""

    uid: str | None = None
    """Identity given by the API server."""

    generation: int | None = None
    """Counts the changes of `spec`."""

    labels: dict[str, str] = Field(default_factory=dict)
    """Labels, as the user set them."""

    annotations: dict[str, str] = Field(default_factory=dict)
    """Annotations, as the user set them."""

    creation_timestamp: datetime | None = None
    """When the API server stored the object first."""

    deletion_timestamp: datetime | None = None
    """Set once deletion was asked for."""


class Condition(ApiModel):
    """One observed condition, in Kubernetes' standard form."""

    type: Annotated[str, Field(max_length=316)]
    """What is observed, such as `Ready`."""

    status: Literal["True", "False", "Unknown"]
    """Whether it holds."""

    reason: Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[A-Z][A-Za-z0-9]*$")]
    """Why, as a constant that programs may compare."""

    message: Annotated[str, Field(max_length=4096)] = ""
    """Why, in a sentence for people."""

    last_transition_time: datetime
    """When `status` last changed."""

    observed_generation: Annotated[int, Field(ge=0)] | None = None
    """Generation of `spec` that was observed."""
