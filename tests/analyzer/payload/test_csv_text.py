import csv
import io
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_monitor_analyzer.payload import csv_text
from model_monitor_analyzer.payload.csv_text import parse_csv
from model_monitor_analyzer.payload.errors import BodyError, BodyProblem

FIELDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=8)


def written(rows: list[list[str]], line_end: str, delimiter: str = ",") -> str:
    """Python's writer with every field quoted, as an independent producer."""
    stream = io.StringIO()
    csv.writer(stream, quoting=csv.QUOTE_ALL, lineterminator=line_end, delimiter=delimiter).writerows(rows)
    return stream.getvalue()


@given(
    rows=st.lists(st.lists(FIELDS, min_size=2, max_size=4), max_size=5),
    line_end=st.sampled_from(["\n", "\r\n"]),
    delimiter=st.sampled_from([",", ";", "|", "\t"]),
)
def test_rows_written_by_pythons_csv_module_are_read_back(
    rows: list[list[str]], line_end: str, delimiter: str
) -> None:
    assert parse_csv(written(rows, line_end, delimiter), delimiter, width=2) == rows


@given(
    rows=st.lists(
        st.lists(st.from_regex(r"[a-z0-9. -]{1,6}", fullmatch=True), min_size=2, max_size=4), max_size=5
    )
)
def test_plain_and_quoted_text_of_the_same_rows_are_read_alike(rows: list[list[str]]) -> None:
    plain = "".join(",".join(row) + "\n" for row in rows)
    assert parse_csv(plain, width=2) == parse_csv(written(rows, "\n"), width=2)


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("1,2", [["1", "2"]]),
        ("1,2\n", [["1", "2"]]),
        ("1,2\r\n3,4\r\n", [["1", "2"], ["3", "4"]]),
        ("1,,3\n", [["1", None, "3"]]),
        (",\n", [[None, None]]),
        ('1,"",3', [["1", "", "3"]]),
        ('"a,b","say ""hi""","line\nbreak"', [["a,b", 'say "hi"', "line\nbreak"]]),
        ('5" pipe,1', [['5" pipe', "1"]]),
        ("1,2\n\n3,4\n", [["1", "2"], ["3", "4"]]),
        ('1,"2"\n\n3,4\n', [["1", "2"], ["3", "4"]]),
        ("1, 2", [["1", " 2"]]),
        ("", []),
    ],
)
def test_lines_of_several_fields(text: str, rows: list[list[str | None]]) -> None:
    assert parse_csv(text) == rows


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("0.5", [["0.5"]]),
        ("0.5\n", [["0.5"]]),
        ("0.5\n\n0.7\n", [["0.5"], [None], ["0.7"]]),
        ("0.5\n\n", [["0.5"], [None]]),
        ("\n", [[None]]),
        ('""\n', [[""]]),
        ("", []),
    ],
)
def test_a_blank_line_is_a_missing_value_where_there_is_one_column(
    text: str, rows: list[list[str | None]]
) -> None:
    assert parse_csv(text, width=1) == rows
    assert parse_csv(text) == rows


@pytest.mark.parametrize("text", ['"never closed', '"closed"then more,1', 'a,"b\n', '"a""'])
def test_bad_quotes_are_refused(text: str) -> None:
    with pytest.raises(BodyError) as caught:
        parse_csv(text)
    assert caught.value.problem is BodyProblem.INVALID_CSV


def test_a_body_of_too_many_lines_is_refused() -> None:
    with pytest.raises(BodyError) as caught:
        parse_csv("1\n" * 100_001, width=1)
    assert caught.value.problem is BodyProblem.TOO_LARGE


@pytest.mark.parametrize("unit", ["1,", "1,2\n", "\n", '"1"\n'])
def test_a_body_of_too_many_cells_is_refused_before_they_take_room(unit: str) -> None:
    text = unit * (20_000_000 // len(unit))
    tracemalloc.start()
    try:
        with pytest.raises(BodyError) as caught:
            parse_csv(text)
        assert tracemalloc.get_traced_memory()[1] < 3 * len(text)
    finally:
        tracemalloc.stop()
    assert caught.value.problem is BodyProblem.TOO_LARGE


@pytest.mark.parametrize("field", ["1", '"1"'])
def test_the_cells_of_all_lines_count(field: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_text, "MAX_CELLS", 6)
    assert parse_csv(f"{field},2\n" * 3, width=2) == [["1", "2"]] * 3
    with pytest.raises(BodyError) as caught:
        parse_csv(f"{field},2\n" * 3 + "3", width=2)
    assert caught.value.problem is BodyProblem.TOO_LARGE


@pytest.mark.timeout(10)
def test_quotes_that_invite_backtracking_take_linear_time() -> None:
    with pytest.raises(BodyError):
        parse_csv('"' + '""' * 2_000_000)
