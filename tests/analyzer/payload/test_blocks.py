"""What is decoded at once must be what is decoded one by one."""

import json
from collections.abc import Callable
from typing import Any
from unittest import mock

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from model_monitor_analyzer.payload import blocks
from model_monitor_analyzer.payload.blocks import (
    CONTENT_TYPE,
    DATA,
    ENCODING,
    Failure,
    SideBlock,
    decode_block,
)
from model_monitor_analyzer.payload.body import BodyDecoder, body_decoder
from model_monitor_analyzer.payload.errors import BodyError, BodyProblem
from model_monitor_analyzer.payload.values import MAX_COLUMNS
from model_monitor_analyzer.payload.vectorised import BODY, ROW
from model_monitor_api.v1alpha1.dataset import Body

NAMES = ("a", "b", "c")


def frame(bodies: list[tuple[str | None, str | None, str | None]]) -> pl.DataFrame:
    return pl.DataFrame(bodies, schema=dict.fromkeys((DATA, ENCODING, CONTENT_TYPE), pl.String), orient="row")


def compile_body(
    body: Body, names: tuple[str, ...] | None = NAMES, keep: frozenset[str] | None = None
) -> BodyDecoder:
    return body_decoder(body, field="f", default_names=names, keep=keep)


def one_by_one(decoder: BodyDecoder, bodies: pl.DataFrame) -> tuple[list[dict[str, Any]], list[Failure]]:
    """The rows by the plain loop, as dictionaries without missing cells."""
    rows: list[dict[str, Any]] = []
    failures = []
    for index, (data, encoding, content_type) in enumerate(bodies.iter_rows()):
        if data is None:
            continue
        try:
            decoded = decoder.rows(data, encoding, content_type)
        except BodyError as error:
            failures.append(Failure(index, error.problem))
            continue
        for number, row in enumerate(decoded):
            rows.append(
                {BODY: index, ROW: number} | {name: cell for name, cell in row.items() if cell is not None}
            )
    return rows, failures


def assert_agrees(decoder: BodyDecoder, bodies: pl.DataFrame) -> SideBlock:
    block = decode_block(decoder, bodies)
    rows, failures = one_by_one(decoder, bodies)
    found = [{name: cell for name, cell in row.items() if cell is not None} for row in block.frame.to_dicts()]
    assert found == rows
    assert list(block.failures) == failures
    assert block.frame.drop(BODY, ROW).dtypes == [pl.String] * (block.frame.width - 2)
    return block


NUMBERS = st.sampled_from(
    ["0", "-0", "1", "1.0", "-2.50", "1e5", "1E-07", "12345678901234567890", "1e400", "01", "1.", "+1", "NaN"]
)
TOKENS = NUMBERS | st.sampled_from(
    ["true", "false", "null", '"x"', '""', '"null"', '"a,b"', '"}"', '"]"', "[1]", "{}", '"\\n"', '"é"']
)
SPACES = st.sampled_from(["", "", "", " ", "  ", "\n", "\t"])


@st.composite
def arrays(draw: st.DrawFn) -> str:
    def gap() -> str:
        return draw(SPACES)

    width = draw(st.sampled_from([3, 3, 3, 1, 2]))
    row = st.lists(NUMBERS if draw(st.booleans()) else TOKENS, min_size=width, max_size=width)
    rows = draw(st.lists(row, max_size=3))
    comma = f"{gap()},{gap()}"
    shape = draw(st.sampled_from(["nested", "flat", "objects", "object"]))
    if shape in ("objects", "object"):
        keys = draw(st.permutations(["a", "b", draw(st.sampled_from(["c", "a", "d}", 'q"', "__mm_body"]))]))
        colon = f"{gap()}:{gap()}"
        parts = [
            "{"
            + gap()
            + comma.join(f"{json.dumps(key)}{colon}{cell}" for key, cell in zip(keys, row, strict=False))
            + gap()
            + "}"
            for row in rows
        ]
        text = parts[0] if shape == "object" and parts else f"[{gap()}{comma.join(parts)}{gap()}]"
    elif shape == "flat":
        text = f"[{gap()}{comma.join(rows[0] if rows else [])}{gap()}]"
    else:
        text = f"[{comma.join(f'[{gap()}{comma.join(row)}{gap()}]' for row in rows)}]"
    wrapper = draw(st.sampled_from(["", "", "instances", "predictions", "rows"]))
    if wrapper:
        text = f'{{{gap()}"{wrapper}"{gap()}:{gap()}{text}{gap()}}}'
    return gap() + text + gap()


CSV_TEXT = st.lists(
    st.lists(st.sampled_from(["1", "2.5", "", " x", '"q"', '"a,b"', "é"]), min_size=1, max_size=4).map(
        ",".join
    ),
    max_size=4,
).flatmap(lambda lines: st.sampled_from(["\n", "\r\n", "\n\n"]).map(lambda end: end.join(lines)))
RECORDED = st.tuples(
    st.one_of(
        arrays(),
        arrays(),
        CSV_TEXT,
        CSV_TEXT.map(lambda text: text + "\n"),
        st.none(),
        st.sampled_from(
            [
                "",
                "\n",
                "\r",
                "{",
                "[",
                "[[1,2,3],[4,5,6]",
                '{"a":1},{"a":2}',
                "\ufeff1,2,3",
                "[1,2,3]\n[4,5,6]",
            ]
        ),
    ),
    st.sampled_from(["CSV", "JSON", "JSON", None, "BASE64"]),
    st.sampled_from([None, "text/csv", "application/json", "application/jsonlines"]),
)
BODIES = [
    Body(),
    Body(format="CSV"),
    Body(format="JSON"),
    Body(format="JSON", rows="rows"),
    Body(rows="rows"),
    Body(rows="rows[]"),
    Body(format="JSONLines"),
    Body(format="TensorFlowServing"),
    Body(columns={"a": "[0]", "b": "a"}),
]


@given(
    bodies=st.lists(RECORDED, max_size=8),
    body=st.sampled_from(BODIES),
    names=st.sampled_from([NAMES, NAMES, ("a",), None]),
    keep=st.sampled_from([None, frozenset(["a", "zz"])]),
)
@example(bodies=[('{"a":1},{"a":2}', "JSON", None)], body=Body(), names=NAMES, keep=None)
@example(bodies=[('[{"a":1}] , [{"a":2}]', "JSON", None)], body=Body(), names=NAMES, keep=None)
@example(bodies=[('{"a":"x},{"a":"y"}', "JSON", None)], body=Body(), names=NAMES, keep=None)
@settings(max_examples=200, deadline=None)
def test_both_ways_give_the_same_rows_and_failures(
    bodies: list[tuple[str | None, str | None, str | None]],
    body: Body,
    names: tuple[str, ...] | None,
    keep: frozenset[str] | None,
) -> None:
    decoder = compile_body(body, names, keep)
    block = decode_block(decoder, frame(bodies))
    rows, failures = one_by_one(decoder, frame(bodies))
    reserved = [name for row in rows for name in row if name.startswith("__mm_") and name not in (BODY, ROW)]
    if not reserved and not any('"__mm_body"' in (data or "") for data, _, _ in bodies):
        assert_agrees(decoder, frame(bodies))
    assert list(block.failures) == failures


def refuses_the_loop() -> Any:
    return mock.patch.object(BodyDecoder, "rows", side_effect=AssertionError("decoded one by one"))


@pytest.mark.parametrize(
    ("body", "encoding", "write"),
    [
        (Body(), "CSV", ",".join),
        (Body(), "CSV", lambda row: ",".join(row) + "\r\n" + ",".join(row) + "\r\n"),
        (Body(format="CSV", csv_delimiter=";"), None, ";".join),
        (Body(), "JSON", lambda row: f"[{', '.join(row)}]\n"),
        (Body(), "JSON", lambda row: f"[[{','.join(row)}],[{','.join(row)}]]"),
        (Body(), "JSON", lambda row: f'{{"instances": [[{", ".join(row)}], [{", ".join(row)}]]}}'),
        (Body(), "JSON", lambda row: f'{{\n  "instances": [\n    [{", ".join(row)}]\n  ]\n}}'),
        (Body(), "JSON", lambda row: f'{{"a": {row[0]}, "b": {row[1]}, "c": "x y"}}\n'),
        (Body(), "JSON", lambda row: f'[{{"a":{row[0]},"b":{row[1]},"c":null}},{{"a":1,"b":2,"c":3}}]'),
        (Body(), "JSON", lambda row: f'{{"instances":[{{"a":{row[0]},"b":{row[1]},"c":true}}]}}'),
        (Body(format="TensorFlowServing"), "JSON", lambda row: f'{{"instances": [[{", ".join(row)}]]}}'),
        (Body(rows="rows"), "JSON", lambda row: f'{{"rows":[[{",".join(row)}]]}}'),
    ],
)
def test_plain_bodies_are_decoded_at_once(
    body: Body, encoding: str | None, write: Callable[[list[str]], str]
) -> None:
    decoder = compile_body(body)
    rows = [["1", "2.50", "-3e-7"], ["4", "0.10", "6"]]
    bodies = frame([(write(row), encoding, None) for row in rows])
    with refuses_the_loop():
        block = decode_block(decoder, bodies)
    assert not block.failures
    assert block.frame["a"][0] == "1"
    assert block.frame["b"][0] == "2.50"
    assert_agrees(decoder, bodies)


def test_mixed_bodies_keep_their_order() -> None:
    bodies = frame(
        [
            ("[1,2,3]", "JSON", None),
            ("4,5,6", "CSV", None),
            ('7,"8",9', "CSV", None),
            (None, None, None),
            ("10,11", "CSV", None),
            ('{"c":13,"a":12}', "JSON", None),
            ("MTQsMTUsMTY=", "BASE64", None),
        ]
    )
    block = assert_agrees(compile_body(Body()), bodies)
    assert block.frame["a"].to_list() == ["1", "4", "7", "12", "14"]
    assert block.failures == (Failure(4, BodyProblem.WIDTH_MISMATCH),)


def test_nothing_at_all_is_an_empty_block() -> None:
    block = decode_block(compile_body(Body()), frame([]))
    assert_frame_equal(block.frame, pl.DataFrame(schema={BODY: pl.UInt32, ROW: pl.UInt32}))


def test_reserved_columns_are_left_out() -> None:
    block = decode_block(compile_body(Body()), frame([('{"__mm_body":9,"a":1}', "JSON", None)]))
    assert block.frame.columns == [BODY, ROW, "a"]
    assert block.frame[BODY].to_list() == [0]


def test_ever_new_columns_are_bounded() -> None:
    bodies = frame([(json.dumps({f"k{index}": [1]}), "JSON", None) for index in range(300)])
    with mock.patch.object(blocks, "BLOCK_CELLS", 300 * 100):
        block = decode_block(compile_body(Body(), names=None), bodies)
    assert block.frame.width == 2 + 100
    assert block.failures == tuple(Failure(index, BodyProblem.TOO_LARGE) for index in range(100, 300))


@pytest.mark.parametrize("numbers", [False, True])
@pytest.mark.parametrize(
    ("encoding", "opening", "separator", "closing"),
    [("CSV", "", ",", ""), ("JSON", "[", ", ", "]"), ("JSON", '{"instances": [[', ", ", "]]}")],
)
def test_positions_are_bounded_like_keys(
    encoding: str, opening: str, separator: str, closing: str, numbers: bool
) -> None:
    def body(width: int) -> tuple[str, str, None]:
        return opening + separator.join(["1.5"] * width) + closing, encoding, None

    decoder = compile_body(Body(), names=None)
    most = decode_block(decoder, frame([body(MAX_COLUMNS)] * 2), numbers=numbers)
    assert most.frame.shape == (2, 2 + MAX_COLUMNS)
    more = decode_block(decoder, frame([body(MAX_COLUMNS + 1), body(2)]), numbers=numbers)
    assert more.failures == (Failure(0, BodyProblem.TOO_LARGE),)
    assert more.frame.shape == (1, 2 + 2)


@pytest.mark.timeout(30)
def test_bodies_of_ever_new_forms_do_not_take_quadratic_time() -> None:
    bodies = frame(
        [(json.dumps({f"k{index % 500}": index, "b": "x"}), "JSON", None) for index in range(20_000)]
    )
    block = decode_block(compile_body(Body()), bodies)
    assert len(block.frame) == 20_000
