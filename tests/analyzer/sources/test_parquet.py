"""Parquet: physical types, any row groups, any store."""

import os
import tempfile
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from model_monitor_analyzer.errors import (
    ObjectChangedError,
    OutOfDiskError,
    SchemaMismatchError,
    UnreadableObjectError,
)
from model_monitor_analyzer.sources import parquet
from model_monitor_analyzer.sources.parquet import read_parquet
from model_monitor_analyzer.sources.source import Source
from model_monitor_analyzer.stores import Access, open_store
from tests.analyzer.sources.reading_support import Everything, read_all
from tests.support.s3 import S3Bucket


def read_table(folder: Path, table: pa.Table, **writing: object) -> Everything:
    pq.write_table(table, folder / "x.parquet", **writing)
    return read_all(Source(f"file://{folder}/x.parquet", "Parquet"))


def test_types_are_the_physical_ones(tmp_path: Path) -> None:
    moment = datetime(2026, 3, 1, tzinfo=UTC)
    table = pa.table(
        {
            "int": pa.array([1, None], pa.int32()),
            "float": [1.5, float("nan")],
            "bool": [True, None],
            "text": ["a", ""],
            "time": [moment, None],
            "decimal": [Decimal("1.10"), None],
            "category": pa.array(["u", "v"]).dictionary_encode(),
            "nothing": pa.nulls(2),
        }
    )
    got = read_table(tmp_path, table)
    assert got.frame.select("int", "float", "bool", "text").dtypes == [
        pl.Int32,
        pl.Float64,
        pl.Boolean,
        pl.String,
    ]
    assert got.frame["int"].to_list() == [1, None]
    assert got.frame["text"].to_list() == ["a", ""]
    assert got.frame["time"].to_list() == [moment, None]
    assert got.frame["category"].cast(pl.String).to_list() == ["u", "v"]
    assert got.frame["nothing"].null_count() == 2


def test_nested_columns_are_flattened_by_path(tmp_path: Path) -> None:
    table = pa.table(
        {
            "a": [{"b": 1, "c": {"d": "x"}}, None],
            "l": [[1, 2], []],
            "f": pa.array([[0.5, 1.5], None], pa.list_(pa.float32(), 2)),
        }
    )
    got = read_table(tmp_path, table)
    assert got.frame.to_dicts() == [
        {"a.b": 1, "a.c.d": "x", "l.0": 1, "l.1": 2, "f.0": 0.5, "f.1": 1.5},
        {"a.b": None, "a.c.d": None, "l.0": None, "l.1": None, "f.0": None, "f.1": None},
    ]
    with pytest.raises(SchemaMismatchError, match=r"flatten to 'a\.b'"):
        read_table(tmp_path, pa.table({"a": [{"b": 1}], "a.b": [1]}))
    with pytest.raises(SchemaMismatchError, match=r"10001 items in the column 'l'"):
        read_table(tmp_path, pa.table({"l": [[0] * 10_001]}))


def test_names_that_repeat_are_refused(tmp_path: Path) -> None:
    table = pa.Table.from_arrays([pa.array([1]), pa.array([2]), pa.array([3])], names=["x", "y", "x"])
    with pytest.raises(SchemaMismatchError, match="column 'x' twice, at positions 1 and 3"):
        read_table(tmp_path, table)


def test_five_thousand_columns(tmp_path: Path) -> None:
    table = pa.table({f"c{index}": [index, None] for index in range(5000)})
    assert read_table(tmp_path, table).frame.shape == (2, 5000)


@pytest.mark.parametrize("group", [700, 1_000, 4_096, 100_000])
@pytest.mark.parametrize("span", [500, 3_000, 1 << 24])
def test_any_rows_come_back_whatever_the_row_groups(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, group: int, span: int
) -> None:
    monkeypatch.setattr(parquet, "_SPAN_CELLS", 2 * span)
    monkeypatch.setattr(parquet, "_GROUP_CELLS", 3 * span)
    n = 9_999
    table = pa.table({"i": np.arange(n), "s": [f"{i:x}" for i in range(n)]})
    path = tmp_path / "x.parquet"
    pq.write_table(table, path, row_group_size=group)
    uri = f"file://{path}"
    store = open_store(uri, Source(uri, "Parquet").connection, Access())
    ref = store.head(uri)
    assert ref is not None
    for first, last in ((None, None), (0, 1), (699, 701), (1_000, 2_000), (3_333, 9_999), (9_998, 9_999)):
        frames = list(read_parquet(store, ref, first, last))
        got = pl.concat(frames)
        begin, end = first or 0, n if last is None else last
        assert got["i"].to_list() == list(range(begin, end))
        assert got["s"].to_list() == [f"{i:x}" for i in range(begin, end)]
        assert got["__mm_record"].to_list() == list(range(begin + 1, end + 1))
        assert max(map(len, frames)) <= max(span, min(group, 3 * span // 2))


def test_a_remote_object_moves_only_the_row_groups_it_needs(
    s3_bucket: S3Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    rng = np.random.default_rng(3)
    table = pa.table({"x": rng.normal(size=400_000), "y": rng.normal(size=400_000)})
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, row_group_size=50_000)
    body = sink.getvalue().to_pybytes()
    uri = s3_bucket.write("d//x.parquet", body)
    store = open_store(uri, s3_bucket.connection, s3_bucket.access)
    ref = store.head(uri)
    assert ref is not None
    moved = 0
    plain = store.read_range

    def counting(ref: object, start: int, length: int) -> bytes:
        nonlocal moved
        moved += length
        return plain(ref, start, length)  # type: ignore[arg-type] # given on as it came

    monkeypatch.setattr(store, "read_range", counting)
    got = pl.concat(read_parquet(store, ref, 60_000, 90_000))
    assert got["x"].to_list() == table["x"].to_pylist()[60_000:90_000]
    assert moved < len(body) / 6
    assert list(tmp_path.iterdir()) == [], "temporary files are gone"
    whole = read_all(Source(uri, "Parquet", connection=s3_bucket.connection), access=s3_bucket.access)
    assert whole.frame.equals(pl.DataFrame(table))


def test_an_object_replaced_meanwhile_is_noticed(s3_bucket: S3Bucket) -> None:
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table({"x": [1, 2]}), sink)
    uri = s3_bucket.write("x.parquet", sink.getvalue().to_pybytes())
    store = open_store(uri, s3_bucket.connection, s3_bucket.access)
    ref = store.head(uri)
    assert ref is not None
    s3_bucket.write("x.parquet", sink.getvalue().to_pybytes() + b" ")
    with pytest.raises(ObjectChangedError):
        list(read_parquet(store, ref))


@pytest.mark.parametrize("damage", ["cut", "text", "zeros", "tiny", "footer"])
def test_what_is_no_parquet_is_named(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table({"x": np.arange(10_000)}), path)
    body = bytearray(path.read_bytes())
    match damage:
        case "cut":
            del body[-100:]
        case "text":
            body = bytearray(b"a,b\n1,2\n")
        case "zeros":
            body[4:2000] = bytes(1996)
        case "footer":
            length = int.from_bytes(body[-8:-4], "little")
            body[-8 - length : -8] = b"\xff" * length
        case _:
            body = bytearray(b"PA")
    path.write_bytes(body)
    with pytest.raises(UnreadableObjectError, match=r"x\.parquet' .*(incomplete|damaged)"):
        read_all(Source(f"file://{path}", "Parquet"))


def test_decimals_that_are_too_wide_are_named(tmp_path: Path) -> None:
    wide = pa.decimal256(50, 2)
    for column in (pa.array([Decimal(1)], wide), pa.array([[Decimal(1)]], pa.list_(wide))):
        with pytest.raises(UnreadableObjectError, match=r"38 digits in the column 'd', a type that"):
            read_table(tmp_path, pa.table({"d": column}))


def test_a_name_with_nul_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableObjectError, match="NUL character in the name of column 2: rename"):
        read_table(tmp_path, pa.table({"a": [1], "b\0": [2]}))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_said_to_be_full(s3_bucket: S3Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table({"x": [1, 2]}), sink)
    uri = s3_bucket.write("x.parquet", sink.getvalue().to_pybytes())

    def full(**_: object) -> tuple[int, str]:
        return os.open("/dev/full", os.O_WRONLY), "/nonexistent/draft"

    monkeypatch.setattr(tempfile, "mkstemp", full)
    with pytest.raises(OutOfDiskError, match="TMPDIR"):
        read_all(Source(uri, "Parquet", connection=s3_bucket.connection), access=s3_bucket.access)
