"""From documents of the API server to typed objects, with the same words as `model-monitor validate`."""

import json
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeVar, cast

from pydantic import ValidationError

from model_monitor_api.manifests.checking import check
from model_monitor_api.meta import ApiModel
from model_monitor_api.objects import ConfigMap, Kind
from model_monitor_api.problems import Problem
from model_monitor_api.v1alpha1.baseline import Baseline
from model_monitor_api.v1alpha1.datacapture import DataCapture
from model_monitor_api.v1alpha1.monitoringexecution import MonitoringExecution
from model_monitor_api.v1alpha1.monitoringschedule import MonitoringSchedule
from model_monitor_operator.objects import Object, key_of

Typed = TypeVar("Typed", DataCapture, Baseline, MonitoringSchedule, MonitoringExecution)
Model = TypeVar("Model", bound=ApiModel)

Problems = tuple[Problem, ...]


def typed(model: type[Typed], thing: Object) -> Typed | Problems:
    """Return an object of the group with its status, or what a person must change.

    The API server has checked most of it by the schema; what was stored under an older one is checked here.
    A field that is not known is one of newer kinds, perhaps with its default: it must not stop what works.
    A status that is not of this version counts as none: it is rebuilt.
    """
    meta = thing["metadata"]
    if "uid" not in meta or "resourceVersion" not in meta:
        return _read(model, thing)
    # Many schedules share a Baseline and a DataCapture: each version of an object is read once.
    return cast(
        "Typed | Problems", _read_version(model, _Version(meta["uid"], meta["resourceVersion"], thing))
    )


@dataclass(frozen=True)
class _Version:
    """A version of an object, which never changes."""

    uid: str
    version: str
    thing: Object = field(compare=False)


@lru_cache(maxsize=512)
def _read_version(model: type[Kind], version: _Version) -> Any:
    return _read(model, version.thing)


def _read(model: type[Typed], thing: Object) -> Typed | Problems:
    found = check(model, thing, str(key_of(thing)), unknown="ignore")
    if isinstance(found, list):
        return tuple(problem for _, problem in found)
    return found.model_copy(update={"status": status_of(model, thing)})


def status_of(model: type[Kind], thing: Object) -> Any:
    """Return the status of an object of a kind, typed; one that is not of this version counts as none."""
    annotation = cast("type[ApiModel]", model.model_fields["status"].annotation)
    try:
        return annotation.model_validate_json(json.dumps(thing.get("status") or {}))
    except ValidationError:
        return annotation()


def config_map(thing: Object) -> ConfigMap:
    """Return the part of a ConfigMap that the project reads."""
    return ConfigMap.model_validate_json(
        json.dumps({"metadata": thing["metadata"], "data": thing.get("data") or {}})
    )


def document(model: ApiModel) -> dict[str, Any]:
    """Return a model as the API server takes it: camelCase, without what is not set."""
    return model.model_dump(mode="json", by_alias=True, exclude_none=True)


def sentences(problems: Problems) -> str:
    """Return problems as a condition's message, the first few of them."""
    told = [problem.condition_message for problem in problems[:5]]
    more = len(problems) - len(told)
    return "; ".join([*told, f"and {more} more"] if more else told)
