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
from model_monitor_analyzer.summaries.plain import PlainNumbers, read_plain

STRING, INTEGRAL, FRACTIONAL, BOOLEAN = range(4)

_PROBE = 64
# Bytes that stay in the processor's cache.
_CHUNK = 1 << 16
_DIGITS = "0123456789"
# Ranges of ASCII digits, since \d is Unicode's, which are more and slower.
_TWO = "[0-9]{2}"
_TIME = rf"[T ]{_TWO}:{_TWO}(:{_TWO}(\.[0-9]+)?)?(Z|[-+]{_TWO}:?{_TWO})?"
_DATE_TIME = rf"^[0-9]{{4}}-{_TWO}-{_TWO}({_TIME})?$"

Rows = NDArray[np.int64]

_NO_ROWS: Rows = np.empty(0, np.int64)
_LENGTH = np.uint64(0xFFFFFFFF)


def _pair_codes(firsts: str, seconds: str) -> list[int]:
    """Return two-byte codes, the first byte lowest, as they stand in little-endian memory."""
    return [ord(first) | ord(second) << 8 for first in firsts for second in seconds]


def _beginning_flags() -> NDArray[np.uint8]:
    flags = np.zeros(1 << 16, np.uint8)
    # A view holds zeros behind a value's end.
    flags[_pair_codes(_DIGITS, _DIGITS + ".eE\0")] = _POSSIBLE
    flags[_pair_codes("+-", _DIGITS)] = _POSSIBLE
    flags[_pair_codes("0", _DIGITS)] |= _PADDED
    flags[_pair_codes("+-", "0")] |= _SIGNED_ZERO
    flags[_pair_codes("+-", " ")] = _POSSIBLE | _BLANK
    flags[_pair_codes(" ", _DIGITS)] = _POSSIBLE | _BLANK
    return flags


# What the first two bytes of a value tell of it.
_POSSIBLE, _BLANK, _PADDED, _SIGNED_ZERO = (np.uint8(1 << bit) for bit in range(4))
_BEGINNINGS = _beginning_flags()
_CONTINUATIONS = np.zeros(1 << 16, np.bool_)
_CONTINUATIONS[_pair_codes(_DIGITS + ".eE+-\0", _DIGITS + ".eE+-\0")] = True


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
    plain = read_plain(values)
    if plain is not None:
        return _all_plain(plain)
    views = string_views(values)
    beginnings = _beginnings(views)
    kinds = np.zeros(len(values), np.uint8)
    padded = np.zeros(len(values), np.bool_)
    kinds[_booleans(views, beginnings)] = BOOLEAN
    rows, flags = _candidates(beginnings)
    if not len(rows):
        return ParsedText(kinds, _NO_ROWS, _NO_ROWS, _NO_ROWS, np.empty(0), padded)
    text = _without_blanks(gather(values, rows), flags)
    integer_at, integers, real_at, reals = _numbers(text)
    kinds[rows[real_at]] = FRACTIONAL
    kinds[rows[real_at[_digits_only(gather(text, real_at), reals)]]] = INTEGRAL
    kinds[rows[integer_at]] = INTEGRAL
    padded[rows[_zero_padded(beginnings[rows], flags)]] = True
    padded &= kinds != STRING
    return ParsedText(kinds, rows[integer_at], integers, rows[real_at], reals, padded)


def _all_plain(plain: PlainNumbers) -> ParsedText:
    n = len(plain.has_point)
    padded = np.zeros(n, np.bool_)
    if len(plain.reals) == n:
        return ParsedText(
            np.full(n, FRACTIONAL, np.uint8), _NO_ROWS, plain.integers, np.arange(n), plain.reals, padded
        )
    if len(plain.integers) == n:
        return ParsedText(
            np.full(n, INTEGRAL, np.uint8), np.arange(n), plain.integers, _NO_ROWS, plain.reals, padded
        )
    kinds = np.where(plain.has_point, np.uint8(FRACTIONAL), np.uint8(INTEGRAL))
    integer_rows, real_rows = np.flatnonzero(~plain.has_point), np.flatnonzero(plain.has_point)
    return ParsedText(kinds, integer_rows, plain.integers, real_rows, plain.reals, padded)


def looks_temporal(values: pl.Series) -> NDArray[np.bool_]:
    """Tell which values of a String series without nulls are ISO 8601 dates or date-times; bool[n]."""
    found = np.zeros(len(values), np.bool_)
    # The high halves of the ASCII digits' bytes are 3; what else they let through, the pattern rejects.
    rows = np.flatnonzero((_beginnings(string_views(values)) & np.uint32(0xF0F0F0F0)) == 0x30303030)
    if len(rows):
        found[rows] = _matches(gather(values, rows), _DATE_TIME)
    return found


def gather(values: pl.Series, rows: Rows) -> pl.Series:
    """Return the values at ascending distinct rows, without a copy if these are all."""
    return values if len(rows) == len(values) else values[rows]


def _beginnings(views: NDArray[np.uint64]) -> NDArray[np.uint32]:
    """Return the first four bytes of each value, zeros behind its end, the first byte lowest."""
    return views.view(np.uint32).reshape(-1, 4)[:, 1].copy()


def _booleans(views: NDArray[np.uint64], beginnings: NDArray[np.uint32]) -> Rows:
    true = np.flatnonzero(beginnings == int.from_bytes(b"true", "little"))
    false = np.flatnonzero(beginnings == int.from_bytes(b"fals", "little"))
    true = true[views[true, 0] & _LENGTH == 4]
    false = false[(views[false, 0] & _LENGTH == 5) & (views[false, 1] == ord("e"))]
    return np.concatenate([true, false])


def _candidates(beginnings: NDArray[np.uint32]) -> tuple[Rows, NDArray[np.uint8]]:
    """Return the rows whose first four bytes could begin a number, and what their first two bytes tell."""
    flags = _BEGINNINGS.take(beginnings & 0xFFFF)
    rows = np.flatnonzero(flags != 0)
    following = (beginnings if len(rows) == len(beginnings) else beginnings.take(rows)) >> 16
    rows = rows.take(np.flatnonzero(_CONTINUATIONS.take(following)))
    return rows, flags.take(rows)


def _without_blanks(text: pl.Series, flags: NDArray[np.uint8]) -> pl.Series:
    """Return candidate numbers without the one blank that is allowed before the digits."""
    at = np.flatnonzero(flags & _BLANK)
    return text.scatter(at, text[at].str.replace(" ", "", literal=True)) if len(at) else text


def _zero_padded(beginnings: NDArray[np.uint32], flags: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Tell which candidates have a zero before another digit."""
    padded = (flags & _PADDED) > 0
    at = np.flatnonzero(flags & (_SIGNED_ZERO | _BLANK))
    if len(at):
        rest = beginnings[at]
        for skipped in ("+-", " "):
            first = rest & 0xFF
            rest = np.where(np.isin(first, [ord(sign) for sign in skipped]), rest >> 8, rest)
        padded[at] = (_BEGINNINGS[rest & 0xFFFF] & _PADDED) > 0
    return padded


def _numbers(text: pl.Series) -> tuple[Rows, NDArray[np.int64], Rows, NDArray[np.float64]]:
    """Read candidate numbers: positions and values of those that fit into int64, and of all others."""
    probe = text.head(_PROBE)
    mostly_integers = 2 * probe.cast(pl.Int64, strict=False).null_count() <= len(probe)
    integer_at, integers, real_at = _NO_ROWS, _NO_ROWS, np.arange(len(text))
    if mostly_integers:
        integer_at, integers = _integers(text, real_at)
        if len(integers) == len(text):
            return integer_at, integers, _NO_ROWS, np.empty(0)
        real_at = np.delete(real_at, integer_at)
    # A word such as nan is no candidate, so NaN stands for what is no number.
    reals = gather(text, real_at).cast(pl.Float64, strict=False).to_numpy()
    real_at, reals = _keep(~np.isnan(reals), real_at, reals)
    if not mostly_integers:
        integer_at, integers = _integers(text, real_at[np.floor(reals) == reals])
        if len(integer_at):
            real_at, reals = _keep(~np.isin(real_at, integer_at, assume_unique=True), real_at, reals)
    real_at, reals = _keep(~_loose_points(gather(text, real_at)), real_at, reals)
    return integer_at, integers, real_at, reals


def _integers(text: pl.Series, at: Rows) -> tuple[Rows, NDArray[np.int64]]:
    """Read those of the texts at the given positions that are integers and fit into int64."""
    found = gather(text, at).cast(pl.Int64, strict=False)
    integers: NDArray[np.int64] = found.drop_nulls().to_numpy()
    return at[found.is_not_null().to_numpy()] if found.null_count() else at, integers


def _loose_points(text: pl.Series) -> NDArray[np.bool_]:
    """Tell which values have a point that no digit follows; bool[n]."""
    if not len(text):
        return np.zeros(0, np.bool_)
    arrow: Any = text.to_arrow()
    ends = np.frombuffer(arrow.buffers()[1], np.int64)[arrow.offset : arrow.offset + len(arrow) + 1]
    data = np.frombuffer(arrow.buffers()[2], np.uint8)[: ends[-1]]
    loose: NDArray[np.bool_] = data[ends[1:] - 1] == ord(".")
    for start in range(int(ends[0]), int(ends[-1]) - 1, _CHUNK):
        part = data[start : start + _CHUNK + 1]
        # Unsigned, what is below the digit 0 wraps to above 9.
        found = (part[:-1] == ord(".")) & (part[1:] - np.uint8(ord("0")) > 9)
        if found.any():
            loose[np.searchsorted(ends, start + np.flatnonzero(found), side="right") - 1] = True
    return loose


def _keep(
    mask: NDArray[np.bool_], rows: Rows, values: NDArray[np.float64]
) -> tuple[Rows, NDArray[np.float64]]:
    return (rows, values) if mask.all() else (rows[mask], values[mask])


def _digits_only(text: pl.Series, values: NDArray[np.float64]) -> Rows:
    """Return the positions of integral numbers too large for int64."""
    large = np.flatnonzero(np.abs(values) >= 2.0**63)
    return large[_matches(gather(text, large), r"^[-+]?[0-9]+$")] if len(large) else large


def _matches(text: pl.Series, pattern: str) -> NDArray[np.bool_]:
    matches: NDArray[np.bool_] = text.str.contains(pattern).to_numpy()
    return matches
