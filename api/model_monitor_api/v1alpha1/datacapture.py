"""The kind DataCapture: where inference records come from."""

from typing import Annotated, Literal

from pydantic import Field

from model_monitor_api.meta import (
    ApiModel,
    ColumnName,
    Condition,
    Count,
    Duration,
    KeyReference,
    Moment,
    Name,
    ObjectMeta,
    Share,
    Unique,
)
from model_monitor_api.v1alpha1.columns import Columns
from model_monitor_api.v1alpha1.dataset import Files, Payload
from model_monitor_api.v1alpha1.storage import Output
from model_monitor_api.v1alpha1.workload import PodTemplate

HeaderName = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")]
MediaType = Annotated[str, Field(min_length=3, max_length=127, pattern=r"^[^\s;/]+/[^\s;/]+$")]


class ServiceSource(ApiModel):
    """A model Service; a capture gateway is run in front of it."""

    name: Name
    """Name of the Service."""

    port: Annotated[int, Field(ge=1, le=65_535, examples=[8080])]
    """Port of the Service that takes inference requests."""


class CloudEventsSource(ApiModel):
    """A sink for the payload loggers of KServe, Seldon and Knative."""

    join_window: Annotated[Duration, Field(examples=["5m"])] = "5m"
    """How long a request waits for its response before it is stored alone; at most an hour."""


class CaptureSource(ApiModel):
    """Where records come from: exactly one of `service`, `cloudEvents` and `files`."""

    service: ServiceSource | None = None
    """A model Service."""

    cloud_events: CloudEventsSource | None = None
    """Events of a payload logger."""

    files: Files | None = None
    """Data that somebody else writes; nothing is run."""


class Sampling(ApiModel):
    """Which requests are captured."""

    percentage: Annotated[float, Field(ge=0, le=100)] = 100
    """Share of requests, chosen by a hash of the inference id."""


class ContentTypes(ApiModel):
    """Media types by the encoding in which a body is stored; anything else is stored as BASE64."""

    csv: Annotated[list[MediaType], Field(max_length=32), Unique()] = Field(
        default_factory=lambda: ["text/csv"]
    )
    """Stored as CSV text."""

    json_types: Annotated[list[MediaType], Field(max_length=32, alias="json"), Unique()] = Field(
        default_factory=lambda: ["application/json", "application/jsonlines", "application/x-ndjson"]
    )
    """Stored as JSON text."""


class Headers(ApiModel):
    """Names of the headers that carry more than the body."""

    inference_id: HeaderName = "X-Amzn-SageMaker-Inference-Id"
    """Header with the caller's id of the inference."""

    custom_attributes: HeaderName = "X-Amzn-SageMaker-Custom-Attributes"
    """Header with the caller's attributes."""


class PrivacyRule(ApiModel):
    """What happens to one field before anything is written."""

    field: Annotated[ColumnName, Field(examples=["customer.note"])]
    """Column, or dotted path within a JSON body."""

    action: Annotated[Literal["Drop", "Hash", "Truncate"], Field(examples=["Truncate"])]
    """Leave it out, replace it by a keyed hash, or cut it."""

    length: Annotated[int, Field(ge=0, le=65_536, examples=[100])] | None = None
    """Characters that are kept; required with `Truncate`."""


class Privacy(ApiModel):
    """What must not reach the store as it is."""

    rules: Annotated[
        list[PrivacyRule],
        Field(
            max_length=256,
            examples=[
                [
                    {"field": "customer.name", "action": "Hash"},
                    {"field": "note", "action": "Truncate", "length": 100},
                ]
            ],
        ),
        Unique("field"),
    ] = Field(default_factory=list)
    """One rule a field."""

    hash_key_ref: KeyReference | None = None
    """Secret and key with which fields are hashed; required when a rule hashes."""


class Autoscaling(ApiModel):
    """Scaling of the gateway by load."""

    min_replicas: Annotated[int, Field(ge=1, le=1000)] = 2
    """Fewest pods."""

    max_replicas: Annotated[int, Field(ge=1, le=1000)] = 10
    """Most pods."""

    target_cpu_percentage: Annotated[int, Field(ge=1, le=100)] = 70
    """Load at which pods are added."""


class Gateway(ApiModel):
    """The capture gateway's pods."""

    replicas: Annotated[int, Field(ge=1, le=1000)] = 2
    """Pods, unless `autoscaling` is given."""

    autoscaling: Autoscaling | None = None
    """Scaling by load."""

    spool_bytes: Annotated[int, Field(ge=1_048_576, le=1_099_511_627_776)] = 1_073_741_824
    """Bytes of records that may wait for upload; capture pauses above three quarters of it."""

    flush_interval: Duration = "60s"
    """How long a record may wait before it is uploaded."""

    pod_template: PodTemplate = PodTemplate()
    """What is set of the pods: `resources` are those of Envoy; `env`, `envFrom` and `volumeMounts` those of
    the shipper, which talks to the store."""


class DataCaptureSpec(ApiModel):
    """Where inference records come from, what is kept of them, and where."""

    source: CaptureSource
    """Where records come from."""

    sampling: Sampling = Sampling()
    """Which requests are captured."""

    capture: Annotated[list[Literal["Input", "Output"]], Field(min_length=1, max_length=2), Unique()] = Field(
        default_factory=lambda: ["Input", "Output"]  # type: ignore[arg-type] # literals widen in a lambda
    )
    """Sides of a request that are captured."""

    content_types: ContentTypes = ContentTypes()
    """How a body's encoding is chosen."""

    headers: Headers = Headers()
    """Names of the headers that are kept."""

    payload: Payload = Payload()
    """How bodies become rows."""

    columns: Columns = Columns()
    """What the columns mean, as far as the Baseline does not say it."""

    max_body_bytes: Annotated[int, Field(ge=0, le=104_857_600)] = 1_048_576
    """Bytes of a body that are kept; longer ones are cut and marked as truncated."""

    variant: Annotated[str, Field(min_length=1, max_length=63, pattern=r"^[a-zA-Z0-9](-*[a-zA-Z0-9])*$")] = (
        "AllTraffic"
    )
    """Variant in the object layout."""

    storage: Output | None = None
    """Where records are written; required unless the source is `files`."""

    privacy: Privacy | None = None
    """What must not reach the store as it is."""

    gateway: Gateway = Gateway()
    """The gateway's pods."""


class CaptureInstance(ApiModel):
    """How far one pod has been counted, so that totals never go back."""

    name: Name
    """Name of the pod."""

    records: Count = 0
    """Records of it that are in `records`."""

    dropped: Count = 0
    """Records of it that are in `dropped`."""


class DataCaptureStatus(ApiModel):
    """What was observed of a DataCapture."""

    observed_generation: Count | None = None
    """Generation of `spec` that was observed."""

    url: Annotated[str, Field(max_length=2048)] | None = None
    """Where inference requests are to be sent."""

    records: Count | None = None
    """Records that were stored."""

    dropped: Count | None = None
    """Records that were lost, and counted."""

    completeness: Share | None = None
    """Captured of seen requests, in the last full hour."""

    last_object: Annotated[str, Field(max_length=2048)] | None = None
    """Object that was written last."""

    last_upload_time: Moment | None = None
    """When it was written."""

    instances: Annotated[list[CaptureInstance], Field(max_length=2000), Unique("name")] = Field(
        default_factory=list
    )
    """Pods that are counted."""

    conditions: Annotated[list[Condition], Field(max_length=16), Unique("type")] = Field(default_factory=list)
    """Conditions, by type."""


class DataCapture(ApiModel):
    """Where inference records come from."""

    api_version: Literal["modelmonitor.dev/v1alpha1"]
    """Version of the kind."""

    kind: Literal["DataCapture"]
    """Name of the kind."""

    metadata: ObjectMeta
    """Name and namespace."""

    spec: DataCaptureSpec
    """What is wanted."""

    status: DataCaptureStatus = DataCaptureStatus()
    """What was observed."""
