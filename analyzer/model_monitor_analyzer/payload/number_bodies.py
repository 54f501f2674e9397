r"""Series of bodies that hold nothing but numbers, all of one form, read as one table.

What stands around the numbers of JSON is checked to be the same in every body, byte by byte, and overwritten
with what makes the whole series one delimited text. A series with any other body gives None and is left to
`vectorised`, which reads the same from those that are fit for this.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from model_monitor_analyzer.payload import json_text
from model_monitor_analyzer.payload.errors import BodyError
from model_monitor_analyzer.payload.number_table import BREAK, Bytes, read_table
from model_monitor_analyzer.payload.shape import is_kept
from model_monitor_analyzer.payload.values import MAX_CELLS, MAX_COLUMNS, MAX_ROWS
from model_monitor_analyzer.payload.vectorised import BODY, PREFIX, ROW

Rows = NDArray[np.integer]

_QUOTE, _BLANK = (ord(character) for character in '" ')


class _Text(NamedTuple):
    """Bodies as one stretch of bytes, and where each begins and ends."""

    data: Bytes
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]

    @classmethod
    def of(cls, bodies: pl.Series) -> "_Text | None":
        """View a String series; None if a body is null, empty, or too long for its cells to be surely few."""
        if not len(bodies) or bodies.null_count():
            return None
        arrow = bodies.to_arrow()
        bounds = np.frombuffer(arrow.buffers()[1], np.int64)[arrow.offset : arrow.offset + len(arrow) + 1]
        lengths = np.diff(bounds)
        if lengths.min() == 0 or lengths.max() > MAX_CELLS:
            return None
        data = np.frombuffer(arrow.buffers()[2], np.uint8)[bounds[0] : bounds[-1]]
        return cls(data, bounds[:-1] - bounds[0], bounds[1:] - bounds[0])

    def copy(self) -> "_Text":
        """Return a text whose bytes may be replaced."""
        return self._replace(data=self.data.copy())

    def replace(self, starts: NDArray[np.int64], old: bytes, new: bytes) -> bool:
        """Put `new` and blanks in the place of `old`; False if that is not found at every start."""
        size = len(old)
        if starts.min() < 0 or starts.max() + size > len(self.data):
            return False
        # Every stretch of that size as one value of a type that is copied as a whole.
        windows = np.ndarray((len(self.data) - size + 1,), f"V{size}", self.data, strides=(1,))
        found = windows[starts].view(np.uint8).reshape(-1, size)
        if np.any(found != np.frombuffer(old, np.uint8)):
            return False
        windows[starts] = np.frombuffer(new.ljust(size), f"V{size}")[0]
        return True

    def read(
        self, names: Sequence[str] | None, counts: Rows | None, delimiter: str = ",", *, json: bool = True
    ) -> pl.DataFrame | None:
        """Read what the bodies have become: `BODY`, `ROW` and the columns.

        `counts` are rows of each body; None where each has one.
        """
        if counts is not None and counts.max() > MAX_ROWS:
            return None
        if names is None:
            first = self.data[: int(np.argmax(self.data == BREAK))]
            width = int(np.count_nonzero(first == ord(delimiter))) + 1
            if width > MAX_COLUMNS:
                return None
            names = [f"_c{index}" for index in range(width)]
        bodies = len(self.starts)
        end = int(self.ends[-1])
        while json and self.data[end - 1] == _BLANK:
            end -= 1
        table = read_table(self.data[:end].tobytes(), names, delimiter, json=json)
        if table is None or any(name.startswith(PREFIX) for name in names):
            return None
        if table.height != (bodies if counts is None else counts.sum()):  # a body that JSON's blanks break
            return None
        if counts is None or table.height == bodies:
            numbers = pl.int_range(0, bodies, dtype=pl.UInt32, eager=True)
            rows = pl.repeat(0, bodies, dtype=pl.UInt32, eager=True)
        else:
            numbers = pl.Series(np.repeat(np.arange(bodies, dtype=np.uint32), counts))
            begins = (np.cumsum(counts) - counts).astype(np.uint32)
            rows = pl.Series(np.arange(table.height, dtype=np.uint32) - np.repeat(begins, counts))
        return pl.DataFrame({BODY: numbers, ROW: rows} | table.to_dict())


def csv_numbers(bodies: pl.Series, names: Sequence[str] | None, delimiter: str) -> pl.DataFrame | None:
    """Read CSV bodies of numbers; the result is `vectorised.Decoded.frame` but for the columns' types."""
    text = _Text.of(bodies)
    if text is not None and not np.all(text.data[text.ends - 1] == BREAK):
        bodies = bodies.str.strip_suffix("\n") + "\n"
        text = _Text.of(bodies)
    if text is None:
        return None
    counts = bodies.str.count_matches("\n", literal=True).to_numpy()
    return text.read(names, counts, delimiter, json=False)


def array_numbers(bodies: pl.Series, names: Sequence[str] | None, wrapper: str | None) -> pl.DataFrame | None:
    """Read JSON arrays of numbers, or of arrays of them; the parameters are those of `array_bodies`."""
    for gap in (" ", ""):
        before, after = (f'{{"{wrapper}":{gap}', "}") if wrapper else ("", "")
        for brackets in ("[[", "["):
            opening, closing = before + brackets, "]" * len(brackets) + after
            if bodies.str.starts_with(opening).all() and bodies.str.ends_with(closing).all():
                flat = len(brackets) == 1 and (wrapper is not None or len(names or ()) == 1)
                separator = f",{gap}" if flat else f"],{gap}["
                frame = _array_numbers(bodies, names, (opening, separator, closing))
                if frame is not None:
                    return frame
    return None


def _array_numbers(
    bodies: pl.Series, names: Sequence[str] | None, layout: tuple[str, str, str]
) -> pl.DataFrame | None:
    opening, separator, closing = (part.encode() for part in layout)
    text = _Text.of(bodies)
    if text is None or np.any(text.ends - text.starts <= len(opening) + len(closing)):
        return None
    text = text.copy()
    text.replace(text.starts, opening, b"")
    text.replace(text.ends - len(closing), closing, b"\n")
    places = np.flatnonzero(text.data == separator[0])
    if len(places) and not text.replace(places, separator, b"\n"):
        return None
    counts = np.diff(np.searchsorted(places, text.ends), prepend=0) + 1
    return text.read(names, counts)


def object_numbers(bodies: pl.Series, keep: frozenset[str] | None) -> pl.DataFrame | None:
    """Read JSON objects whose members are numbers under the same keys, each body being one object.

    Parameters
    ----------
    bodies
        Texts (String).
    keep
        Columns to keep; None for all.
    """
    text = _Text.of(bodies)
    keys = None if text is None else _keys(bodies[0])
    if text is None or keys is None:
        return None
    found = np.flatnonzero(text.data == _QUOTE)
    if len(found) != 2 * len(keys) * len(bodies):
        return None
    quotes = found.reshape(len(bodies), -1)
    if np.any(quotes[:, 0] != text.starts + 1) or np.any(quotes[:, -1] >= text.ends):
        return None
    text = text.copy()
    if not text.replace(text.ends - 1, b"}", b"\n"):
        return None
    for gap in (" ", ""):
        # The first body tells the gap; once its keys are overwritten no other gap fits.
        if all(
            text.replace(
                quotes[:, 2 * index] - (1 + len(gap) if index else 1),
                f'{f",{gap}" if index else "{"}"{key}":{gap}'.encode(),
                b"," if index else b"",
            )
            for index, key in enumerate(keys)
        ):
            frame = text.read(keys, None)
            return frame if frame is None or keep is None else frame.select(_kept(frame.columns, keep))
    return None


def _keys(sample: str) -> list[str] | None:
    """Return the keys of a body that is an object of numbers."""
    try:
        document = json_text.parse(sample)
    except BodyError:
        return None
    if not isinstance(document, dict) or not 0 < len(document) <= MAX_COLUMNS:
        return None
    if any("\0" in key for key in document):
        return None
    if not all(isinstance(value, int | float) and not isinstance(value, bool) for value in document.values()):
        return None
    return list(document)


def _kept(columns: Sequence[str], keep: frozenset[str]) -> list[str]:
    return [name for name in columns if name in {BODY, ROW} or is_kept(name, keep)]
