"""The objects of one set of manifests, or of one namespace, by name: what a reference is looked up in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from pydantic import Field

from model_monitor_api.meta import ApiModel, ObjectMeta
from model_monitor_api.v1alpha1.baseline import Baseline
from model_monitor_api.v1alpha1.datacapture import DataCapture
from model_monitor_api.v1alpha1.monitoringexecution import MonitoringExecution
from model_monitor_api.v1alpha1.monitoringschedule import MonitoringSchedule

Kind = DataCapture | Baseline | MonitoringSchedule | MonitoringExecution
"""Any object of the group."""

KINDS: Final[dict[str, type[Kind]]] = {
    model.__name__: model for model in (DataCapture, Baseline, MonitoringSchedule, MonitoringExecution)
}
"""All kinds of the group, by name."""


class Key(NamedTuple):
    """Identity of an object among those of its kind."""

    namespace: str
    name: str


class ConfigMap(ApiModel):
    """The part of a core/v1 ConfigMap that the project reads."""

    metadata: ObjectMeta
    """Name and namespace."""

    data: dict[str, str] = Field(default_factory=dict)
    """Texts by key."""


@dataclass(frozen=True)
class Objects:
    """Objects by kind and key.

    `broken` names those (`Kind/namespace/name`) that are there, but are not what they claim to be.
    """

    captures: Mapping[Key, DataCapture] = field(default_factory=dict)
    baselines: Mapping[Key, Baseline] = field(default_factory=dict)
    schedules: Mapping[Key, MonitoringSchedule] = field(default_factory=dict)
    executions: Mapping[Key, MonitoringExecution] = field(default_factory=dict)
    config_maps: Mapping[Key, ConfigMap] = field(default_factory=dict)
    broken: frozenset[str] = frozenset()


def key_of(thing: Kind | ConfigMap) -> Key:
    """Return the key of an object."""
    return Key(thing.metadata.namespace, thing.metadata.name)


def subject_of(thing: Kind) -> str:
    """Return an object's name in full for messages: `Kind/namespace/name`."""
    return f"{thing.kind}/{thing.metadata.namespace}/{thing.metadata.name}"
