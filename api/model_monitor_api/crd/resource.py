"""What a CustomResourceDefinition says of a kind besides its fields: names, and columns of `kubectl get`."""

from dataclasses import dataclass
from typing import Final, Literal

from model_monitor_api.objects import Kind
from model_monitor_api.v1alpha1.baseline import Baseline
from model_monitor_api.v1alpha1.datacapture import DataCapture
from model_monitor_api.v1alpha1.monitoringexecution import MonitoringExecution
from model_monitor_api.v1alpha1.monitoringschedule import MonitoringSchedule

CATEGORY: Final = "model-monitor"
"""`kubectl get model-monitor` lists all kinds."""


@dataclass(frozen=True)
class Column:
    """One column of `kubectl get`; those of priority 1 are shown by `-o wide`."""

    name: str
    path: str
    description: str
    type: Literal["string", "integer", "date"] = "string"
    priority: int = 0


@dataclass(frozen=True)
class Resource:
    """Names and columns of one kind."""

    model: type[Kind]
    plural: str
    short_name: str
    columns: tuple[Column, ...]

    @property
    def kind(self) -> str:
        """Name of the kind."""
        return self.model.__name__

    @property
    def singular(self) -> str:
        """Name of one object."""
        return self.kind.lower()


def _condition(name: str, title: str, description: str, field: str = "status", priority: int = 0) -> Column:
    path = f'.status.conditions[?(@.type=="{name}")].{field}'
    return Column(title, path, description, priority=priority)


_AGE: Final = Column("Age", ".metadata.creationTimestamp", "Time since it was created.", "date")

RESOURCES: Final = (
    Resource(
        DataCapture,
        "datacaptures",
        "mmdc",
        (
            _condition("Ready", "Ready", "Whether requests can be sent, or data be read."),
            _condition("Capturing", "Capturing", "Whether requests are recorded and records stored."),
            Column("Records", ".status.records", "Records that were stored.", "integer"),
            Column("Dropped", ".status.dropped", "Records that were lost.", "integer"),
            Column("URL", ".status.url", "Where inference requests are to be sent."),
            _condition("Ready", "Reason", "Why it is ready or not.", "reason", 1),
            _AGE,
        ),
    ),
    Resource(
        Baseline,
        "baselines",
        "mmbl",
        (
            _condition("Ready", "Ready", "Whether schedules can compare with it."),
            _condition("Ready", "Reason", "Why it is ready or not.", "reason"),
            Column("Records", ".status.records", "Rows of its data.", "integer"),
            Column("Features", ".status.features", "Features among its columns.", "integer"),
            Column("Message", ".status.message", "Summary in a sentence.", priority=1),
            _AGE,
        ),
    ),
    Resource(
        MonitoringSchedule,
        "monitoringschedules",
        "mms",
        (
            Column("Type", ".spec.type", "Which analysis."),
            Column("Schedule", ".spec.schedule", "When windows close."),
            _condition("Ready", "Ready", "Whether windows are being analysed."),
            Column("Last", ".status.lastExecution.state", "How the last execution ended, or stands."),
            Column("Violations", ".status.lastExecution.violations", "Violations that it found.", "integer"),
            _condition("InAlert", "Alert", "Whether violations add up to an alert."),
            Column("Window", ".status.lastExecution.windowEnd", "Time since its window ended.", "date"),
            Column("Baseline", ".spec.baselineRef.name", "Baseline that is compared with.", priority=1),
            Column("Next", ".status.nextRunTime", "When the schedule fires next.", priority=1),
            _condition("Ready", "Reason", "Why it is ready or not.", "reason", 1),
            _AGE,
        ),
    ),
    Resource(
        MonitoringExecution,
        "monitoringexecutions",
        "mmx",
        (
            Column("Schedule", ".spec.scheduleRef.name", "MonitoringSchedule that is run."),
            Column("Window End", ".status.window.end", "Last moment of the window, exclusive."),
            Column("State", ".status.state", "How it ended, or stands."),
            Column("Reason", ".status.reason", "Why."),
            Column("Violations", ".status.counts.violations", "Violations that it found.", "integer"),
            Column("Records", ".status.counts.records", "Rows that were analysed.", "integer", 1),
            Column("Message", ".status.message", "Why and what to do.", priority=1),
            _AGE,
        ),
    ),
)
"""All kinds, in the order in which one writes them."""
