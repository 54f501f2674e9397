import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_monitor_analyzer.payload import json_text
from model_monitor_analyzer.payload.errors import BodyError, BodyProblem
from model_monitor_analyzer.payload.values import by_path, flatten, lexical

DOCUMENTS = st.recursive(
    st.none()
    | st.booleans()
    # Longer integers are floats that keep their digits, which the next test is about.
    | st.integers(-(10**17) + 1, 10**18 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=20,
)


@given(document=DOCUMENTS)
def test_documents_are_read_as_the_standard_library_writes_them(document: object) -> None:
    text = json.dumps(document)
    try:
        document_read = json_text.parse(text)
    except BodyError:
        assert any(
            0xD800 <= ord(character) < 0xE000 for character in json.dumps(document, ensure_ascii=False)
        )
    else:
        assert document_read == json.loads(text)


@pytest.mark.parametrize(
    "lexeme",
    [
        "0",
        "-0",
        "1",
        "1.0",
        "0.10",
        "1e5",
        "1E+05",
        "-1.50e-3",
        "123456789012345678901234567890",
        "1e400",
        "9" * 5000,
    ],
)
def test_numbers_keep_their_digits(lexeme: str) -> None:
    assert lexical(json_text.parse(lexeme)) == lexeme
    assert flatten(json_text.parse(f"[{lexeme}]")) == [lexeme]


def test_numbers_are_numbers_to_jmespath_and_arithmetic() -> None:
    number = json_text.parse("1.50")
    assert number == 1.5
    assert type(number).__name__ == "float"


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("NaN", None),
        ("Infinity", "Infinity"),
        ("-Infinity", "-Infinity"),
        ("true", "true"),
        ("null", None),
        ('""', ""),
    ],
)
def test_other_scalars(text: str, cell: str | None) -> None:
    assert lexical(json_text.parse(text)) == cell


def test_numbers_computed_have_the_fewest_digits() -> None:
    assert [lexical(value) for value in (0.1, 1.0, 3, math.nan, -math.inf)] == [
        "0.1",
        "1.0",
        "3",
        None,
        "-Infinity",
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", BodyProblem.INVALID_JSON),
        ("{", BodyProblem.INVALID_JSON),
        ('{"a":1}x', BodyProblem.INVALID_JSON),
        ("01", BodyProblem.INVALID_JSON),
        ("{'a': 1}", BodyProblem.INVALID_JSON),
        ('"\\ud800"', BodyProblem.INVALID_JSON),
        ('{"\\udc00": 1}', BodyProblem.INVALID_JSON),
        ('"tab\tinside"', BodyProblem.INVALID_JSON),
        ("[" * 100_000, BodyProblem.TOO_LARGE),
        ('{"a":' * 100_000, BodyProblem.TOO_LARGE),
    ],
)
def test_what_is_no_document(text: str, problem: BodyProblem) -> None:
    with pytest.raises(BodyError) as caught:
        json_text.parse(text)
    assert caught.value.problem is problem


def test_a_surrogate_pair_is_one_character() -> None:
    assert json_text.parse('"\\ud83d\\ude00"') == "\N{GRINNING FACE}"


def test_lines_are_read_one_by_one_and_blank_ones_skipped() -> None:
    assert json_text.parse_lines('{"a":1}\n\n [2] \r\n') == [{"a": 1}, [2]]


def test_objects_are_flattened_by_path() -> None:
    nested = {"a": {"b": 1, "c": [2, {"d": None}]}, "e": "x", "f": {}, "g": []}
    assert by_path(nested) == {"a.b": "1", "a.c.0": "2", "a.c.1.d": None, "e": "x"}


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ({"a": {"b": 1}, "a.b": 2}, BodyProblem.NOT_TABULAR),
        ({str(index): index for index in range(5001)}, BodyProblem.TOO_LARGE),
        (json.loads("[" * 40 + "]" * 40), BodyProblem.TOO_LARGE),
    ],
)
def test_rows_that_cannot_be_flattened(row: object, problem: BodyProblem) -> None:
    with pytest.raises(BodyError) as caught:
        by_path(row if isinstance(row, dict) else {"a": row})
    assert caught.value.problem is problem
