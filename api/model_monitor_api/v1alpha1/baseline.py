"""The kind Baseline: what a model looks like when it is healthy."""

from typing import Annotated, Literal

from pydantic import Field

from model_monitor_api.meta import (
    HTTP_URL,
    ApiModel,
    ColumnName,
    Condition,
    Count,
    Expression,
    KeyReference,
    Moment,
    Name,
    ObjectMeta,
    Unique,
    Uri,
)
from model_monitor_api.v1alpha1.analysis import (
    BiasBaseline,
    DataQualityBaseline,
    ExplainabilityBaseline,
    ModelQualityBaseline,
)
from model_monitor_api.v1alpha1.columns import Columns
from model_monitor_api.v1alpha1.dataset import Dataset, GroundTruth
from model_monitor_api.v1alpha1.storage import Connection, Output
from model_monitor_api.v1alpha1.workload import JobSettings, Opaque, PodTemplate, Resources, Scale, Scripts


class PredictorService(ApiModel):
    """A Service of the same namespace that answers inference requests."""

    name: Name
    """Name of the Service."""

    port: Annotated[int, Field(ge=1, le=65_535)] = 80
    """Port of the Service."""

    path: Annotated[str, Field(max_length=512, pattern=r"^/.*$")] = "/"
    """Path of the request."""


class PredictorContainer(ApiModel):
    """A model server that runs beside the analyzer, so that explaining never loads production."""

    image: Annotated[
        str, Field(min_length=1, max_length=512, pattern=r"^\S+$", examples=["registry.example/churn:1.4"])
    ]
    """Image of the model server."""

    port: Annotated[int, Field(ge=1, le=65_535)] = 8080
    """Port it listens on."""

    path: Annotated[str, Field(max_length=512, pattern=r"^/.*$")] = "/"
    """Path of the request."""

    command: (
        Annotated[list[Annotated[str, Field(max_length=4096)]], Field(max_length=64, examples=[["/serve"]])]
        | None
    ) = None
    """Entry point; the image's own where absent."""

    args: (
        Annotated[
            list[Annotated[str, Field(max_length=4096)]], Field(max_length=64, examples=[["--model=/model"]])
        ]
        | None
    ) = None
    """Arguments; the image's own where absent."""

    env: Annotated[list[Opaque], Field(max_length=128, examples=[[{"name": "THREADS", "value": "2"}]])] = (
        Field(default_factory=list)
    )
    """Environment variables (core/v1 EnvVar)."""

    resources: Resources = Resources()
    """Compute resources of the container."""

    readiness_path: Annotated[str, Field(max_length=512, pattern=r"^/.*$", examples=["/healthz"])] | None = (
        None
    )
    """Path that answers 200 once the model is loaded; the port being open is enough where absent."""


class Predictor(ApiModel):
    """How the model is called: exactly one of `url`, `service` and `container`, and how a request looks."""

    url: (
        Annotated[
            str,
            Field(
                min_length=8,
                max_length=2048,
                pattern=HTTP_URL,
                examples=["https://churn.models.example/v1/models/churn:predict"],
            ),
        ]
        | None
    ) = None
    """URL that answers inference requests."""

    service: PredictorService | None = None
    """Service of the same namespace."""

    container: PredictorContainer | None = None
    """Model server beside the analyzer."""

    format: Annotated[
        Literal["CSV", "JSON", "JSONLines", "OpenInference", "TensorFlowServing"], Field(examples=["JSON"])
    ] = "CSV"
    """Format of the request."""

    content_template: Annotated[str, Field(max_length=4096, examples=['{"instances": $records}'])] | None = (
        None
    )
    """Template of a JSON request, with `$records` or `$record`, and `$features` or `$feature_names`."""

    record_template: Annotated[str, Field(max_length=4096, examples=["$features_kvp"])] | None = None
    """Template of a record within it, with `$features`, `$features_kvp` or `${column}`."""

    output: Annotated[Expression | None, Field(examples=["predictions"])] = None
    """JMESPath from a JSON answer to the array of scores. Default: `predictions`, `outputs` or the body."""

    authorization_ref: KeyReference | None = None
    """Secret and key that hold the value of the `Authorization` header."""

    max_records: Annotated[int, Field(ge=1, le=100_000)] = 1000
    """Rows in one request."""

    timeout_seconds: Annotated[int, Field(ge=1, le=3600)] = 60
    """How long one request may take."""


class Adopt(ApiModel):
    """Existing SageMaker files that become the baseline, instead of computing one."""

    statistics: Annotated[Uri | None, Field(examples=["s3://sagemaker/churn/baseline/statistics.json"])] = (
        None
    )
    """`statistics.json` of a data-quality baseline."""

    constraints: Annotated[Uri | None, Field(examples=["s3://sagemaker/churn/baseline/constraints.json"])] = (
        None
    )
    """`constraints.json` of a data-quality or model-quality baseline."""

    analysis: Annotated[Uri | None, Field(examples=["s3://sagemaker/churn/bias/analysis.json"])] = None
    """`analysis.json` of a Clarify bias or explainability baseline."""

    connection: Connection = Connection()
    """How the store is reached."""


class BaselineSpec(ApiModel):
    """What a model looks like when it is healthy, and what is computed of it."""

    dataset: Dataset | None = None
    """The data; required unless `adopt` is given."""

    adopt: Adopt | None = None
    """Existing SageMaker files. The settings of the analyses then say how their figures were computed."""

    ground_truth: GroundTruth | None = None
    """Labels, where the data are captured traffic (`dataset.captureRef`) that holds none."""

    columns: Columns = Columns()
    """What the columns mean."""

    predictor: Predictor | None = None
    """How the model is called, for what needs it."""

    segments: Annotated[list[ColumnName], Field(max_length=8, examples=[["region"]]), Unique()] = Field(
        default_factory=list
    )
    """Columns by whose values records are summarised apart too, each by its 50 most frequent values, so that
    schedules may analyse them apart."""

    data_quality: DataQualityBaseline | None = None
    """Statistics and constraints of the data."""

    model_quality: ModelQualityBaseline | None = None
    """Quality of predictions against labels."""

    bias: BiasBaseline | None = None
    """Bias metrics by facet."""

    explainability: ExplainabilityBaseline | None = None
    """Feature attributions."""

    record_filter: Expression | None = None
    """JMESPath over a record; a record for which it is not true is left out."""

    scripts: Scripts | None = None
    """The user's own code."""

    output: Output
    """Where artifacts are written."""

    job: JobSettings = JobSettings()
    """Settings of the run."""

    scale: Scale | None = None
    """More than one process for the run."""

    pod_template: PodTemplate = PodTemplate()
    """What is set of the pods."""


class Artifact(ApiModel):
    """One analysis of a baseline, as it was written."""

    type: Literal["DataQuality", "ModelQuality", "ModelBias", "ModelExplainability"]
    """Which analysis."""

    uri: Annotated[str, Field(max_length=2048)]
    """Prefix with its files."""

    digest: Annotated[str, Field(max_length=128)]
    """SHA-256 over its files."""


class BaselineStatus(ApiModel):
    """What was observed of a Baseline."""

    observed_generation: Count | None = None
    """Generation of `spec` that was observed."""

    plan_digest: Annotated[str, Field(max_length=128)] | None = None
    """Digest of all that changes the results."""

    records: Count | None = None
    """Rows of the data."""

    features: Count | None = None
    """Features among its columns."""

    artifacts: Annotated[list[Artifact], Field(max_length=4), Unique("type")] = Field(default_factory=list)
    """What was written."""

    report_uri: Annotated[Annotated[str, Field(max_length=2048)] | None, Field(alias="reportURI")] = None
    """The report page."""

    job: Annotated[str, Field(max_length=63)] | None = None
    """Job of the last attempt; its log is `kubectl logs job/<job>`."""

    attempts: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    """Jobs that were begun for the plan of now."""

    next_attempt_time: Moment | None = None
    """When a failed computation is tried again."""

    handled_run_request: Annotated[str, Field(max_length=253)] | None = None
    """Token of the run-now annotation that was handled last."""

    message: Annotated[str, Field(max_length=1024)] = ""
    """Summary in a sentence."""

    conditions: Annotated[list[Condition], Field(max_length=16), Unique("type")] = Field(default_factory=list)
    """Conditions, by type."""


class Baseline(ApiModel):
    """What a model looks like when it is healthy; one Job computes all that is asked for."""

    api_version: Literal["modelmonitor.dev/v1alpha1"]
    """Version of the kind."""

    kind: Literal["Baseline"]
    """Name of the kind."""

    metadata: ObjectMeta
    """Name and namespace."""

    spec: BaselineSpec
    """What is wanted."""

    status: BaselineStatus = BaselineStatus()
    """What was observed."""
