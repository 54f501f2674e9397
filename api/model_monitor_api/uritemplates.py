"""Placeholders of time in locations: `{yyyy}`, `{MM}`, `{dd}`, `{HH}` and `{mm}`, in UTC."""

import re
from typing import Final

from model_monitor_api.spelling import did_you_mean

PLACEHOLDERS: Final = ("yyyy", "MM", "dd", "HH", "mm")
"""From the largest unit to the smallest."""

_BRACES: Final = re.compile(r"\{([^{}]*)\}")


class UriTemplateError(ValueError):
    """A location with placeholders that can't be filled in; says what to write instead."""


def placeholders(uri: str) -> tuple[str, ...]:
    """Return the units of time that a location has placeholders for, from the largest.

    Raises
    ------
    UriTemplateError
        If a placeholder is not known, a brace stands alone, or a larger unit is left out.
    """
    found = set(_BRACES.findall(uri))
    for name in sorted(found - set(PLACEHOLDERS)):
        exact = next((known for known in PLACEHOLDERS if known.lower() == name.lower()), None)
        remedy = f"did you mean `{{{exact}}}`?" if exact else _known(name)
        raise UriTemplateError(f"must not have the placeholder `{{{name[:64]}}}`; {remedy}")
    if any(brace in _BRACES.sub("", uri) for brace in "{}"):
        raise UriTemplateError("must have each `{` closed by a `}`; write placeholders as in `{yyyy}/{MM}`")
    units = tuple(name for name in PLACEHOLDERS if name in found)
    for missing in PLACEHOLDERS[: len(units)]:
        if missing not in units:
            raise UriTemplateError(f"must have `{{{missing}}}` too, since it has a smaller unit of time")
    return units


def _known(name: str) -> str:
    return did_you_mean(name, [f"{{{known}}}" for known in PLACEHOLDERS])
