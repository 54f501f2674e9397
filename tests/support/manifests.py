"""The table of right and wrong manifests, which `validate` and an API server must judge alike."""

import copy
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from model_monitor_api import validation
from model_monitor_api.crd.definition import to_yaml
from model_monitor_api.manifests import Manifests
from model_monitor_api.objects import Objects
from model_monitor_api.problems import Problem, path_parts

GOLDEN = Path(__file__).resolve().parents[1] / "api" / "golden" / "manifests"


@dataclass(frozen=True)
class Case:
    """One manifest and, where it is wrong, who says so and how."""

    name: str
    manifest: dict[str, Any]
    by: str = ""
    field: str = ""
    message: str = ""
    remedy: str = ""

    @property
    def text(self) -> bytes:
        """The manifest as a file."""
        return to_yaml(self.manifest).encode()


def accepted() -> list[Case]:
    """Return the manifests that are right: every base, and changes of them."""
    bases = [Case(name, manifest) for name, manifest in _bases().items()]
    return bases + [Case(row["name"], _manifest(row)) for row in _read("accepted")]


def refused() -> list[Case]:
    """Return the manifests that are wrong."""
    return [
        Case(row["name"], _manifest(row), row["by"], row["field"], row["message"], row.get("remedy", ""))
        for row in _read("refused")
    ]


def surroundings(namespace: str = "default") -> list[dict[str, Any]]:
    """Return the manifests of all that the others refer to, in one namespace."""
    plain = base("baseline", columns={"label": "churned"})
    inputs = base("capture-files", capture=["Input"])
    plain["metadata"], inputs["metadata"] = {"name": "plain"}, {"name": "inputs"}
    scripts = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "scripts"}}
    scripts["data"] = {"preprocess.py": "", "postprocess.py": ""}
    found = [scripts, base("capture-files"), base("baseline-full"), base("schedule"), plain, inputs]
    return [{**each, "metadata": {**each["metadata"], "namespace": namespace}} for each in found]


def problems_of(loaded: Manifests, around: Objects) -> list[Problem]:
    """Return what is wrong with manifests among others that they refer to."""
    own = loaded.objects
    objects = Objects(
        captures={**around.captures, **own.captures},
        baselines={**around.baselines, **own.baselines},
        schedules={**around.schedules, **own.schedules},
        executions={**around.executions, **own.executions},
        config_maps=around.config_maps,
    )
    found = (
        *(problem for thing in own.captures.values() for problem in validation.check_capture(thing)),
        *(
            problem
            for thing in own.baselines.values()
            for problem in validation.check_baseline(thing, objects)
        ),
        *(
            problem
            for thing in own.schedules.values()
            for problem in validation.check_schedule(thing, objects)
        ),
        *(
            problem
            for thing in own.executions.values()
            for problem in validation.check_execution(thing, objects)
        ),
    )
    return [*loaded.problems, *(loaded.located(problem) for problem in found)]


def base(name: str, **changes: Any) -> dict[str, Any]:
    """Return a base with fields of its spec replaced."""
    manifest: dict[str, Any] = copy.deepcopy(_bases()[name])
    manifest["spec"] |= changes
    return manifest


def _manifest(row: dict[str, Any]) -> dict[str, Any]:
    manifest: dict[str, Any] = copy.deepcopy(_bases()[row["base"]])
    for path, value in row["set"].items():
        *parents, last = path_parts(path)
        place: Any = manifest
        for part in parents:
            place = place[part]
        place[last] = value
    return manifest


@cache
def _bases() -> dict[str, Any]:
    found = _read("bases")
    assert isinstance(found, dict)
    return found


@cache
def _read(name: str) -> Any:
    return yaml.safe_load((GOLDEN / f"{name}.yaml").read_text())
