"""All metrics: name, labels and help, in the one table that everything reads.

What is published stands here and nothing else; the reference page is written from it. Names and labels are
what alert rules and dashboards hang on: rename none, add at will.
"""

from dataclasses import dataclass
from typing import Final, Literal

SCHEDULE: Final = ("namespace", "schedule", "type")
"""Labels of everything that is said of a MonitoringSchedule."""

BASELINE: Final = ("namespace", "baseline")
"""Labels of everything that is said of a Baseline."""

CAPTURE: Final = ("namespace", "capture")
"""Labels of everything that is said of a DataCapture."""


@dataclass(frozen=True)
class Definition:
    """One metric."""

    name: str
    """Name of its series; of a counter with `_total`."""

    help: str
    """What it says, in a sentence."""

    labels: tuple[str, ...]
    """Names of its labels; no series lacks one."""

    type: Literal["gauge", "counter", "histogram"] = "gauge"
    """Counters only grow, but for a new beginning."""


@dataclass(frozen=True)
class Section:
    """Metrics that belong together."""

    title: str
    """Heading in the reference."""

    about: str
    """What they have in common."""

    definitions: tuple[Definition, ...]
    """The metrics."""


SCHEDULE_INFO: Final = Definition(
    "model_monitor_schedule_info",
    "Always 1; names the Baseline and the DataCapture of a schedule, to join other series with.",
    (*SCHEDULE, "baseline", "capture"),
)
SCHEDULE_SUSPENDED: Final = Definition(
    "model_monitor_schedule_suspended", "1 while suspend is true, else 0.", SCHEDULE
)
SCHEDULE_CONDITION: Final = Definition(
    "model_monitor_schedule_condition",
    "1 where a condition (Ready, ViolationsDetected, InAlert, Conclusive, AccessMode) is True, 0 where it is "
    "False; absent while it is Unknown.",
    (*SCHEDULE, "condition"),
)
SCHEDULE_EXECUTIONS: Final = Definition(
    "model_monitor_schedule_executions_total",
    "Executions that ended since the schedule was created, by the state in which they ended.",
    (*SCHEDULE, "state"),
    "counter",
)
SCHEDULE_NEXT_RUN: Final = Definition(
    "model_monitor_schedule_next_run_timestamp_seconds", "When the schedule fires next.", SCHEDULE
)
SCHEDULE_LAST_SUCCESS: Final = Definition(
    "model_monitor_schedule_last_success_timestamp_seconds",
    "When an execution last ended with a verdict.",
    SCHEDULE,
)
SCHEDULE_WINDOW_END: Final = Definition(
    "model_monitor_schedule_window_end_timestamp_seconds",
    "End of the last window; the next one tiles on from it.",
    SCHEDULE,
)
SCHEDULE_LAG: Final = Definition(
    "model_monitor_schedule_lag_seconds",
    "Age of the data that are not analysed yet: now less the end of the last window up to which all are "
    "settled. At rest it goes from the window's delay up to that and a period, and back.",
    SCHEDULE,
)
SCHEDULE_OVERDUE: Final = Definition(
    "model_monitor_schedule_overdue_seconds",
    "How long ago the oldest window that is not settled was due; 0 if there is none, or while suspended. "
    "Runs that take their time count in. Unlike the lag it does not depend on the period: alert on this.",
    SCHEDULE,
)

LAST_EXECUTION_STATE: Final = Definition(
    "model_monitor_schedule_last_execution_state",
    "1 for the state of the last execution, 0 for all others.",
    (*SCHEDULE, "state"),
)
LAST_EXECUTION_REASON: Final = Definition(
    "model_monitor_schedule_last_execution_reason",
    "Always 1; the reason of the last execution, where it failed or was inconclusive.",
    (*SCHEDULE, "reason"),
)
LAST_EXECUTION_END: Final = Definition(
    "model_monitor_schedule_last_execution_end_timestamp_seconds",
    "When the last execution ended; absent while it runs.",
    SCHEDULE,
)
LAST_EXECUTION_DURATION: Final = Definition(
    "model_monitor_schedule_last_execution_duration_seconds",
    "How long the last execution took; absent while it runs.",
    SCHEDULE,
)

VERDICT_WINDOW_END: Final = Definition(
    "model_monitor_verdict_window_end_timestamp_seconds",
    "End of the window that the verdict is about.",
    SCHEDULE,
)
VERDICT_RECORDS: Final = Definition("model_monitor_verdict_records", "Rows that were analysed.", SCHEDULE)
VERDICT_BAD_RECORDS: Final = Definition(
    "model_monitor_verdict_bad_records", "Records that could not be read, or not fully.", SCHEDULE
)
VERDICT_FEATURES: Final = Definition(
    "model_monitor_verdict_features", "Features that were analysed.", SCHEDULE
)
VERDICT_VIOLATIONS: Final = Definition(
    "model_monitor_verdict_violations", "Violations that were found.", SCHEDULE
)
VERDICT_LISTED_VIOLATIONS: Final = Definition(
    "model_monitor_verdict_listed_violations",
    "The same by check, but only the worst ones: those that the execution's status lists, at most 15.",
    (*SCHEDULE, "check"),
)
VERDICT_DRIFTED_FEATURES: Final = Definition(
    "model_monitor_verdict_drifted_features", "Features whose distribution is in violation.", SCHEDULE
)
VERDICT_MAX_DISTANCE: Final = Definition(
    "model_monitor_verdict_max_drift_distance",
    "Largest distance of any feature from the baseline, with series of its own or not.",
    SCHEDULE,
)
FEATURE_DISTANCE: Final = Definition(
    "model_monitor_feature_drift_distance",
    "Distance of a feature's distribution from the baseline's.",
    (*SCHEDULE, "feature"),
)
FEATURE_COMPLETENESS: Final = Definition(
    "model_monitor_feature_completeness_ratio",
    "Share of records that have a value of the feature.",
    (*SCHEDULE, "feature"),
)

BASELINE_CONDITION: Final = Definition(
    "model_monitor_baseline_condition",
    "1 where a condition (Ready, AccessMode) is True, 0 where it is False; absent while it is Unknown.",
    (*BASELINE, "condition"),
)
BASELINE_RECORDS: Final = Definition(
    "model_monitor_baseline_records", "Rows of the baseline's data.", BASELINE
)
BASELINE_FEATURES: Final = Definition(
    "model_monitor_baseline_features", "Features among its columns.", BASELINE
)

CAPTURE_CONDITION: Final = Definition(
    "model_monitor_capture_condition",
    "1 where a condition (Ready, Capturing, StoragePressure, Degraded) is True, 0 where it is False; absent "
    "while it is Unknown.",
    (*CAPTURE, "condition"),
)
CAPTURE_RECORDS: Final = Definition(
    "model_monitor_capture_records_total", "Records that were stored.", CAPTURE, "counter"
)
CAPTURE_DROPPED: Final = Definition(
    "model_monitor_capture_dropped_records_total",
    "Records that were lost, and counted.",
    CAPTURE,
    "counter",
)
CAPTURE_COMPLETENESS: Final = Definition(
    "model_monitor_capture_completeness_ratio",
    "Captured of seen requests, in the last full hour.",
    CAPTURE,
)
CAPTURE_LAST_UPLOAD: Final = Definition(
    "model_monitor_capture_last_upload_timestamp_seconds", "When records were last stored.", CAPTURE
)

RECONCILES: Final = Definition(
    "model_monitor_reconcile_total",
    "Reconciles of objects, by how they ended: success, temporary, permanent or unforeseen.",
    ("kind", "outcome"),
    "counter",
)
RECONCILE_FAILURES: Final = Definition(
    "model_monitor_reconcile_failures_total",
    "Reconciles that failed, by the kind of error.",
    ("kind", "error"),
    "counter",
)
RECONCILE_DURATION: Final = Definition(
    "model_monitor_reconcile_duration_seconds", "How long reconciles took.", ("kind",), "histogram"
)
QUEUE_DEPTH: Final = Definition("model_monitor_queue_depth", "Objects that are due to be reconciled.", ())
QUEUE_OLDEST: Final = Definition(
    "model_monitor_queue_oldest_seconds",
    "How long an object has been due to be reconciled at most.",
    (),
)

OPERATOR: Final = Section(
    "The operator itself",
    "Of its own work since it started.",
    (RECONCILES, RECONCILE_FAILURES, RECONCILE_DURATION, QUEUE_DEPTH, QUEUE_OLDEST),
)
"""What the operator counts; everything else is rebuilt from resources."""

SECTIONS: Final = (
    Section(
        "Schedules",
        "Of each MonitoringSchedule.",
        (
            *(SCHEDULE_INFO, SCHEDULE_SUSPENDED, SCHEDULE_CONDITION, SCHEDULE_EXECUTIONS, SCHEDULE_NEXT_RUN),
            *(SCHEDULE_LAST_SUCCESS, SCHEDULE_WINDOW_END, SCHEDULE_LAG, SCHEDULE_OVERDUE),
        ),
    ),
    Section(
        "The last execution",
        "Of the execution that `status.lastExecution` of a MonitoringSchedule names.",
        (LAST_EXECUTION_STATE, LAST_EXECUTION_REASON, LAST_EXECUTION_END, LAST_EXECUTION_DURATION),
    ),
    Section(
        "The last verdict",
        "Of the execution with the latest window among those that had a verdict (`Completed` or "
        "`CompletedWithViolations`): what it found. They stay as they are while executions fail or are "
        "inconclusive, and go when no execution with a verdict is kept as an object.",
        (
            *(VERDICT_WINDOW_END, VERDICT_RECORDS, VERDICT_BAD_RECORDS, VERDICT_FEATURES),
            *(VERDICT_VIOLATIONS, VERDICT_LISTED_VIOLATIONS, VERDICT_DRIFTED_FEATURES),
            *(VERDICT_MAX_DISTANCE, FEATURE_DISTANCE, FEATURE_COMPLETENESS),
        ),
    ),
    Section("Baselines", "Of each Baseline.", (BASELINE_CONDITION, BASELINE_RECORDS, BASELINE_FEATURES)),
    Section(
        "Captures",
        "Of each DataCapture.",
        (
            *(CAPTURE_CONDITION, CAPTURE_RECORDS, CAPTURE_DROPPED, CAPTURE_COMPLETENESS),
            CAPTURE_LAST_UPLOAD,
        ),
    ),
)
"""All metrics that are rebuilt from resources, in the order of the reference."""
