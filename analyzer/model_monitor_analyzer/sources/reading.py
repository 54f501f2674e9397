"""A partition to blocks: the door through which all data come."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Final

import polars as pl

from model_monitor_analyzer.payload.expressions import Expression
from model_monitor_analyzer.scripts.filters import RecordFilter
from model_monitor_analyzer.scripts.process import ScriptProcess
from model_monitor_analyzer.sources.blocks import BlockAssembler, Rows
from model_monitor_analyzer.sources.capture.bookkeeping import KEY, ROW
from model_monitor_analyzer.sources.capture.decoder import CaptureBlock, CaptureDecoder
from model_monitor_analyzer.sources.csv_objects import read_csv
from model_monitor_analyzer.sources.json_documents import read_json
from model_monitor_analyzer.sources.json_lines import read_json_lines
from model_monitor_analyzer.sources.kserve_logs import logged_chunks
from model_monitor_analyzer.sources.lines import Chunk, read_chunks
from model_monitor_analyzer.sources.parquet import read_parquet
from model_monitor_analyzer.sources.problems import ProblemLog
from model_monitor_analyzer.sources.records import RECORD, Frames
from model_monitor_analyzer.sources.scripted import scripted_rows
from model_monitor_analyzer.sources.selection import Selection, clean
from model_monitor_analyzer.sources.source import Block, Partition, Source
from model_monitor_analyzer.stores import Access, ObjectRef, Store, open_store

_CAPTURE_CHUNK_BYTES: Final = 23 << 20
"""Three pieces of a store hold one. A chunk of records costs some forty queries, whatever its size."""


def read(partition: Partition, access: Access) -> Generator[Block]:
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
    ScriptError
        The source's script fails.
    StorageError
        The store refuses or fails.
    DataError
        An object as a whole can't be read, or its columns can't be told apart.
    """
    source = partition.source
    if not partition.objects:
        return
    store = open_store(partition.objects[0].uri, source.connection, access)
    rows_of = _capture_rows if source.is_captured else _tabular_rows
    assembler = BlockAssembler(written=source.is_captured)
    with _running(partition) as script:
        for rows in rows_of(partition, store, script):
            yield from assembler.add(rows)
    yield from assembler.finish()


@contextmanager
def _running(partition: Partition) -> Iterator[ScriptProcess | None]:
    """Run the script that the source has, if any, in a process of the partition's own.

    What it draws at random follows from the data, not from who reads them.
    """
    script = partition.source.preprocess
    if script is None:
        yield None
        return
    with ScriptProcess(script, seed=f"{partition.objects[0].uri}#{partition.first_row or 0}") as process:
        yield process


def _tabular_rows(partition: Partition, store: Store, script: ScriptProcess | None) -> Iterator[Rows]:
    source = partition.source
    selection = Selection(
        source.columns, partition.window, _record_filter(source), numbered=script is not None
    )
    for ref in partition.objects:
        log = ProblemLog(ref.uri)
        for frame in _frames(partition, store, ref, log):
            rows = selection.rows(frame, log)
            yield rows if script is None else scripted_rows(script, source, rows, ref.uri)
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


def _capture_rows(partition: Partition, store: Store, script: ScriptProcess | None) -> Iterator[Rows]:
    source = partition.source
    decoder = CaptureDecoder(
        source.payload,
        source.columns,
        features=source.features,
        sides=source.sides,
        record_filter=_record_filter(source),
        numbers=script is None and not source.columns.null_values,
    )

    def decoded(chunk: Chunk, log: ProblemLog) -> Rows:
        block = decoder.decode(chunk, log, window=partition.window, script=script)
        # A request of several rows is one record, so a cut cell is placed by its row in the chunk.
        frame = clean(block.frame.with_row_index(RECORD, 1), source.columns.null_values, log)
        frame = frame.drop(RECORD, KEY, ROW, *source.columns.exclude, strict=False)
        skipped = 0 if script is None else _skipped(script, block)
        return Rows(frame, log.take(), block.outside, block.filtered + skipped, block.failed)

    if source.format == "KServeLog":
        for logged in logged_chunks(store, partition.objects):
            if not logged.uris:
                yield Rows(pl.DataFrame(), logged.problems, filtered=logged.left_out)
                continue
            rows = decoded(logged.chunk, ProblemLog(partition.objects[0].uri))
            problems = logged.problems + logged.placed(rows.problems)
            yield rows._replace(problems=problems, filtered=rows.filtered + logged.left_out)
        return
    for ref in partition.objects:
        log = ProblemLog(ref.uri)
        for chunk in read_chunks(store.stream(ref), log, chunk_bytes=_CAPTURE_CHUNK_BYTES):
            yield decoded(chunk, log)
        yield Rows(pl.DataFrame(), log.take())


def _skipped(script: ScriptProcess, block: CaptureBlock) -> int:
    """Return how many records `preprocess_handler` made no row of."""
    if "preprocess_handler" not in script.handlers:
        return 0
    return block.records - int((block.frame[ROW] == 0).sum())


def _record_filter(source: Source) -> RecordFilter | None:
    return None if source.record_filter is None else RecordFilter(source.record_filter, field="recordFilter")
