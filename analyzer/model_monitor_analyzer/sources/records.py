"""Records of tabular objects as frames, and the names that columns get."""

from collections.abc import Iterator, Sequence
from typing import Final

import polars as pl

from model_monitor_analyzer.errors import SchemaMismatchError, UnreadableObjectError
from model_monitor_analyzer.sources.capture.bookkeeping import PREFIX

RECORD: Final = f"{PREFIX}record"
"""Number of the record in its object, counted from 1 (UInt64)."""

MAX_COLUMNS: Final = 10_000
"""Most columns of an object."""

Frames = Iterator[pl.DataFrame]
"""Frames of one object in order: `RECORD`, and its columns."""


def positional_names(width: int) -> tuple[str, ...]:
    """Return the names of columns that have none: `_c0`, `_c1`, …."""
    return tuple(f"_c{index}" for index in range(width))


def check_names(names: Sequence[str], uri: str) -> None:
    """Refuse names that could not be told apart or hold NUL, or too many of them.

    Raises
    ------
    SchemaMismatchError
        Names the repeated column and both positions, counted from 1.
    UnreadableObjectError
        Gives the position of the name with NUL: Arrow's interfaces end a name there.
    """
    if len(names) > MAX_COLUMNS:
        raise SchemaMismatchError(
            f"'{uri}' has {len(names)} columns, more than the {MAX_COLUMNS} accepted: "
            "leave out those that are not watched"
        )
    positions: dict[str, int] = {}
    for position, name in enumerate(names, start=1):
        if "\0" in name:
            raise UnreadableObjectError(
                f"'{uri}' has a NUL character in the name of column {position}: rename the column"
            )
        if name in positions:
            raise SchemaMismatchError(
                f"'{uri}' has the column '{name[:100]}' twice, at positions {positions[name]} and "
                f"{position}: rename one of them"
            )
        positions[name] = position
