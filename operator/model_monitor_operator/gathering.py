"""What an object refers to, read from the cluster: always within its own namespace."""

from collections.abc import Iterable, Iterator

from model_monitor_api.objects import ConfigMap, Key, Kind, Objects
from model_monitor_api.references import scripts_of
from model_monitor_api.v1alpha1.baseline import Baseline
from model_monitor_api.v1alpha1.datacapture import DataCapture
from model_monitor_api.v1alpha1.monitoringschedule import MonitoringSchedule
from model_monitor_api.v1alpha1.workload import Scripts
from model_monitor_operator.decision import Reader
from model_monitor_operator.objects import Object, is_deleted, key_of
from model_monitor_operator.typed import Typed, config_map, typed


class Gathering:
    """Collects what references lead to; what is there but not right is known as broken."""

    def __init__(self, reader: Reader, namespace: str) -> None:
        self._reader = reader
        self._namespace = namespace
        self._found: dict[str, Kind] = {}
        self._config_maps: dict[Key, ConfigMap] = {}
        self._broken: set[str] = set()

    def objects(self) -> Objects:
        """Return what was collected."""
        return Objects(
            captures=dict(self._of(DataCapture)),
            baselines=dict(self._of(Baseline)),
            schedules=dict(self._of(MonitoringSchedule)),
            config_maps=self._config_maps,
            broken=frozenset(self._broken),
        )

    def for_baseline(self, baseline: Baseline) -> None:
        """Collect what a Baseline refers to."""
        dataset = baseline.spec.dataset
        if dataset is not None and dataset.capture_ref is not None:
            self._take(DataCapture, dataset.capture_ref.name)
        self._scripts(baseline.spec.scripts)

    def for_schedule(self, schedule: MonitoringSchedule) -> None:
        """Collect what a MonitoringSchedule refers to, and its Baseline in turn."""
        baseline = self._take(Baseline, schedule.spec.baseline_ref.name)
        if baseline is not None:
            self.for_baseline(baseline)
        self._take(DataCapture, schedule.spec.capture_ref.name)
        self._scripts(schedule.spec.scripts)

    def _take(self, model: type[Typed], name: str) -> Typed | None:
        thing = self._reader.get(model.__name__, self._namespace, name)
        if thing is None or is_deleted(thing):
            # A name that is almost right is told.
            for other in self._reader.items(model.__name__, self._namespace):
                self._read(model, other)
            return None
        return self._read(model, thing)

    def _read(self, model: type[Typed], thing: Object) -> Typed | None:
        found = typed(model, thing)
        subject = str(key_of(thing))
        if isinstance(found, tuple):
            self._broken.add(subject)
            return None
        self._found[subject] = found
        return found

    def _scripts(self, scripts: Scripts | None) -> None:
        for name in _names(script.config_map_ref.name for _, script in scripts_of(scripts)):
            key = Key(self._namespace, name)
            if key not in self._config_maps and (thing := self._fetched(name)) is not None:
                self._config_maps[key] = config_map(thing)

    def _fetched(self, name: str) -> Object | None:
        return self._reader.fetch("ConfigMap", self._namespace, name)

    def _of(self, model: type[Typed]) -> Iterator[tuple[Key, Typed]]:
        for found in self._found.values():
            if isinstance(found, model):
                yield Key(found.metadata.namespace, found.metadata.name), found


def _names(names: Iterable[str]) -> Iterator[str]:
    """Yield each name once."""
    yield from dict.fromkeys(names)
