"""CRDs as templates: the same documents as below `crds/`."""

import yaml

from tests.charts.rendering import of_kind, render
from tests.cluster.cluster import ROOT

KEEP = {"helm.sh/resource-policy": "keep"}
KIND = "CustomResourceDefinition"
PRESENT = {
    found["metadata"]["name"]: found
    for found in (yaml.safe_load(path.read_text()) for path in sorted((ROOT / "crds").glob("*.yaml")))
}


def test_the_chart_installs_what_stands_below_crds() -> None:
    found = {each["metadata"]["name"]: each for each in of_kind(render(), KIND)}
    assert found.keys() == PRESENT.keys()
    for name, crd in PRESENT.items():
        assert found[name]["spec"] == crd["spec"]


def test_they_are_kept_unless_told_otherwise() -> None:
    assert all(each["metadata"]["annotations"] == KEEP for each in of_kind(render(), KIND))
    assert not any(
        "annotations" in each["metadata"] for each in of_kind(render({"crds": {"keep": False}}), KIND)
    )


def test_they_can_be_left_to_another_installation() -> None:
    assert not of_kind(render({"crds": {"enabled": False}}), KIND)
