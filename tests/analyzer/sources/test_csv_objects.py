"""CSV: dialects, missing values, and every kind of bad record."""

import csv
import gzip
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from model_monitor_analyzer.errors import ConfigurationError, SchemaMismatchError, UnreadableObjectError
from model_monitor_analyzer.sources import csv_objects, lines
from model_monitor_analyzer.sources.csv_objects import read_csv
from model_monitor_analyzer.sources.problems import ProblemKind, ProblemLog
from model_monitor_api.v1alpha1.columns import Columns
from model_monitor_api.v1alpha1.dataset import Csv
from tests.analyzer.sources.reading_support import read_bytes


def test_an_unquoted_empty_field_is_missing_and_a_quoted_one_is_not(tmp_path: Path) -> None:
    got = read_bytes(tmp_path, b'a,b\n1,\n"",x\nNA,null\n', "CSV")
    assert got.frame.columns == ["a", "b"]
    assert got.rows == [("1", None), ("", "x"), ("NA", "null")]
    declared = Columns(null_values=["NA", ""])
    got = read_bytes(tmp_path, b'a,b\n1,\n"",x\nNA,null\n', "CSV", columns=declared)
    assert got.rows == [("1", None), (None, "x"), (None, "null")]


def test_values_keep_their_text(tmp_path: Path) -> None:
    text = b"a,b\n1,1.0\n1.50,NaN\n1e400,-Infinity\n007,+5\n true,False\n"
    assert read_bytes(tmp_path, text, "CSV").rows == [
        ("1", "1.0"),
        ("1.50", "NaN"),
        ("1e400", "-Infinity"),
        ("007", "+5"),
        (" true", "False"),
    ]


def test_byte_order_mark_line_ends_and_quoted_line_breaks(tmp_path: Path) -> None:
    text = '\ufeffname,"no\nte"\r\n"Zoë, ""Z""","line 1\r\nline 2"\r\nx,y\r\n'.encode()
    for stored in (text, gzip.compress(text)):
        got = read_bytes(tmp_path, stored, "CSV")
        assert got.frame.columns == ["name", "no\nte"]
        assert got.rows == [('Zoë, "Z"', "line 1\r\nline 2"), ("x", "y")]
        assert not got.problems


def test_dialect_and_names(tmp_path: Path) -> None:
    dialect = Csv(header=False, delimiter=";", quote="'")
    got = read_bytes(tmp_path, b"1;'a;b'\n2;c\n", "CSV", csv=dialect)
    assert got.frame.columns == ["_c0", "_c1"]
    assert got.rows == [("1", "a;b"), ("2", "c")]
    named = read_bytes(tmp_path, b"1;'a;b'\n2\n", "CSV", csv=dialect, columns=Columns(names=["x", "y"]))
    assert named.frame.columns == ["x", "y"]
    assert named.rows == [("1", "a;b")]
    assert named.counts == {ProblemKind.WIDTH_MISMATCH: 1}


@given(
    st.lists(st.lists(st.text('ab",\n é1', max_size=5), min_size=3, max_size=3), min_size=1, max_size=20),
    st.integers(8, 60),
)
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_any_cells_come_back_however_the_text_is_cut(records: list[list[str]], size: int) -> None:
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows([["a", "b", "c"], *records])
    log = ProblemLog("s3://b/x")
    with pytest.MonkeyPatch.context() as patch:
        cut = lambda stream, log, *, boundary: lines.read_chunks(  # noqa: E731 # a shorter limit, nothing else
            stream, log, boundary=boundary, chunk_bytes=size
        )
        patch.setattr(csv_objects, "read_chunks", cut)
        frames = list(read_csv([out.getvalue().encode()], log, Csv(), None))
    got = [list(row[1:]) for frame in frames for row in frame.rows()]
    assert got == records
    assert [row[0] for frame in frames for row in frame.rows()] == list(range(1, len(records) + 1))
    assert not log.take()


def test_records_of_another_width_are_left_out_and_placed(tmp_path: Path) -> None:
    text = b"a,b\n1,2\n3\n4,5,6\n\n7,8\n,\n"
    got = read_bytes(tmp_path, text, "CSV")
    assert got.rows == [("1", "2"), ("7", "8"), (None, None)]
    assert got.counts == {ProblemKind.WIDTH_MISMATCH: 2}
    assert got.places(ProblemKind.WIDTH_MISMATCH) == [2, 3]


def test_in_a_single_column_an_empty_line_is_a_missing_value(tmp_path: Path) -> None:
    assert read_bytes(tmp_path, b"a\n1\n\n2\n", "CSV").rows == [("1",), (None,), ("2",)]


def test_a_file_still_being_written_ends_with_an_incomplete_record(tmp_path: Path) -> None:
    whole = read_bytes(tmp_path, b"a,b\n1,2\n3,4", "CSV")
    assert whole.rows == [("1", "2"), ("3", "4")]
    assert not whole.problems
    for cut in (b"3", b'3,"4 and', b'"3'):
        got = read_bytes(tmp_path, b"a,b\n1,2\n" + cut, "CSV")
        assert got.rows == [("1", "2")]
        assert got.counts == {ProblemKind.INCOMPLETE_RECORD: 1}


def test_a_truncated_gzip_keeps_the_rows_before_the_cut(tmp_path: Path) -> None:
    text = b"a,b\n" + b"".join(b"%d,%d\n" % (i, i * i) for i in range(10_000))
    got = read_bytes(tmp_path, gzip.compress(text)[:-2000], "CSV")
    assert 1_000 < len(got.rows) < 10_000
    assert got.rows == [(str(i), str(i * i)) for i in range(len(got.rows))]
    assert got.counts == {ProblemKind.TRUNCATED_OBJECT: 1}


def test_an_unclosed_quote_costs_its_line_only(tmp_path: Path) -> None:
    got = read_bytes(tmp_path, b'a,b\n1,2\n3,"4\n5,6\n7,8\n', "CSV")
    assert got.rows == [("1", "2"), ("5", "6"), ("7", "8")]
    assert got.counts == {ProblemKind.UNCLOSED_QUOTE: 1}
    assert got.places(ProblemKind.UNCLOSED_QUOTE) == [3]


def test_a_quote_inside_a_field_is_a_character(tmp_path: Path) -> None:
    got = read_bytes(tmp_path, b'a,b\n5" pipe,1\nx,"q""r"\n6" pipe,2\n', "CSV")
    assert got.rows == [('5" pipe', "1"), ("x", 'q"r'), ('6" pipe', "2")]
    assert not got.problems


def test_bytes_that_are_no_utf8_are_replaced_and_counted(tmp_path: Path) -> None:
    got = read_bytes(tmp_path, b"a,b\nz\xfcrich,1\nok,2\n\xff\xfe,3\n", "CSV")
    assert got.rows == [("z\ufffdrich", "1"), ("ok", "2"), ("\ufffd\ufffd", "3")]
    assert got.counts == {ProblemKind.NOT_UTF8: 2}


def test_a_ten_megabyte_cell_is_cut_and_counted(tmp_path: Path) -> None:
    got = read_bytes(tmp_path, b"a,b\n1,2\n" + b"x" * 10_000_000 + b",3\n4,5\n", "CSV")
    assert [len(row[0]) for row in got.rows] == [1, 1 << 18, 1]
    assert got.counts == {ProblemKind.OVERSIZED_CELL: 1}
    assert got.places(ProblemKind.OVERSIZED_CELL) == [2]


def test_five_thousand_columns_work_and_more_than_the_bound_do_not(tmp_path: Path) -> None:
    def table(width: int) -> bytes:
        names = ",".join(f"c{index}" for index in range(width))
        return f"{names}\n{','.join(['1'] * width)}\n".encode() * 1 + f"{',' * (width - 1)}\n".encode()

    got = read_bytes(tmp_path, table(5000), "CSV")
    assert got.frame.shape == (2, 5000)
    assert got.frame.null_count().row(0) == (1,) * 5000
    with pytest.raises(SchemaMismatchError, match="10001 columns, more than the 10000"):
        read_bytes(tmp_path, table(10_001), "CSV")


def test_duplicate_names_are_refused_with_both_positions(tmp_path: Path) -> None:
    with pytest.raises(SchemaMismatchError, match=r"column 'age' twice, at positions 2 and 4: rename"):
        read_bytes(tmp_path, b"id,age,x,age\n1,2,3,4\n", "CSV")


def test_a_missing_header_is_noticed(tmp_path: Path) -> None:
    with pytest.raises(SchemaMismatchError, match=r"no header.*csv\.header: false"):
        read_bytes(tmp_path, b"1,2.5,\n3,4,5\n", "CSV")
    with pytest.raises(UnreadableObjectError, match="no header"):
        read_bytes(tmp_path, gzip.compress(b""), "CSV")


def test_a_column_without_a_name_is_named_by_its_position(tmp_path: Path) -> None:
    got = read_bytes(tmp_path, b",a\n0,x\n1,y\n", "CSV")
    assert got.frame.columns == ["_c0", "a"]


def test_an_impossible_dialect_is_refused(tmp_path: Path) -> None:
    for dialect in (Csv(delimiter='"'), Csv(delimiter="§")):
        with pytest.raises(ConfigurationError, match=r"csv\.delimiter and csv\.quote"):
            read_bytes(tmp_path, b"a,b\n", "CSV", csv=dialect)


@pytest.mark.parametrize(
    "data",
    [
        b"a\0,b,cat\n1,2,x\n",
        b"a\0,a\0b,cat\n1,2,x\n",
        "secret,b\n1,2\n".encode("utf-16-le"),
        gzip.compress(gzip.compress(b"secret,b\n1,2\n", mtime=0), mtime=0),
        b"PAR1\x15\x04\x15\x00secret\nPAR1",
    ],
)
@pytest.mark.parametrize("header", [True, False])
def test_what_is_binary_is_no_csv(tmp_path: Path, data: bytes, header: bool) -> None:
    with pytest.raises(UnreadableObjectError, match="NUL bytes in its first line: it is binary") as caught:
        read_bytes(tmp_path, data, "CSV", csv=Csv(header=header))
    assert "secret" not in str(caught.value)
    assert str(caught.value).isprintable()


def test_line_ends_that_are_only_carriage_returns_are_refused_with_the_remedy(tmp_path: Path) -> None:
    for header in (True, False):
        with pytest.raises(UnreadableObjectError, match=r"carriage return alone.*\(\\n\)"):
            read_bytes(tmp_path, b"a,b\r1,2\r3,4\r", "CSV", csv=Csv(header=header))
    assert read_bytes(tmp_path, b'"a\rb",c\r\n1,2\r\n', "CSV").rows == [("1", "2")]
    assert read_bytes(tmp_path, b"a,b\r\n", "CSV").rows == []


@pytest.mark.timeout(20)
def test_stray_quotes_in_every_line_are_counted_in_linear_time(tmp_path: Path) -> None:
    got = read_bytes(tmp_path, b"a,b,cat\n" + b'1,"a"b,"c\n' * 40_000, "CSV")
    assert got.counts == {ProblemKind.UNCLOSED_QUOTE: 40_000}
    assert not got.rows


@pytest.mark.timeout(20)
def test_a_header_of_many_quoted_lines_is_read_in_linear_time(tmp_path: Path) -> None:
    got = read_bytes(tmp_path, b'"a' + b"\n" * 100_000 + b'",b\n1,2\n', "CSV")
    assert got.frame.columns == ["a" + "\n" * 100_000, "b"]
    assert got.rows == [("1", "2")]
