"""Documents to the objects of a run: the group's kinds and ConfigMaps; everything else is passed over."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from model_monitor_api.manifests.checking import check
from model_monitor_api.manifests.documents import Read, read_bytes, read_path
from model_monitor_api.manifests.yaml_tree import Node
from model_monitor_api.meta import API_VERSION, GROUP
from model_monitor_api.objects import KINDS, ConfigMap, Key, Kind, Objects, key_of
from model_monitor_api.printable import printable
from model_monitor_api.problems import Problem, path_parts
from model_monitor_api.spelling import did_you_mean

_KUSTOMIZE: Final = "kustomize.config.k8s.io/"


@dataclass(frozen=True)
class Source:
    """Where an object was read."""

    file: str
    tree: Node

    def line(self, path: tuple[str | int, ...]) -> int:
        """Return the line of a field; 0 where lines are not known."""
        return self.tree.at(path).line


@dataclass(frozen=True)
class Manifests:
    """What a set of manifest files holds.

    Attributes
    ----------
    objects
        Objects that are right in themselves.
    problems
        All that must be changed. An object with a problem is not among `objects`.
    notices
        What was passed over, one sentence each.
    """

    objects: Objects
    problems: tuple[Problem, ...] = ()
    notices: tuple[str, ...] = ()
    sources: Mapping[str, Source] = field(default_factory=dict)

    def located(self, problem: Problem) -> Problem:
        """Return a problem of one of the objects with the file and line of its field."""
        source = self.sources.get(problem.subject)
        if source is None:
            return problem
        return replace(problem, file=source.file, line=source.line(path_parts(problem.field)))


def load_path(path: Path) -> Manifests:
    """Load a file, or all `*.yaml`, `*.yml` and `*.json` files of a directory in the order of their names."""
    return _load(read_path(path))


def load_bytes(content: bytes, file: str = "manifest.yaml") -> Manifests:
    """Load the content of one file; its name decides between YAML and JSON, and appears in messages."""
    return _load(read_bytes(content, file))


def _load(read: Read) -> Manifests:
    loader = _Loader(list(read.problems))
    for document in read.documents:
        for value, tree in _expanded(document.value, document.tree):
            loader.take(value, Source(document.file, tree))
    return loader.manifests()


def _expanded(value: object, tree: Node) -> Iterator[tuple[object, Node]]:
    """Yield a document, or the items of a list of objects."""
    items = value.get("items") if isinstance(value, dict) else None
    if isinstance(value, dict) and isinstance(items, list) and str(value.get("kind", "")).endswith("List"):
        for index, item in enumerate(items):
            yield from _expanded(item, tree.at(("items", index)))
    else:
        yield value, tree


class _Loader:
    """Collects objects by kind and key."""

    def __init__(self, problems: list[Problem]) -> None:
        self._problems = problems
        self._notices: list[str] = []
        self._kinds: dict[str, dict[Key, Any]] = {name: {} for name in (*KINDS, "ConfigMap")}
        self._sources: dict[str, Source] = {}
        self._broken: set[str] = set()

    def manifests(self) -> Manifests:
        """Return what was collected."""
        kinds = self._kinds
        objects = Objects(
            captures=kinds["DataCapture"],
            baselines=kinds["Baseline"],
            schedules=kinds["MonitoringSchedule"],
            executions=kinds["MonitoringExecution"],
            config_maps=kinds["ConfigMap"],
            broken=frozenset(self._broken),
        )
        return Manifests(objects, tuple(self._problems), tuple(self._notices), self._sources)

    def take(self, value: object, source: Source) -> None:
        """Take one document."""
        if not isinstance(value, dict):
            self._problem(source, "", "must be a mapping with `apiVersion`, `kind`, `metadata` and `spec`")
            return
        version, kind = value.get("apiVersion"), value.get("kind")
        for name, content in (("apiVersion", version), ("kind", kind)):
            if not isinstance(content, str) or not content:
                self._problem(source, name, "must be set to a text")
                return
        if self._is_ours(str(version), str(kind), source):
            self._object(value, str(kind), source)
        elif (version, kind) == ("v1", "ConfigMap"):
            self._object(
                {key: value[key] for key in ("metadata", "data") if key in value}, "ConfigMap", source
            )

    def _is_ours(self, version: str, kind: str, source: Source) -> bool:
        """Whether a document is of the group; says so where it was probably meant to be."""
        if version == API_VERSION and kind in KINDS:
            return True
        if version.split("/", maxsplit=1)[0] == GROUP or (kind in KINDS and "/" in version):
            if version != API_VERSION:
                remedy = f"write `{API_VERSION}`"
                self._problem(source, "apiVersion", f"`{version}` is not a version of the kinds", remedy)
            else:
                self._problem(
                    source, "kind", f"`{kind}` is not a kind of the group", did_you_mean(kind, KINDS)
                )
        elif (version, kind) != ("v1", "ConfigMap") and not version.startswith(_KUSTOMIZE):
            self._notices.append(
                printable(f"{source.file}:{source.tree.line}: passed over {kind[:80]} of {version[:80]}: ")
                + f"not a kind of {GROUP}"
            )
        return False

    def _object(self, value: dict[str, Any], kind: str, source: Source) -> None:
        subject = _subject(value, kind)
        model: type[Kind | ConfigMap] = ConfigMap if kind == "ConfigMap" else KINDS[kind]
        checked = check(model, value, subject)
        if isinstance(checked, list):
            found = [replace(problem, file=source.file, line=source.line(path)) for path, problem in checked]
            self._problems.extend(sorted(found, key=lambda problem: problem.line))
            self._broken.add(subject)
            return
        key = key_of(checked)
        if key in self._kinds[kind]:
            first = self._sources[subject]
            place = f"{first.file}:{first.line(('metadata', 'name'))}"
            self._problem(source, "metadata.name", f"must be unique, but is also at {place}", subject=subject)
            return
        self._kinds[kind][key] = checked
        self._sources[subject] = source

    def _problem(self, source: Source, path: str, message: str, remedy: str = "", subject: str = "") -> None:
        line = source.line(path_parts(path))
        self._problems.append(Problem(subject, message, path, "", remedy, source.file, line))


def _subject(value: Mapping[str, Any], kind: str) -> str:
    metadata = value.get("metadata")
    found = metadata if isinstance(metadata, dict) else {}
    name, namespace = found.get("name"), found.get("namespace")
    return "/".join(
        [
            kind,
            namespace if isinstance(namespace, str) else "default",
            name if isinstance(name, str) else "(no name)",
        ]
    )
