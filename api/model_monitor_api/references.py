"""References resolved within a set of objects, or a problem that says what is there instead."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from model_monitor_api.objects import Key, Kind, Objects, subject_of
from model_monitor_api.problems import Problem, shown
from model_monitor_api.spelling import did_you_mean
from model_monitor_api.v1alpha1.baseline import Baseline
from model_monitor_api.v1alpha1.datacapture import DataCapture
from model_monitor_api.v1alpha1.monitoringschedule import MonitoringSchedule
from model_monitor_api.v1alpha1.workload import Script, Scripts

Thing = TypeVar("Thing")


@dataclass(frozen=True)
class References:
    """The references of one object."""

    owner: Kind
    objects: Objects

    def baseline(self, name: str, field: str = "spec.baselineRef.name") -> Baseline | Problem:
        """Return a Baseline of the same namespace."""
        return self._find("Baseline", self.objects.baselines, name, field)

    def capture(self, name: str, field: str = "spec.captureRef.name") -> DataCapture | Problem:
        """Return a DataCapture of the same namespace."""
        return self._find("DataCapture", self.objects.captures, name, field)

    def schedule(self, name: str, field: str = "spec.scheduleRef.name") -> MonitoringSchedule | Problem:
        """Return a MonitoringSchedule of the same namespace."""
        return self._find("MonitoringSchedule", self.objects.schedules, name, field)

    def script(self, script: Script, field: str) -> str | Problem:
        """Return the source of a script."""
        reference = script.config_map_ref
        found = self._find(
            "ConfigMap", self.objects.config_maps, reference.name, f"{field}.configMapRef.name"
        )
        if isinstance(found, Problem):
            return found
        if reference.key not in found.data:
            return Problem(
                subject_of(self.owner),
                f"must name a key of the ConfigMap `{reference.name}`",
                f"{field}.configMapRef.key",
                shown(reference.key),
                did_you_mean(reference.key, found.data) or "add the key to it",
                unresolved=True,
            )
        return found.data[reference.key]

    def _find(self, kind: str, things: Mapping[Key, Thing], name: str, field: str) -> Thing | Problem:
        namespace = self.owner.metadata.namespace
        if (found := things.get(Key(namespace, name))) is not None:
            return found
        there = [key.name for key in things if key.namespace == namespace]
        elsewhere = sorted(key.namespace for key in things if key.name == name)
        if (broken := f"{kind}/{namespace}/{name}") in self.objects.broken:
            remedy = f"correct {broken} first"
        elif elsewhere:
            remedy = f"it is in namespace `{elsewhere[0]}`, but references are within one namespace"
        else:
            remedy = did_you_mean(name, there) or "create it"
        message = f"must name a {kind} of namespace `{namespace}`"
        return Problem(subject_of(self.owner), message, field, shown(name), remedy, unresolved=True)


def scripts_of(scripts: Scripts | None) -> Iterator[tuple[str, Script]]:
    """Yield each script that is given, with the path of its field."""
    if scripts is not None:
        for name, script in (("preprocess", scripts.preprocess), ("postprocess", scripts.postprocess)):
            if script is not None:
                yield f"spec.scripts.{name}", script
