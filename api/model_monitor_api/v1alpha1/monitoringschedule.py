"""The kind MonitoringSchedule: which analysis runs when, on which window, and what follows from it."""

from typing import Annotated, Literal

from pydantic import Field

from model_monitor_api.meta import (
    DNS_LABEL,
    ApiModel,
    ColumnName,
    Condition,
    Count,
    Duration,
    Expression,
    KeyReference,
    Moment,
    Name,
    ObjectMeta,
    ObjectReference,
    Share,
    Unique,
)
from model_monitor_api.v1alpha1.analysis import (
    BiasMonitor,
    DataQualityMonitor,
    Decision,
    ExplainabilityMonitor,
    ModelQualityMonitor,
    MonitorType,
)
from model_monitor_api.v1alpha1.dataset import GroundTruth
from model_monitor_api.v1alpha1.monitoringexecution import ExecutionState, Reason
from model_monitor_api.v1alpha1.storage import Output
from model_monitor_api.v1alpha1.windowing import PlannedWindowing
from model_monitor_api.v1alpha1.workload import CustomAnalyzer, JobSettings, PodTemplate, Scale, Scripts


class Windowing(ApiModel):
    """Which stretch of time a run looks at."""

    length: Annotated[Duration | None, Field(examples=["24h"])] = None
    """Length of a window. Default: from the previous fire to this one, so that windows tile."""

    delay: Duration = "10m"
    """How long a window waits for its last records before it is analysed."""


class Reference(ApiModel):
    """Which part of the baseline a window is compared with."""

    match: Literal["All", "HourOfDay", "HourOfWeek"] = "All"
    """All of it, or the same hours of the day or of the week (the baseline needs timestamps)."""


class Alert(ApiModel):
    """When violations become an alert: n of the last m conclusive executions."""

    datapoints_to_alert: Annotated[int, Field(ge=1, le=100)] = 2
    """Executions with violations that make an alert."""

    evaluation_periods: Annotated[int, Field(ge=1, le=100)] = 3
    """Executions that are looked at."""


class Webhook(ApiModel):
    """A URL that is told of results, by the pod that ran the analysis."""

    url_secret_ref: KeyReference
    """Secret and key that hold the URL."""


NotificationTrigger = Literal["Violations", "Failed", "Inconclusive", "Alert", "Resolved"]


class Notification(ApiModel):
    """Who is told of what."""

    name: Annotated[str, Field(min_length=1, max_length=63, pattern=DNS_LABEL, examples=["on-call"])]
    """Name of the notification."""

    webhook: Webhook
    """Where it goes."""

    triggers: Annotated[list[NotificationTrigger], Field(min_length=1, max_length=5), Unique()] = Field(
        default_factory=lambda: ["Alert", "Resolved"]  # type: ignore[arg-type] # literals widen in a lambda
    )
    """What is told."""


class Metrics(ApiModel):
    """What is published as metrics."""

    features: (
        Annotated[list[ColumnName], Field(max_length=500, examples=[["tenure", "plan"]]), Unique()] | None
    ) = None
    """Features with series of their own. Default: the baseline's first `maxFeatures`."""

    max_features: Annotated[int, Field(ge=0, le=500)] = 50
    """How many of the baseline's features have series of their own."""


class MonitoringScheduleSpec(ApiModel):
    """Which analysis runs when, on which window, and what follows from it."""

    type: MonitorType
    """Which analysis."""

    baseline_ref: ObjectReference
    """Baseline to compare with."""

    capture_ref: ObjectReference
    """DataCapture whose records are analysed."""

    schedule: Annotated[str, Field(min_length=1, max_length=128, examples=["0 * * * *"])]
    """When windows close: a cron expression of five fields, or `@hourly` to `@yearly`, exactly as a CronJob
    reads it."""

    time_zone: Annotated[str, Field(min_length=1, max_length=64)] = "Etc/UTC"
    """Time zone of `schedule`, by its IANA name."""

    window: Windowing = Windowing()
    """Which stretch of time a run looks at."""

    ground_truth: GroundTruth | None = None
    """Labels; required for the types `ModelQuality` and `ModelBias`."""

    decision: Decision | None = None
    """What makes a violation: `Calibrated` needs an effect and significance, `Compatible` is SageMaker's.
    Default: `Calibrated`, but `Compatible` with an adopted baseline."""

    false_discovery_rate: Annotated[float, Field(gt=0, lt=1)] = 0.01
    """Share of false alarms among all alarms of a run that is tolerated, under `Calibrated`."""

    min_records: Annotated[int, Field(ge=1, le=1_000_000_000)] = 100
    """A window with fewer records in which nothing alarmed is inconclusive."""

    min_completeness: Share = 0
    """Least share of requests that capture must have kept; below it a run is inconclusive."""

    reference: Reference = Reference()
    """Which part of the baseline a window is compared with."""

    segments: Annotated[list[ColumnName], Field(max_length=8, examples=[["region"]]), Unique()] = Field(
        default_factory=list
    )
    """Columns by whose values records are analysed apart too; the Baseline's `segments` must have them."""

    data_quality: DataQualityMonitor | None = None
    """Overrides, for the type `DataQuality`."""

    model_quality: ModelQualityMonitor | None = None
    """Overrides, for the type `ModelQuality`."""

    bias: BiasMonitor | None = None
    """Overrides, for the type `ModelBias`."""

    explainability: ExplainabilityMonitor | None = None
    """Overrides, for the type `ModelExplainability`."""

    record_filter: Annotated[
        Expression | None, Field(examples=["eventMetadata.customAttributes[0] != 'test'"])
    ] = None
    """JMESPath over a record; a record for which it is not true is left out."""

    scripts: Scripts | None = None
    """The user's own code."""

    alert: Alert = Alert()
    """When violations become an alert."""

    inconclusive_after: Annotated[int, Field(ge=1, le=100)] = 3
    """Inconclusive executions in a row after which the schedule says so in a condition."""

    notifications: Annotated[list[Notification], Field(max_length=16), Unique("name")] = Field(
        default_factory=list
    )
    """Who is told of what."""

    metrics: Metrics = Metrics()
    """What is published as metrics."""

    output: Output
    """Where artifacts are written."""

    analyzer: CustomAnalyzer | None = None
    """An image of one's own in place of the built-in analysis."""

    job: JobSettings = JobSettings()
    """Settings of every run."""

    scale: Scale | None = None
    """More than one process for a run."""

    pod_template: PodTemplate = PodTemplate()
    """What is set of the pods."""

    successful_executions_history_limit: Annotated[int, Field(ge=0, le=100)] = 3
    """Finished scheduled executions that are kept as objects; the last one with a verdict always is."""

    failed_executions_history_limit: Annotated[int, Field(ge=0, le=100)] = 3
    """Failed scheduled executions that are kept as objects."""

    missed_executions_limit: Annotated[int, Field(ge=0, le=1000)] = 24
    """Missed windows that are made up for, the latest first."""

    suspend: bool = False
    """Whether nothing is run; windows that come due meanwhile are not made up for."""


class ExecutionSummary(ApiModel):
    """An execution, as its schedule remembers it."""

    name: Name
    """Name of the MonitoringExecution."""

    state: ExecutionState
    """How it ended, or stands."""

    reason: Reason | None = None
    """Why."""

    window_start: Moment
    """First moment of its window."""

    window_end: Moment
    """Last moment of its window, exclusive."""

    violations: Count = 0
    """Violations it found."""

    report_uri: Annotated[Annotated[str, Field(max_length=2048)] | None, Field(alias="reportURI")] = None
    """Its report page."""


class PastState(ApiModel):
    """One entry of the ring of past executions."""

    window_end: Moment
    """Last moment of the window, exclusive."""

    state: ExecutionState
    """How it ended."""

    violations: Count = 0
    """Violations it found."""

    id: Annotated[str, Field(max_length=36, examples=["3f0c9a1e"])]
    """First digits of the execution's UID: by it no execution is counted twice."""


class Pause(ApiModel):
    """A time in which the schedule was suspended; windows that came due in it are not made up for."""

    start: Moment
    """When `suspend` was seen to be true."""

    end: Moment | None = None
    """When it was seen to be false again; absent while it is true."""


class Totals(ApiModel):
    """Executions since the schedule was created, by how they ended."""

    completed: Count = 0
    """Without a violation."""

    completed_with_violations: Count = 0
    """With violations."""

    inconclusive: Count = 0
    """Without a verdict."""

    failed: Count = 0
    """Without a result."""

    stopped: Count = 0
    """Stopped by a person."""


class MonitoringScheduleStatus(ApiModel):
    """What was observed of a MonitoringSchedule."""

    observed_generation: Count | None = None
    """Generation of `spec` that was observed."""

    plan_digest: Annotated[str, Field(max_length=128)] | None = None
    """Digest of all that changes the results."""

    last_execution: ExecutionSummary | None = None
    """The latest execution."""

    last_success_time: Moment | None = None
    """When an execution last ended with a verdict."""

    last_window_end: Moment | None = None
    """End of the last window; the next one tiles on from it."""

    next_run_time: Moment | None = None
    """When the schedule fires next."""

    windowing: PlannedWindowing | None = None
    """The timing in force; a change of the spec's tiles on from the last window under it."""

    settled_until: Moment | None = None
    """Up to this fire time every window has ended, or is not to be run."""

    pauses: Annotated[list[Pause], Field(max_length=32)] = Field(default_factory=list)
    """When the schedule was suspended, as far as windows of that time are not settled."""

    handled_run_request: Annotated[str, Field(max_length=253)] | None = None
    """Token of the run-now annotation that was handled last."""

    totals: Totals = Totals()
    """Executions since creation."""

    history: Annotated[list[PastState], Field(max_length=100)] = Field(default_factory=list)
    """The last 100 states, oldest first."""

    counted_until: Moment | None = None
    """When the latest execution ended that is counted in `totals` and no longer in `history`."""

    conditions: Annotated[list[Condition], Field(max_length=16), Unique("type")] = Field(default_factory=list)
    """Conditions, by type."""


class MonitoringSchedule(ApiModel):
    """Which analysis runs when, on which window, and what follows from it."""

    api_version: Literal["modelmonitor.dev/v1alpha1"]
    """Version of the kind."""

    kind: Literal["MonitoringSchedule"]
    """Name of the kind."""

    metadata: ObjectMeta
    """Name and namespace."""

    spec: MonitoringScheduleSpec
    """What is wanted."""

    status: MonitoringScheduleStatus = MonitoringScheduleStatus()
    """What was observed."""
