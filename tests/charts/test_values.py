"""Values: what is taken, what is refused, and that all of them are documented."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import yaml

from model_monitor_api.introspection import fields_of
from model_monitor_api.v1alpha1.workload import PodTemplate
from tests.charts.rendering import EVERYTHING, Values, notes, only, refusal, render, template
from tests.cluster.helm import CHART

DEFAULTS = yaml.safe_load((CHART / "values.yaml").read_text())
SCHEMA = json.loads((CHART / "values.schema.json").read_text())
README = (CHART / "README.md").read_text()


def leaves(
    values: Mapping[str, Any], schema: Mapping[str, Any], prefix: str = ""
) -> Iterator[tuple[str, Any]]:
    """Yield the values that are no mere group of others, by their paths."""
    for name, value in values.items():
        inner = resolved(schema["properties"][name])
        if "properties" in inner and value:
            yield from leaves(value, inner, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    reference = schema.get("$ref")
    if reference is None:
        return schema
    found: dict[str, Any] = SCHEMA["definitions"][reference.rsplit("/", 1)[1]]
    # Resources are a value of their own: people write them in one piece.
    return {} if reference.endswith("/resources") else found


def test_every_value_stands_in_the_readme_with_its_default() -> None:
    rows = dict(re.findall(r"^\| `(\S+)` \| (.*?) \|", README, re.MULTILINE))
    documented = {
        path: "see values.yaml" if isinstance(value, dict) and value else f"`{json.dumps(value)}`"
        for path, value in leaves(DEFAULTS, SCHEMA)
    }
    assert rows == documented


def test_every_value_of_the_schema_has_a_default() -> None:
    def paths(schema: dict[str, Any], prefix: str = "") -> Iterator[str]:
        for name, inner in schema["properties"].items():
            found = resolved(inner)
            if "properties" in found and name != "podDefaults":
                yield from paths(found, f"{prefix}{name}.")
            else:
                yield f"{prefix}{name}"

    assert set(paths(SCHEMA)) - {"global"} == {path for path, _ in leaves(DEFAULTS, SCHEMA)}


def test_defaults_of_pods_are_the_fields_of_a_pod_template() -> None:
    assert set(SCHEMA["definitions"]["podTemplate"]["properties"]) == set(fields_of(PodTemplate))


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"replicas": 2}, "replicas"),
        ({"operator": {"image": {"tags": "1"}}}, "tags"),
        ({"operator": {"image": {"digest": "latest"}}}, "digest"),
        ({"operator": {"image": {"repository": ""}}}, "repository"),
        ({"operator": {"workers": 0}}, "workers"),
        ({"operator": {"workers": "4"}}, "workers"),
        ({"operator": {"resyncSeconds": 5}}, "resyncSeconds"),
        ({"operator": {"logLevel": "trace"}}, "logLevel"),
        ({"operator": {"podLabels": {"app.kubernetes.io/name": "mine"}}}, "podLabels"),
        ({"commonLabels": {"helm.sh/chart": "mine"}}, "commonLabels"),
        ({"analyzer": {"podDefaults": {"resource": {}}}}, "resource"),
        ({"analyzer": {"podDefaults": {"resources": {"limit": {}}}}}, "limit"),
        ({"analyzer": {"otlpEndpoint": "collector:4317"}}, "otlpEndpoint"),
        ({"namespaces": ["Team_A"]}, "namespaces"),
        ({"namespaces": ["a", "a"]}, "namespaces"),
        ({"metrics": {"port": 80}}, "port"),
        ({"metrics": {"serviceMonitor": {"interval": "30"}}}, "interval"),
        ({"crds": {"enabled": "yes"}}, "enabled"),
        ({"imagePullSecrets": ["registry"]}, "imagePullSecrets"),
    ],
    ids=lambda value: json.dumps(value) if isinstance(value, dict) else None,
)
def test_a_value_that_makes_no_sense_is_refused_by_name(values: Values, named: str) -> None:
    assert named in refusal(values)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (
            {"metrics": {"serviceMonitor": {"enabled": True}, "podMonitor": {"enabled": True}}},
            "exclude each other",
        ),
        (
            {"metrics": {"serviceMonitor": {"enabled": True}, "service": {"enabled": False}}},
            "needs metrics.service.enabled",
        ),
        ({"serviceAccount": {"create": False}}, "set serviceAccount.name"),
    ],
    ids=["two monitors", "a monitor without a Service", "no account"],
)
def test_values_that_contradict_each_other_are_refused_in_a_sentence(values: Values, said: str) -> None:
    assert said in refusal(values)


def test_images_that_no_registry_is_named_for_are_told_at_once() -> None:
    pushed = {"image": {"repository": "registry.example/pushed"}}
    told = notes({"operator": pushed, "gateway": {"shipper": pushed}})
    assert "No registry is named in analyzer.image.repository: " in told
    assert "registry" not in notes({"operator": pushed, "analyzer": pushed, "gateway": {"shipper": pushed}})


def test_large_numbers_stay_numbers() -> None:
    values: Values = {"operator": {"podSecurityContext": {"runAsUser": 1_000_650_000}}}
    assert "runAsUser: 1000650000\n" in template(values).stdout
    flag = template(None, "--set", "operator.podSecurityContext.runAsUser=1000650000")
    assert "runAsUser: 1000650000\n" in flag.stdout


def test_a_null_takes_a_default_away() -> None:
    container = only(render({"operator": {"resources": None}}), "Deployment")["spec"]["template"]["spec"][
        "containers"
    ][0]
    assert "resources" not in container


@pytest.mark.parametrize("values", [{}, EVERYTHING], ids=["defaults", "everything"])
def test_every_object_is_labelled(values: Values) -> None:
    for each in render(values):
        labels = each["metadata"]["labels"]
        assert labels["app.kubernetes.io/part-of"] == "model-monitor"
        assert labels["app.kubernetes.io/managed-by"] == "Helm", "model-monitor is what the operator makes"
        assert labels.items() >= values.get("commonLabels", {}).items()


def test_long_names_leave_room_for_suffixes() -> None:
    for each in render(release="r" * 53):
        if each["kind"] == "Service":
            assert len(each["metadata"]["name"]) <= 63
