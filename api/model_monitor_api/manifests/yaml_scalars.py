"""What an unquoted YAML scalar means, as go-yaml reads it for `kubectl`.

YAML 1.1 but for its oddities: `1e-3` is a number, `1:30` and a date are text, `0o17` and `017` are octal.
A whole number is an integer however it is written (`1e3`, `2.0`), as in the JSON that an API server gets.
"""

import math
import re
from typing import Final

Scalar = str | int | float | bool | None

_WORDS: Final[dict[str, Scalar]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "true", "True", "TRUE"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "off", "Off", "OFF", "false", "False", "FALSE"), False),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
}
_DECIMAL: Final = re.compile(r"[-+]?(?:0|[1-9][0-9_]*)")
_BASED: Final = re.compile(r"([-+]?)0(?:[xX]([0-9a-fA-F_]+)|[bB]([01_]+)|[oO]?([0-7_]+))")
_FLOAT: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_EXACT: Final = 2**53
_INT64: Final = 2**63
_LONGEST_NUMBER: Final = 400
"""Characters; what is longer is text, so that no number costs much to read."""


def plain_value(text: str) -> Scalar:
    """Return the value of an unquoted scalar."""
    if text in _WORDS:
        return _WORDS[text]
    return text if len(text) > _LONGEST_NUMBER else _number(text)


def _number(text: str) -> Scalar:
    """Return the number that a plain text is, or the text."""
    if _DECIMAL.fullmatch(text):
        whole = int(text.replace("_", ""))
        return whole if abs(whole) < _INT64 else float(whole)
    if based := _BASED.fullmatch(text):
        sign, hexadecimal, binary, octal = (part and part.replace("_", "") for part in based.groups())
        digits, base = (hexadecimal, 16) if hexadecimal else (binary, 2) if binary else (octal, 8)
        whole = int(sign + digits, base) if digits else _INT64
        return whole if abs(whole) < _INT64 else text
    number = float(text) if _FLOAT.fullmatch(text) else math.inf
    if math.isinf(number):
        return text
    return int(number) if number.is_integer() and abs(number) < _EXACT else number
