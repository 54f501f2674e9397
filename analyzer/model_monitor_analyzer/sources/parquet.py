"""Parquet objects as frames with their physical types, a bounded number of rows at a time."""

import contextlib
from collections.abc import Iterator
from typing import Final, NamedTuple

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from polars.exceptions import PanicException, PolarsError

from model_monitor_analyzer.errors import StorageError, UnreadableObjectError
from model_monitor_analyzer.sources.nesting import flatten_columns
from model_monitor_analyzer.sources.records import RECORD, Frames, check_names
from model_monitor_analyzer.sources.spool import Spool
from model_monitor_analyzer.stores import ObjectRef, Store
from model_monitor_analyzer.summaries.settings import leaf_rows

_SPAN_CELLS: Final = 1 << 24
"""Most values of row groups that are read together."""

_SPAN_ROWS: Final = 1 << 15
"""Rows of them that are enough where a leaf has fewer: reading the footer for each of few would cost more
than holding them."""

_GROUP_CELLS: Final = 1 << 25
"""Values of the largest row group that is read as a whole; skipping into one costs decoding again."""


class Shape(NamedTuple):
    """What the footer of a Parquet object tells.

    Attributes
    ----------
    rows
        Number of rows.
    columns
        Number of columns at the top level.
    """

    rows: int
    columns: int


class _Span(NamedTuple):
    """Consecutive rows that are read at once, and the bytes of the row groups that they are in."""

    first_row: int
    last_row: int
    first_byte: int
    last_byte: int


def parquet_shape(store: Store, ref: ObjectRef) -> Shape:
    """Return how many rows and columns an object has.

    Raises
    ------
    UnreadableObjectError
        It is no Parquet.
    """
    with Spool(store, ref) as spool:
        metadata, schema = _footer(spool, ref)
        return Shape(metadata.num_rows, len(schema))


def read_parquet(
    store: Store, ref: ObjectRef, first_row: int | None = None, last_row: int | None = None
) -> Frames:
    """Read rows of one object; of a remote one no more bytes are moved than these rows' row groups have.

    Parameters
    ----------
    store, ref
        The object.
    first_row, last_row
        Rows, the last exclusive; None for all.

    Yields
    ------
    pl.DataFrame
        `RECORD` and the columns; structs and lists are flattened by path.

    Raises
    ------
    UnreadableObjectError
        The object is no Parquet, damaged, or has a type that can't be read.
    StorageError
        The file system fails.
    SchemaMismatchError
        Names repeat or are too many.
    """
    with Spool(store, ref) as spool:
        metadata, schema = _footer(spool, ref)
        check_names(schema.names, ref.uri)
        _check_types(schema, ref)
        first, last = first_row or 0, metadata.num_rows if last_row is None else last_row
        for span in _spans(metadata, first, last, max(len(schema), 1)):
            path = spool.file(span.first_byte, span.last_byte)
            with _explained(ref):
                frame = (
                    pl.scan_parquet(path, glob=False, hive_partitioning=False)
                    .slice(span.first_row, span.last_row - span.first_row)
                    .with_row_index(RECORD)
                    .collect()
                )
            numbers = pl.col(RECORD).cast(pl.UInt64) + (span.first_row + 1)
            yield flatten_columns(frame.with_columns(numbers), ref.uri)


def _footer(spool: Spool, ref: ObjectRef) -> tuple[pq.FileMetaData, pa.Schema]:
    path = spool.file(0, 0)
    with _explained(ref):
        metadata = pq.read_metadata(path)
        return metadata, metadata.schema.to_arrow_schema()


def _check_types(schema: pa.Schema, ref: ObjectRef) -> None:
    for field in schema:
        if _is_wide(field.type):
            raise UnreadableObjectError(
                f"'{ref.uri}' has decimals of more than 38 digits in the column '{field.name[:100]}', "
                "a type that can't be read: store them as double or with fewer digits"
            )


def _is_wide(dtype: pa.DataType) -> bool:
    return pa.types.is_decimal256(dtype) or any(
        _is_wide(dtype.field(index).type) for index in range(dtype.num_fields)
    )


@contextlib.contextmanager
def _explained(ref: ObjectRef) -> Iterator[None]:
    try:
        yield
    except (pa.ArrowException, PolarsError, PanicException, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise StorageError(f"'{ref.uri}' can't be read: {error.strerror}") from error
        raise UnreadableObjectError(
            f"'{ref.uri}' can't be read as Parquet: it is damaged, incomplete or of another format"
        ) from error


def _spans(metadata: pq.FileMetaData, first: int, last: int, width: int) -> Iterator[_Span]:
    """Divide rows into spans that end with row groups, but for groups that are too large for one."""
    limit = max(_SPAN_CELLS // width, 1)
    together = min(limit, max(leaf_rows(width), _SPAN_ROWS))
    open_span: _Span | None = None
    start = 0
    for index in range(metadata.num_row_groups):
        group = metadata.row_group(index)
        begin, end = max(start, first), min(start + group.num_rows, last)
        start += group.num_rows
        if begin >= end:
            continue
        low, high = _bytes(group)
        if open_span is not None and end - open_span.first_row > together:
            yield open_span
            open_span = None
        if (end - begin) * width > _GROUP_CELLS:
            for part in range(begin, end, limit):
                yield _Span(part, min(part + limit, end), low, high)
        elif open_span is None:
            open_span = _Span(begin, end, low, high)
        else:
            open_span = _Span(
                open_span.first_row, end, min(open_span.first_byte, low), max(open_span.last_byte, high)
            )
    if open_span is not None:
        yield open_span


def _bytes(group: pq.RowGroupMetaData) -> tuple[int, int]:
    """Return where the pages of a row group begin and end in the object."""
    low, high = 1 << 62, 0
    for index in range(group.num_columns):
        column = group.column(index)
        start = column.data_page_offset
        if column.dictionary_page_offset is not None:
            start = min(start, column.dictionary_page_offset)
        low, high = min(low, start), max(high, start + column.total_compressed_size)
    return low, high
