"""Nested columns flattened by path: the fields of `a` become `a.b`, the items of a list `a.0`, `a.1`, …."""

from typing import Final

import polars as pl

from model_monitor_analyzer.errors import SchemaMismatchError
from model_monitor_analyzer.sources.records import MAX_COLUMNS

_NESTED: Final = (pl.Struct, pl.List, pl.Array)


def flatten_columns(frame: pl.DataFrame, uri: str) -> pl.DataFrame:
    """Return a frame without structs and lists; an empty list has no columns.

    Raises
    ------
    SchemaMismatchError
        A list is too long, or two paths are spelt alike.
    """
    while any(isinstance(dtype, _NESTED) for dtype in frame.dtypes):
        columns: dict[str, pl.Series] = {}
        for column in frame.iter_columns():
            for part in _parts(column, uri):
                if part.name in columns:
                    raise SchemaMismatchError(
                        f"'{uri}' has two columns that flatten to '{part.name[:100]}': rename one of them"
                    )
                columns[part.name] = part
        frame = pl.DataFrame(columns)
    return frame


def _parts(column: pl.Series, uri: str) -> list[pl.Series]:
    match column.dtype:
        case pl.Struct():
            names = [field.name for field in column.dtype.fields]
            return [column.struct.field(name).alias(f"{column.name}.{name}") for name in names]
        case pl.Array():
            _check(column.dtype.size, column.name, uri)
            return [column.arr.get(i).alias(f"{column.name}.{i}") for i in range(column.dtype.size)]
        case pl.List():
            longest = column.list.len().max()
            length = longest if isinstance(longest, int) else 0
            _check(length, column.name, uri)
            return [column.list.get(i, null_on_oob=True).alias(f"{column.name}.{i}") for i in range(length)]
        case _:
            return [column]


def _check(length: int, name: str, uri: str) -> None:
    if length > MAX_COLUMNS:
        raise SchemaMismatchError(
            f"'{uri}' has lists of up to {length} items in the column '{name[:100]}', more than the "
            f"{MAX_COLUMNS} accepted: store them apart or as several columns"
        )
