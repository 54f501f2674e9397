"""What is read, in which pieces, and what comes out: the types that planning and reading share.

    list_objects(source, window, access)            -> (ObjectRef, …)      sources.listing
    plan_partitions(source, window, objects, access) -> (Partition, …)     sources.partitions
    read(partition, access)                          -> Block, Block, …    sources.reading

`access` (`stores.Access`) holds credentials and mounts. It is no part of a partition, so that partitions
can be sent and logged freely; each process passes its own.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

import polars as pl

from model_monitor_analyzer.scripts.script import Script
from model_monitor_analyzer.sources.capture.decoder import BOTH_SIDES, Side
from model_monitor_analyzer.sources.problems import Problems
from model_monitor_analyzer.stores.store import ObjectRef
from model_monitor_api.v1alpha1.columns import Columns
from model_monitor_api.v1alpha1.dataset import Csv, FileFormat, Payload
from model_monitor_api.v1alpha1.storage import Connection


class Window(NamedTuple):
    """Stretch of time, with zone; `start` belongs to it and `end` does not."""

    start: datetime
    end: datetime


@dataclass(frozen=True)
class Source:
    """Data in an object store and how they are to be understood.

    Attributes
    ----------
    uri
        An object or a prefix, possibly with the placeholders of `sources.templates`.
    format
        Format of the objects.
    columns
        Names for data that carry none, columns to leave out, texts that mean a missing value, the timestamp.
    csv
        Dialect, for `CSV`.
    rows
        JMESPath to the rows, for `JSON`.
    payload
        How bodies become rows, where requests were captured.
    sides
        Sides of a captured request that are read.
    features
        Features of the baseline: the last resort for names by position in captured requests.
    record_filter
        JMESPath; records for which it is not true are left out. Of a capture record it sees the whole
        document, of tabular data an object with the row's columns.
    preprocess
        Makes rows from records, or changes blocks of rows; after the filter.
    connection
        How the store is reached.
    """

    uri: str
    format: FileFormat
    columns: Columns = field(default_factory=Columns)
    csv: Csv = field(default_factory=Csv)
    rows: str | None = None
    payload: Payload = field(default_factory=Payload)
    sides: tuple[Side, ...] = BOTH_SIDES
    features: tuple[str, ...] | None = None
    record_filter: str | None = None
    preprocess: Script | None = None
    connection: Connection = field(default_factory=Connection)

    @property
    def is_captured(self) -> bool:
        """Whether the objects are of captured requests, which have a time."""
        return self.format in ("SageMakerCapture", "KServeLog")


@dataclass(frozen=True)
class Partition:
    """A part of a source that one task reads. Which parts there are follows from the objects alone.

    Attributes
    ----------
    source
        What the objects belong to.
    objects
        The objects, in the order of their URIs.
    window
        Rows outside it are left out, where rows have a time. None: every row counts.
    first_row, last_row
        Rows of a single Parquet object, the last exclusive; None for whole objects.
    """

    source: Source
    objects: tuple[ObjectRef, ...]
    window: Window | None = None
    first_row: int | None = None
    last_row: int | None = None


@dataclass(frozen=True)
class Block:
    """Rows that are summarised together. The same objects always give the same blocks.

    Attributes
    ----------
    frame
        The columns. From CSV, JSON and JSON Lines all are `String` in the form in which they were written,
        null where a value is missing; from Parquet they have their physical types.
    times
        Time of each row, `Datetime("us", "UTC")`; None where the source knows none.
    problems
        Bad records met while these rows were read.
    outside
        Number of records left out because their time is outside the window.
    filtered
        Number of records that the filter or the script left out.
    failed
        Number of records left out because their request failed.
    """

    frame: pl.DataFrame
    times: pl.Series | None
    problems: Problems
    outside: int = 0
    filtered: int = 0
    failed: int = 0
