"""Manifests for a run on this machine: one set, with absolute locations and its own outputs."""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, TypeVar

from model_monitor_api.manifests import Manifests, load_path
from model_monitor_api.manifests.loading import Source
from model_monitor_api.meta import ApiModel
from model_monitor_api.objects import Key, Objects, subject_of
from model_monitor_api.problems import Problem
from model_monitor_api.v1alpha1.baseline import Baseline
from model_monitor_api.v1alpha1.datacapture import DataCapture
from model_monitor_api.v1alpha1.monitoringschedule import MonitoringSchedule
from model_monitor_api.v1alpha1.storage import Output

_RELATIVE: Final = ("file://./", "file://../")

Item = TypeVar("Item")
Thing = TypeVar("Thing", DataCapture, Baseline, MonitoringSchedule)


def load_manifests(paths: Sequence[Path], output: Path | None) -> Manifests:
    """Load manifests for a run without a cluster.

    Parameters
    ----------
    paths
        Files and folders. A location `file://./…` or `file://../…` in them is taken relative to the folder of
        the file that it stands in; in a cluster, where there is no such folder, it is refused.
    output
        Folder that takes the place of every output's location; a store that was meant is not touched.
    """
    parts = [load_path(path) for path in paths]
    manifests = _merged(parts)

    def localised(thing: Thing) -> Thing:
        """Return an object as it is run here."""
        source = manifests.sources[subject_of(thing)]
        absolute: Thing = _resolved(thing, Path(source.file).absolute().parent)
        return _redirected(absolute, output) if output else absolute

    objects = manifests.objects
    return replace(
        manifests,
        objects=replace(
            objects,
            captures=_each(objects.captures, localised),
            baselines=_each(objects.baselines, localised),
            schedules=_each(objects.schedules, localised),
        ),
    )


def _each(things: Mapping[Key, Thing], change: Callable[[Thing], Thing]) -> dict[Key, Thing]:
    return {key: change(thing) for key, thing in things.items()}


def _merged(parts: Sequence[Manifests]) -> Manifests:
    """Return several sets as one; an object that is in two of them is a problem."""
    if len(parts) == 1:
        return parts[0]
    problems = [problem for part in parts for problem in part.problems]
    sources: dict[str, Source] = {}
    for part in parts:
        for subject, source in part.sources.items():
            first = sources.setdefault(subject, source)
            if first != source:
                problems.append(
                    Problem(subject, f"must be unique, but is also in {first.file}", file=source.file)
                )
    objects = [part.objects for part in parts]
    merged = Objects(
        captures=_first_of(each.captures for each in objects),
        baselines=_first_of(each.baselines for each in objects),
        schedules=_first_of(each.schedules for each in objects),
        executions=_first_of(each.executions for each in objects),
        config_maps=_first_of(each.config_maps for each in objects),
        broken=frozenset().union(*(each.broken for each in objects)),
    )
    notices = [notice for part in parts for notice in part.notices]
    return Manifests(merged, tuple(problems), tuple(notices), sources)


def _first_of(mappings: Iterable[Mapping[Key, Item]]) -> dict[Key, Item]:
    """Return several mappings as one; of a key that two have, what the first says."""
    merged: dict[Key, Item] = {}
    for mapping in mappings:
        for key, item in mapping.items():
            merged.setdefault(key, item)
    return merged


def _resolved(value: Any, folder: Path) -> Any:
    """Return a value with every relative location within it made absolute.

    Fields that were not set stay unset: merging declarations asks which ones a person wrote.
    """
    if isinstance(value, ApiModel):
        old = {name: getattr(value, name) for name in value.model_fields_set}
        new = {name: _resolved(item, folder) for name, item in old.items()}
        return value.model_copy(update=_changed(old, new))
    if isinstance(value, list):
        return [_resolved(item, folder) for item in value]
    if isinstance(value, str) and value.startswith(_RELATIVE):
        written = value.removeprefix("file://")
        # Not resolved further: a symbolic link that a person set up stays what it is.
        path = os.path.normpath(folder / written)
        return f"file://{path}{'/' if written.endswith('/') else ''}"
    return value


def _changed(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in new.items() if value is not old[name]}


def _redirected(thing: Thing, folder: Path) -> Thing:
    if not isinstance(thing, Baseline | MonitoringSchedule):
        return thing
    spec = thing.spec.model_copy(update={"output": Output(uri=f"file://{folder.absolute()}")})
    return thing.model_copy(update={"spec": spec})
