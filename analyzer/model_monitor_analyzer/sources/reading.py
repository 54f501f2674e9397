"""A partition to blocks: the door through which all data come."""

from collections.abc import Iterator

import polars as pl

from model_monitor_analyzer.payload.expressions import Expression
from model_monitor_analyzer.scripts.filters import RecordFilter
from model_monitor_analyzer.sources.blocks import BlockAssembler, Rows
from model_monitor_analyzer.sources.capture.bookkeeping import KEY, ROW
from model_monitor_analyzer.sources.capture.decoder import CaptureDecoder
from model_monitor_analyzer.sources.csv_objects import read_csv
from model_monitor_analyzer.sources.json_documents import read_json
from model_monitor_analyzer.sources.json_lines import read_json_lines
from model_monitor_analyzer.sources.lines import read_chunks
from model_monitor_analyzer.sources.parquet import read_parquet
from model_monitor_analyzer.sources.problems import ProblemLog
from model_monitor_analyzer.sources.records import RECORD, Frames
from model_monitor_analyzer.sources.selection import Selection, clean
from model_monitor_analyzer.sources.source import Block, Partition, Source
from model_monitor_analyzer.stores import Access, ObjectRef, Store, open_store


def read(partition: Partition, access: Access) -> Iterator[Block]:
    """Read a partition in bounded memory.

    Bad records are left out, counted and sampled in the blocks' problems. The same objects give the same
    blocks, however their bytes arrive.

    Parameters
    ----------
    partition
        What to read.
    access
        Credentials and mounts.

    Raises
    ------
    ConfigurationError
        An expression or a dialect is wrong.
    StorageError
        The store refuses or fails.
    DataError
        An object as a whole can't be read, or its columns can't be told apart.
    """
    source = partition.source
    if not partition.objects:
        return
    store = open_store(partition.objects[0].uri, source.connection, access)
    rows_of = _capture_rows if source.format == "SageMakerCapture" else _tabular_rows
    assembler = BlockAssembler()
    for rows in rows_of(partition, store):
        yield from assembler.add(rows)
    yield from assembler.finish()


def _tabular_rows(partition: Partition, store: Store) -> Iterator[Rows]:
    source = partition.source
    selection = Selection(source.columns, partition.window, _record_filter(source))
    for ref in partition.objects:
        log = ProblemLog(ref.uri)
        for frame in _frames(partition, store, ref, log):
            yield selection.rows(frame, log)
        yield Rows(pl.DataFrame(), log.take())


def _frames(partition: Partition, store: Store, ref: ObjectRef, log: ProblemLog) -> Frames:
    source = partition.source
    names = source.columns.names
    match source.format:
        case "CSV":
            return read_csv(store.stream(ref), log, source.csv, names)
        case "JSONLines":
            return read_json_lines(store.stream(ref), log, names)
        case "JSON":
            rows = None if source.rows is None else Expression(source.rows, field="rows")
            return read_json(store.stream(ref), log, rows, names)
        case _:
            return read_parquet(store, ref, partition.first_row, partition.last_row)


def _capture_rows(partition: Partition, store: Store) -> Iterator[Rows]:
    source = partition.source
    decoder = CaptureDecoder(
        source.payload,
        source.columns,
        features=source.features,
        sides=source.sides,
        record_filter=_record_filter(source),
    )
    for ref in partition.objects:
        log = ProblemLog(ref.uri)
        for chunk in read_chunks(store.stream(ref), log):
            block = decoder.decode(chunk, log, window=partition.window)
            # A request of several rows is one record, so a cut cell is placed by its row in the chunk.
            frame = clean(block.frame.with_row_index(RECORD, 1), source.columns.null_values, log)
            frame = frame.drop(RECORD, KEY, ROW, *source.columns.exclude, strict=False)
            yield Rows(frame, log.take(), block.outside, block.filtered)
        yield Rows(pl.DataFrame(), log.take())


def _record_filter(source: Source) -> RecordFilter | None:
    return None if source.record_filter is None else RecordFilter(source.record_filter, field="recordFilter")
