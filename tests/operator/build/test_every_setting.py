"""Whatever is set of an object changes what is made of it, or is refused: nothing is ignored in silence."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final, Literal, get_args, get_origin

import pytest
import yaml
from pydantic import ValidationError
from pydantic.fields import FieldInfo

from model_monitor_api.availability import unavailable, unavailable_beside
from model_monitor_api.contract.plan import AnalysisPlan
from model_monitor_api.introspection import alias_of, bare
from model_monitor_api.manifests import load_bytes
from model_monitor_api.meta import ApiModel
from model_monitor_api.objects import Key, Objects
from model_monitor_api.planning import plan_baseline, plan_execution
from model_monitor_api.problems import Problem
from model_monitor_api.v1alpha1.baseline import Baseline
from model_monitor_api.v1alpha1.columns import Columns
from model_monitor_api.v1alpha1.datacapture import DataCapture
from model_monitor_api.v1alpha1.monitoringschedule import MonitoringSchedule
from model_monitor_operator.build.plan import render_plan
from model_monitor_operator.objects import Object
from tests.operator.build.producing import (
    SETTINGS,
    every_field_manifests,
    for_baseline,
    for_capture,
    for_schedule,
)

NAMESPACE: Final = "models"
TEXTS: Final = (
    "7m",
    "s3://elsewhere/place",
    "30 1 * * *",
    "Europe/Paris",
    "http://other:1",
    "other",
    "o",
    "SD",
)
"""Values that some field of text takes."""

OTHERWISE: Final = {
    "alert.datapointsToAlert": "the condition InAlert",
    "alert.evaluationPeriods": "the condition InAlert",
    "inconclusiveAfter": "the condition Conclusive",
    "successfulExecutionsHistoryLimit": "which executions are pruned",
    "failedExecutionsHistoryLimit": "which executions are pruned",
    "missedExecutionsLimit": "which windows are made up for",
}
"""Fields of a schedule that show in what the operator does later, and where."""


def things() -> Objects:
    loaded = load_bytes(yaml.safe_dump_all(every_field_manifests()).encode())
    assert not loaded.problems
    return loaded.objects


EVERYTHING: Final = things()
SCHEDULE: Final = EVERYTHING.schedules[Key(NAMESPACE, "churn-data-quality")]


def made_of(objects: Objects, thing: Baseline | MonitoringSchedule) -> object:
    """Return all that follows from an object; None where it is refused."""
    if isinstance(thing, MonitoringSchedule):
        plan = plan_execution(thing, objects)
        if unavailable_beside(thing):
            return None
        return following(plan, lambda: for_schedule(thing, objects, SETTINGS))
    return following(plan_baseline(thing, objects), lambda: for_baseline(thing, objects, SETTINGS))


def following(plan: AnalysisPlan | tuple[Problem, ...], build: Callable[[], Iterator[Object]]) -> object:
    if not isinstance(plan, AnalysisPlan):
        return None
    told = [problem.field for problem in unavailable(plan)]
    return told, render_plan(plan).document, list(build())


def changes(model: ApiModel) -> Iterator[tuple[str, ApiModel]]:
    """Yield a model with one field changed, for every field and every way to change it."""
    for name, info in type(model).model_fields.items():
        for path, other in others(getattr(model, name), info):
            yield alias_of(name, info) + path, model.model_copy(update={name: other})


def others(value: object, info: FieldInfo) -> Iterator[tuple[str, Any]]:
    """Yield other values of a field, with the paths within it that differ."""
    match value:
        case ApiModel():
            yield from ((f".{path}", other) for path, other in changes(value))
        case [ApiModel() as first, *rest]:
            yield from ((f"[].{path}", [other, *rest]) for path, other in changes(first))
        case bool():
            yield "", not value
        case int() | float():
            yield "", value + 1 if value >= 1 else value / 2 or 0.5
        case datetime():
            yield "", value + timedelta(hours=-1)
        case str() if get_origin(bare(info.annotation)) is Literal:
            yield from (("", other) for other in get_args(bare(info.annotation)) if other != value)
        case str():
            yield from (("", text) for text in TEXTS)
        case [first, *_]:
            yield from (("", other) for other in ([], [first]) if other != value)
        case dict() if value:
            yield "", {}
        case _:
            return


def accepted(thing: Any) -> Any:
    """Return an object as it is read from a document; None where the document is none."""
    try:
        return type(thing).model_validate_json(thing.model_dump_json(by_alias=True, warnings=False))
    except ValidationError:
        return None


def ignored(thing: Any, made: Any) -> set[str]:
    """Return the fields that can be changed in some way, and in no way that changes anything.

    Parameters
    ----------
    thing
        The object.
    made
        Returns all that follows from it, or None where it is refused.
    """
    before = made(thing)
    assert before is not None
    seen: dict[str, bool] = {}
    for path, spec in changes(thing.spec):
        changed = accepted(thing.model_copy(update={"spec": spec}))
        if changed is not None:
            seen[path] = seen.get(path, False) or made(changed) != before
    return {path for path, matters in seen.items() if not matters}


def test_nothing_of_a_schedule_is_ignored() -> None:
    schedule = SCHEDULE.model_copy(
        update={"spec": SCHEDULE.spec.model_copy(update={"notifications": [], "analyzer": None})}
    )
    assert ignored(schedule, lambda thing: made_of(EVERYTHING, thing)) == set(OTHERWISE)


def test_nothing_of_an_image_of_ones_own_is_ignored() -> None:
    analyzer = SCHEDULE.spec.analyzer
    assert analyzer is not None
    schedule = SCHEDULE.model_copy(update={"spec": SCHEDULE.spec.model_copy(update={"notifications": []})})
    found = ignored(schedule, lambda thing: made_of(EVERYTHING, thing))
    assert not {path for path in found if path.startswith("analyzer")}


def test_notifications_are_refused() -> None:
    assert SCHEDULE.spec.notifications
    assert made_of(EVERYTHING, SCHEDULE) is None


@pytest.mark.parametrize("name", ["churn-files", "churn-traffic", "churn-adopted"])
def test_nothing_of_a_baseline_is_ignored(name: str) -> None:
    # What a Baseline does not say of columns a capture says.
    silent = {
        key: each.model_copy(update={"spec": each.spec.model_copy(update={"columns": Columns()})})
        for key, each in EVERYTHING.captures.items()
    }
    objects, baseline = replace(EVERYTHING, captures=silent), EVERYTHING.baselines[Key(NAMESPACE, name)]
    assert ignored(baseline, lambda thing: made_of(objects, thing)) == set()


def test_nothing_of_a_capture_of_files_is_ignored() -> None:
    schedule = SCHEDULE.model_copy(update={"spec": SCHEDULE.spec.model_copy(update={"notifications": []})})
    key = Key(NAMESPACE, "churn-files")
    baseline = EVERYTHING.baselines[key]
    plain = {"columns": Columns(), "model_quality": None, "bias": None, "explainability": None}
    silent = baseline.model_copy(update={"spec": baseline.spec.model_copy(update=plain)})
    objects = replace(EVERYTHING, baselines={**EVERYTHING.baselines, key: silent})

    def made(capture: DataCapture) -> object:
        return made_of(replace(objects, captures={**objects.captures, key: capture}), schedule)

    assert ignored(EVERYTHING.captures[key], made) == set()


def test_nothing_of_a_capture_of_a_service_is_ignored() -> None:
    capture = EVERYTHING.captures[Key(NAMESPACE, "churn-service")]
    found = ignored(capture, lambda thing: list(for_capture(thing, SETTINGS)))
    of_analyses = {path for path in found if path.startswith("columns.")}
    assert found - of_analyses == {"gateway.replicas"}, "an autoscaler decides instead"
