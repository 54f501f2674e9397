"""What `preprocess_handler` returns, checked and gathered into columns."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from model_monitor_analyzer.payload.values import MAX_CELLS, MAX_COLUMNS, MAX_ROWS, Cell, real
from model_monitor_analyzer.scripts.type_names import type_name

MAX_CELL: Final = 1_000_000
"""Characters of a cell."""

BATCH_CELLS: Final = 1_000_000
"""Cells after which a batch is full."""


class ReturnedError(Exception):
    """A handler returned something unusable. The message names types and numbers, no values."""


class Gathered:
    """Rows of one batch of records, column by column.

    All rows of all batches have the same columns, which are sorted by name.

    Parameters
    ----------
    columns
        Columns of earlier batches, None in the first one.
    """

    def __init__(self, columns: tuple[str, ...] | None) -> None:
        self.columns = columns
        self._counts: list[int] = []
        self._rows: list[list[Cell]] = []
        self._cells = 0
        self._keys: tuple[Any, ...] | None = None
        self._sorted_keys: list[Any] = []

    def add(self, returned: Any) -> None:
        """Take what one call returned: a mapping, or a sequence of them that may be empty.

        Raises
        ------
        ReturnedError
            It is neither, has other columns than the rows before, or too many.
        """
        rows = [returned] if isinstance(returned, Mapping) else returned
        if not isinstance(rows, Sequence) or isinstance(rows, str | bytes):
            raise ReturnedError(
                f"it returned {described(returned)}; return a dict, a list of dicts, or [] to skip it"
            )
        if len(rows) > MAX_ROWS:
            raise ReturnedError(f"it returned {len(rows)} rows for one record; {MAX_ROWS} are the most")
        cells = 0
        for row in rows:
            self._rows.append(self._cells_of(row))
            cells += len(self._sorted_keys)
            if cells > MAX_CELLS:
                raise ReturnedError(f"it returned more than {MAX_CELLS} values for one record")
        self._cells += cells
        self._counts.append(len(rows))

    @property
    def full(self) -> bool:
        """Whether no more should be added before these rows are sent."""
        return self._cells >= BATCH_CELLS

    def to_json(self) -> bytes:
        """Return counts per record, names of columns, and cells column by column."""
        columns = self.columns or ()
        cells = list(zip(*self._rows, strict=True)) if self._rows else [()] * len(columns)
        return json.dumps({"counts": self._counts, "columns": columns, "cells": cells}).encode()

    def _cells_of(self, row: Any) -> list[Cell]:
        if not isinstance(row, Mapping):
            raise ReturnedError(f"it returned a list that holds {described(row)}; let it hold dicts")
        keys = tuple(row)
        if keys != self._keys:
            self._check(keys)
            self._keys, self._sorted_keys = keys, sorted(keys, key=_name)
        return [_cell(row[key]) for key in self._sorted_keys]

    def _check(self, keys: tuple[Any, ...]) -> None:
        columns = tuple(sorted(map(_name, keys)))
        if len(set(columns)) != len(columns):
            raise ReturnedError("it returned two columns of the same name")
        if self.columns is None:
            if len(columns) > MAX_COLUMNS:
                raise ReturnedError(f"it returned {len(columns)} columns; {MAX_COLUMNS} are the most")
            self.columns = columns
        if columns != self.columns:
            more, less = len(set(columns) - set(self.columns)), len(set(self.columns) - set(columns))
            raise ReturnedError(
                f"it returned {more} columns that no row before had and left out {less} that they had; "
                "return the same columns for each record, None where a value is missing"
            )


def _name(name: Any) -> str:
    if isinstance(name, int) and not isinstance(name, bool):
        name = str(name)
    if not isinstance(name, str) or not name:
        raise ReturnedError(
            f"it returned a column whose name is {described(name)}, or empty; name columns by text"
        )
    return name


def _cell(value: Any) -> Cell:
    """Return a scalar in lexical form; None and NaN are missing."""
    if value is None or (type(value) is str and len(value) <= MAX_CELL and value.isascii()):
        return value
    if hasattr(value, "item") and not isinstance(value, str | int | float):
        # NumPy scalars, and arrays of one element, are asked for the Python value they stand for.
        value = _item(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, float):
        return real(float(value))
    if not isinstance(value, str):
        raise ReturnedError(
            f"it returned a value that is {described(value)}; return texts, numbers, booleans or None"
        )
    if len(value) > MAX_CELL:
        raise ReturnedError(f"it returned a text of {len(value)} characters; {MAX_CELL} are the most")
    return value if value.isascii() else value.encode("utf-8", "replace").decode()


def _item(value: Any) -> Any:
    try:
        return value.item()
    except Exception as error:  # any class may define item(), and raise anything
        raise ReturnedError(f"it returned a value that is {described(value)}") from error


def described(value: Any) -> str:
    """Return what kind of object a script returned, without its value."""
    name = type_name(type(value))
    return f"an object of type {name}" if name else "an object of a type of its own"
