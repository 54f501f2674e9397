"""Rows of tabular objects that count: the window cut, records filtered, missing values recognised."""

from collections.abc import Iterable
from typing import Final

import polars as pl

from model_monitor_analyzer.errors import SchemaMismatchError
from model_monitor_analyzer.scripts.filters import RecordFilter
from model_monitor_analyzer.sources.blocks import Rows
from model_monitor_analyzer.sources.capture.bookkeeping import PREFIX, TIME
from model_monitor_analyzer.sources.problems import ProblemKind, ProblemLog
from model_monitor_analyzer.sources.records import RECORD
from model_monitor_analyzer.sources.source import Window
from model_monitor_analyzer.sources.timestamps import read_times
from model_monitor_api.v1alpha1.columns import Columns

MAX_CELL_BYTES: Final = 1 << 20
"""A longer text is counted and cut."""

_KEPT_CHARACTERS: Final = MAX_CELL_BYTES // 4
"""UTF-8 takes at most four bytes each."""


class Selection:
    """Turns frames as they were read into rows that count.

    Parameters
    ----------
    columns
        Columns to leave out, texts that mean a missing value, the timestamp.
    window
        Stretch of time; None for all.
    record_filter
        Records for which it is not true are left out.
    numbered
        Whether rows keep `RECORD`.
    """

    def __init__(
        self,
        columns: Columns,
        window: Window | None,
        record_filter: RecordFilter | None,
        *,
        numbered: bool = False,
    ) -> None:
        self._columns = columns
        self._kept = {TIME, RECORD} if numbered else {TIME}
        self._window = window
        self._filter = record_filter

    def rows(self, frame: pl.DataFrame, log: ProblemLog) -> Rows:
        """Return the rows of a frame that has `RECORD` beside its columns.

        Raises
        ------
        SchemaMismatchError
            The declared timestamp column is not there but needed.
        """
        frame = clean(frame, self._columns.null_values, log)
        frame, outside = self._timed(frame, log)
        frame, filtered = self._filtered(frame, log)
        reserved = {name for name in frame.columns if name.startswith(PREFIX)} - self._kept
        return Rows(
            frame.drop({*self._columns.exclude, *reserved}, strict=False), log.take(), outside, filtered
        )

    def _timed(self, frame: pl.DataFrame, log: ProblemLog) -> tuple[pl.DataFrame, int]:
        name = self._columns.timestamp
        if name is None:
            return frame, 0
        if name not in frame.columns:
            if self._window is not None:
                raise SchemaMismatchError(
                    f"'{log.uri}' has no column '{name}', which columns.timestamp names: correct either"
                )
            empty = pl.lit(None, pl.Datetime("us", "UTC"))
            return frame.with_columns(empty.alias(TIME)), 0
        frame = frame.with_columns(read_times(frame[name]).alias(TIME))
        if self._window is None:
            return frame, 0
        unknown = frame[TIME].is_null()
        if unknown.any():
            _add(log, ProblemKind.INVALID_TIMESTAMP, frame[RECORD].filter(unknown))
            frame = frame.filter(~unknown)
        inside = frame.filter((pl.col(TIME) >= self._window.start) & (pl.col(TIME) < self._window.end))
        return inside, len(frame) - len(inside)

    def _filtered(self, frame: pl.DataFrame, log: ProblemLog) -> tuple[pl.DataFrame, int]:
        if self._filter is None:
            return frame, 0
        visible = frame.drop(RECORD, TIME, strict=False)
        verdict = self._filter(visible.iter_rows(named=True))
        if verdict.failed.any():
            _add(log, ProblemKind.EXPRESSION_FAILED, frame[RECORD].filter(pl.Series(verdict.failed)))
        return frame.filter(pl.Series(verdict.kept)), int((~verdict.kept & ~verdict.failed).sum())


def clean(frame: pl.DataFrame, null_values: Iterable[str], log: ProblemLog) -> pl.DataFrame:
    """Return a frame in which declared texts are missing and no text is longer than `MAX_CELL_BYTES`."""
    missing = list(null_values)
    changed = []
    for column in frame.iter_columns():
        if column.dtype != pl.String:
            continue
        text = column
        lengths = text.str.len_bytes()
        longest = lengths.max()
        if isinstance(longest, int) and longest > MAX_CELL_BYTES:
            _add(log, ProblemKind.OVERSIZED_CELL, frame[RECORD].filter(lengths > MAX_CELL_BYTES))
            text = text.str.head(_KEPT_CHARACTERS)
        if missing:
            text = text.set(text.is_in(missing), None)
        if text is not column:
            changed.append(text)
    return frame.with_columns(changed) if changed else frame


def _add(log: ProblemLog, kind: ProblemKind, records: pl.Series) -> None:
    for record in records:
        log.add(kind, record)
