"""Text from data, made safe to look at: bounded in length, with what is invisible written out.

HTML escaping keeps data from becoming markup; it does not keep a name from hiding itself. A right-to-left
override turns `gnp.exe` around, a zero-width space makes two equal-looking columns, a NUL cuts a copied text.
Such characters are shown as escapes; see Unicode Technical Report 36, Unicode Security Considerations.
"""

import re
from typing import Final

from markupsafe import Markup, escape

from model_monitor_api.printable import cut_middle, printable

LONGEST = 2000
"""Characters of any one text on a page; no single cell may flood it."""

LONGEST_TITLE = 512
"""Characters of a name shown on hovering."""

_NEED_NO_ESCAPE: Final = (Markup, int, float)

_SPACE: Final = r"\x20"
"""A space where it would not be seen."""

_NAMED: Final = re.compile(r"(?<![^\s(])`(.+?)`(?=[\s.,;:)]|$)")
"""A name in a message for terminals and statuses; a backtick inside a word is the name's own."""


def prose(text: str, limit: int) -> str:
    """Return a sentence to show: visible, and at most `limit` characters."""
    return _bounded(text.strip(), limit)


def quoted(name: str) -> str:
    """Return a name that was made a label, as it stands within a sentence."""
    return f"“{name}”"


def message(text: str, limit: int) -> str:
    """Return a run's message as prose, with the names in it quoted as elsewhere on the page."""
    return _NAMED.sub(lambda found: quoted(found[1]), prose(text, limit))


def label(text: str, limit: int) -> str:
    """Return a name: visible, the spaces at its ends too, at most `limit` characters; never nothing."""
    inner = text.strip(" ")
    if not text:
        return "(empty name)"
    start = len(text) - len(text.lstrip(" ")) if inner else len(text)
    end = len(text) - start - len(inner)
    return _bounded(_SPACE * min(start, limit) + inner + _SPACE * min(end, limit), limit)


def fill(template: str, *values: object) -> Markup:
    """Return markup of ours with values in place of its braces, escaped unless they are markup or numbers.

    What `Markup.format` does, at a third of the time.
    """
    return Markup(  # noqa: S704 # escaped here
        template.format(*(value if isinstance(value, _NEED_NO_ESCAPE) else escape(value) for value in values))
    )


def _bounded(text: str, limit: int) -> str:
    return cut_middle(printable(cut_middle(text, limit)), limit)


def finalize(value: object) -> object:
    """Prepare what a template puts out: markup is kept, text made visible and bounded, `None` refused.

    Escaping follows, by the template engine.

    Raises
    ------
    TypeError
        If the value is None: a template must say what it shows where nothing is.
    """
    if isinstance(value, Markup):
        return value
    if value is None:
        raise TypeError("a template would print None")
    return _bounded(str(value), LONGEST)
