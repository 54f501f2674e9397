"""Reading a source whole, as the tests do it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from model_monitor_analyzer.sources.listing import list_objects
from model_monitor_analyzer.sources.partitions import plan_partitions
from model_monitor_analyzer.sources.problems import ProblemKind, Problems
from model_monitor_analyzer.sources.reading import read
from model_monitor_analyzer.sources.source import Block, Source, Window
from model_monitor_analyzer.stores import Access
from model_monitor_api.v1alpha1.dataset import FileFormat


class Everything(NamedTuple):
    """What a source gave altogether."""

    frame: pl.DataFrame
    times: pl.Series | None
    problems: Problems
    outside: int
    filtered: int
    blocks: tuple[Block, ...]

    @property
    def rows(self) -> list[tuple[Any, ...]]:
        return self.frame.rows()

    @property
    def counts(self) -> Mapping[ProblemKind, int]:
        return self.problems.counts

    def places(self, kind: ProblemKind) -> list[int]:
        return [place.record for place in self.problems.places if place.kind is kind]


def read_all(source: Source, window: Window | None = None, access: Access | None = None) -> Everything:
    access = access or Access()
    objects = list_objects(source, window, access)
    blocks = [
        block
        for partition in plan_partitions(source, window, objects, access)
        for block in read(partition, access)
    ]
    frames = [block.frame for block in blocks if len(block.frame)]
    times = [block.times for block in blocks if block.times is not None]
    return Everything(
        pl.concat(frames, how="diagonal") if frames else pl.DataFrame(),
        pl.concat(times) if times else None,
        sum((block.problems for block in blocks), Problems()),
        sum(block.outside for block in blocks),
        sum(block.filtered for block in blocks),
        tuple(blocks),
    )


def read_bytes(folder: Path, data: bytes, form: FileFormat, **settings: Any) -> Everything:
    path = folder / "object"
    path.write_bytes(data)
    return read_all(Source(f"file://{path}", form, **settings))
