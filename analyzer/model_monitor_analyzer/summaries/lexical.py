r"""Types of text values, by the patterns of Deequ's data-type analyzer, read from their first bytes.

    fractional   ``[-+]? ?\d+(\.\d+|(\.\d+)?[Ee][-+]?\d+)``
    integral     ``[-+]? ?\d+``
    boolean      ``true|false``
    string       everything else

Polars' casts read the same numbers, except that they know words (``inf``, ``nan``), points without a digit on
both sides (``.5``, ``5.``) and no blank before the digits (``- 1``). The first four bytes of a value, which
Arrow's views hold, tell most of these apart at the cost of two table look-ups.
"""

from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from model_monitor_analyzer.summaries.hashing import string_views

STRING, INTEGRAL, FRACTIONAL, BOOLEAN = range(4)

_PROBE = 64
_DIGITS = "0123456789"
_DATE_TIME = r"^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[-+]\d{2}:?\d{2})?)?$"

Rows = NDArray[np.int64]


class ParsedText(NamedTuple):
    """Types of the values of a text column, and the numbers read from it. Rows are ascending."""

    kinds: NDArray[np.uint8]
    """uint8[n]: STRING, INTEGRAL, FRACTIONAL or BOOLEAN."""
    integer_rows: Rows
    integers: NDArray[np.int64]
    """Values of the integral rows that fit."""
    real_rows: Rows
    reals: NDArray[np.float64]
    """Values of all other numbers: ±inf where one overflows, and integral ones beyond int64 among them."""
    padded: NDArray[np.bool_]
    """bool[n]: numbers with leading zeros, whose text is more than their value (007)."""


def parse_text(values: pl.Series) -> ParsedText:
    """Find the type of each value of a String series without nulls."""
    views = string_views(values)
    kinds = np.zeros(len(values), np.uint8)
    padded = np.zeros(len(values), np.bool_)
    kinds[_booleans(values, views)] = BOOLEAN
    rows = _candidates(views)
    text, padded_at = _without_blanks(
        _gather(values, rows), views if len(rows) == len(views) else views[rows]
    )
    padded[rows[padded_at]] = True
    integer_at, integers, real_at, reals = _numbers(text)
    integral_at = real_at[_digits_only(_gather(text, real_at), reals)]
    kinds[rows[real_at]] = FRACTIONAL
    kinds[rows[integral_at]] = INTEGRAL
    kinds[rows[integer_at]] = INTEGRAL
    padded &= kinds != STRING
    return ParsedText(kinds, rows[integer_at], integers, rows[real_at], reals, padded)


def looks_temporal(values: pl.Series) -> NDArray[np.bool_]:
    """Tell which values of a String series without nulls are ISO 8601 dates or date-times; bool[n]."""
    first_four = string_views(values)[:, 0] >> np.uint64(32)
    # The high halves of the ASCII digits' bytes are 3; what else they let through, the pattern rejects.
    rows = np.flatnonzero((first_four & np.uint64(0xF0F0F0F0)) == 0x30303030)
    found = np.zeros(len(values), np.bool_)
    found[rows] = _mask(_gather(values, rows).str.contains(_DATE_TIME))
    return found


def _pairs(firsts: str, seconds: str) -> list[int]:
    """Return two-byte codes, first byte low, as they stand in little-endian memory."""
    return [ord(first) | ord(second) << 8 for first in firsts for second in seconds]


def _table(*codes: list[int]) -> NDArray[np.bool_]:
    table = np.zeros(1 << 16, np.bool_)
    for listed in codes:
        table[listed] = True
    return table


# A view holds zeros behind a value's end.
_BEGINNINGS = _table(_pairs(_DIGITS, _DIGITS + ".eE\0"), _pairs("+-", _DIGITS + " "), _pairs(" ", _DIGITS))
_CONTINUATIONS = _table(_pairs(_DIGITS + ".eE+-\0", _DIGITS + ".eE+-\0"))
_WITH_BLANK = _table(_pairs("+-", " "), _pairs(" ", _DIGITS))
_PADDED = _table(_pairs("0", _DIGITS))
_SIGNED_ZERO = _table(_pairs("+-", "0"))


def _candidates(views: NDArray[np.uint64]) -> Rows:
    """Return the rows whose first four bytes could begin a number."""
    pairs = views.view(np.uint16).reshape(-1, 8)
    rows = np.flatnonzero(_BEGINNINGS[pairs[:, 2]])
    return rows[_CONTINUATIONS[pairs[rows, 3] if len(rows) < len(pairs) else pairs[:, 3]]]


def _booleans(values: pl.Series, views: NDArray[np.uint64]) -> Rows:
    first_four = views[:, 0] >> np.uint64(32)
    rows = np.flatnonzero(
        (first_four == int.from_bytes(b"true", "little")) | (first_four == int.from_bytes(b"fals", "little"))
    )
    return rows[_mask(_gather(values, rows).is_in(["true", "false"]))]


def _without_blanks(text: pl.Series, views: NDArray[np.uint64]) -> tuple[pl.Series, Rows]:
    """Return candidate numbers without the one blank allowed before the digits, and where zeros pad them."""
    pairs = views.view(np.uint16).reshape(-1, 8)
    blank_at = np.flatnonzero(_WITH_BLANK[pairs[:, 2]])
    if len(blank_at):
        text = text.scatter(blank_at, text.gather(blank_at).str.replace(" ", "", literal=True))
        pairs = string_views(text).view(np.uint16).reshape(-1, 8)
    signed_at = np.flatnonzero(_SIGNED_ZERO[pairs[:, 2]])
    third = pairs[signed_at, 3] & 0xFF
    signed_at = signed_at[(third >= ord("0")) & (third <= ord("9"))]
    padded_at = np.flatnonzero(_PADDED[pairs[:, 2]])
    return text, np.union1d(padded_at, signed_at) if len(signed_at) else padded_at


def _numbers(text: pl.Series) -> tuple[Rows, NDArray[np.int64], Rows, NDArray[np.float64]]:
    """Read candidate numbers: positions and values of those that fit into int64, and of all others."""
    probe = text.head(_PROBE)
    if 2 * probe.cast(pl.Int64, strict=False).null_count() <= len(probe):
        integers = text.cast(pl.Int64, strict=False)
        if not integers.null_count():
            return np.arange(len(text)), integers.to_numpy(), np.empty(0, np.int64), np.empty(0)
        integer_at = np.flatnonzero(_mask(integers.is_not_null()))
        real_at = np.flatnonzero(_mask(integers.is_null()))
        reals = _gather(text, real_at).cast(pl.Float64, strict=False)
    else:
        reals = text.cast(pl.Float64, strict=False)
        maybe_at = np.flatnonzero(_mask((reals == reals.floor()).fill_null(value=False)))
        integers = _gather(text, maybe_at).cast(pl.Int64, strict=False)
        integer_at = maybe_at[_mask(integers.is_not_null())]
        real_at = np.arange(len(text))
        if len(integer_at):
            real_at = np.delete(real_at, integer_at)
            reals = reals.gather(real_at)
    good = _mask(reals.is_not_null()) & ~_loose_points(_gather(text, real_at))
    values = reals.to_numpy()
    if not good.all():
        real_at, values = real_at[good], values[good]
    return integer_at, integers.drop_nulls().to_numpy(), real_at, values


def _loose_points(text: pl.Series) -> NDArray[np.bool_]:
    """Tell which values have a point that no digit follows; bool[n]."""
    arrow: Any = text.to_arrow()
    if len(arrow) == 0:
        return np.zeros(0, np.bool_)
    ends = np.frombuffer(arrow.buffers()[1], np.int64)[arrow.offset : arrow.offset + len(arrow) + 1]
    data = np.frombuffer(arrow.buffers()[2], np.uint8)[: ends[-1]]
    points = np.flatnonzero(data == ord("."))
    following = data[np.minimum(points + 1, len(data) - 1)]
    loose_points = points[(following < ord("0")) | (following > ord("9"))]
    loose = data[ends[1:] - 1] == ord(".")
    loose[np.searchsorted(ends, loose_points, side="right") - 1] = True
    return loose


def _digits_only(text: pl.Series, values: NDArray[np.float64]) -> Rows:
    """Return the positions of integral numbers too large for int64."""
    large = np.flatnonzero(np.abs(values) >= 2.0**63)
    return large[_mask(_gather(text, large).str.contains(r"^[-+]?\d+$"))]


def _gather(values: pl.Series, rows: Rows) -> pl.Series:
    return values if len(rows) == len(values) else values.gather(rows)


def _mask(values: pl.Series) -> NDArray[np.bool_]:
    mask: NDArray[np.bool_] = values.to_numpy()
    return mask
