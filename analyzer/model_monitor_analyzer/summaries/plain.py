"""Columns of text that hold nothing but plain decimal numbers, which most do, read at the cost of one cast.

A number is plain if it has the form ``-?(0|[1-9]\\d*)(\\.\\d+)?``. Where one value of a column is anything else, the
column is read value by value (`lexical`), with the same result for the plain ones.
"""

from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

_MINUS, _POINT, _ZERO, _NINE = (ord(character) for character in "-.09")


class PlainNumbers(NamedTuple):
    """Numbers of a column in which every value is plain; one of the two is empty unless both kinds occur."""

    has_point: NDArray[np.bool_]
    """bool[n]: which values are fractional, not integral."""
    integers: NDArray[np.int64]
    """Values without a point."""
    reals: NDArray[np.float64]
    """Values with a point."""


def read_plain(values: pl.Series) -> PlainNumbers | None:
    """Read a String series without nulls, or return None if a value is not plain or not within int64."""
    arrow: Any = values.to_arrow()
    if not len(arrow):
        return None
    bounds = np.frombuffer(arrow.buffers()[1], np.int64)[arrow.offset : arrow.offset + len(arrow) + 1]
    starts, ends = bounds[:-1], bounds[1:]
    data = np.frombuffer(arrow.buffers()[2], np.uint8)[: bounds[-1]]
    used = data[bounds[0] :]
    # Between minus and nine lie the point, the slash, which no cast accepts, and the digits.
    if not len(used) or used.min() < _MINUS or used.max() > _NINE:
        return None
    points = data == _POINT
    count = int(np.count_nonzero(points[bounds[0] :]))
    if not count:
        # An empty value, like any that is no number, is null after the cast.
        integers = values.cast(pl.Int64, strict=False)
        if integers.null_count() or _is_padded(data, starts, ends):
            return None
        return PlainNumbers(np.zeros(len(values), np.bool_), integers.to_numpy(), np.empty(0))
    reals = values.cast(pl.Float64, strict=False)
    if reals.null_count() or _is_loose(data, starts, ends) or _is_padded(data, starts, ends):
        return None
    # No value has two points, or it would be no number.
    if count == len(values):
        return PlainNumbers(np.ones(len(values), np.bool_), np.empty(0, np.int64), reals.to_numpy())
    has_point = np.add.reduceat(points.view(np.uint8), starts).astype(np.bool_)
    integers = values.filter(pl.Series(~has_point)).cast(pl.Int64, strict=False)
    if integers.null_count():
        return None
    return PlainNumbers(has_point, integers.to_numpy(), reals.to_numpy()[has_point])


def _is_loose(data: NDArray[np.uint8], starts: NDArray[np.int64], ends: NDArray[np.int64]) -> bool:
    """Tell whether a point lacks a digit on one side."""
    if np.any(data[starts] == _POINT) or np.any(data[ends - 1] == _POINT):
        return True
    return bool(np.any((data[:-1] == _MINUS) & (data[1:] == _POINT)))


def _is_padded(data: NDArray[np.uint8], starts: NDArray[np.int64], ends: NDArray[np.int64]) -> bool:
    """Tell whether a value has a zero before another digit."""
    first = data[starts]
    digits = starts + (first == _MINUS) if np.any(first == _MINUS) else starts
    zero = np.flatnonzero((data[digits] if digits is not starts else first) == _ZERO)
    zero = zero[digits[zero] + 1 < ends[zero]]
    return bool(np.any(data[digits[zero] + 1] >= _ZERO))
