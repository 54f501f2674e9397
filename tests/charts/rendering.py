"""What Helm makes of the chart, without a cluster."""

import json
import subprocess
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from tests.cluster import binaries
from tests.cluster.client import Manifest
from tests.cluster.helm import CHART, Helm
from tests.support.parts import missing

RELEASE: Final = "watch"
NAMESPACE: Final = "system"

Values = Mapping[str, Any]

EVERYTHING: Final[Values] = {
    "commonLabels": {"team": "ml"},
    "imagePullSecrets": [{"name": "registry"}],
    "operator": {
        "image": {"digest": f"sha256:{'0' * 64}"},
        "extraEnv": [{"name": "HTTPS_PROXY", "value": "http://proxy:3128"}],
        "podLabels": {"tier": "platform"},
        "podAnnotations": {"sidecar.istio.io/inject": "false"},
        "priorityClassName": "system-cluster-critical",
        "nodeSelector": {"kubernetes.io/os": "linux"},
        "tolerations": [{"key": "infra", "operator": "Exists"}],
        "affinity": {"nodeAffinity": {}},
    },
    "analyzer": {
        "podDefaults": {
            "resources": {"requests": {"cpu": "1"}, "limits": {"memory": "4Gi"}},
            "tolerations": [{"key": "batch", "operator": "Exists"}],
            "imagePullSecrets": [{"name": "registry"}],
        },
        "otlpEndpoint": "http://collector.monitoring:4318",
    },
    "gateway": {
        "podDefaults": {"nodeSelector": {"pool": "inference"}},
        "podMonitor": {"enabled": True, "labels": {"release": "prometheus"}},
    },
    "serviceAccount": {"annotations": {"example.test/role": "monitor"}},
    "networkPolicy": {
        "metricsFrom": [{"namespaceSelector": {"matchLabels": {"name": "monitoring"}}}],
        "egress": {"enabled": True, "rules": [{"to": [{"ipBlock": {"cidr": "10.0.0.0/8"}}]}]},
    },
    "metrics": {
        "service": {"annotations": {"example.test/note": "yes"}},
        "serviceMonitor": {"enabled": True, "labels": {"release": "prometheus"}},
        "prometheusRule": {"enabled": True, "namespace": "monitoring"},
        "dashboard": {"enabled": True, "annotations": {"grafana_folder": "Models"}},
    },
}
"""Values that switch everything on."""


def template(
    values: Values | None = None, *arguments: str, release: str = RELEASE, namespace: str = NAMESPACE
) -> "subprocess.CompletedProcess[str]":
    """Run `helm template`; the exit status is the caller's to judge."""
    command = ("template", release, str(CHART), "--namespace", namespace, *arguments, "-f", "-")
    return _ran(command, json.dumps(values or {}))


def render(
    values: Values | None = None, *arguments: str, release: str = RELEASE, namespace: str = NAMESPACE
) -> list[Manifest]:
    """Return the objects that the chart gives for values."""
    ended = template(values, *arguments, release=release, namespace=namespace)
    assert ended.returncode == 0, ended.stderr
    return [found for found in yaml.safe_load_all(ended.stdout) if found]


def notes(values: Values) -> str:
    """Return what Helm tells a person who installs the chart."""
    ended = _ran(("install", RELEASE, str(CHART), "--dry-run=client", "-f", "-"), json.dumps(values))
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.partition("NOTES:\n")[2]


def refusal(values: Values) -> str:
    """Return what Helm says of values that the chart refuses."""
    ended = template(values)
    assert ended.returncode != 0, "the values were taken"
    return ended.stderr


def only(objects: list[Manifest], kind: str) -> Manifest:
    """Return the one object of a kind that is no test."""
    found = of_kind(objects, kind)
    assert len(found) == 1, [each["metadata"]["name"] for each in found]
    return found[0]


def of_kind(objects: list[Manifest], kind: str) -> list[Manifest]:
    """Return the objects of a kind."""
    return [each for each in objects if each["kind"] == kind]


def settings(objects: list[Manifest]) -> str:
    """Return the settings file."""
    found = (each for each in of_kind(objects, "ConfigMap") if "settings.yaml" in each["data"])
    return str(next(found)["data"]["settings.yaml"])


@cache
def _ran(command: tuple[str, ...], values: str) -> "subprocess.CompletedProcess[str]":
    return _helm().run(*command, values=values)


@cache
def _helm() -> Helm:
    try:
        program = binaries.helm(4)
    except binaries.BinariesMissingError as problem:
        missing(str(problem))
    return Helm(program, Path("/dev/null"), Path(tempfile.gettempdir()) / "model-monitor-helm")
