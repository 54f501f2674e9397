"""Pydantic's errors in the words of the project: what must hold, what was found, what to do."""

from typing import Any, Final, NamedTuple

from pydantic_core import ErrorDetails

from model_monitor_api.manifests.yaml_scalars import plain_value
from model_monitor_api.meta import FORMATS
from model_monitor_api.printable import has_credentials
from model_monitor_api.spelling import did_you_mean


class Wording(NamedTuple):
    """A message in the form "must ...", and a remedy, which may be empty."""

    message: str
    remedy: str = ""


_TIME: Final = Wording("must be a time with its zone, such as `2026-01-31T00:00:00Z`")

_CREDENTIALS: Final = Wording(
    "must not hold credentials",
    "leave them out: keys come from a Secret, and in a run without a cluster from the environment",
)

_NAMES: Final[dict[type, str]] = {
    str: "a text",
    bool: "true or false",
    int: "a number",
    float: "a number",
    list: "a list",
    dict: "a mapping",
}

_MISTYPED: Final = {
    "string_type": "a text",
    "int_type": "an integer",
    "int_from_float": "an integer",
    "float_type": "a number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
}
_SIZES: Final = frozenset({"string_too_short", "string_too_long", "too_short", "too_long"})

_BOUNDS: Final = {
    "greater_than_equal": ("ge", "must be at least"),
    "greater_than": ("gt", "must be more than"),
    "less_than_equal": ("le", "must be at most"),
    "less_than": ("lt", "must be less than"),
}


def word(error: ErrorDetails, siblings: frozenset[str]) -> Wording:
    """Return the wording of one error; `siblings` are the fields of the object that it stands in."""
    kind, found = error["type"], error["input"]
    context: dict[str, Any] = error.get("ctx") or {}
    if kind in _BOUNDS:
        key, phrase = _BOUNDS[kind]
        return Wording(f"{phrase} {context[key]:g}")
    if kind in _MISTYPED:
        return _mistyped(_MISTYPED[kind], found)
    if kind.startswith(("datetime", "timezone")):
        return _TIME
    if kind in _SIZES:
        return _size(kind, context)
    match kind:
        case "missing":
            wording = Wording("must be set")
        case "extra_forbidden":
            wording = Wording("is not a known field", did_you_mean(str(error["loc"][-1]), siblings))
        case "literal_error":
            wording = _choice(context["expected"], found)
        case "string_pattern_mismatch" if has_credentials(str(found)):
            wording = _CREDENTIALS
        case "string_pattern_mismatch":
            pattern = context["pattern"]
            wording = Wording(f"must be {FORMATS.get(pattern, f'text that matches `{pattern}`')}")
        case "finite_number":
            wording = Wording("must be a finite number")
        case _:  # our own validators speak for themselves
            wording = Wording(error["msg"])
    return wording


def _choice(expected: str, found: object) -> Wording:
    choices = [part.strip("' ") for part in expected.replace(" or ", ", ").split(", ")]
    message = (
        f"must be `{choices[0]}`"
        if len(choices) == 1
        else f"must be one of {', '.join(f'`{choice}`' for choice in choices)}"
    )
    remedy = did_you_mean(found, choices) if isinstance(found, str) else ""
    return Wording(message, remedy if remedy.startswith("did") else "")


def _size(kind: str, context: dict[str, Any]) -> Wording:
    unit = "character" if kind.startswith("string") else "item"
    number = context["min_length"] if kind.endswith("short") else context["max_length"]
    if kind.endswith("short"):
        return Wording("must not be empty" if number == 1 else f"must have at least {number} {unit}s")
    return Wording(f"must have at most {number} {unit}{'' if number == 1 else 's'}")


def _mistyped(wanted: str, found: object) -> Wording:
    other = _NAMES.get(type(found))
    message = f"must be {wanted}, not {other}" if other and other != wanted else f"must be {wanted}"
    quoted = isinstance(found, str) and not isinstance(plain_value(found), str)
    if wanted == "a text":
        remedy = "" if isinstance(found, list | dict) else "put it in quotes"
    elif wanted == "a list":
        remedy = "write each item on a line of its own after `-`"
    else:
        remedy = "remove the quotes" if quoted and wanted != "a mapping" else ""
    return Wording(message, remedy)
