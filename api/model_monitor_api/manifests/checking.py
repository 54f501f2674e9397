"""A plain document to a typed object, or to all that is wrong with it."""

import json
from collections.abc import Mapping
from typing import Any, Final, Literal, TypeVar, cast

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from model_monitor_api.introspection import fields_of, item_of, model_at, model_of
from model_monitor_api.manifests.wording import Wording, word
from model_monitor_api.meta import ApiModel, ObjectMeta
from model_monitor_api.problems import Problem, field_path, shown

Path = tuple[str | int, ...]
Model = TypeVar("Model", bound=ApiModel)

_METADATA: Final = frozenset(
    {
        *("annotations", "creationTimestamp", "deletionGracePeriodSeconds", "deletionTimestamp"),
        *("finalizers", "generateName", "generation", "labels", "managedFields", "name", "namespace"),
        *("ownerReferences", "resourceVersion", "selfLink", "uid"),
    }
)
"""Fields of an object's metadata that Kubernetes knows; the project reads only some of them."""


def check(
    model: type[Model],
    document: Mapping[str, Any],
    subject: str,
    *,
    unknown: Literal["forbid", "ignore"] = "forbid",
) -> Model | list[tuple[Path, Problem]]:
    """Return the object that a document describes, or its problems with the paths of their fields.

    Values are taken as they are: a number in quotes is a text. Fields that the model does not have are
    problems, except where Kubernetes defines them, and where they are told to be ignored. A status is not
    looked at: nobody but the operator writes one. A field that is null counts as absent, as it does to an
    API server.
    """
    cleaned = {key: value for key, value in document.items() if key != "status"}
    metadata = cleaned.get("metadata")
    found: list[tuple[Path, Problem]] = []
    if isinstance(metadata, dict):
        known = fields_of(ObjectMeta)
        cleaned["metadata"] = {
            key: value for key, value in metadata.items() if key in known or key not in _METADATA
        }
    try:
        return model.model_validate_json(json.dumps(_without_nulls(cleaned, model)), extra=unknown)
    except ValidationError as error:
        details = error.errors(include_url=False)
    for path, errors in _by_place(details, cleaned).items():
        found.append((path, _problem(path, errors, model, subject)))
    return found


def _problem(path: Path, errors: list[ErrorDetails], model: type[ApiModel], subject: str) -> Problem:
    telling = [error for error in errors if not error["type"].endswith("_type")]
    if len(errors) > 1 and not telling:  # no member of a union fits; those of the kinds are all scalars
        wording = Wording("must be a text, a number, true or false")
    else:
        parent = model_at(model, path[:-1])
        siblings = _METADATA if parent is ObjectMeta else frozenset(fields_of(parent) if parent else ())
        wording = word((telling or errors)[0], siblings)
    first = errors[0]
    hidden = first["type"] in {"missing", "extra_forbidden"} or isinstance(first["input"], dict | list)
    value = "" if hidden else shown(first["input"])
    return Problem(subject, wording.message, field_path(path), value, wording.remedy)


def _by_place(details: list[ErrorDetails], document: object) -> dict[Path, list[ErrorDetails]]:
    """Group errors by the place in the document: each member of a union reports one of its own."""
    grouped: dict[Path, list[ErrorDetails]] = {}
    for error in details:
        path = _existing(error["loc"], document)
        if error["type"] == "missing" and path != error["loc"]:  # it is there where it was null
            path = (*path, error["loc"][-1])
        grouped.setdefault(path, []).append(error)
    return grouped


def _existing(loc: Path, document: object) -> Path:
    """Return the part of a location that exists: pydantic appends the names of union members to it."""
    path: Path = ()
    for part in loc:
        if not isinstance(document, dict | list):
            break
        try:
            document = cast("dict[str | int, Any]", document)[part]
        except (LookupError, TypeError):
            break
        path = (*path, part)
    return path


def _without_nulls(value: Any, annotation: Any) -> Any:
    """Leave out the fields of models that are null."""
    model = model_of(annotation)
    if model is not None and isinstance(value, dict):
        fields = fields_of(model)
        return {
            key: _without_nulls(item, fields[key].annotation) if key in fields else item
            for key, item in value.items()
            if item is not None
        }
    inner = item_of(annotation)
    if inner is not None and isinstance(value, list):
        return [_without_nulls(item, inner) for item in value]
    if inner is not None and isinstance(value, dict):
        return {key: _without_nulls(item, inner) for key, item in value.items()}
    return value
