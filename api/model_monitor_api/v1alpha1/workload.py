"""How pods are made: one template type for every workload, and how a run is scaled out."""

from typing import Annotated, Any

from pydantic import Field

from model_monitor_api.meta import QUANTITY, ApiModel, KeyReference, Name, ObjectReference, Unique

_QUANTITY_TEXT = Annotated[str, Field(min_length=1, max_length=32, pattern=QUANTITY)]
_QUANTITY_NUMBER = Annotated[int, Field(ge=0, le=2**53)]
Quantity = Annotated[
    _QUANTITY_TEXT | _QUANTITY_NUMBER,
    Field(examples=["2Gi"], json_schema_extra={"x-kubernetes-int-or-string": True}),
]
"""A Kubernetes quantity: `500m`, `2Gi`, or a whole number."""

LabelValue = Annotated[str, Field(max_length=63, examples=["ml"])]
Opaque = dict[str, Any]
"""A Kubernetes core type that is handed through; the API server validates it where it is used."""


class Resources(ApiModel):
    """Compute resources of the main container."""

    requests: Annotated[
        dict[str, Quantity], Field(max_length=16, examples=[{"cpu": "500m", "memory": "1Gi"}])
    ] = Field(default_factory=dict)
    """What the scheduler reserves."""

    limits: Annotated[dict[str, Quantity], Field(max_length=16, examples=[{"memory": "2Gi"}])] = Field(
        default_factory=dict
    )
    """What the container may use."""


class PodTemplate(ApiModel):
    """What one may set of the pods that are made; installation defaults come from the chart."""

    labels: Annotated[dict[str, LabelValue], Field(max_length=64, examples=[{"team": "ml"}])] = Field(
        default_factory=dict
    )
    """Labels of the pods, such as a Kueue queue name (which is set on the Job too)."""

    annotations: Annotated[
        dict[str, Annotated[str, Field(max_length=65_536, examples=["true"])]],
        Field(max_length=64, examples=[{"sidecar.istio.io/inject": "false"}]),
    ] = Field(default_factory=dict)
    """Annotations of the pods, such as those of workload identity or of a service mesh."""

    service_account_name: Annotated[Name | None, Field(examples=["churn-monitor"])] = None
    """Service account, for workload identity. Its token is never mounted."""

    resources: Resources = Resources()
    """Compute resources of the main container."""

    env: Annotated[
        list[Opaque],
        Field(max_length=128, examples=[[{"name": "HTTPS_PROXY", "value": "http://proxy:3128"}]]),
    ] = Field(default_factory=list)
    """Environment variables of the main container (core/v1 EnvVar)."""

    env_from: Annotated[
        list[Opaque], Field(max_length=32, examples=[[{"configMapRef": {"name": "proxy"}}]])
    ] = Field(default_factory=list)
    """Sources of environment variables (core/v1 EnvFromSource)."""

    volumes: Annotated[
        list[Opaque],
        Field(max_length=32, examples=[[{"name": "data", "persistentVolumeClaim": {"claimName": "models"}}]]),
    ] = Field(default_factory=list)
    """Further volumes (core/v1 Volume, but no hostPath)."""

    volume_mounts: Annotated[
        list[Opaque], Field(max_length=32, examples=[[{"name": "data", "mountPath": "/data"}]])
    ] = Field(default_factory=list)
    """Where they are mounted in the main container (core/v1 VolumeMount)."""

    security_context: Annotated[Opaque | None, Field(examples=[{"fsGroup": 1000}])] = None
    """Pod security context (core/v1 PodSecurityContext)."""

    node_selector: Annotated[
        dict[str, LabelValue], Field(max_length=64, examples=[{"kubernetes.io/arch": "amd64"}])
    ] = Field(default_factory=dict)
    """Labels that a node must have."""

    tolerations: Annotated[
        list[Opaque], Field(max_length=32, examples=[[{"key": "batch", "operator": "Exists"}]])
    ] = Field(default_factory=list)
    """Taints that are tolerated (core/v1 Toleration)."""

    affinity: Annotated[Opaque | None, Field(examples=[{"nodeAffinity": {}}])] = None
    """Placement rules (core/v1 Affinity)."""

    topology_spread_constraints: Annotated[
        list[Opaque],
        Field(
            max_length=16,
            examples=[
                [
                    {
                        "maxSkew": 1,
                        "topologyKey": "topology.kubernetes.io/zone",
                        "whenUnsatisfiable": "ScheduleAnyway",
                    }
                ]
            ],
        ),
    ] = Field(default_factory=list)
    """Spread over zones or nodes (core/v1 TopologySpreadConstraint)."""

    priority_class_name: Annotated[Name | None, Field(examples=["batch"])] = None
    """Priority class of the pods."""

    image_pull_secrets: Annotated[list[ObjectReference], Field(max_length=16), Unique("name")] = Field(
        default_factory=list
    )
    """Secrets with which images are pulled."""


class DaskCluster(ApiModel):
    """An existing Dask cluster."""

    address: Annotated[
        str,
        Field(
            min_length=1,
            max_length=512,
            pattern=r"^(tcp|tls)://[^\s/]+$",
            examples=["tls://dask-scheduler.analytics:8786"],
        ),
    ]
    """Address of the scheduler, such as `tls://dask-scheduler.analytics:8786`."""

    tls_secret_ref: ObjectReference | None = None
    """Secret with `ca.crt`, `tls.crt` and `tls.key`; required with `tls://`."""


class Scale(ApiModel):
    """More than one process for a run: workers of its own, or an existing Dask cluster."""

    workers: Annotated[int, Field(ge=1, le=256, examples=[4])] | None = None
    """Worker pods beside the one that leads the run."""

    dask: DaskCluster | None = None
    """Existing cluster to use instead."""


class Script(ApiModel):
    """Python source from a ConfigMap."""

    config_map_ref: KeyReference
    """ConfigMap and the key that holds the source."""


class Scripts(ApiModel):
    """The user's own code around an analysis."""

    preprocess: Script | None = None
    """Defines `preprocess_handler(inference_record[, logger])`, called once per record and returning a
    mapping, a list of mappings, or `[]` to drop the record; or `preprocess_frame(frame)`, called once per
    block with a Polars DataFrame and returning one."""

    postprocess: Script | None = None
    """Defines `postprocess_handler()`, called once after a successful analysis."""

    timeout_seconds: Annotated[int, Field(ge=1, le=86_400)] = 60
    """How long one call may take."""


class CustomAnalyzer(ApiModel):
    """An image of one's own in place of the built-in analysis."""

    image: Annotated[
        str, Field(min_length=1, max_length=512, pattern=r"^\S+$", examples=["registry.example/analyzer:1.0"])
    ]
    """Image that keeps SageMaker's bring-your-own contract."""

    command: (
        Annotated[list[Annotated[str, Field(max_length=4096)]], Field(max_length=64, examples=[["/analyze"]])]
        | None
    ) = None
    """Entry point; the image's own where absent."""

    args: (
        Annotated[list[Annotated[str, Field(max_length=4096)]], Field(max_length=64, examples=[["--strict"]])]
        | None
    ) = None
    """Arguments; the image's own where absent."""

    env: Annotated[
        list[Opaque], Field(max_length=128, examples=[[{"name": "LOG_LEVEL", "value": "info"}]])
    ] = Field(default_factory=list)
    """Environment variables (core/v1 EnvVar)."""


class JobSettings(ApiModel):
    """What is settable of every run."""

    image: (
        Annotated[
            str,
            Field(
                min_length=1,
                max_length=512,
                pattern=r"^\S+$",
                examples=["registry.example/model-monitor-analyzer:0.1.0"],
            ),
        ]
        | None
    ) = None
    """Analyzer image; the installation's where absent."""

    active_deadline_seconds: Annotated[int, Field(ge=30, le=604_800)] = 3600
    """How long a run may take."""

    backoff_limit: Annotated[int, Field(ge=0, le=10)] = 2
    """How often a failed pod is replaced."""
