"""Parts of a source for parallel reading. They follow from the list of objects alone."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Final

from model_monitor_analyzer.sources.kserve_logs import stem
from model_monitor_analyzer.sources.parquet import parquet_shape
from model_monitor_analyzer.sources.source import Partition, Source, Window
from model_monitor_analyzer.stores import Access, ObjectRef, open_store
from model_monitor_analyzer.summaries.settings import leaf_rows

PARTITION_BYTES: Final = 64 << 20
"""Size of a partition, as stored; small objects are put together up to it."""

PARTITION_OBJECTS: Final = 500
"""Most objects in a partition."""

_LEAST_BLOCKS: Final = 2  # enough that decoding a row group for two partitions stays rare


def plan_partitions(
    source: Source, window: Window | None, objects: Sequence[ObjectRef], access: Access
) -> tuple[Partition, ...]:
    """Return the parts of a source.

    Small objects are grouped in their order; a large Parquet object is divided at multiples of a block's
    rows. Large objects of other formats stay whole, since only reading tells where their records begin.

    Parameters
    ----------
    source
        What the objects belong to.
    window
        Given on to the partitions.
    objects
        As `listing.list_objects` returns them.
    access
        Credentials and mounts; the footers of large Parquet objects are read.

    Raises
    ------
    StorageError, DataError
        A footer can't be read.
    """
    return tuple(_partitions(source, window, objects, access))


def _partitions(
    source: Source, window: Window | None, objects: Sequence[ObjectRef], access: Access
) -> Iterator[Partition]:
    groups = _groups(objects) if source.format != "KServeLog" else _groups_of_logs(objects)
    for group in groups:
        if source.format != "Parquet" or len(group) > 1 or group[0].size <= PARTITION_BYTES:
            yield Partition(source, group, window)
            continue
        store = open_store(group[0].uri, source.connection, access)
        rows, columns = parquet_shape(store, group[0])
        parts = -(-group[0].size // PARTITION_BYTES)
        block = leaf_rows(columns)
        step = max(-(-rows // (parts * block)), _LEAST_BLOCKS) * block
        for first in range(0, rows, step):
            yield Partition(source, group, window, first, min(first + step, rows))


def _groups(objects: Iterable[ObjectRef]) -> Iterator[tuple[ObjectRef, ...]]:
    group: list[ObjectRef] = []
    size = 0
    for ref in objects:
        if group and (size + ref.size > PARTITION_BYTES or len(group) == PARTITION_OBJECTS):
            yield tuple(group)
            group, size = [], 0
        group.append(ref)
        size += ref.size
    if group:
        yield tuple(group)


def _groups_of_logs(objects: Iterable[ObjectRef]) -> Iterator[tuple[ObjectRef, ...]]:
    """Group objects such that those of one inference stay together."""
    ordered = sorted(objects, key=lambda ref: (stem(ref.uri), ref.uri))
    group: list[ObjectRef] = []
    size = 0
    for _, pair in groupby(ordered, key=lambda ref: stem(ref.uri)):
        refs = tuple(pair)
        if group and (size > PARTITION_BYTES or len(group) + len(refs) > PARTITION_OBJECTS):
            yield tuple(group)
            group, size = [], 0
        group.extend(refs)
        size += sum(ref.size for ref in refs)
    if group:
        yield tuple(group)
