"""Guess what was meant by a word that is not known."""

import difflib
from collections.abc import Iterable


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that is most like another, whatever their case; None when none is alike."""
    by_lower = {candidate.lower(): candidate for candidate in sorted(known)}
    found = difflib.get_close_matches(word[:128].lower(), by_lower, n=1, cutoff=0.6)
    return by_lower[found[0]] if found else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return "did you mean `x`?", or the words there are where none is alike and they are few."""
    candidates = sorted(known)
    if (guess := nearest(word, candidates)) is not None:
        return f"did you mean `{guess}`?"
    if 0 < len(candidates) <= 12:
        return "known are " + ", ".join(f"`{candidate}`" for candidate in candidates)
    return ""
