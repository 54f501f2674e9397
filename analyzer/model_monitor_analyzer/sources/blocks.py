"""Frames of any size joined and cut into blocks of a fixed number of rows."""

from collections.abc import Iterator
from typing import Final, NamedTuple

import polars as pl
import polars.selectors as cs

from model_monitor_analyzer.sources.capture.bookkeeping import TIME
from model_monitor_analyzer.sources.problems import Problems
from model_monitor_analyzer.sources.source import Block
from model_monitor_analyzer.summaries.settings import leaf_rows

MAX_BLOCK_BYTES: Final = 384 << 20
"""Size from which on rows make a block although they are few.

More than a leaf of numbers has as texts, so that blocks of numbers end alike however they were read."""

_WRITTEN: Final = (pl.String, pl.Float64, pl.Int64)
"""What columns may be that were written as text."""


class Rows(NamedTuple):
    """Some rows that were read, and what was left out meanwhile.

    Attributes
    ----------
    frame
        The columns, and `TIME` where the source knows times.
    problems
        Bad records.
    outside
        Records outside the window.
    filtered
        Records that the filter left out.
    failed
        Records of failed requests.
    """

    frame: pl.DataFrame
    problems: Problems = Problems()
    outside: int = 0
    filtered: int = 0
    failed: int = 0


class BlockAssembler:
    """Joins frames whose columns agree, matching them by name, and cuts them into blocks.

    Where blocks end depends on the frames alone. Columns that a frame does not have are missing in its rows.

    Parameters
    ----------
    written
        Whether all columns were written as text, so that numbers of a column that is not all of one type
        become texts again. These are of the type and value of what was written.
    """

    def __init__(self, *, written: bool = False) -> None:
        self._is_written = written
        self._frames: list[pl.DataFrame] = []
        self._schema: dict[str, pl.DataType] = {}
        self._rows = 0
        self._bytes = 0
        self._left_out = Rows(pl.DataFrame())

    def add(self, rows: Rows) -> Iterator[Block]:
        """Take rows, and give the blocks that are full."""
        left = self._left_out
        frame = self._alike(rows.frame) if self._is_written else rows.frame
        if any(self._schema.get(name, dtype) != dtype for name, dtype in frame.schema.items()):
            yield from self._flush()
            left = self._left_out
        self._left_out = Rows(
            left.frame,
            left.problems + rows.problems,
            left.outside + rows.outside,
            left.filtered + rows.filtered,
            left.failed + rows.failed,
        )
        if not len(frame):
            return
        self._frames.append(frame)
        self._schema |= frame.schema
        self._rows += len(frame)
        size = leaf_rows(len(self._schema.keys() - {TIME}))
        if self._rows >= size:
            whole = self._joined()
            full = len(whole) - len(whole) % size
            yield from (self._block(part) for part in whole[:full].iter_slices(size))
            self._hold(whole[full:])
        else:
            self._bytes += int(frame.estimated_size())
        if self._bytes >= MAX_BLOCK_BYTES:
            yield from self._flush()

    def finish(self) -> Iterator[Block]:
        """Give what is left: rows, or problems without any rows."""
        yield from self._flush()
        if self._left_out.problems or any(self._left_out[2:]):
            yield self._block(pl.DataFrame())

    def _alike(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Make texts of columns, held and new, that are numbers only there or here, or of another type."""
        texts = [
            name
            for name, dtype in frame.schema.items()
            if (held := self._schema.get(name, dtype)) != dtype and {held, dtype} <= {*_WRITTEN}
        ]
        if not texts:
            return frame
        as_texts = cs.by_name(texts, require_all=False).cast(pl.String)
        self._frames = [part.with_columns(as_texts) for part in self._frames]
        self._schema |= dict.fromkeys(texts, pl.String())
        return frame.with_columns(as_texts)

    def _flush(self) -> Iterator[Block]:
        if self._rows:
            yield self._block(self._joined())
        self._frames, self._schema, self._rows, self._bytes = [], {}, 0, 0

    def _joined(self) -> pl.DataFrame:
        return self._frames[0] if len(self._frames) == 1 else pl.concat(self._frames, how="diagonal")

    def _hold(self, frame: pl.DataFrame) -> None:
        self._frames = [frame] if len(frame) else []
        self._rows, self._bytes = len(frame), int(frame.estimated_size())

    def _block(self, frame: pl.DataFrame) -> Block:
        left, self._left_out = self._left_out, Rows(pl.DataFrame())
        times = frame[TIME] if TIME in frame.columns else None
        # A query would copy columns whose chunks end at different rows.
        columns = {column.name: column for column in frame.iter_columns() if column.name != TIME}
        return Block(pl.DataFrame(columns), times, *left[1:])
