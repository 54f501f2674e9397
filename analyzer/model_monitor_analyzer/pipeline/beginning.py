"""The first rows of data: looked at before it is known how to summarise them, and not read again for that."""

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import NamedTuple

from model_monitor_analyzer.sources.reading import read
from model_monitor_analyzer.sources.source import Block, Partition
from model_monitor_analyzer.stores.access import Access


class Beginning(NamedTuple):
    """The first rows of data."""

    names: Sequence[str] = ()
    """Names of their columns; none where there are no rows."""

    partition: Partition | None = None
    """The partition that has them, where it is read on."""

    blocks: Iterator[Block] = iter(())
    """All of its blocks, to be taken once, and by one thread at a time."""


@contextmanager
def begin(partitions: Sequence[Partition], access: Access, *, reads_on: bool) -> Iterator[Beginning]:
    """Read partitions up to the first rows; leaving the context ends the reading.

    Parameters
    ----------
    partitions
        The data.
    access
        Credentials and mounts.
    reads_on
        Whether the rest of that partition is read from here; else only the names are kept.

    Raises
    ------
    AnalyzerError
        As `sources.reading.read`, also from the blocks.
    """
    for partition in partitions:
        blocks = read(partition, access)
        held = deque[Block]()
        try:
            names = _names(blocks, held)
            if names and reads_on:
                yield Beginning(names, partition, _all(held, blocks))
        finally:
            # A thread may still be within it when the run is given up: then it ends with that thread's work.
            with suppress(ValueError):
                blocks.close()
        if names:
            if not reads_on:
                yield Beginning(names)
            return
    yield Beginning()


def _names(blocks: Iterator[Block], held: deque[Block]) -> Sequence[str]:
    """Hold blocks up to the first that has rows and return its columns."""
    for block in blocks:
        held.append(block)
        if block.frame.height:
            return block.frame.columns
    return ()


def _all(held: deque[Block], blocks: Iterator[Block]) -> Iterator[Block]:
    while held:
        yield held.popleft()
    yield from blocks
