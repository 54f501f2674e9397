"""JSON texts taken apart without reading them: what a member is, to the last digit of a number."""

import json
import re
from collections.abc import Callable
from typing import Any, Final, TypeVar

Entry = TypeVar("Entry")

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
    return dict(_entries(text, "{}", "object", _member))


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
    return _entries(text, "[]", "array", _value)


def parsed(raw: str) -> Any:
    """Return what a JSON text says."""
    return _DECODER.decode(raw)


def _entries(text: str, marks: str, kind: str, read: Callable[[str, int], tuple[Entry, int]]) -> list[Entry]:
    """Return what stands between two marks, with commas between."""
    at = _skip(text, 0)
    if not text.startswith(marks[0], at):
        raise RawJSONError(f"is no JSON {kind}")
    found: list[Entry] = []
    at = _skip(text, at + 1)
    while not text.startswith(marks[1], at):
        if found:
            at = _expect(text, at, ",")
        entry, at = read(text, at)
        found.append(entry)
        at = _skip(text, at)
    _end(text, at + 1)
    return found


def _member(text: str, at: int) -> tuple[tuple[str, str], int]:
    name, at = _value(text, at)
    at = _expect(text, _skip(text, at), ":")
    value, at = _value(text, at)
    return (str(parsed(name)), value), at


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
