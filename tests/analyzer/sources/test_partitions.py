"""Partitions: every object and row once, by the objects alone."""

import pickle
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from model_monitor_analyzer.sources import partitions
from model_monitor_analyzer.sources.listing import list_objects
from model_monitor_analyzer.sources.partitions import PARTITION_BYTES, PARTITION_OBJECTS, plan_partitions
from model_monitor_analyzer.sources.source import Source
from model_monitor_analyzer.stores import Access, ObjectRef

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def refs(*sizes: int) -> tuple[ObjectRef, ...]:
    return tuple(ObjectRef(f"s3://b/{index:05}", size, "e", NOW) for index, size in enumerate(sizes))


def test_small_objects_are_put_together_and_large_ones_stay_whole() -> None:
    big = PARTITION_BYTES
    source = Source("s3://b/", "CSV")
    plan = plan_partitions(source, None, refs(5, big - 5, 1, 3 * big, 2, 2), Access())
    assert [[ref.size for ref in part.objects] for part in plan] == [[5, big - 5], [1], [3 * big], [2, 2]]
    many = plan_partitions(source, None, refs(*[1] * (PARTITION_OBJECTS + 1)), Access())
    assert [len(part.objects) for part in many] == [PARTITION_OBJECTS, 1]
    assert plan_partitions(source, None, (), Access()) == ()


def test_a_large_parquet_object_is_divided_at_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(partitions, "PARTITION_BYTES", 1 << 20)
    rows = 1_500_001
    pq.write_table(pa.table({"x": np.random.default_rng(1).normal(size=rows)}), tmp_path / "x.parquet")
    source = Source(f"file://{tmp_path}/x.parquet", "Parquet")
    objects = list_objects(source, None, Access())
    plan = plan_partitions(source, None, objects, Access())
    edges = [(part.first_row, part.last_row) for part in plan]
    assert edges == [(0, 1 << 19), (1 << 19, 1 << 20), (1 << 20, rows)]
    assert plan == plan_partitions(source, None, objects, Access())


def test_partitions_can_be_sent_and_hold_no_secrets() -> None:
    access = Access(environment={"AWS_SECRET_ACCESS_KEY": "hunter2"})
    (part,) = plan_partitions(Source("s3://b/", "CSV"), None, refs(1), access)
    sent = pickle.dumps(part)
    assert pickle.loads(sent) == part
    assert b"hunter2" not in sent
    assert "hunter2" not in repr(access)
