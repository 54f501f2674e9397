"""Rules of the kinds MonitoringSchedule and MonitoringExecution."""

from typing import Final

from pydantic.alias_generators import to_camel

from model_monitor_api.names import CRON_JOB_NAME_LIMIT, LABEL_VALUE_LIMIT
from model_monitor_api.objects import KINDS, Kind
from model_monitor_api.rules.rule import Rule, ordered
from model_monitor_api.v1alpha1.analysis import MonitorType
from model_monitor_api.v1alpha1.monitoringexecution import MonitoringExecutionSpec
from model_monitor_api.v1alpha1.monitoringschedule import Alert, MonitoringScheduleSpec

SETTINGS: Final[dict[MonitorType, str]] = {
    "DataQuality": "data_quality",
    "ModelQuality": "model_quality",
    "ModelBias": "bias",
    "ModelExplainability": "explainability",
}
"""Field of each type's settings, in a MonitoringSchedule and in a Baseline."""

LABELLED: Final = frozenset({"ModelQuality", "ModelBias"})
"""Types that need labels."""


def _settings_only_with_type(kind: MonitorType, field: str) -> Rule:
    name = to_camel(field)
    return Rule(
        MonitoringScheduleSpec,
        f"!has(self.{name}) || self.type == '{kind}'",
        f"must have `{name}` only when `type` is `{kind}`",
        lambda spec: getattr(spec, field) is None or spec.type == kind,
    )


def _name_at_most(kind: type[Kind], longest: int) -> Rule:
    return Rule(
        kind,
        f"size(self.metadata.name) <= {longest}",
        f"`metadata.name` must have at most {longest} characters",
        lambda thing: len(thing.metadata.name) <= longest,
    )


SCHEDULE_RULES: Final = (
    Rule(
        MonitoringScheduleSpec,
        "has(self.groundTruth) == (self.type in ['ModelQuality', 'ModelBias'])",
        "must have `groundTruth` if and only if `type` is `ModelQuality` or `ModelBias`",
        lambda spec: (spec.ground_truth is not None) == (spec.type in LABELLED),
    ),
    *(_settings_only_with_type(kind, field) for kind, field in SETTINGS.items()),
    ordered(Alert, "datapoints_to_alert", "evaluation_periods"),
)
"""Rules of MonitoringSchedule."""

EXECUTION_RULES: Final = (
    Rule(
        MonitoringExecutionSpec,
        "self.scheduleRef == oldSelf.scheduleRef && has(self.window) == has(oldSelf.window) && "
        "(!has(self.window) || self.window == oldSelf.window)",
        "must stay as it was created, except for `stop`",
        lambda new, old: new.schedule_ref == old.schedule_ref and new.window == old.window,
        transition=True,
    ),
    Rule(
        MonitoringExecutionSpec,
        "self.stop || !oldSelf.stop",
        "`stop` must stay true",
        lambda new, old: new.stop or not old.stop,
        transition=True,
    ),
)
"""Rules of MonitoringExecution."""

NAME_RULES: Final = tuple(
    _name_at_most(kind, CRON_JOB_NAME_LIMIT if name == "MonitoringSchedule" else LABEL_VALUE_LIMIT)
    for name, kind in KINDS.items()
)
"""Rules of names: they become values of labels, and a schedule's the beginning of its runs' names."""
