"""CRDs: structural by the rules of the API server, bounded, and true to the models.

The rules are those of the page "Extend the Kubernetes API with CustomResourceDefinitions"; they are stated
here anew, apart from the code that keeps them.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from model_monitor_api.conditions import CONDITIONS
from model_monitor_api.crd.definition import crd_files, definition, to_yaml
from model_monitor_api.crd.resource import RESOURCES, Resource
from model_monitor_api.introspection import fields_of, model_at
from model_monitor_api.manifests import load_bytes
from tests.support.manifests import Case, accepted

Node = dict[str, Any]

_KEYWORDS = {
    *("type", "format", "description", "default", "enum", "pattern", "minLength", "maxLength"),
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minItems", "maxItems"),
    *("minProperties", "maxProperties", "items", "additionalProperties", "properties", "required", "anyOf"),
    *("x-kubernetes-validations", "x-kubernetes-preserve-unknown-fields", "x-kubernetes-int-or-string"),
    *("x-kubernetes-list-type", "x-kubernetes-list-map-keys"),
}
_INT_OR_STRING = [{"type": "integer"}, {"type": "string"}]

every_resource = pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.kind)


def _schema(resource: Resource) -> Node:
    found = definition(resource)["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    assert isinstance(found, dict)
    return found


def _nodes(node: Node, path: str = "") -> Iterator[tuple[str, Node]]:
    yield path, node
    for name, child in node.get("properties", {}).items():
        yield from _nodes(child, f"{path}.{name}")
    if "items" in node:
        yield from _nodes(node["items"], f"{path}[]")
    if isinstance(node.get("additionalProperties"), dict):
        yield from _nodes(node["additionalProperties"], f"{path}{{}}")


@every_resource
def test_schemas_are_structural(resource: Resource) -> None:
    for path, node in _nodes(_schema(resource)):
        assert set(node) <= _KEYWORDS, path
        if node.get("x-kubernetes-int-or-string"):
            assert node["anyOf"] == _INT_OR_STRING, path
            assert "type" not in node, path
        elif node.get("x-kubernetes-preserve-unknown-fields"):
            assert node.get("type", "object") == "object", path
            assert "properties" not in node, path
        else:
            assert node["type"] in {"object", "array", "string", "integer", "number", "boolean"}, path
            assert "anyOf" not in node, path
        assert ("items" in node) == (node.get("type") == "array"), path
        assert not ("properties" in node and "additionalProperties" in node), path
        assert set(node.get("required", [])) <= set(node.get("properties", {})), path


@every_resource
def test_every_value_of_a_spec_is_bounded(resource: Resource) -> None:
    for path, node in _nodes(_schema(resource)["properties"]["spec"]):
        match node.get("type"):
            case "array":
                assert "maxItems" in node, path
            case "string":
                assert "maxLength" in node or "enum" in node or node.get("format") == "date-time", path
            case "integer" | "number":
                assert "minimum" in node, path
                assert "maximum" in node, path
            case "object" if "additionalProperties" in node:
                assert "maxProperties" in node, path


@every_resource
def test_lists_that_merge_have_their_key(resource: Resource) -> None:
    for path, node in _nodes(_schema(resource)):
        kind = node.get("x-kubernetes-list-type")
        if kind == "map":
            (key,) = node["x-kubernetes-list-map-keys"]
            assert key in node["items"]["required"], path
        elif kind == "set":
            assert node["items"]["type"] in {"string", "number", "integer"}, path


@every_resource
def test_every_field_is_described_in_one_line(resource: Resource) -> None:
    for path, node in _nodes(_schema(resource)):
        for name, child in node.get("properties", {}).items():
            if f"{path}.{name}" != ".metadata":
                assert re.fullmatch(r"\S.*\.", child["description"]), f"{path}.{name}"


@every_resource
def test_defaults_keep_their_own_bounds(resource: Resource) -> None:
    for path, node in _nodes(_schema(resource)):
        default = node.get("default")
        if default is None:
            continue
        if "enum" in node:
            assert default in node["enum"], path
        if "pattern" in node:
            assert re.search(node["pattern"], default), path
        if "minimum" in node:
            assert node["minimum"] <= default <= node["maximum"], path
        assert not path.startswith(".status"), path


@every_resource
def test_a_stored_object_shows_the_defaults_that_the_models_have(resource: Resource) -> None:
    schema = _schema(resource)
    for case in accepted():
        if case.manifest["kind"] == resource.kind:
            stored = _with_defaults(case.manifest, schema)
            first, second = load_bytes(case.text), load_bytes(Case("", stored).text)
            assert second.problems == ()
            assert first.objects == second.objects, case.name


def _with_defaults(value: Any, schema: Node) -> Any:
    """Fill in defaults as the API server does: of a field that is absent, then of those within."""
    if isinstance(value, dict) and "properties" in schema:
        filled = {key: item for key, item in value.items() if item is not None}
        for name, child in schema["properties"].items():
            if name not in filled and "default" in child:
                filled[name] = child["default"]
            if name in filled:
                filled[name] = _with_defaults(filled[name], child)
        return filled
    if isinstance(value, list):
        return [_with_defaults(item, schema["items"]) for item in value]
    return value


@every_resource
def test_columns_show_fields_that_exist(resource: Resource) -> None:
    conditions = {condition.name for condition in CONDITIONS if condition.kind == resource.kind}
    for column in resource.columns:
        if found := re.fullmatch(r'\.status\.conditions\[\?\(@\.type=="(\w+)"\)\]\.\w+', column.path):
            assert found[1] in conditions
        elif not column.path.startswith(".metadata"):
            *parents, last = column.path.strip(".").split(".")
            model = model_at(resource.model, tuple(parents))
            assert model is not None, column.path
            assert last in fields_of(model), column.path
        assert column.description.endswith(".")


def test_names_are_unique_and_follow_the_group() -> None:
    found = [definition(resource) for resource in RESOURCES]
    assert [document["metadata"]["name"] for document in found] == [
        "datacaptures.modelmonitor.dev",
        "baselines.modelmonitor.dev",
        "monitoringschedules.modelmonitor.dev",
        "monitoringexecutions.modelmonitor.dev",
    ]
    short = [name for document in found for name in document["spec"]["names"]["shortNames"]]
    assert short == ["mmdc", "mmbl", "mms", "mmx"]
    assert all(document["spec"]["names"]["categories"] == ["model-monitor"] for document in found)


def test_files_stay_small_enough_for_kubectl_apply() -> None:
    for path, text in crd_files().items():
        assert len(text.encode()) < 200_000, path
        assert yaml.safe_load(text)["kind"] == "CustomResourceDefinition"


def test_texts_are_quoted_where_kubectl_would_read_something_else() -> None:
    assert to_yaml({"a": "y", "b": "1e-3", "c": "yes", "d": "word", "e": "1"}) == (
        "a: 'y'\nb: '1e-3'\nc: 'yes'\nd: word\ne: '1'\n"
    )
