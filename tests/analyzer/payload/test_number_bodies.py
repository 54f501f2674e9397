"""Bodies read as numbers must be summarised as the texts that they are would be."""

import json
import re
from collections.abc import Callable, Sequence

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from model_monitor_analyzer.payload import number_table
from model_monitor_analyzer.payload.blocks import CONTENT_TYPE, DATA, ENCODING, SideBlock, decode_block
from model_monitor_analyzer.payload.body import body_decoder
from model_monitor_analyzer.payload.number_bodies import array_numbers, csv_numbers
from model_monitor_analyzer.payload.number_table import read_table
from model_monitor_analyzer.payload.vectorised import BODY, ROW
from model_monitor_analyzer.summaries import SummarySettings, summarise
from model_monitor_api.v1alpha1.dataset import Body

Rows = Sequence[Sequence[str]]
Form = tuple[str, Callable[[Rows], str]]

NAMES = ("a", "b", "c")


def objects(colon: str, comma: str) -> Callable[[Rows], str]:
    def write(rows: Rows) -> str:
        cells = zip(NAMES, rows[0], strict=False)
        return "{" + comma.join(f'"{name}"{colon}{cell}' for name, cell in cells) + "}"

    return write


def arrays(gap: str, wrapper: str | None) -> Callable[[Rows], str]:
    def write(rows: Rows) -> str:
        text = f",{gap}".join(f"[{f',{gap}'.join(row)}]" for row in rows)
        return f"[{text}]" if wrapper is None else f'{{"{wrapper}":{gap}[{text}]}}'

    return write


FORMS: dict[str, Form] = {
    "csv": ("CSV", lambda rows: "\n".join(map(",".join, rows)) + "\n"),
    "csv without a last break": ("CSV", lambda rows: "\n".join(map(",".join, rows))),
    "objects": ("JSON", objects(": ", ", ")),
    "compact objects": ("JSON", objects(":", ",")),
    "arrays": ("JSON", arrays(" ", None)),
    "instances": ("JSON", arrays(" ", "instances")),
    "compact instances": ("JSON", arrays("", "instances")),
    "one row": ("JSON", lambda rows: f"[{', '.join(rows[0])}]"),
    "scalars": ("JSON", lambda rows: json.dumps({"predictions": [0]}).replace("0", ", ".join(rows[0]))),
}


def decode(form: Form, bodies: Sequence[Rows], names: tuple[str, ...] | None) -> tuple[SideBlock, SideBlock]:
    """The bodies as texts, and as numbers where they are."""
    encoding, write = form
    schema = dict.fromkeys((DATA, ENCODING, CONTENT_TYPE), pl.String)
    frame = pl.DataFrame([(write(rows), encoding, None) for rows in bodies], schema=schema, orient="row")
    decoder = body_decoder(Body(), field="f", default_names=names, keep=None)
    return decode_block(decoder, frame), decode_block(decoder, frame, numbers=True)


def assert_alike(texts: SideBlock, numbers: SideBlock) -> None:
    assert numbers.failures == texts.failures
    assert numbers.frame.columns == texts.frame.columns
    assert numbers.frame.select(BODY, ROW).equals(texts.frame.select(BODY, ROW))
    summaries = [
        summarise(block.frame.drop(BODY, ROW), SummarySettings()).to_bytes() for block in (texts, numbers)
    ]
    assert summaries[0] == summaries[1]


FRACTIONS = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.sampled_from(
        ["1.5", "0.05", "-0.0", "10.010", "1e5", "2.5E-05", "-3e+7", "1.0e400", "123456789.123456789"]
    ),
)
INTEGERS = st.one_of(
    st.integers(-(2**63), 2**63 - 1).map(str), st.sampled_from(["0", "-0", "7", "100", "-10"])
)
STRANGE = st.sampled_from(
    r""" 1.5|1.5 |007|-01.5|1.|.5|-.5|+1|1+5|1-2|--1|-|e5|1e|1e+|1e5e5|1.2.3|1 2|null|NaN|Infinity|true|"1"|
    9999999999999999999|1.5,2|0x1F|[1]|é|""".replace("\n    ", "").split("|")
)
COLUMNS = st.sampled_from([FRACTIONS, FRACTIONS, INTEGERS, st.one_of(FRACTIONS, INTEGERS)])
ROWS = st.tuples(COLUMNS, COLUMNS, COLUMNS).flatmap(
    lambda cells: st.lists(st.lists(st.tuples(*cells), min_size=1, max_size=4), min_size=1, max_size=4)
)


@given(form=st.sampled_from(list(FORMS)), bodies=ROWS, names=st.sampled_from([NAMES, None]))
@example(form="csv", bodies=[[("1.5", "2", "3")], [("1.5", "", "3"), ("", "", "")]], names=NAMES)
@settings(max_examples=60, deadline=None)
def test_numbers_are_summarised_as_their_texts(
    form: str, bodies: list[list[tuple[str, ...]]], names: tuple[str, ...] | None
) -> None:
    assert_alike(*decode(FORMS[form], bodies, names))


@given(form=st.sampled_from(list(FORMS)), bodies=ROWS, strange=STRANGE, data=st.data())
@settings(max_examples=60, deadline=None)
def test_one_cell_that_is_no_plain_number_leaves_its_column_what_it_was(
    form: str, bodies: list[list[tuple[str, ...]]], strange: str, data: st.DataObject
) -> None:
    rows = data.draw(st.sampled_from(bodies))
    row = data.draw(st.integers(0, len(rows) - 1))
    column = data.draw(st.integers(0, 2))
    cells = [*rows[row]]
    cells[column] = strange
    changed = [body if body is not rows else [*rows[:row], tuple(cells), *rows[row + 1 :]] for body in bodies]
    assert_alike(*decode(FORMS[form], changed, NAMES))


@pytest.mark.parametrize("form", sorted(set(FORMS) - {"scalars"}))
def test_a_columns_type_is_how_all_its_numbers_are_written(form: str) -> None:
    bodies = [[("1.5", "2", "3")], [("1e-05", "-4", "5.0")]]
    texts, numbers = decode(FORMS[form], bodies, NAMES)
    assert_alike(texts, numbers)
    assert numbers.frame.schema == {
        BODY: pl.UInt32,
        ROW: pl.UInt32,
        "a": pl.Float64,
        "b": pl.Int64,
        "c": pl.String,
    }
    assert numbers.frame["c"].to_list() == ["3", "5.0"]


def test_several_rows_of_a_body_are_numbered() -> None:
    rows = [("1.5", "2.5", "3.5")] * 3
    _, numbers = decode(FORMS["instances"], [rows, rows[:1], rows[:2]], NAMES)
    assert numbers.frame[BODY].to_list() == [0, 0, 0, 1, 2, 2]
    assert numbers.frame[ROW].to_list() == [0, 1, 2, 0, 0, 1]
    assert numbers.frame["a"].dtype == pl.Float64


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"1.5,2.5",
        b"1.5\n1.5,2.5,3.5\n",
        b"1.5,2.5\n\n1.5,2.5\n",
        b"1.5,2.5,3.5\n1.5,2.5\n",
        b"1.5;2.5\n",
        b"1.5, 2.5\n",
        b"1.5,x\n",
        b"1.5,007.5\n",
        b"05,2.5\n",
        b"+5,2.5\n",
        b".5,2.5\n",
        b"1.5,1.\n",
        b"1.5,1+5\n",
    ],
)
def test_what_is_no_table_of_plain_numbers_is_refused(raw: bytes) -> None:
    assert read_table(raw, ["a", "b"], ",") is None


@pytest.mark.parametrize("place", [0, (1 << 17) - 3, (1 << 17) - 2, (1 << 17) - 1, 1 << 17, (1 << 17) + 1])
@pytest.mark.parametrize("cell", [b"007.5", b"1..50", b"+1.50", b"-.500", b"-01.5"])
def test_a_cell_is_checked_wherever_it_lies(place: int, cell: bytes) -> None:
    cells = [b"10.25"] * 50_000
    number, offset = divmod(place, 6)
    cells[0] = b"1" * offset + cells[0]
    good = b"\n".join(cells) + b"\n"
    cells[number] = cell
    assert read_table(good, ["a"], ",") is not None
    assert read_table(b"\n".join(cells) + b"\n", ["a"], ",") is None


@given(st.lists(st.text(alphabet="01.-,\n eE+x", max_size=12), min_size=1, max_size=12), st.integers(1, 9))
def test_it_does_not_matter_where_the_bytes_are_cut(cells: list[str], chunk: int) -> None:
    raw = ",".join(cells).encode() + b"\n"
    columns = [f"c{index}" for index in range(raw.split(b"\n")[0].count(b",") + 1)]
    whole = read_table(raw, columns, ",")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(number_table, "CHUNK", chunk)
        cut = read_table(raw, columns, ",")
    assert (whole is None) == (cut is None)
    assert whole is None or cut is None or whole.equals(cut)


@given(
    st.lists(st.floats(-1e6, 1e6) | st.integers(-5, 5), min_size=1, max_size=12),
    st.lists(st.tuples(st.integers(0, 60), st.sampled_from(" .-,0]\n\t")), max_size=3),
    st.integers(1, 9),
)
def test_what_is_no_json_is_left_alone_wherever_the_bytes_are_cut(
    numbers: list[float], more: list[tuple[int, str]], chunk: int
) -> None:
    body = json.dumps([numbers])
    for place, character in more:
        body = body[:place] + character + body[place:]
    try:
        expected = json.loads(body)
    except json.JSONDecodeError:
        expected = None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(number_table, "CHUNK", chunk)
        frame = array_numbers(pl.Series([body] * 2), [f"c{index}" for index in range(len(numbers))], None)
    if not more and len({type(number) for number in numbers}) == 1:
        assert frame is not None
    if frame is not None:
        rows = expected * 2
        assert [[float(cell) for cell in row[2:]] for row in frame.iter_rows()] == rows


@given(st.text(" 01.-,\t#", min_size=1, max_size=12), st.integers(1, 9))
def test_cells_of_json_are_numbers_behind_blanks_at_most(cells: str, chunk: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(number_table, "CHUNK", chunk)
        names = [f"c{index}" for index in range(cells.count(",") + 1)]
        frame = read_table(cells.encode() + b"\n", names, ",", json=True)
    try:
        expected = json.loads(f"[{cells}]")
    except json.JSONDecodeError:
        assert frame is None
        return
    if expected and not re.search(r"\d |\t", cells):
        assert frame is not None
        assert [float(cell) for cell in frame.row(0)] == expected


@pytest.mark.parametrize("delimiter", [",", ";", "|", "\t", " ", "~"])
def test_any_delimiter_is_read_at_once(delimiter: str) -> None:
    bodies = pl.Series(["1.5,-2\n0.25,3\n", "1e-3,4"]).str.replace_all(",", delimiter, literal=True)
    frame = csv_numbers(bodies, ["a", "b"], delimiter)
    assert frame is not None
    assert frame.rows() == [(0, 0, 1.5, -2), (0, 1, 0.25, 3), (1, 0, 1e-3, 4)]
    assert frame.dtypes[2:] == [pl.Float64, pl.Int64]
