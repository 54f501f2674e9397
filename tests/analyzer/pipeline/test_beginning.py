from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pytest

from model_monitor_analyzer.errors import UnreadableObjectError
from model_monitor_analyzer.pipeline.beginning import begin
from model_monitor_analyzer.sources import partitions as planning
from model_monitor_analyzer.sources.listing import list_objects
from model_monitor_analyzer.sources.partitions import plan_partitions
from model_monitor_analyzer.sources.reading import read
from model_monitor_analyzer.sources.source import Partition, Source
from model_monitor_analyzer.stores import Access
from model_monitor_analyzer.summaries.settings import leaf_rows

ACCESS = Access({})


def partitions_of(folder: Path) -> Sequence[Partition]:
    source = Source(folder.as_uri() + "/", "Parquet")
    return plan_partitions(source, None, list_objects(source, None, ACCESS), ACCESS)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A partition without rows, one of two blocks, and one of other columns."""
    monkeypatch.setattr(planning, "PARTITION_OBJECTS", 1)
    rows = leaf_rows(2) + 10
    pl.DataFrame({"a": []}, schema={"a": pl.Int64}).write_parquet(tmp_path / "0.parquet")
    pl.DataFrame({"b": range(rows), "c": range(rows)}).write_parquet(tmp_path / "1.parquet")
    pl.DataFrame({"d": [1]}).write_parquet(tmp_path / "2.parquet")
    return tmp_path


def test_the_blocks_are_those_of_the_first_partition_with_rows(folder: Path) -> None:
    partitions = partitions_of(folder)
    with begin(partitions, ACCESS, reads_on=True) as beginning:
        assert beginning.names == ["b", "c"]
        assert beginning.partition is partitions[1]
        found = [block.frame for block in beginning.blocks]
    whole = [block.frame for block in read(partitions[1], ACCESS)]
    assert [len(frame) for frame in found] == [leaf_rows(2), 10]
    assert all(one.equals(other) for one, other in zip(found, whole, strict=True))


def test_what_was_read_already_is_not_read_again(folder: Path) -> None:
    with begin(partitions_of(folder), ACCESS, reads_on=True) as beginning:
        (folder / "1.parquet").unlink()
        assert len(next(beginning.blocks).frame) == leaf_rows(2)


def test_nothing_is_read_on_where_only_names_are_wanted(folder: Path) -> None:
    with begin(partitions_of(folder), ACCESS, reads_on=False) as beginning:
        assert beginning.names == ["b", "c"]
        assert beginning.partition is None
        assert list(beginning.blocks) == []


def test_without_rows_there_are_no_names(folder: Path) -> None:
    with begin(partitions_of(folder)[:1], ACCESS, reads_on=True) as beginning:
        assert beginning.names == ()
        assert beginning.partition is None


def test_leaving_ends_the_reading(folder: Path) -> None:
    with begin(partitions_of(folder), ACCESS, reads_on=True) as beginning:
        next(beginning.blocks)
    assert list(beginning.blocks) == []


def test_what_cannot_be_read_is_an_error_at_once(folder: Path) -> None:
    (folder / "0.parquet").write_bytes(b"PAR1 is not all that Parquet needs PAR1")
    with (
        pytest.raises(UnreadableObjectError, match=r"0\.parquet"),
        begin(partitions_of(folder), ACCESS, reads_on=True),
    ):
        pass
