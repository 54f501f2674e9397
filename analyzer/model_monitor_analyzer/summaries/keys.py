"""Canonical keys of category values: 1, 1.0 and "1" are one value, true and "true" another."""

import numpy as np
import polars as pl

from model_monitor_analyzer.summaries.lexical import parse_text
from model_monitor_analyzer.summaries.numeric import INT64_END


def integer_key(value: int) -> str:
    """Return the key of a whole number that fits into int64."""
    return str(value)


def real_key(value: float) -> str:
    """Return the key of any other finite number: the shortest decimal that reads back as the same float."""
    return repr(value)


def canonical_keys(texts: list[str]) -> list[str]:
    """Return the keys under which values written as these texts are counted.

    A number loses what its value does not need (1.0 and +1 become 1); a text that is no number, one with
    leading zeros, and one that overflows stay as they are.
    """
    parsed = parse_text(pl.Series(texts, dtype=pl.String))
    keys = list(texts)
    for row, integer in zip(parsed.integer_rows.tolist(), parsed.integers.tolist(), strict=True):
        keys[row] = integer_key(integer)
    for row, real in zip(parsed.real_rows.tolist(), parsed.reals.tolist(), strict=True):
        if np.isfinite(real):
            keys[row] = (
                integer_key(int(real)) if real.is_integer() and abs(real) < INT64_END else real_key(real)
            )
    return [
        text if is_padded else key for text, key, is_padded in zip(texts, keys, parsed.padded, strict=True)
    ]
