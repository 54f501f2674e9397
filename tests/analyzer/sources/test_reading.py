"""The door through which all data come: the same data give the same rows, whatever the format."""

import gzip
import itertools
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import zstandard

from model_monitor_analyzer.errors import AccessRefusedError, ConfigurationError, SchemaMismatchError
from model_monitor_analyzer.sources import json_lines
from model_monitor_analyzer.sources.blocks import BlockAssembler, Rows
from model_monitor_analyzer.sources.listing import list_objects
from model_monitor_analyzer.sources.partitions import plan_partitions
from model_monitor_analyzer.sources.problems import ProblemKind
from model_monitor_analyzer.sources.reading import read
from model_monitor_analyzer.sources.source import Source, Window
from model_monitor_analyzer.stores import Access
from model_monitor_analyzer.summaries.settings import leaf_rows
from model_monitor_api.v1alpha1.columns import Columns
from model_monitor_api.v1alpha1.dataset import Csv
from model_monitor_api.v1alpha1.storage import Connection
from tests.analyzer.sources.reading_support import read_all, read_bytes
from tests.support.data import data_file
from tests.support.s3 import CREDENTIALS, S3Bucket, Server

START = datetime(2026, 3, 1, tzinfo=UTC)


def test_real_data_in_all_formats_give_the_same_text(tmp_path: Path) -> None:
    original = data_file("churn-training.csv").read_bytes()
    text = pl.read_csv(original, infer_schema=False)
    names = text.columns
    numbers = [dict(zip(names, row, strict=True)) for row in text.rows()]
    documents = [
        "{" + ",".join(f"{json.dumps(name)}: {value}" for name, value in row.items()) + "}" for row in numbers
    ]
    from_csv = read_bytes(tmp_path, original, "CSV")
    assert from_csv.frame.shape == (2333, 70)
    assert from_csv.frame.equals(text)
    for packed in (gzip.compress(original), zstandard.compress(original)):
        assert read_bytes(tmp_path, packed, "CSV").frame.equals(text)
    headless = read_bytes(
        tmp_path,
        original.split(b"\n", 1)[1],
        "CSV",
        csv=Csv(header=False),
        columns=Columns(names=names),
    )
    assert headless.frame.equals(text)
    assert read_bytes(tmp_path, "\n".join(documents).encode(), "JSONLines").frame.equals(text)
    assert read_bytes(tmp_path, f"[{','.join(documents)}]".encode(), "JSON").frame.equals(text)
    text.write_parquet(tmp_path / "x.parquet")
    assert read_all(Source(f"file://{tmp_path}/x.parquet", "Parquet")).frame.equals(text)


def test_columns_are_matched_by_name_between_objects(tmp_path: Path) -> None:
    (tmp_path / "1.csv").write_text("a,b\n1,2\n")
    (tmp_path / "2.csv").write_text("b,a\n4,3\n")
    (tmp_path / "3.csv").write_text("b,c\n6,7\n")
    got = read_all(Source(f"file://{tmp_path}", "CSV"))
    assert got.frame.to_dicts() == [
        {"a": "1", "b": "2", "c": None},
        {"a": "3", "b": "4", "c": None},
        {"a": None, "b": "6", "c": "7"},
    ]
    assert len(got.blocks) == 1


def test_parquet_objects_of_other_types_make_blocks_of_their_own(tmp_path: Path) -> None:
    for name, values in (("1", [1, 2]), ("2", [3.5]), ("3", ["x"])):
        pl.DataFrame({"a": values}).write_parquet(tmp_path / f"{name}.parquet")
    objects = list_objects(Source(f"file://{tmp_path}", "Parquet"), None, Access())
    (part,) = plan_partitions(Source(f"file://{tmp_path}", "Parquet"), None, objects, Access())
    assert [block.frame["a"].to_list() for block in read(part, Access())] == [[1, 2], [3.5], ["x"]]


def test_excluded_columns_are_dropped(tmp_path: Path) -> None:
    got = read_bytes(tmp_path, b"a,b,c\n1,2,3\n", "CSV", columns=Columns(exclude=["b", "absent"]))
    assert got.frame.columns == ["a", "c"]


FORMS: dict[str, Callable[[datetime], object]] = {
    "RFC 3339": lambda time: time.isoformat().replace("+00:00", "Z"),
    "another zone": lambda time: (time + timedelta(hours=2)).isoformat().replace("+00:00", "+02:00"),
    "seconds": lambda time: int(time.timestamp()),
    "milliseconds": lambda time: int(time.timestamp() * 1000),
}


@pytest.mark.parametrize("form", FORMS)
def test_rows_are_cut_by_their_timestamp(tmp_path: Path, form: str) -> None:
    times = [START + timedelta(minutes=5 * step) for step in range(24)]
    table = (
        "t,x\n" + "".join(f"{FORMS[form](time)},{i}\n" for i, time in enumerate(times)) + "never,99\n,98\n"
    )
    (tmp_path / "x.csv").write_text(table)
    source = Source(f"file://{tmp_path}/x.csv", "CSV", columns=Columns(timestamp="t"))
    window = Window(START + timedelta(minutes=30), START + timedelta(minutes=60))
    got = read_all(source, window)
    assert got.frame["x"].to_list() == [str(i) for i in range(6, 12)]
    assert got.times is not None
    assert got.times.to_list() == times[6:12]
    assert got.outside == 18
    assert got.counts == {ProblemKind.INVALID_TIMESTAMP: 2}
    assert got.places(ProblemKind.INVALID_TIMESTAMP) == [25, 26]
    everything = read_all(source)
    assert len(everything.frame) == 26
    assert everything.times is not None
    assert everything.times.null_count() == 2
    assert not everything.problems


def test_tiling_windows_hold_every_row_once(tmp_path: Path) -> None:
    rng = np.random.default_rng(11)
    seconds = np.sort(rng.integers(0, 4 * 3600, 2_000))
    for hour in range(4):
        folder = tmp_path / f"2026/03/01/{hour:02}"
        folder.mkdir(parents=True)
        inside = seconds[(seconds // 3600) == hour]
        rows = "".join(f'{{"t": {int(START.timestamp()) + s}, "s": {s}}}\n' for s in inside)
        (folder / "x.jsonl").write_text(rows)
    uri = f"file://{tmp_path}/{{yyyy}}/{{MM}}/{{dd}}/{{HH}}/"
    source = Source(uri, "JSONLines", columns=Columns(timestamp="t"))
    edges = [START + timedelta(minutes=minute) for minute in (0, 17, 60, 61, 150, 240)]
    read: list[str] = []
    for start, end in itertools.pairwise(edges):
        read += read_all(source, Window(start, end)).frame["s"].to_list()
    assert read == [str(s) for s in seconds]


def test_a_timestamp_column_that_is_not_there_is_named(tmp_path: Path) -> None:
    window = Window(START, START + timedelta(hours=1))
    (tmp_path / "x.csv").write_text("a,b\n1,2\n")
    source = Source(f"file://{tmp_path}/x.csv", "CSV", columns=Columns(timestamp="when"))
    with pytest.raises(SchemaMismatchError, match=r"x\.csv' has no column 'when', which columns\.timestamp"):
        read_all(source, window)
    assert read_all(source).rows == [("1", "2")]


def test_an_empty_window_has_no_blocks(tmp_path: Path) -> None:
    source = Source(f"file://{tmp_path}/{{yyyy}}/{{MM}}/{{dd}}/", "CSV")
    got = read_all(source, Window(START, START + timedelta(days=1)))
    assert got.blocks == ()


def test_problems_without_a_single_row_are_told(tmp_path: Path) -> None:
    got = read_bytes(tmp_path, b"nonsense\n", "JSONLines")
    assert got.frame.is_empty()
    assert got.counts == {ProblemKind.INVALID_JSON: 1}


def test_a_filter_leaves_records_out_and_counts_them(tmp_path: Path) -> None:
    text = b"kind,x\nreal,1\ntest,2\nreal,3\n,four\n"
    got = read_bytes(tmp_path, text, "CSV", record_filter="kind == 'real' && to_number(x) > `1`")
    assert got.rows == [("real", "3")]
    assert got.filtered == 3
    failing = read_bytes(tmp_path, text, "CSV", record_filter="starts_with(kind, 'r')")
    assert failing.rows == [("real", "1"), ("real", "3")]
    assert failing.filtered == 1
    assert failing.counts == {ProblemKind.EXPRESSION_FAILED: 1}
    assert failing.places(ProblemKind.EXPRESSION_FAILED) == [4]
    with pytest.raises(ConfigurationError, match="recordFilter"):
        read_bytes(tmp_path, text, "CSV", record_filter="kind ==")


def test_capture_files_come_through_the_same_door(tmp_path: Path) -> None:
    def record(minute: int, data: str, answer: str) -> str:
        return json.dumps(
            {
                "captureData": {
                    "endpointInput": {
                        "observedContentType": "text/csv",
                        "mode": "INPUT",
                        "data": data,
                        "encoding": "CSV",
                    },
                    "endpointOutput": {
                        "observedContentType": "text/csv",
                        "mode": "OUTPUT",
                        "data": answer,
                        "encoding": "CSV",
                    },
                },
                "eventMetadata": {
                    "eventId": str(minute),
                    "inferenceTime": (START + timedelta(minutes=minute)).strftime("%Y-%m-%dT%H:%M:%SZ"),
                },
                "eventVersion": "0",
            }
        )

    hour = tmp_path / "2026/03/01/00"
    hour.mkdir(parents=True)
    texts = [record(1, "1,2\n3,NA", "0\n1"), record(20, "5,6", "1"), "{oops", record(59, "7,8", "0")]
    (hour / "a.jsonl").write_text("\n".join(texts) + "\n")
    columns = Columns(names=["x", "y"], prediction="p", null_values=["NA"])
    source = Source(f"file://{tmp_path}", "SageMakerCapture", columns=columns)
    got = read_all(source, Window(START, START + timedelta(minutes=30)))
    assert got.frame.to_dicts() == [
        {"x": "1", "y": "2", "p": "0"},
        {"x": "3", "y": None, "p": "1"},
        {"x": "5", "y": "6", "p": "1"},
    ]
    assert got.times is not None
    assert got.times.to_list() == [START + timedelta(minutes=minute) for minute in (1, 1, 20)]
    assert got.outside == 1
    assert got.counts == {ProblemKind.INVALID_JSON: 1}
    filtered = read_all(
        Source(
            f"file://{tmp_path}",
            "SageMakerCapture",
            columns=columns,
            record_filter="eventMetadata.eventId == '20'",
        )
    )
    assert filtered.rows == [("5", "6", "1")]
    assert filtered.filtered == 2


def test_blocks_depend_on_the_data_alone(
    tmp_path: Path, s3_bucket: S3Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = 3 * (1 << 18) + 17
    text = b"x\n" + b"".join(b"%d\n" % i for i in range(rows))
    (tmp_path / "x.csv").write_bytes(text)
    (tmp_path / "x.csv.gz").write_bytes(gzip.compress(text, 1))
    pl.DataFrame({"x": [str(i) for i in range(rows)]}).write_parquet(
        tmp_path / "x.parquet", row_group_size=100_003
    )
    remote = Source(s3_bucket.write("x.csv", text), "CSV", connection=s3_bucket.connection)
    expected = [(0, 1 << 18), (1 << 18, 2 << 18), (2 << 18, 3 << 18), (3 << 18, rows)]
    for source, access in (
        (Source(f"file://{tmp_path}/x.csv", "CSV"), None),
        (Source(f"file://{tmp_path}/x.csv.gz", "CSV"), None),
        (Source(f"file://{tmp_path}/x.parquet", "Parquet"), None),
        (remote, s3_bucket.access),
    ):
        edges = [
            (int(block.frame["x"][0]), int(block.frame["x"][-1]) + 1)
            for block in read_all(source, access=access).blocks
        ]
        assert edges == expected


def test_wide_frames_make_shorter_blocks_and_heavy_ones_too() -> None:
    assembler = BlockAssembler()
    frame = pl.DataFrame({f"c{i}": np.zeros(5_000) for i in range(5_000)})
    sizes = [len(block.frame) for block in [*assembler.add(Rows(frame)), *assembler.finish()]]
    assert sizes == [leaf_rows(5_000)] * 4 + [5_000 - 4 * leaf_rows(5_000)]
    heavy = BlockAssembler()
    text = pl.DataFrame({"x": ["y" * 1_000_000] * 100})
    blocks = [block for _ in range(6) for block in heavy.add(Rows(text.clone()))] + list(heavy.finish())
    assert [len(block.frame) for block in blocks] == [500, 100]


def test_numbers_that_were_written_differently_become_texts_in_one_block() -> None:
    frames = [
        pl.DataFrame({"x": [1.5, 1e22], "y": [1, None]}),
        pl.DataFrame({"y": [2, 3], "z": [4, 5]}),
        pl.DataFrame({"x": ["007", "b"], "y": [0.1, 5e-7], "z": [6, 7]}),
        pl.DataFrame({"x": [2.0, None], "y": [8, 9]}),
    ]
    assembler = BlockAssembler(written=True)
    blocks = [block for frame in frames for block in assembler.add(Rows(frame))] + list(assembler.finish())
    (block,) = blocks
    assert block.frame["x"].to_list() == ["1.5", "1e+22", None, None, "007", "b", "2.0", None]
    assert block.frame["y"].to_list() == ["1", None, "2", "3", "0.1", "5e-7", "8", "9"]
    assert block.frame["z"].to_list() == [None, None, 4, 5, 6, 7, None, None]


@pytest.mark.parametrize("key", ["x", "x/", "x/{yyyy}/{MM}"])
def test_credentials_refused_are_no_empty_window(serve: Callable[..., Server], key: str) -> None:
    connection = Connection(endpoint=serve(403, b"<Error><Code>AccessDenied</Code></Error>").endpoint)
    source = Source(f"s3://bucket/{key}", "CSV", connection=connection)
    with pytest.raises(AccessRefusedError, match="s3://bucket"):
        read_all(source, Window(START, START + timedelta(days=1)), Access(environment=CREDENTIALS))


@pytest.mark.slow
@pytest.mark.parametrize(("form", "quarters"), [("CSV", 4), ("JSONLines", 2), ("Parquet", 12)])
def test_memory_stays_flat_however_much_there_is_to_read(tmp_path: Path, form: str, quarters: int) -> None:
    """Compare a process that reads so many quarters of a million rows with one that reads thrice that."""

    def peak(quarters: int) -> int:
        path = tmp_path / f"{quarters}"
        write = f"""
import sys, numpy as np, polars as pl
rng = np.random.default_rng(2)
with open({str(path)!r}, "wb") as file:
    parts = []
    for part in range({quarters}):
        frame = pl.DataFrame({{f"c{{i}}": rng.normal(size=250_000) for i in range(6)}}).with_columns(
            id=pl.lit(f"row-{{part}}-") + pl.int_range(250_000).cast(pl.String))
        if {form!r} == "CSV": frame.write_csv(file, include_header=part == 0)
        elif {form!r} == "JSONLines": frame.write_ndjson(file)
        else: parts.append(frame)
    if parts: pl.concat(parts).write_parquet(file, row_group_size=1 << 20)
"""
        # VmHWM is the program's own; ru_maxrss would begin with that of the process that started it.
        measure = f"""
from model_monitor_analyzer.sources.listing import list_objects
from model_monitor_analyzer.sources.partitions import plan_partitions
from model_monitor_analyzer.sources.reading import read
from model_monitor_analyzer.sources.source import Source
from model_monitor_analyzer.stores import Access
source = Source("file://{path}", {form!r})
rows = 0
for part in plan_partitions(source, None, list_objects(source, None, Access()), Access()):
    for block in read(part, Access()):
        rows += len(block.frame)
assert rows == {quarters} * 250_000, rows
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""
        subprocess.run([sys.executable, "-c", write], check=True)
        done = subprocess.run([sys.executable, "-c", measure], check=True, capture_output=True, text=True)
        path.unlink()
        return int(done.stdout) >> 10

    small, large = peak(quarters), peak(3 * quarters)
    assert large < small * 1.25 + 50, (small, large)
    assert large < 700


def test_the_size_of_chunks_does_not_show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines_of_text = "".join(json.dumps({"a": i, "b": f"é{i}"}) + "\n" for i in range(2_000)).encode()
    whole = read_bytes(tmp_path, lines_of_text, "JSONLines").frame
    monkeypatch.setattr(json_lines, "_CHUNK_BYTES", 777)
    assert read_bytes(tmp_path, lines_of_text, "JSONLines").frame.equals(whole)
