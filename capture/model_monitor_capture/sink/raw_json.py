"""JSON texts taken apart without reading them: what a member is, to the last digit of a number."""

import json
import re
from typing import Any, Final

_BLANKS: Final = re.compile(r"[ \t\r\n]*")
_DECODER: Final = json.JSONDecoder()


class RawJSONError(ValueError):
    """A text is not what it should be; the message goes on where a sentence has named it."""


def members(text: str) -> dict[str, str]:
    """Return the members of a JSON object as they are written; of several of a name the last.

    Raises
    ------
    RawJSONError
        It is none.
    ValueError
        A part of it is no JSON.
    RecursionError
        It is nested too deeply.
    """
    at = _skip(text, 0)
    if not text.startswith("{", at):
        raise RawJSONError("is no JSON object")
    found: dict[str, str] = {}
    at = _skip(text, at + 1)
    while not text.startswith("}", at):
        if found:
            at = _expect(text, at, ",")
        name, at = _value(text, at)
        at = _expect(text, _skip(text, at), ":")
        start = at
        _, at = _value(text, at)
        found[str(parsed(name))] = text[start:at]
        at = _skip(text, at)
    _end(text, at + 1)
    return found


def items(text: str) -> list[str]:
    """Return the items of a JSON array as they are written.

    Raises
    ------
    RawJSONError
        It is none.
    ValueError
        A part of it is no JSON.
    RecursionError
        It is nested too deeply.
    """
    at = _skip(text, 0)
    if not text.startswith("[", at):
        raise RawJSONError("is no JSON array")
    found: list[str] = []
    at = _skip(text, at + 1)
    while not text.startswith("]", at):
        if found:
            at = _expect(text, at, ",")
        item, at = _value(text, at)
        found.append(item)
        at = _skip(text, at)
    _end(text, at + 1)
    return found


def parsed(raw: str) -> Any:
    """Return what a JSON text says."""
    return _DECODER.decode(raw)


def _value(text: str, at: int) -> tuple[str, int]:
    _, end = _DECODER.raw_decode(text, at)
    return text[at:end], end


def _skip(text: str, at: int) -> int:
    found = _BLANKS.match(text, at)
    return found.end() if found else at


def _expect(text: str, at: int, mark: str) -> int:
    if not text.startswith(mark, at):
        raise RawJSONError("is no JSON")
    return _skip(text, at + 1)


def _end(text: str, at: int) -> None:
    if _skip(text, at) != len(text):
        raise RawJSONError("is followed by something else")
