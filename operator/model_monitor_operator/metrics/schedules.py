"""The series of a MonitoringSchedule, its last execution and its last verdict."""

from collections import Counter
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final, get_args

from model_monitor_api.conditions import CONDITIONS
from model_monitor_api.contract.message import FeatureMetrics
from model_monitor_api.cron import Schedule
from model_monitor_api.cron_fields import CronError
from model_monitor_api.durations import DurationError, parse_duration
from model_monitor_api.failures import Failure, Inconclusive
from model_monitor_api.timezones import TimeZoneError, time_zone
from model_monitor_api.v1alpha1.analysis import MonitorType
from model_monitor_api.v1alpha1.monitoringexecution import ExecutionState
from model_monitor_api.v1alpha1.monitoringschedule import Metrics
from model_monitor_operator.metrics import definitions as d
from model_monitor_operator.metrics.points import (
    Labels,
    Points,
    add_conditions,
    known,
    label,
    name,
    place,
    seconds,
)
from model_monitor_operator.metrics.runs import Book, Run
from model_monitor_operator.objects import Object, created
from model_monitor_operator.reading import at, moment, number, real, rows, word

TYPES: Final = frozenset(get_args(MonitorType))
STATES: Final[tuple[str, ...]] = get_args(ExecutionState)
REASONS: Final = frozenset({*(each.value for each in Failure), *(each.value for each in Inconclusive)})
TOTALS: Final = {
    "completed": "Completed",
    "completedWithViolations": "CompletedWithViolations",
    "inconclusive": "Inconclusive",
    "failed": "Failed",
    "stopped": "Stopped",
}
"""State by the field of `status.totals` that counts it."""

CHECKS: Final = {
    "DataQuality": (
        *("data_type_check", "completeness_check", "baseline_drift_check", "missing_column_check"),
        *("extra_column_check", "categorical_values_check"),
    ),
    "ModelBias": ("bias_drift_check",),
    "ModelExplainability": ("feature_attribution_drift_check",),
}
"""Checks that always have a series, by type, so that alert rules see them at 0."""

_CONDITIONS: Final = frozenset(each.name for each in CONDITIONS if each.kind == "MonitoringSchedule")
_MOST_FEATURES: Final = Metrics().max_features
_NONE: Final = timedelta(0)


def add_schedule(points: Points, thing: Object, book: Book, now: datetime) -> None:
    """Add the series of one schedule.

    Parameters
    ----------
    points
        Where they go.
    thing
        The MonitoringSchedule.
    book
        All executions.
    now
        The present.
    """
    meta, spec, status = thing["metadata"], at(thing, "spec") or {}, at(thing, "status") or {}
    kind = known(word(spec, "type"), TYPES)
    base = place("schedule", thing) | {"type": kind}
    baseline, capture = word(spec, "baselineRef", "name"), word(spec, "captureRef", "name")
    points.add(d.SCHEDULE_INFO, 1, base | {"baseline": name(baseline), "capture": name(capture)})
    points.add(d.SCHEDULE_SUSPENDED, at(spec, "suspend") is True, base)
    add_conditions(points, d.SCHEDULE_CONDITION, status, _CONDITIONS, base)
    for field, state in TOTALS.items():
        points.add(d.SCHEDULE_EXECUTIONS, number(status, "totals", field) or 0, base, state)
    points.add(d.SCHEDULE_NEXT_RUN, seconds(moment(status, "nextRunTime")), base)
    points.add(d.SCHEDULE_LAST_SUCCESS, seconds(moment(status, "lastSuccessTime")), base)
    points.add(d.SCHEDULE_WINDOW_END, seconds(moment(status, "lastWindowEnd")), base)
    _add_delays(points, thing, base, now)
    _add_last(points, status, book.runs.get((meta["namespace"], word(status, "lastExecution", "name"))), base)
    verdict = book.verdicts.get((meta["namespace"], meta["name"]))
    if verdict is not None and verdict.ended is not None and verdict.ended >= created(thing):
        _add_verdict(points, verdict, base)
        for feature in _chosen(verdict.features, spec):
            points.add(d.FEATURE_DISTANCE, feature.distance, base, label(feature.feature))
            points.add(d.FEATURE_COMPLETENESS, feature.completeness, base, label(feature.feature))


def _add_delays(points: Points, thing: Object, base: Labels, now: datetime) -> None:
    """Add how far a schedule is behind."""
    windowing = at(thing, "status", "windowing")
    settled = moment(thing, "status", "settledUntil")
    delay = _delay(word(windowing, "delay"))
    if settled is not None and delay is not None:
        points.add(d.SCHEDULE_LAG, (now - (settled - delay)).total_seconds(), base)
    if at(thing, "spec", "suspend") is True:
        points.add(d.SCHEDULE_OVERDUE, 0, base)
    elif windowing is not None:
        since = settled or created(thing)
        due = _next_fire(word(windowing, "schedule"), word(windowing, "timeZone"), since)
        overdue = max(now - due, _NONE) if due is not None else _NONE
        points.add(d.SCHEDULE_OVERDUE, overdue.total_seconds(), base)


def _add_last(points: Points, status: object, run: Run | None, base: Labels) -> None:
    """Add the series of the last execution; its own status is newer than what the schedule knows of it."""
    last = at(status, "lastExecution")
    if last is None:
        return
    state = word(run.status if run is not None else last, "state")
    for each in STATES:
        points.add(d.LAST_EXECUTION_STATE, each == state, base, each)
    reason = word(run.status if run is not None else last, "reason")
    if reason and state in ("Failed", "Inconclusive"):
        points.add(d.LAST_EXECUTION_REASON, 1, base, known(reason, REASONS))
    if run is not None and run.ended is not None:
        points.add(d.LAST_EXECUTION_END, seconds(run.ended), base)
        took = run.ended - run.started if run.started is not None else None
        points.add(d.LAST_EXECUTION_DURATION, took.total_seconds() if took is not None else None, base)


def _add_verdict(points: Points, run: Run, base: Labels) -> None:
    """Add what the last verdict found."""
    status = run.status
    points.add(d.VERDICT_WINDOW_END, seconds(run.window_end), base)
    for definition, field in (
        (d.VERDICT_RECORDS, "records"),
        (d.VERDICT_BAD_RECORDS, "badRecords"),
        (d.VERDICT_FEATURES, "features"),
        (d.VERDICT_VIOLATIONS, "violations"),
    ):
        points.add(definition, number(status, "counts", field), base)
    checks = CHECKS.get(base["type"], ())
    counted = Counter(known(word(each, "check"), checks) for each in rows(status, "violations"))
    for check in dict.fromkeys([*checks, *counted]):
        points.add(d.VERDICT_LISTED_VIOLATIONS, counted[check], base, check)
    points.add(d.VERDICT_DRIFTED_FEATURES, number(status, "drifted"), base)
    points.add(d.VERDICT_MAX_DISTANCE, real(status, "maxDistance"), base)


def _chosen(features: tuple[FeatureMetrics, ...], spec: object) -> tuple[FeatureMetrics, ...]:
    """Return the features that have series: those that the spec lists, else the first ones; each once."""
    listed, most = at(spec, "metrics", "features"), number(spec, "metrics", "maxFeatures")
    distinct = tuple({each.feature: each for each in features}.values())
    if isinstance(listed, list):
        wanted = frozenset(each for each in listed if isinstance(each, str))
        return tuple(each for each in distinct if each.feature in wanted)
    return distinct[: max(0, _MOST_FEATURES if most is None else most)]


@lru_cache(maxsize=1024)
def _delay(text: str) -> timedelta | None:
    try:
        return parse_duration(text)
    except DurationError:
        return None


@lru_cache(maxsize=16_384)
def _next_fire(schedule: str, zone: str, after: datetime) -> datetime | None:
    """Return the first fire after a moment; many schedules have the same ones."""
    try:
        return Schedule.parse(schedule).next(after, time_zone(zone))
    except (CronError, TimeZoneError):
        return None
