"""What the chart gives Prometheus and Grafana: names that exist, and alerts that fire when they should."""

import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from model_monitor_operator.metrics.definitions import OPERATOR, SECTIONS
from tests.charts.rendering import EVERYTHING, NAMESPACE, only, render
from tests.cluster.client import Manifest
from tests.cluster.helm import CHART
from tests.support.parts import missing

RULES = CHART / "files" / "rules.yaml"
UNIT_TESTS = Path(__file__).parent / "rules_test.yaml"
SERIES = re.compile(r"\bmodel_monitor_\w+")


def published() -> dict[str, tuple[str, ...]]:
    """Return the labels of all series that the operator publishes, by their names."""
    found: dict[str, tuple[str, ...]] = {}
    for each in (each for section in (*SECTIONS, OPERATOR) for each in section.definitions):
        if each.type == "histogram":
            found |= {f"{each.name}_bucket": (*each.labels, "le")}
            found |= {f"{each.name}_{part}": each.labels for part in ("sum", "count")}
        else:
            found[each.name] = each.labels
    return found


def expressions() -> list[str]:
    """Return all expressions of rules and dashboard."""
    rules = [rule["expr"] for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]
    dashboard = json.loads((CHART / "files" / "dashboard.json").read_text())
    panels = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    variables = [each["definition"] for each in dashboard["templating"]["list"] if each["type"] == "query"]
    return rules + panels + variables


def test_rules_and_dashboard_name_series_that_the_operator_publishes() -> None:
    known = published().keys()
    named = {name for expression in expressions() for name in SERIES.findall(expression)}
    assert named
    assert named <= known, named - known


def test_they_select_by_labels_that_the_series_have() -> None:
    labels = published()
    for expression in expressions():
        for name, selected in re.findall(r"(model_monitor_\w+)\{([^}]*)\}", expression):
            assert set(re.findall(r"(\w+)=", selected)) <= set(labels[name]), expression


def test_alerts_fire_when_they_should() -> None:
    promtool("check", "rules", str(RULES))
    promtool("test", "rules", str(UNIT_TESTS))


def test_every_alert_is_tested() -> None:
    names = {r["alert"] for group in yaml.safe_load(RULES.read_text())["groups"] for r in group["rules"]}
    tested = {
        case["alertname"]
        for test in yaml.safe_load(UNIT_TESTS.read_text())["tests"]
        for case in test["alert_rule_test"]
        if case["exp_alerts"]
    }
    assert tested == names


def test_the_rules_reach_the_cluster_as_they_are() -> None:
    rule = only(render(EVERYTHING), "PrometheusRule")
    assert rule["spec"] == yaml.safe_load(RULES.read_text())
    assert rule["metadata"]["namespace"] == "monitoring"


def test_the_dashboard_reaches_grafana_s_sidecar_as_it_is() -> None:
    maps = [each for each in render(EVERYTHING) if "model-monitor.json" in each.get("data", {})]
    assert len(maps) == 1
    assert json.loads(maps[0]["data"]["model-monitor.json"]) == json.loads(
        (CHART / "files" / "dashboard.json").read_text()
    )
    assert maps[0]["metadata"]["labels"]["grafana_dashboard"] == "1"


def test_panels_of_the_dashboard_do_not_overlap() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in json.loads((CHART / "files" / "dashboard.json").read_text())["panels"]:
        at = panel["gridPos"]
        cells = {(at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])}
        assert not cells & taken, panel["title"]
        assert all(x < 24 for x, _ in cells)
        taken |= cells


def test_a_service_monitor_scrapes_the_service_and_keeps_the_namespace_of_objects() -> None:
    objects = render(EVERYTHING)
    monitor, service = only(objects, "ServiceMonitor"), only(objects, "Service")
    spec = monitor["spec"]
    assert spec["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items()
    assert spec["namespaceSelector"] == {"matchNames": [NAMESPACE]}
    assert spec["endpoints"][0]["honorLabels"] is True
    assert spec["endpoints"][0]["port"] in {port["name"] for port in service["spec"]["ports"]}
    assert monitor["metadata"]["labels"]["release"] == "prometheus"


def test_a_pod_monitor_does_without_the_service() -> None:
    values = {"metrics": {"podMonitor": {"enabled": True}, "service": {"enabled": False}}}
    objects = render(values)
    endpoint = only(objects, "PodMonitor")["spec"]["podMetricsEndpoints"][0]
    pod = only(objects, "Deployment")["spec"]["template"]
    assert endpoint["honorLabels"] is True
    assert endpoint["port"] in {port["name"] for port in pod["spec"]["containers"][0]["ports"]}
    assert only(objects, "PodMonitor")["spec"]["selector"]["matchLabels"].items() <= labels_of(pod).items()
    assert not [each for each in objects if each["kind"] == "Service"]


def test_none_of_this_is_made_unless_asked_for() -> None:
    kinds = {each["kind"] for each in render()}
    assert not kinds & {"ServiceMonitor", "PodMonitor", "PrometheusRule"}
    assert not [each for each in render() if "model-monitor.json" in each.get("data", {})]


def labels_of(pod: Manifest) -> Mapping[str, Any]:
    found: Mapping[str, Any] = pod["metadata"]["labels"]
    return found


def promtool(*arguments: str) -> None:
    program = shutil.which("promtool")
    if program is None:
        missing("the alert rules need promtool; on Debian: apt-get install prometheus")
    ended = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
