"""The plain manifests are the chart's."""

import difflib

import yaml

from tests.charts.plain import FOLDER, NAMESPACE, plain
from tests.cluster.cluster import ROOT


def test_the_plain_manifests_are_up_to_date() -> None:
    for name, text in plain().items():
        there = (FOLDER / name).read_text()
        difference = difflib.unified_diff(there.splitlines(), text.splitlines(), name, name, lineterm="")
        assert there == text, "\n".join([*difference, "", "run: make manifests"])


def test_they_go_to_a_namespace_that_holds_pods_to_the_restricted_standard() -> None:
    namespace = yaml.safe_load((FOLDER / "namespace.yaml").read_text())["metadata"]
    kustomization = yaml.safe_load((FOLDER / "kustomization.yaml").read_text())
    assert namespace["name"] == kustomization["namespace"] == NAMESPACE
    assert namespace["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


def test_the_kustomization_of_the_crds_names_them_all() -> None:
    named = yaml.safe_load((ROOT / "crds" / "Kustomization").read_text())["resources"]
    assert named == sorted(path.name for path in (ROOT / "crds").glob("*.yaml"))
