"""What every kind is built from: the base class, field types with bounds, references, conditions."""

import re
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final, Literal

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, GetCoreSchemaHandler
from pydantic import GetJsonSchemaHandler as JsonSchemaHandler
from pydantic.alias_generators import to_camel
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

GROUP = "modelmonitor.dev"
"""API group of all kinds."""

VERSION = "v1alpha1"
"""The one served version; fields are only ever added to it."""

API_VERSION = f"{GROUP}/{VERSION}"

DNS_LABEL = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"
DNS_SUBDOMAIN = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"
DURATION = r"^([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+$|^0$"
LOCATION = r"^(file|s3|gs|az|pvc)://[^@:/\s]*(/.*)?$"
QUANTITY = r"^[0-9]+(\.[0-9]+)?([EPTGMk]i?|m)?$"
REASON = r"^[A-Z][A-Za-z0-9]*$"
HTTP_URL = r"^https?://(\[[0-9A-Fa-f:.]+\]|[^\s/@?#:\[\]]+)(:[0-9]{1,5})?([/?#]\S*)?$"
ENDPOINT = r"^https?://(\[[0-9A-Fa-f:.]+\]|[^\s/@?#:\[\]]+)(:[0-9]{1,5})?(/\S*)?$"
ONE_CHARACTER = r"^[^\r\n]$"

FORMATS: Final = {
    DNS_LABEL: "a name of lower-case letters, digits and `-`",
    DNS_SUBDOMAIN: "a name of lower-case letters, digits, `-` and `.`",
    DURATION: "a duration such as `90s`, `15m` or `1h30m`",
    LOCATION: "a location such as `s3://bucket/prefix`, with `file://`, `s3://`, `gs://`, `az://` or `pvc://`",
    QUANTITY: "a quantity such as `500m`, `2` or `4Gi`",
    REASON: "a CamelCase word",
    HTTP_URL: "a URL that begins with `http://` or `https://`",
    ENDPOINT: "the address of a server, such as `https://minio.storage:9000`",
    ONE_CHARACTER: "one character that does not end a line",
}
"""What a person has to write, by the pattern that checks it."""

Name = Annotated[str, Field(min_length=1, max_length=253, pattern=DNS_SUBDOMAIN, examples=["churn"])]
"""Name of an object in the same namespace."""

Duration = Annotated[str, Field(min_length=1, max_length=32, pattern=DURATION, examples=["1h30m"])]
"""Go-style duration, such as `1h30m`."""

Uri = Annotated[
    str, Field(min_length=8, max_length=1024, pattern=LOCATION, examples=["s3://models/churn/data/"])
]
"""Location of objects: `file://`, `s3://`, `gs://`, `az://` or `pvc://claim/path`."""

ColumnName = Annotated[str, Field(min_length=1, max_length=512, examples=["plan"])]
"""Name of a column as it stands in the data."""

Share = Annotated[float, Field(ge=0, le=1)]
"""A share, from 0 to 1."""

Real = Annotated[float, Field(ge=-1e18, le=1e18)]
"""Any finite number that a person could mean."""

Count = Annotated[int, Field(ge=0, le=2**53)]
"""A count; what JSON holds exactly."""

Expression = Annotated[str, Field(min_length=1, max_length=1024, examples=["instances"])]
"""A JMESPath expression."""

_RFC3339: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[-+][0-9]{2}:[0-9]{2})"
)


def _moment(value: object) -> object:
    """Read RFC 3339 text and refuse the other spellings that pydantic takes: an API server does so too."""
    if not isinstance(value, str):
        return value
    try:
        if _RFC3339.fullmatch(value):
            return datetime.fromisoformat(value.upper())
    except ValueError:  # a day that no month has, an hour beyond 23
        pass
    raise PydanticCustomError("datetime_format", "must be a time in the form of RFC 3339")


Moment = Annotated[AwareDatetime, BeforeValidator(_moment), Field(examples=["2026-01-31T00:00:00Z"])]
"""A moment, as RFC 3339 text with its zone: `2026-01-31T00:00:00Z`."""


@dataclass(frozen=True)
class Unique:
    """Marks a list in which no item occurs twice, or none with the same `key`.

    Server-side apply then merges such a list item by item.
    """

    key: str | None = None

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Check the list after its items."""
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: JsonSchemaHandler) -> JsonSchemaValue:
        """Tell the API server."""
        found = handler(schema)
        found["x-kubernetes-list-type"] = "map" if self.key else "set"
        if self.key:
            found["x-kubernetes-list-map-keys"] = [self.key]
        return found

    def _check(self, items: list[Any]) -> list[Any]:
        values = [getattr(item, self.key) if self.key else item for item in items]
        for value, times in Counter(values).items():
            if times > 1:
                what = f"items with different `{self.key}`" if self.key else "different items"
                raise PydanticCustomError(
                    "duplicate_items",
                    "must have {what}, but {value} occurs {times} times",
                    {"what": what, "value": repr(str(value)[:80]), "times": times},
                )
        return items


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

    name: Annotated[Name, Field(examples=["churn-scripts"])]
    """Name of the ConfigMap or Secret."""

    key: Annotated[str, Field(min_length=1, max_length=253, pattern=r"^[-._a-zA-Z0-9]+$", examples=["value"])]
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

    creation_timestamp: Moment | None = None
    """When the API server stored the object first."""

    deletion_timestamp: Moment | None = None
    """Set once deletion was asked for."""


class Condition(ApiModel):
    """One observed condition, in Kubernetes' standard form."""

    type: Annotated[str, Field(max_length=316)]
    """What is observed, such as `Ready`."""

    status: Literal["True", "False", "Unknown"]
    """Whether it holds."""

    reason: Annotated[str, Field(min_length=1, max_length=128, pattern=REASON)]
    """Why, as a constant that programs may compare."""

    message: Annotated[str, Field(max_length=4096)] = ""
    """Why, in a sentence for people."""

    last_transition_time: Moment
    """When `status` last changed."""

    observed_generation: Count | None = None
    """Generation of `spec` that was observed."""
