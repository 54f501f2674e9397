"""Models to structural OpenAPI v3 schemas, the form that an API server takes.

Pydantic's JSON Schema is not that form: references must be inlined, optional fields must not be unions with
null, additional properties are pruned rather than forbidden. The rules are those of
https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/.
"""

from typing import Any, Final

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined, to_jsonable_python

from model_monitor_api.introspection import fields_of, models_within
from model_monitor_api.meta import ApiModel
from model_monitor_api.rules.check import rules_of

Schema = dict[str, Any]

_ORDER: Final = (
    "type",
    "format",
    "description",
    "default",
    "enum",
    "pattern",
    "minLength",
    "maxLength",
    "minimum",
    "exclusiveMinimum",
    "maximum",
    "exclusiveMaximum",
    "minItems",
    "maxItems",
    "minProperties",
    "maxProperties",
    "items",
    "additionalProperties",
    "properties",
    "required",
)
"""Keywords that are kept, in the order in which they are written; those of Kubernetes follow."""


def kind_schema(model: type[ApiModel]) -> Schema:
    """Return the schema of a kind: of its `spec` and `status`, the rest being Kubernetes' own."""
    whole = _Builder(model)
    fields = fields_of(model)
    schema: Schema = {
        "type": "object",
        "description": _one_line(model.__doc__),
        "properties": {
            "apiVersion": {"type": "string", "description": _one_line(fields["apiVersion"].description)},
            "kind": {"type": "string", "description": _one_line(fields["kind"].description)},
            "metadata": {"type": "object"},
            "spec": whole.field(model, "spec", defaults=True),
            "status": whole.field(model, "status", defaults=False),
        },
        "required": ["spec"],
    }
    return schema | _validations(model)


class _Builder:
    """Builds the schemas of one kind."""

    def __init__(self, root: type[ApiModel]) -> None:
        self._models = {model.__name__: model for model in models_within(root)}
        self._properties: dict[type[ApiModel], dict[str, Schema]] = {}

    def field(self, model: type[ApiModel], alias: str, *, defaults: bool) -> Schema:
        """Return the schema of one field."""
        if model not in self._properties:
            self._properties[model] = model.model_json_schema(by_alias=True)["properties"]
        info = fields_of(model)[alias]
        schema = self._convert(self._properties[model][alias], defaults)
        if info.description:
            schema["description"] = _one_line(info.description)
        if defaults and (value := _default(info)) is not None:
            schema["default"] = value
        return _arranged(schema)

    def _object(self, model: type[ApiModel], defaults: bool) -> Schema:
        fields = fields_of(model)
        schema: Schema = {
            "type": "object",
            "description": _one_line(model.__doc__),
            "properties": {alias: self.field(model, alias, defaults=defaults) for alias in fields},
        }
        if required := [alias for alias, info in fields.items() if info.is_required()]:
            schema["required"] = required
        return schema | _validations(model)

    def _convert(self, node: Schema, defaults: bool) -> Schema:
        """Return one node of pydantic's schema in the form that an API server takes."""
        if "$ref" in node:
            return self._object(self._models[node["$ref"].rsplit("/", 1)[-1]], defaults)
        extensions = {key: value for key, value in node.items() if key.startswith("x-kubernetes-")}
        if "anyOf" in node:
            members = [member for member in node["anyOf"] if member.get("type") != "null"]
            if len(members) == 1:
                return self._convert(members[0], defaults) | extensions
            return _scalar(members, extensions)
        schema = {key: value for key, value in node.items() if key in _ORDER and key != "default"}
        if "const" in node:
            schema |= {"type": "string", "enum": [node["const"]]}
        for bound, inclusive in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
            if bound in schema:
                schema |= {inclusive: schema[bound], bound: True}
        if "items" in schema:
            schema["items"] = self._convert(schema["items"], defaults)
        if schema.get("additionalProperties") is True:
            del schema["additionalProperties"]
            extensions["x-kubernetes-preserve-unknown-fields"] = True
        elif "additionalProperties" in schema:
            schema["additionalProperties"] = self._convert(schema["additionalProperties"], defaults)
        return _arranged(schema | extensions)


def _scalar(members: list[Schema], extensions: Schema) -> Schema:
    """Return the schema of a union of scalars: an integer or a text, or any value.

    A structural schema can express no other union. What it lets through, the operator checks.
    """
    if "x-kubernetes-int-or-string" not in extensions:
        return {"x-kubernetes-preserve-unknown-fields": True}
    text = next(member for member in members if member["type"] == "string")
    bounds = {key: value for key, value in text.items() if key in {"pattern", "maxLength"}}
    return {"anyOf": [{"type": "integer"}, {"type": "string"}], **bounds, **extensions}


def _default(info: FieldInfo) -> Any:
    """Return the default to show, or None where there is none or it says nothing.

    That of an object is written out: an API server checks it by the object's rules before it fills in the
    defaults of fields.
    """
    value = info.get_default(call_default_factory=True)
    if value is PydanticUndefined or value is None:
        return None
    said = _without_empty(to_jsonable_python(value, by_alias=True, exclude_none=True))
    return None if said in ([], {}) else said


def _without_empty(value: Any) -> Any:
    """Leave out fields that hold nothing: absent means the same."""
    if not isinstance(value, dict):
        return value
    kept = {key: _without_empty(item) for key, item in value.items()}
    return {key: item for key, item in kept.items() if item not in ([], {})}


def _validations(model: type[ApiModel]) -> Schema:
    rules = [
        {"rule": rule.expression, "message": rule.message} for rule in rules_of(model) if rule.expression
    ]
    return {"x-kubernetes-validations": rules} if rules else {}


def _arranged(schema: Schema) -> Schema:
    kept = {key: schema[key] for key in _ORDER if key in schema}
    return kept | {key: value for key, value in schema.items() if key not in kept}


def _one_line(text: str | None) -> str:
    return " ".join((text or "").split())
