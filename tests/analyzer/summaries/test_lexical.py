r"""Types of text values against the patterns themselves."""

import re

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model_monitor_analyzer.summaries import canonical_keys
from model_monitor_analyzer.summaries.lexical import (
    BOOLEAN,
    FRACTIONAL,
    INTEGRAL,
    STRING,
    looks_temporal,
    parse_text,
)

FRACTION = re.compile(r"(-|\+)? ?[0-9]+((\.[0-9]+)|((?:\.[0-9]+)?[Ee][-+]?[0-9]+))")
INTEGER = re.compile(r"(-|\+)? ?[0-9]+")

# Separated by blanks; those that are part of a value are written as underscores.
TABLE = """
    1 0 -1 +1 _1 -_1 +_1 007 -007 -_007 +_01 9223372036854775807 -9223372036854775808 9223372036854775808
    12345678901234567890123 1.0 -1.5 +_1.5 _0.25 1e5 1E+5 1.5e-3 1e400 -1e400 1e-400 00.5
    1e0000000000000000000001 1e99999999999999999999
    .5 5. -.5 +.5 5.e3 1.e5 1e 1e+ 1.5E --1 +-1
    -__1 __1 1_ _ + - -_ . e5 1,5 0x10 1.5f 1d 1.2.3 1-2 1e5.5 +_1_2
    inf -inf +inf Infinity -Infinity nan NaN -nan NAN
    true false True TRUE true_ falsey fals tru truex falsex falsE t yes
    12-34-5678 1234-56 +1-2 e1e1 1e1e1 4e 1234e 1234. 1234.e1 12345. 1.5.
""".replace("_", "\N{NO-BREAK SPACE}").split(" ")
TABLE = [text.replace("\N{NO-BREAK SPACE}", " ") for part in TABLE for text in part.split("\n")]
TABLE += ["", "1" * 400, "1_000", "1\n", "\t1", "1\0", "\0" + "1", "\u0661", "\uff11", "1\u066b5", "\u22121"]


def kind_by_pattern(text: str) -> int:
    if FRACTION.fullmatch(text):
        return FRACTIONAL
    if INTEGER.fullmatch(text):
        return INTEGRAL
    return BOOLEAN if text in {"true", "false"} else STRING


def assert_parsed(texts: list[str]) -> None:
    parsed = parse_text(pl.Series(texts, dtype=pl.String))
    assert {text: int(kind) for text, kind in zip(texts, parsed.kinds, strict=True)} == {
        text: kind_by_pattern(text) for text in texts
    }
    numeric = [i for i, text in enumerate(texts) if kind_by_pattern(text) in {INTEGRAL, FRACTIONAL}]
    assert sorted([*parsed.integer_rows.tolist(), *parsed.real_rows.tolist()]) == numeric
    for row, integer in zip(parsed.integer_rows.tolist(), parsed.integers.tolist(), strict=True):
        assert integer == int(texts[row].replace(" ", ""))
    for row, real in zip(parsed.real_rows.tolist(), parsed.reals.tolist(), strict=True):
        assert real == float(texts[row].replace(" ", ""))
    for row, is_padded in enumerate(parsed.padded.tolist()):
        assert is_padded == (row in numeric and bool(re.match(r"[-+]? ?0[0-9]", texts[row]))), texts[row]


@pytest.mark.parametrize("text", TABLE)
def test_each_value_alone(text: str) -> None:
    assert_parsed([text])


@pytest.mark.parametrize(
    "lead", [["5"] * 200, ["2.5"] * 200, ["text"] * 200, []], ids=["ints", "reals", "texts", "no"]
)
def test_all_values_in_one_column(lead: list[str]) -> None:
    assert_parsed(lead + TABLE)


@given(st.lists(st.text(alphabet="0123456789.eE+- \0nxtrufalsi", max_size=9), max_size=30))
@settings(deadline=None, max_examples=300)
def test_any_text(texts: list[str]) -> None:
    assert_parsed(texts)


@given(
    st.lists(st.from_regex(FRACTION, fullmatch=True) | st.from_regex(INTEGER, fullmatch=True), max_size=30)
)
@settings(deadline=None)
def test_any_number(texts: list[str]) -> None:
    assert_parsed(texts)


def test_a_slice_is_read_where_it_stands() -> None:
    texts = [f"{i}.{'' if i % 1000 == 7 else i}" for i in range(20_000)]
    parsed = parse_text(pl.Series(texts)[5:19_000])
    np.testing.assert_array_equal(np.flatnonzero(parsed.kinds == STRING), np.arange(2, 18_995, 1000))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *[(text, True) for text in ("2024-01-31", "2024-01-31T10:00", "2024-01-31 10:00:00.123+02:00")],
        *[(text, True) for text in ("2024-01-31T10:00:00Z", "2024-01-31T10:00:00-0500")],
        *[
            (text, False)
            for text in ("2024", "20240131", "2024-1-31", "2024-01-31x", "31.01.2024", "", "2024-01-31T")
        ],
    ],
)
def test_dates(text: str, *, expected: bool) -> None:
    assert looks_temporal(pl.Series(["x", text])).tolist() == [False, expected]


def test_canonical_keys() -> None:
    numbers = {
        "1": "1",
        "1.0": "1",
        "+1": "1",
        "1e0": "1",
        "-0": "0",
        "-0.0": "0",
        "2.50": "2.5",
        "1e300": "1e+300",
    }
    large = {str(2**63 - 1): "9223372036854775807", str(2**63): "9.223372036854776e+18"}
    texts = ["true", "True", "007", "a", "", "inf", "1e400", ".5"]
    expected = numbers | large | {text: text for text in texts}
    assert dict(zip(expected, canonical_keys(list(expected)), strict=True)) == expected
