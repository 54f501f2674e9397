"""JSON Lines and JSON documents."""

import gzip
import json
from pathlib import Path

import pytest

from model_monitor_analyzer.errors import (
    ConfigurationError,
    RowsMissingError,
    SchemaMismatchError,
    UnreadableObjectError,
)
from model_monitor_analyzer.sources import json_documents, records
from model_monitor_analyzer.sources.problems import ProblemKind
from model_monitor_api.v1alpha1.columns import Columns
from tests.analyzer.sources.reading_support import read_bytes


def test_values_keep_their_lexical_form(tmp_path: Path) -> None:
    text = b'{"i":1,"f":1.0,"g":1.50,"e":1e400,"b":true,"s":"x\\u00e9\\n","n":null}\n{"i":"NA","f":-0}\n'
    got = read_bytes(tmp_path, text, "JSONLines")
    assert got.frame.columns == ["i", "f", "g", "e", "b", "s", "n"]
    assert got.rows == [
        ("1", "1.0", "1.50", "1e400", "true", "xé\n", None),
        ("NA", "-0", None, None, None, None, None),
    ]


def test_nested_values_are_flattened_by_path(tmp_path: Path) -> None:
    text = b'{"a":{"b":1,"c":{"d":null}},"l":[1,[2.0,"x"]]}\n{"a":{"b":2},"l":[]}\n'
    got = read_bytes(tmp_path, text, "JSONLines")
    assert got.frame.to_dicts() == [
        {"a.b": "1", "a.c.d": None, "l.0": "1", "l.1.0": "2.0", "l.1.1": "x"},
        {"a.b": "2", "a.c.d": None, "l.0": None, "l.1.0": None, "l.1.1": None},
    ]


def test_arrays_take_declared_names(tmp_path: Path) -> None:
    got = read_bytes(tmp_path, b"[1,2]\n[3,4]\n[5]\n", "JSONLines", columns=Columns(names=["x", "y"]))
    assert got.frame.columns == ["x", "y"]
    assert got.rows == [("1", "2"), ("3", "4")]
    assert got.counts == {ProblemKind.WIDTH_MISMATCH: 1}


def test_one_invalid_line_in_ten_thousand_is_counted_and_placed(tmp_path: Path) -> None:
    lines = [b'{"a": %d, "b": "x"}\n' % number for number in range(1, 10_001)]
    lines[6] = b'{"a": 7, "b": x"}\n'
    got = read_bytes(tmp_path, b"".join(lines), "JSONLines")
    assert got.rows == [(str(number), "x") for number in range(1, 10_001) if number != 7]
    assert got.counts == {ProblemKind.INVALID_JSON: 1}
    assert got.places(ProblemKind.INVALID_JSON) == [7]


def test_blank_lines_are_nothing_and_a_cut_last_line_is_incomplete(tmp_path: Path) -> None:
    got = read_bytes(tmp_path, b'{"a":1}\n\n  \r\n{"a":2}\r\n{"a":', "JSONLines")
    assert got.rows == [("1",), ("2",)]
    assert got.counts == {ProblemKind.INCOMPLETE_RECORD: 1}
    assert got.places(ProblemKind.INCOMPLETE_RECORD) == [5]
    assert read_bytes(tmp_path, b'{"a":1}', "JSONLines").rows == [("1",)]


def test_bytes_that_are_no_utf8_are_replaced_and_counted(tmp_path: Path) -> None:
    got = read_bytes(tmp_path, b'{"a":"ok"}\n{"a":"z\xfcrich"}\n', "JSONLines")
    assert got.rows == [("ok",), ("z\ufffdrich",)]
    assert got.counts == {ProblemKind.NOT_UTF8: 1}
    assert got.places(ProblemKind.NOT_UTF8) == [2]


def test_a_truncated_gzip_keeps_the_rows_before_the_cut(tmp_path: Path) -> None:
    text = b"".join(b'{"a": %d, "b": "%x"}\n' % (i, i * 7919) for i in range(10_000))
    got = read_bytes(tmp_path, gzip.compress(text)[:-2000], "JSONLines")
    assert 1_000 < len(got.rows) < 10_000
    assert got.rows == [(str(i), f"{i * 7919:x}") for i in range(len(got.rows))]
    assert got.counts == {ProblemKind.TRUNCATED_OBJECT: 1}


def test_infinite_numbers_and_nan(tmp_path: Path) -> None:
    got = read_bytes(tmp_path, b'{"a":NaN,"b":Infinity}\n{"a":-Infinity,"b":"NaN"}\n', "JSONLines")
    assert got.rows == [(None, "Infinity"), ("-Infinity", "NaN")]


def test_a_ten_megabyte_value_is_cut_and_counted(tmp_path: Path) -> None:
    text = b'{"a":"1"}\n{"a":"' + b"x" * 10_000_000 + b'"}\n'
    got = read_bytes(tmp_path, text, "JSONLines")
    assert [len(row[0]) for row in got.rows] == [1, 1 << 18]
    assert got.counts == {ProblemKind.OVERSIZED_CELL: 1}


def test_five_thousand_columns(tmp_path: Path) -> None:
    text = json.dumps({f"c{index}": index for index in range(5000)}).encode() + b"\n"
    assert read_bytes(tmp_path, text * 3, "JSONLines").frame.shape == (3, 5000)


def test_ever_new_columns_end_at_the_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "MAX_COLUMNS", 100)
    text = b"".join(b'{"c%d": 1}\n' % number for number in range(101))
    assert read_bytes(tmp_path, text[: -len(b'{"c100": 1}\n')], "JSONLines").frame.shape == (100, 100)
    with pytest.raises(SchemaMismatchError, match="101 columns, more than the 100"):
        read_bytes(tmp_path, text, "JSONLines")


def test_reserved_names_are_left_out(tmp_path: Path) -> None:
    got = read_bytes(tmp_path, b'{"a":1,"__mm_record":2}\n', "JSONLines")
    assert got.frame.columns == ["a"]


def test_a_document_is_its_rows_or_has_them_at_an_expression(tmp_path: Path) -> None:
    rows = [{"a": 1, "b": {"c": 2.0}}, {"a": "x"}]
    expected = [("1", "2.0"), ("x", None)]
    for text, expression in (
        (json.dumps(rows), None),
        (json.dumps({"data": {"rows": rows}}), "data.rows"),
        (
            json.dumps({"all": [{"keep": True, "row": rows[0]}, {"row": 0}, {"keep": True, "row": rows[1]}]}),
            "all[?keep].row",
        ),
    ):
        got = read_bytes(tmp_path, gzip.compress(text.encode()), "JSON", rows=expression)
        assert got.frame.columns == ["a", "b.c"]
        assert got.rows == expected


def test_bad_rows_of_a_document_are_counted_by_their_place(tmp_path: Path) -> None:
    got = read_bytes(tmp_path, b"[[1,2],[3],[4,5]]", "JSON", columns=Columns(names=["x", "y"]))
    assert got.rows == [("1", "2"), ("4", "5")]
    assert got.places(ProblemKind.WIDTH_MISMATCH) == [2]


def test_a_document_that_is_none_ends_with_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UnreadableObjectError, match=r"object' is no JSON document.*JSONLines"):
        read_bytes(tmp_path, b'{"a":1}\n{"a":2}\n', "JSON")
    with pytest.raises(UnreadableObjectError, match="nests too deep"):
        read_bytes(tmp_path, b"[" * 100_000, "JSON")
    with pytest.raises(RowsMissingError, match="can't be evaluated"):
        read_bytes(tmp_path, b'{"a":1}', "JSON", rows="sum(a)")
    with pytest.raises(UnreadableObjectError, match="cut short"):
        read_bytes(tmp_path, gzip.compress(b"[1]" * 100)[:-10], "JSON")
    with pytest.raises(ConfigurationError, match="rows"):
        read_bytes(tmp_path, b"[]", "JSON", rows="a[")
    monkeypatch.setattr(json_documents, "MAX_DOCUMENT_BYTES", 1 << 20)
    with pytest.raises(UnreadableObjectError, match=r"larger than the 1 MiB.*JSON Lines"):
        read_bytes(tmp_path, b"[" + b" " * (1 << 20) + b"]", "JSON")


@pytest.mark.parametrize(
    ("document", "rows", "told"),
    [(b'{"a":1}', "b", "`rows` gives no list of rows"), (b"1", None, "the document gives no list of rows")],
)
def test_where_no_rows_are_the_advice_is_to_say_where_they_are(
    tmp_path: Path, document: bytes, rows: str | None, told: str
) -> None:
    with pytest.raises(UnreadableObjectError, match=f"object': {told}; say by `rows`") as caught:
        read_bytes(tmp_path, document, "JSON", rows=rows)
    assert caught.value.next_step.startswith("Correct `rows`")


def test_a_name_with_nul_is_refused_in_a_document_and_costs_a_line_alone(tmp_path: Path) -> None:
    row = b'{"a\\u0000": 1, "b": 2}'
    with pytest.raises(UnreadableObjectError, match=r"NUL character in the name of column \d: rename"):
        read_bytes(tmp_path, b"[" + row + b"]", "JSON")
    got = read_bytes(tmp_path, b'{"b": 1}\n' + row + b'\n{"b": 3}\n', "JSONLines")
    assert (got.rows, got.counts) == ([("1",), ("3",)], {ProblemKind.INVALID_JSON: 1})
