"""Text of unknown origin, made fit for terminals and statuses."""

import re
from typing import Final

_USER_INFO: Final = re.compile(r'://([^@/\s"]*:[^\s"]*|[^/\s"]*)@')
"""What stands before an `@` in a URI; keys may hold slashes, though a URI may not."""


def printable(text: str) -> str:
    r"""Return the text with everything that does not print as itself written as an escape, such as `\x1b`.

    That covers control characters, hence terminal sequences and line breaks, and marks that change the
    direction of writing.
    """
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else _escaped(letter) for letter in text)


def without_credentials(text: str) -> str:
    """Return the text with `…` in place of user names and keys in URIs."""
    return _USER_INFO.sub("://…@", text)


def has_credentials(text: str) -> bool:
    """Return whether there are user names or keys in a URI."""
    return _USER_INFO.search(text) is not None


def cut(text: str, limit: int) -> str:
    """Return the text, or if it is longer than the limit its beginning and an ellipsis."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def cut_middle(text: str, limit: int) -> str:
    """Return the text, or if it is longer than the limit its two ends around an ellipsis.

    Generated names often differ at their ends only.
    """
    if len(text) <= limit:
        return text
    tail = (limit - 1) // 2
    return f"{text[: limit - 1 - tail]}…{text[len(text) - tail :]}"


def _escaped(letter: str) -> str:
    return letter.encode("unicode_escape").decode("ascii")
