"""What the documentation says of the chart is so."""

import os
import re
from pathlib import Path

import pytest
import yaml

from tests.charts.rendering import of_kind, only, render
from tests.charts.test_rbac import KINDS, OPERATOR
from tests.cluster.cluster import ROOT, Cluster
from tests.cluster.helm import CHART

INSTALL = (ROOT / "docs" / "how-to" / "install.md").read_text()
SECURITY = (ROOT / "docs" / "explanation" / "security.md").read_text()


def blocks(text: str) -> list[str]:
    """Return the YAML that a page shows."""
    return re.findall(r"^```yaml\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def test_the_table_of_rights_is_the_operator_s_role() -> None:
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \| [^|]+ \|$", SECURITY, re.MULTILINE)
    table: dict[str, set[str]] = {}
    for resources, verbs in rows:
        if resources in ("resource", "role") or "<" in resources or resources.startswith("-"):
            continue
        for resource in resources.split(", "):
            suffix = re.fullmatch(r"their `(\w+)`", resource)
            named = [f"{kind}/{suffix[1]}" for kind in KINDS] if suffix else [resource]
            for name in KINDS if resource == "the four kinds" else named:
                table.setdefault(name, set()).update(verbs.strip().replace("*", "").split(", "))
    granted = {resource: set(verbs.split()) for (_, resource), verbs in OPERATOR.items()}
    assert table == granted


def test_the_values_that_most_installations_set_are_taken() -> None:
    shown = next(block for block in blocks(INSTALL) if "podDefaults" in block)
    objects = render(yaml.safe_load(shown.replace("sha256:…", f"sha256:{'0' * 64}")))
    assert {"ServiceMonitor", "PrometheusRule"} <= {each["kind"] for each in objects}


def test_namespaces_are_listed_as_the_page_says() -> None:
    listed = re.search(r"--set '(namespaces=\S+)'`", INSTALL)
    assert listed is not None
    roles = of_kind(render(None, "--set", listed[1]), "Role")
    assert [each["metadata"]["namespace"] for each in roles] == ["team-a", "team-b"]


def test_the_runner_s_role_is_called_as_the_page_says() -> None:
    named = re.search(r"--clusterrole=(\S+)", INSTALL)
    assert named is not None
    roles = of_kind(render(release="model-monitor", namespace="model-monitor-system"), "ClusterRole")
    assert named[1] in {each["metadata"]["name"] for each in roles}


def test_the_table_of_alerts_is_that_of_the_rules() -> None:
    page = (ROOT / "docs" / "how-to" / "alerts.md").read_text()
    groups = yaml.safe_load((CHART / "files" / "rules.yaml").read_text())["groups"]
    rules = [(each["alert"], each.get("for", "at once")) for group in groups for each in group["rules"]]
    assert re.findall(r"^\| `(\w+)` \| ([^|]+) \|", page, re.MULTILINE) == rules


@pytest.mark.slow
def test_an_overlay_sets_images_and_settings_as_the_page_says(cluster: Cluster, tmp_path: Path) -> None:
    shown = yaml.safe_load(next(block for block in blocks(INSTALL) if "behavior: replace" in block))
    # Kustomize takes no absolute paths.
    shown |= {"resources": [os.path.relpath(ROOT / "deploy", tmp_path)], "namespace": "elsewhere"}
    (tmp_path / "kustomization.yaml").write_text(yaml.safe_dump(shown))
    (tmp_path / "settings.yaml").write_text("analyzerImage: registry.example/analyzer:1\n")
    built = [each for each in yaml.safe_load_all(cluster.kubectl("kustomize", str(tmp_path))) if each]
    pod = only(built, "Deployment")["spec"]["template"]["spec"]
    assert pod["containers"][0]["image"] == "registry.example/model-monitor-operator:0.1.0"
    made = only(built, "ConfigMap")
    assert made["data"] == {"settings.yaml": "analyzerImage: registry.example/analyzer:1\n"}
    assert pod["volumes"][0]["configMap"]["name"] == made["metadata"]["name"]
    assert only(built, "ClusterRoleBinding")["subjects"][0]["namespace"] == "elsewhere"
