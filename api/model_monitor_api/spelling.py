"""Guess what was meant by a word that is not known."""

import difflib
from collections.abc import Iterable
from typing import Final

_LEAST_BEGINNING: Final = 3
"""Characters from which on the beginning of a word tells which one is meant."""


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that is most like another, whatever their case; None when none is alike.

    The only one that begins with it is the most like it, however much longer it is.
    """
    by_lower = {candidate.lower(): candidate for candidate in sorted(known)}
    wanted = word[:128].lower()
    begun = [lower for lower in by_lower if lower.startswith(wanted)]
    if len(begun) == 1 and len(wanted) >= _LEAST_BEGINNING:
        return by_lower[begun[0]]
    found = difflib.get_close_matches(wanted, by_lower, n=1, cutoff=0.6)
    return by_lower[found[0]] if found else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return "did you mean `x`?", or the words there are where none is alike and they are few."""
    candidates = sorted(known)
    if (guess := nearest(word, candidates)) is not None:
        return f"did you mean `{guess}`?"
    if 0 < len(candidates) <= 12:
        return "known are " + ", ".join(f"`{candidate}`" for candidate in candidates)
    return ""
