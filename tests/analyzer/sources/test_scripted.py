import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from model_monitor_analyzer.errors import ScriptError
from model_monitor_analyzer.scripts.script import Script
from model_monitor_analyzer.sources.listing import list_objects
from model_monitor_analyzer.sources.partitions import plan_partitions
from model_monitor_analyzer.sources.reading import read
from model_monitor_analyzer.sources.source import Block, Source, Window
from model_monitor_analyzer.stores import Access
from model_monitor_api.v1alpha1.columns import Columns
from model_monitor_api.v1alpha1.dataset import Csv, FileFormat
from tests.support.project import captured


def blocks(
    path: Path,
    file_format: FileFormat,
    source: str,
    *,
    columns: Columns | None = None,
    window: Window | None = None,
    csv: Csv | None = None,
) -> list[Block]:
    """Read a file through a script."""
    found = Source(
        uri=f"file://{path}",
        format=file_format,
        columns=columns or Columns(),
        csv=csv or Csv(),
        preprocess=Script("configmap/s:p.py", source, timeout_seconds=20),
    )
    partitions = plan_partitions(found, window, list_objects(found, window, Access()), Access())
    return [block for partition in partitions for block in read(partition, Access())]


def rows(found: list[Block]) -> list[dict[str, object]]:
    return [row for block in found for row in block.frame.iter_rows(named=True)]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "t.csv"
    path.write_text('name,age,at\n"Ann, B.",30,2026-03-01T10:00:00Z\n,41,2026-03-01T11:00:00Z\nC,52,\n')
    return path


def test_a_handler_gets_lines_of_csv_but_never_the_header(table: Path) -> None:
    source = "def preprocess_handler(line):\n    return {'line': line, 'type': type(line).__name__}\n"
    assert rows(blocks(table, "CSV", source)) == [
        {"line": '"Ann, B.",30,2026-03-01T10:00:00Z', "type": "str"},
        {"line": ",41,2026-03-01T11:00:00Z", "type": "str"},
        {"line": "C,52,", "type": "str"},
    ]


def test_lines_are_written_in_the_dialect_that_they_were_read_in(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a;b\n'x;y';1\n")
    source = "def preprocess_handler(line):\n    return {'line': line}\n"
    found = blocks(path, "CSV", source, csv=Csv(delimiter=";", quote="'"))
    assert rows(found) == [{"line": "'x;y';1"}]


def test_a_handler_gets_objects_with_values_of_json_lines(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text('{"n": 1, "f": 2.50, "b": true, "s": "1a", "none": null, "in": {"x": -3e2}}\n')
    source = "def preprocess_handler(record):\n    return {'seen': repr(sorted(record.items()))}\n"
    (row,) = rows(blocks(path, "JSONLines", source))
    assert "('n', 1)" in str(row["seen"])
    assert "('f', 2.5)" in str(row["seen"])
    assert "('b', True)" in str(row["seen"])
    assert "('s', '1a')" in str(row["seen"])
    assert "-300.0" in str(row["seen"])


def test_a_handler_gets_physical_values_of_parquet(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    moment = datetime(2026, 3, 1, tzinfo=UTC)
    pl.DataFrame({"text": ["1"], "number": [1], "at": [moment]}).write_parquet(path)
    source = (
        "def preprocess_handler(record):\n    return {'seen': repr([record['text'], record['number']])}\n"
    )
    assert rows(blocks(path, "Parquet", source)) == [{"seen": "['1', 1]"}]


def test_a_handler_may_make_several_rows_or_none(table: Path) -> None:
    source = (
        "def preprocess_handler(line):\n"
        "    age = int(line.split(',')[-2])\n"
        "    return [] if age < 40 else [{'age': age}, {'age': -age}]\n"
    )
    columns = Columns(timestamp="at")
    window = Window(datetime(2026, 3, 1, 10, tzinfo=UTC), datetime(2026, 3, 1, 12, tzinfo=UTC))
    found = blocks(table, "CSV", source, columns=columns, window=window)
    assert rows(found) == [{"age": "41"}, {"age": "-41"}]
    assert sum(block.filtered for block in found) == 1
    (block,) = [block for block in found if len(block.frame)]
    assert block.times is not None
    assert block.times.to_list() == [datetime(2026, 3, 1, 11, tzinfo=UTC)] * 2


def test_a_frame_handler_gets_all_columns_of_a_block(table: Path) -> None:
    source = (
        "import polars as pl\n"
        "def preprocess_frame(frame):\n"
        "    return frame.select(pl.col('age').cast(pl.Int64) + 1, names=pl.lit(','.join(frame.columns)))\n"
    )
    found = rows(blocks(table, "CSV", source))
    assert [row["age"] for row in found] == [31, 42, 53]
    assert found[0]["names"] == "name,age,at"


def test_a_script_that_raises_is_told_with_the_record_but_without_its_values(table: Path) -> None:
    source = (
        "def preprocess_handler(line):\n    if '41' in line:\n        raise KeyError(line)\n    return {}\n"
    )
    with pytest.raises(ScriptError) as caught:
        blocks(table, "CSV", source)
    told = str(caught.value)
    assert f"record 2 of file://{table}" in told
    assert "KeyError" in told
    assert "line 3" in told
    assert "41" not in told.replace(str(table), "")


@pytest.mark.parametrize("name", ["__mm_key", "__mm_row"])
def test_reserved_names_are_refused(table: Path, name: str) -> None:
    with pytest.raises(ScriptError, match="reserved"):
        blocks(table, "CSV", f"def preprocess_handler(line):\n    return {{{name!r}: 1}}\n")


def test_what_a_script_draws_at_random_does_not_change_from_run_to_run(table: Path) -> None:
    source = "import random\ndef preprocess_handler(line):\n    return {'r': random.random()}\n"
    assert rows(blocks(table, "CSV", source)) == rows(blocks(table, "CSV", source))


def test_records_of_capture_files_that_a_handler_leaves_out_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl.gz"
    moment = datetime(2026, 3, 1, 10, tzinfo=UTC)
    lines = [json.dumps(captured(f"e{number}", moment, f"{number},x")) for number in range(5)]
    path.write_bytes(gzip.compress("\n".join([*lines, ""]).encode()))
    source = (
        "def preprocess_handler(record):\n"
        "    number, text = record.endpoint_input.data.split(',')\n"
        "    return [] if int(number) % 2 else {'number': number, 'text': text}\n"
    )
    found = blocks(path, "SageMakerCapture", source, columns=Columns(names=["number", "text"]))
    assert rows(found) == [{"number": str(number), "text": "x"} for number in (0, 2, 4)]
    assert sum(block.filtered for block in found) == 2
