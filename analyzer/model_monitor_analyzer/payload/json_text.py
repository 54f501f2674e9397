r"""JSON text as documents whose numbers keep their digits.

``NaN``, ``Infinity`` and ``-Infinity``, which JSON does not have but many servers write, are read: the first
as a missing value. Of repeated keys the last one counts, as in most readers.
"""

import json
import re
from typing import Any

from model_monitor_analyzer.payload.errors import BodyError, BodyProblem
from model_monitor_analyzer.payload.values import MAX_ROWS, Number

_ESCAPED_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_EXACT_DIGITS = 18
_SPACE = " \t\r\n"


def _integer(text: str) -> float:
    """Return an int where that loses nothing of the text."""
    return int(text) if len(text) <= _EXACT_DIGITS and text != "-0" else Number(text)


def _constant(text: str) -> Number:
    number = Number(text)
    if text == "NaN":
        number.lexeme = None
    return number


_DECODER = json.JSONDecoder(parse_float=Number, parse_int=_integer, parse_constant=_constant)


def parse(text: str) -> Any:
    """Return the one JSON document in `text`.

    Raises
    ------
    BodyError
        The text is no JSON document, holds half a surrogate pair, or nests too deep.
    """
    document, end = parse_prefix(text)
    if text[end:].strip(_SPACE):
        raise BodyError(BodyProblem.INVALID_JSON)
    return document


def parse_prefix(text: str) -> tuple[Any, int]:
    """Return the JSON document at the start of `text`, and where it ends.

    Raises
    ------
    BodyError
        As `parse` does.
    """
    start = len(text) - len(text.lstrip(_SPACE))
    try:
        document, end = _DECODER.raw_decode(text, start)
    except RecursionError:
        raise BodyError(BodyProblem.TOO_LARGE) from None
    except ValueError:
        raise BodyError(BodyProblem.INVALID_JSON) from None
    if _ESCAPED_SURROGATE.search(text, start, end):
        _require_whole_characters(document)
    return document, end


def parse_lines(text: str) -> list[Any]:
    """Return the documents of JSON Lines; blank lines are skipped.

    Raises
    ------
    BodyError
        A line is no JSON document, or there are too many.
    """
    lines = [line for line in text.split("\n") if line.strip(_SPACE)]
    if len(lines) > MAX_ROWS:
        raise BodyError(BodyProblem.TOO_LARGE)
    return [parse(line) for line in lines]


def _require_whole_characters(document: Any) -> None:
    try:
        json.dumps(document, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise BodyError(BodyProblem.INVALID_JSON) from None
