r"""Columns of text that hold nothing but plain decimal numbers, as most do, read at the cost of one cast.

A number is plain if it has the form ``-?(0|[1-9]\d*)(\.\d+)?``. Where one value of a column is anything
else, the column is read value by value (`lexical`), with the same result for the plain ones.
"""

from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

_MINUS, _POINT, _ZERO, _NINE = (ord(character) for character in "-.09")
_PROBE = 16
_NO_REALS = pl.Series([], dtype=pl.Float64)


class PlainNumbers(NamedTuple):
    """Numbers of a column in which every value is plain; one of the two is empty unless both kinds occur."""

    has_point: NDArray[np.bool_]
    """bool[n]: which values are fractional, not integral."""
    integers: NDArray[np.int64]
    """Values without a point."""
    reals: NDArray[np.float64]
    """Values with a point."""


class _Bytes:
    """The bytes of a String series without nulls, and where each value begins and ends."""

    def __init__(self, values: pl.Series) -> None:
        arrow: Any = values.to_arrow()
        bounds = np.frombuffer(arrow.buffers()[1], np.int64)[arrow.offset : arrow.offset + len(arrow) + 1]
        origin = int(bounds[0])
        self.data = np.frombuffer(arrow.buffers()[2], np.uint8)[origin : int(bounds[-1])]
        self.starts, self.ends = bounds[:-1] - origin, bounds[1:] - origin
        self.points = self.data == _POINT

    def could_be_plain(self) -> bool:
        """Tell whether there is no empty value, and no character but those of plain numbers and the slash.

        Between minus and nine lie the point, the slash, which no cast accepts, and the digits.
        """
        if not len(self.data) or self.data.min() < _MINUS or self.data.max() > _NINE:
            return False
        return bool(np.all(self.starts < self.ends))

    def have_point(self) -> NDArray[np.bool_]:
        """Tell which values have a point, once it is known that all are numbers; bool[n]."""
        count = int(np.count_nonzero(self.points))
        if count in {0, len(self.starts)}:  # numbers have one at most
            return np.full(len(self.starts), count > 0)
        return np.add.reduceat(self.points.view(np.uint8), self.starts).astype(np.bool_)

    def have_loose_point(self) -> bool:
        """Tell whether a point lacks a digit on one side."""
        if np.any(self.points[self.starts]) or np.any(self.points[self.ends - 1]):
            return True
        return bool(np.any((self.data[:-1] == _MINUS) & self.points[1:]))

    def have_padding(self) -> bool:
        """Tell whether a value has a zero before another digit."""
        # A lone minus has no digit; it is no number either, which the cast tells.
        digits = np.minimum(self.starts + (self.data[self.starts] == _MINUS), self.ends - 1)
        zeros = np.flatnonzero(self.data[digits] == _ZERO)
        following = digits[zeros] + 1
        following = following[following < self.ends[zeros]]
        return bool(np.any(self.data[following] >= _ZERO))


def read_plain(values: pl.Series) -> PlainNumbers | None:
    """Read a String series without nulls, or return None if a value is not plain or not within int64."""
    # Most columns that are not plain show it at once.
    if not _Bytes(values.head(_PROBE)).could_be_plain():
        return None
    text = _Bytes(values)
    if not text.could_be_plain():
        return None
    # What is no number is null after a cast.
    reals = values.cast(pl.Float64, strict=False) if text.points.any() else _NO_REALS
    if reals.null_count() or (len(reals) and text.have_loose_point()) or text.have_padding():
        return None
    has_point = text.have_point()
    if has_point.all():
        return PlainNumbers(has_point, np.empty(0, np.int64), reals.to_numpy())
    integers = (values.filter(pl.Series(~has_point)) if len(reals) else values).cast(pl.Int64, strict=False)
    if integers.null_count():
        return None
    return PlainNumbers(
        has_point, integers.to_numpy(), reals.to_numpy()[has_point] if len(reals) else np.empty(0)
    )
