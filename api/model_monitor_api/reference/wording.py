"""A field in words: its type, its bounds, its default."""

import json
import types
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt, MaxLen, MinLen
from pydantic import AwareDatetime
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined, to_jsonable_python

from model_monitor_api.introspection import bare, item_of, model_of
from model_monitor_api.meta import FORMATS, ApiModel, Unique

_SCALARS: Final[dict[object, str]] = {
    str: "text",
    int: "integer",
    float: "number",
    bool: "true or false",
    AwareDatetime: "time",
}


def type_words(annotation: Any) -> str:
    """Return a type in words; a model as a link to its section."""
    plain = bare(annotation)
    if (model := model_of(plain)) is not None:
        return f"[{model.__name__}](#{model.__name__.lower()})"
    if (item := item_of(plain)) is not None:
        many = "list" if get_origin(plain) is list else "map"
        return f"{many} of {type_words(item)}" if bare(item) is not Any else "object"
    if get_origin(plain) is Literal:
        return ", ".join(f"`{choice}`" for choice in get_args(plain))
    if get_origin(plain) in (Union, types.UnionType):
        return " or ".join(dict.fromkeys(type_words(m) for m in get_args(plain) if m is not type(None)))
    return _SCALARS.get(plain, "any")


def bound_words(info: FieldInfo) -> str:
    """Return what a field's value must keep to, in words; of the items of a list too."""
    own = _bounds([*info.metadata, *_metadata(info.annotation)], bare(info.annotation))
    item = item_of(info.annotation)
    within = _bounds(_metadata(item), bare(item)) if item is not None else []
    return "; ".join([*own, *(f"each {words}" for words in within)])


def default_words(info: FieldInfo) -> str:
    """Return a field's default; "required" where it has none."""
    value = info.get_default(call_default_factory=True)
    if value is PydanticUndefined:
        return "required"
    if value is None or value in ([], {}) or isinstance(value, ApiModel):
        return ""
    return f"`{json.dumps(to_jsonable_python(value, by_alias=True), ensure_ascii=False)}`"


def _metadata(annotation: Any) -> list[Any]:
    """Return the bounds written at a type, also at one within an optional."""
    if get_origin(annotation) is Annotated:
        inner, *metadata = get_args(annotation)
        return [*_metadata(inner), *metadata]
    if get_origin(annotation) in (Union, types.UnionType):
        members = [member for member in get_args(annotation) if member is not type(None)]
        return _metadata(members[0]) if len(members) == 1 else []
    return []


def _bounds(metadata: list[Any], plain: Any) -> list[str]:
    """Return the words for bounds; those of `Field` come apart into their parts."""
    parts: list[Any] = []
    for one in metadata:
        parts.extend(one.metadata if isinstance(one, FieldInfo) else [one])
    unit = "characters" if plain is str else "items"
    words: list[str] = []
    for part in parts:
        match part:
            case Ge(ge=low):
                words.append(f"≥ {low:,}")
            case Gt(gt=low):
                words.append(f"> {low:,}")
            case Le(le=high):
                words.append(f"≤ {high:,}")
            case Lt(lt=high):
                words.append(f"< {high:,}")
            case MinLen(min_length=shortest):
                words.append(f"≥ {shortest:,} {unit if shortest > 1 else unit[:-1]}")
            case MaxLen(max_length=longest):
                words.append(f"≤ {longest:,} {unit if longest > 1 else unit[:-1]}")
            case Unique(key=key):
                words.append(f"no `{key}` twice" if key else "none twice")
            case _:
                if pattern := getattr(part, "pattern", None):
                    words.append(FORMATS.get(pattern, f"matches `{pattern}`"))
    return [words_ for words_ in words if "1e+18" not in words_]
