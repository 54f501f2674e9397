"""Partitions to one summary: what each worker does, and how the parts are added up."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final, Protocol

import polars as pl

from model_monitor_analyzer.errors import SchemaMismatchError
from model_monitor_analyzer.execution.ordered import map_in_order
from model_monitor_analyzer.execution.pools import Pool
from model_monitor_analyzer.execution.stopping import raise_if_stopped
from model_monitor_analyzer.pipeline.beginning import Beginning
from model_monitor_analyzer.pipeline.columns import Analysed
from model_monitor_analyzer.pipeline.progress import Progress
from model_monitor_analyzer.sources.problems import Problems
from model_monitor_analyzer.sources.reading import read
from model_monitor_analyzer.sources.source import Block, Partition
from model_monitor_analyzer.stores.access import Access, carried
from model_monitor_analyzer.summaries import (
    ChunkedSummary,
    ColumnTypeError,
    DatasetSummary,
    SegmentSummaries,
    SummarySettings,
    leaf_rows,
    merge_tree,
    summarise,
    summarise_hours,
    summarise_segments,
)

MOST_HOURLY_COLUMNS: Final = 50_000
"""Hours times columns that are kept apart: four weeks of 74 columns, about 400 MB of summaries."""


class Tell(Protocol):
    """Told of what was read."""

    def __call__(self, *, partitions: int, rows: int) -> None:
        """Note so many more partitions and rows."""
        ...


@dataclass(frozen=True)
class Task:
    """What is done to every partition; sent to workers with each of them.

    Attributes
    ----------
    access
        Credentials and mounts.
    analysed
        Columns to look at.
    settings
        Sizes and kinds of the summaries.
    hourly
        Whether each hour is summarised too, where records have a time.
    segments
        Values by column whose rows are summarised apart too.
    """

    access: Access
    analysed: Analysed
    settings: SummarySettings
    hourly: bool
    segments: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class DataSummary:
    """What was read, in some part of the data. ``a + b`` is a's part followed by b's.

    Attributes
    ----------
    summary
        Of the rows, and of each hour where that was asked for.
    problems
        Records that could not be read.
    outside
        Records left out because their time is outside the window.
    filtered
        Records that the filter or the script left out.
    failed
        Records of failed requests, which are no predictions.
    without_hours
        Whether there were too many hours to keep them apart.
    segments
        Of the rows of each segment.
    """

    summary: ChunkedSummary = field(default_factory=lambda: ChunkedSummary(DatasetSummary(0, {}), {}))
    problems: Problems = field(default_factory=Problems)
    outside: int = 0
    filtered: int = 0
    failed: int = 0
    without_hours: bool = False
    segments: SegmentSummaries = field(default_factory=SegmentSummaries)

    def __add__(self, other: "DataSummary") -> "DataSummary":
        """Return the summary of both parts."""
        summary = self.summary + other.summary
        cells = len(summary.hours) * len(summary.total.columns)
        without_hours = self.without_hours or other.without_hours or cells > MOST_HOURLY_COLUMNS
        return DataSummary(
            ChunkedSummary(summary.total, {}) if without_hours else summary,
            self.problems + other.problems,
            self.outside + other.outside,
            self.filtered + other.filtered,
            self.failed + other.failed,
            without_hours,
            self.segments + other.segments,
        )


def summarise_partitions(
    partitions: Sequence[Partition],
    task: Task,
    pool: Pool,
    progress: Progress,
    beginning: Beginning | None = None,
) -> DataSummary:
    """Summarise partitions on a pool and add the results up, in a tree that their number alone decides.

    Parameters
    ----------
    partitions
        What is read.
    task
        What is done with each.
    pool
        Where it is done.
    progress
        Told how far it is.
    beginning
        One of the partitions that is being read already, of use where memory is shared.

    Raises
    ------
    AnalyzerError
        The first in the partitions' order; what is still under way is given up.
    """
    if partitions and not pool.shares_files:
        source = partitions[0].source
        task = replace(task, access=carried(task.access, source.uri, source.connection))
    # Where memory is shared, rows are told as they are read: a single large object is one partition.
    tell = progress.advance if pool.shares_memory else None
    begun = beginning if pool.shares_memory else None
    work = partial(summarise_partition, task, tell=tell, beginning=begun)
    done = map_in_order(pool.executor, work, partitions, ahead=pool.ahead)
    progress.begin(partitions=len(partitions))
    try:
        return merge_tree(_told(done, progress, with_rows=tell is None)) or DataSummary()
    finally:
        progress.end()


def summarise_partition(
    task: Task, partition: Partition, *, tell: Tell | None = None, beginning: Beginning | None = None
) -> DataSummary:
    """Read a partition and summarise it, leaf by leaf; the leaves follow from the data alone.

    Parameters
    ----------
    task
        What is done.
    partition
        What is read.
    tell
        Told of rows as they are read.
    beginning
        A partition that is being read already; read on if it is this one.
    """
    if beginning is not None and beginning.partition is partition:
        blocks = beginning.blocks
    else:
        blocks = read(partition, task.access)
    return merge_tree(_leaves(task, partition, blocks, tell)) or DataSummary()


def _leaves(
    task: Task, partition: Partition, blocks: Iterator[Block], tell: Tell | None
) -> Iterator[DataSummary]:
    for block in blocks:
        raise_if_stopped()
        if tell is not None:
            tell(partitions=0, rows=block.frame.height)
        frame = block.frame.select(task.analysed.select(block.frame.columns))
        times = block.times if task.hourly else None
        rows = leaf_rows(frame.width)
        summary = merge_tree(
            _summarise_leaf(
                frame[start : start + rows],
                None if times is None else times[start : start + rows],
                partition,
                task.settings,
            )
            for start in range(0, frame.height, rows)
        )
        segments = SegmentSummaries()
        if task.segments:
            columns = block.frame.select(task.segments.keys() & set(block.frame.columns))
            for start in range(0, frame.height, rows):
                segments += _summarise_parts(
                    frame[start : start + rows], columns[start : start + rows], partition, task
                )
        yield DataSummary(
            summary or DataSummary().summary,
            block.problems,
            block.outside,
            block.filtered,
            block.failed,
            segments=segments,
        )


def _summarise_leaf(
    frame: pl.DataFrame, times: pl.Series | None, partition: Partition, settings: SummarySettings
) -> ChunkedSummary:
    with _telling_where(partition):
        if times is None:
            return ChunkedSummary(summarise(frame, settings), {})
        return summarise_hours(frame, times, settings)


def _summarise_parts(
    frame: pl.DataFrame, columns: pl.DataFrame, partition: Partition, task: Task
) -> SegmentSummaries:
    with _telling_where(partition):
        return summarise_segments(frame, columns, task.segments, task.settings)


@contextmanager
def _telling_where(partition: Partition) -> Iterator[None]:
    try:
        yield
    except ColumnTypeError as error:
        where = partition.objects[0].uri if partition.objects else partition.source.uri
        raise SchemaMismatchError(f"'{where}': {error}") from error


def _told(results: Iterator[DataSummary], progress: Progress, *, with_rows: bool) -> Iterator[DataSummary]:
    for result in results:
        progress.advance(partitions=1, rows=result.summary.total.rows if with_rows else 0)
        yield result
