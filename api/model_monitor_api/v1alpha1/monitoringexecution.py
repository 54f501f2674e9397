"""The kind MonitoringExecution: one run of one window."""

from typing import Annotated, Literal

from pydantic import Field

from model_monitor_api.meta import (
    REASON,
    ApiModel,
    Condition,
    Count,
    Moment,
    ObjectMeta,
    ObjectReference,
    Unique,
)

ExecutionState = Literal[
    "Pending",
    "InProgress",
    "Completed",
    "CompletedWithViolations",
    "Inconclusive",
    "Failed",
    "Stopping",
    "Stopped",
]
TERMINAL_STATES = frozenset({"Completed", "CompletedWithViolations", "Inconclusive", "Failed", "Stopped"})
"""States in which an execution stays."""

Reason = Annotated[str, Field(min_length=1, max_length=128, pattern=REASON, examples=["NoData"])]


class Window(ApiModel):
    """A half-open stretch of time."""

    start: Annotated[Moment, Field(examples=["2026-01-31T00:00:00Z"])]
    """First moment, inclusive."""

    end: Annotated[Moment, Field(examples=["2026-01-31T01:00:00Z"])]
    """Last moment, exclusive."""


class MonitoringExecutionSpec(ApiModel):
    """One run of one window; immutable but for `stop`."""

    schedule_ref: ObjectReference
    """MonitoringSchedule that is run."""

    window: Window | None = None
    """Stretch of time. Default: the last closed window."""

    stop: bool = False
    """Whether to stop the run; once true it stays true."""


class Counts(ApiModel):
    """What a run went through."""

    records: Count = 0
    """Rows that were analysed."""

    bad_records: Count = 0
    """Records that could not be read, or not fully."""

    features: Count = 0
    """Features that were analysed."""

    violations: Count = 0
    """Violations that were found."""


class ViolationSummary(ApiModel):
    """One violation, as the status shows it."""

    feature: Annotated[str, Field(max_length=128)]
    """Feature, facet or metric."""

    check: Annotated[str, Field(max_length=64)]
    """Check that failed, in SageMaker's words."""

    description: Annotated[str, Field(max_length=256)]
    """What was seen."""


class MonitoringExecutionStatus(ApiModel):
    """What was observed of a MonitoringExecution; at most 4 KiB."""

    observed_generation: Count | None = None
    """Generation of `spec` that was observed."""

    state: ExecutionState = "Pending"
    """How it ended, or stands."""

    reason: Reason | None = None
    """Why, as a constant."""

    message: Annotated[str, Field(max_length=1024)] = ""
    """Why and what to do, in sentences."""

    window: Window | None = None
    """Stretch of time that was analysed."""

    counts: Counts | None = None
    """What the run went through."""

    violations: Annotated[list[ViolationSummary], Field(max_length=15)] = Field(default_factory=list)
    """The worst violations."""

    report_uri: Annotated[Annotated[str, Field(max_length=2048)] | None, Field(alias="reportURI")] = None
    """The report page."""

    drifted: Count | None = None
    """Features whose distribution is in violation."""

    max_distance: Annotated[float | None, Field(ge=0)] = None
    """Largest distance of any feature from the baseline."""

    detail: Annotated[str, Field(max_length=2000)] | None = None
    """Figures of the exported features, from which metrics are published: JSON, deflated, in base64."""

    job: Annotated[str, Field(max_length=63)] | None = None
    """Job of the last attempt; its log is `kubectl logs job/<job>`."""

    attempts: Annotated[int, Field(ge=0, le=1000)] = 0
    """Jobs that were begun for it."""

    next_attempt_time: Moment | None = None
    """When a failure that may pass is tried again."""

    start_time: Moment | None = None
    """When the run began."""

    completion_time: Moment | None = None
    """When it ended."""

    conditions: Annotated[list[Condition], Field(max_length=8), Unique("type")] = Field(default_factory=list)
    """Conditions, by type."""


class MonitoringExecution(ApiModel):
    """One run of one window."""

    api_version: Literal["modelmonitor.dev/v1alpha1"]
    """Version of the kind."""

    kind: Literal["MonitoringExecution"]
    """Name of the kind."""

    metadata: ObjectMeta
    """Name and namespace."""

    spec: MonitoringExecutionSpec
    """What is wanted."""

    status: MonitoringExecutionStatus = MonitoringExecutionStatus()
    """What was observed."""
