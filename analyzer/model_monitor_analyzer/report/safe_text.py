"""Text from data, made safe to look at: bounded in length, with what is invisible written out.

HTML escaping keeps data from becoming markup; it does not keep a name from hiding itself. A right-to-left
override turns `gnp.exe` around, a zero-width space makes two equal-looking columns, a NUL cuts a copied text.
Such characters are shown as escapes; see Unicode Technical Report 36, Unicode Security Considerations.
"""

from markupsafe import Markup

LONGEST = 2000
"""Characters of any one text on a page; no single cell may flood it."""

LONGEST_TITLE = 512
"""Characters of a name shown on hovering."""

_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def visible(text: str) -> str:
    r"""Return the text with control, format, private, unassigned and surrogate characters as `\u{…}`."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else _NAMED.get(c) or _escape(c) for c in text)


def shorten(text: str, limit: int) -> str:
    """Return at most `limit` characters: the beginning, `…`, and the end, which often tells names apart."""
    if len(text) <= limit:
        return text
    tail = limit // 4
    return f"{text[: limit - tail - 1]}…{text[-tail:]}"


def prose(text: str, limit: int) -> str:
    """Return a sentence to show: visible, and at most `limit` characters."""
    return _bounded(text.strip(), limit)


def label(text: str, limit: int) -> str:
    """Return a name: visible, the spaces at its ends too, at most `limit` characters; never nothing."""
    inner = text.strip(" ")
    if not text:
        return "(empty name)"
    start = len(text) - len(text.lstrip(" ")) if inner else len(text)
    end = len(text) - start - len(inner)
    return _bounded(_escape(" ") * min(start, limit) + inner + _escape(" ") * min(end, limit), limit)


def _bounded(text: str, limit: int) -> str:
    return shorten(visible(shorten(text, limit)), limit)


def _escape(character: str) -> str:
    return f"\\u{{{ord(character):X}}}"


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
