"""Manifests of a small project, with whatever a test changes of them."""

from tests.support.project import Manifest, baseline, capture, schedule


def config_map(source: str) -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "scripts"},
        "data": {"script.py": source},
    }


SCRIPT = {"configMapRef": {"name": "scripts", "key": "script.py"}}


def objects(**changes: Manifest) -> list[Manifest]:
    """Return the three manifests with fields of their specs replaced."""
    return [
        baseline("file://./train.csv", **changes.get("baseline", {})),
        capture("file://./capture/", **changes.get("capture", {})),
        schedule(**changes.get("schedule", {})),
    ]
