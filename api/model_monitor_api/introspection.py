"""Look into models: what checking, schemas, reference pages and examples all need to know of a field."""

import types
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from model_monitor_api.meta import ApiModel


def alias_of(name: str, info: FieldInfo) -> str:
    """Return a field's name as it stands in documents."""
    return info.alias or name


@cache
def fields_of(model: type[ApiModel]) -> Mapping[str, FieldInfo]:
    """Return a model's fields by their names in documents, in their order."""
    return {alias_of(name, info): info for name, info in model.model_fields.items()}


def bare(annotation: Any) -> Any:
    """Return a type without its bounds and without `None`."""
    if get_origin(annotation) is Annotated:
        return bare(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        members = [member for member in get_args(annotation) if member is not type(None)]
        return bare(members[0]) if len(members) == 1 else annotation
    return annotation


def item_of(annotation: Any) -> Any:
    """Return the type of a list's items or of a mapping's values; None for any other type."""
    plain = bare(annotation)
    if get_origin(plain) is list:
        return get_args(plain)[0]
    return get_args(plain)[1] if get_origin(plain) is dict else None


def model_of(annotation: Any) -> type[ApiModel] | None:
    """Return the model that a type is, be it optional; None for any other type."""
    plain = bare(annotation)
    return plain if isinstance(plain, type) and issubclass(plain, ApiModel) else None


def model_at(model: type[ApiModel], path: tuple[str | int, ...]) -> type[ApiModel] | None:
    """Return the model of the object at a path; None where the path leads to no object."""
    annotation: Any = model
    for part in path:
        here = model_of(annotation)
        if here is not None:
            info = fields_of(here).get(str(part))
            annotation = info.annotation if info else None
        else:
            annotation = item_of(annotation)
        if annotation is None:
            return None
    return model_of(annotation)


def models_within(model: type[ApiModel]) -> Iterator[type[ApiModel]]:
    """Yield a model and those that it is made of, each once, in the order of their fields."""
    seen: set[type[ApiModel]] = set()
    stack = [model]
    while stack:
        here = stack.pop()
        if here in seen:
            continue
        seen.add(here)
        yield here
        below: list[type[ApiModel]] = []
        for info in here.model_fields.values():
            annotation: Any = info.annotation
            while (item := item_of(annotation)) is not None:
                annotation = item
            if (inner := model_of(annotation)) is not None:
                below.append(inner)
        stack.extend(reversed(below))
