"""The plain manifests below `deploy/`, made of the chart: `python -m tests.charts.plain` writes them."""

import sys
from typing import Final

from model_monitor_api.crd.definition import to_yaml
from tests.charts.rendering import render
from tests.cluster.client import Manifest
from tests.cluster.cluster import ROOT

FOLDER: Final = ROOT / "deploy"
NAMESPACE: Final = "model-monitor-system"

_HEADER: Final = "# Made of charts/model-monitor by `make manifests`. Do not edit.\n"
_OF_HELM: Final = ("helm.sh/chart", "app.kubernetes.io/managed-by")
_DIGEST: Final = "modelmonitor.dev/settings-digest"
"""Kustomize names the settings by their digest instead."""


def plain() -> dict[str, str]:
    """Return the text of each file by its name."""
    objects = render(
        {"crds": {"enabled": False}}, "--skip-tests", release="model-monitor", namespace=NAMESPACE
    )
    maps = [each for each in objects if each["kind"] == "ConfigMap"]
    assert len(maps) == 1, "kustomization.yaml makes the settings, and nothing else"
    rest = [_without_helm(each) for each in objects if each["kind"] != "ConfigMap"]
    return {
        "operator.yaml": _HEADER + "---\n".join(to_yaml(each) for each in rest),
        "settings.yaml": _HEADER + maps[0]["data"]["settings.yaml"],
    }


def _without_helm(thing: Manifest) -> Manifest:
    labels = thing["metadata"]["labels"]
    for name in _OF_HELM:
        labels.pop(name, None)
    if thing["kind"] == "Deployment":
        annotations = thing["spec"]["template"]["metadata"].pop("annotations")
        assert list(annotations) == [_DIGEST], annotations
    return thing


if __name__ == "__main__":
    for name, text in plain().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
        sys.stdout.write(f"{FOLDER.name}/{name}\n")
