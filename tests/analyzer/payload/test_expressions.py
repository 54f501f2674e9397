import pickle

import jmespath
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_monitor_analyzer.errors import ConfigurationError
from model_monitor_analyzer.payload.expressions import EvaluationError, Expression, is_true

RECORD = {
    "eventMetadata": {"customAttributes": ["team=a", "bot"], "n": 3, "zero": 0},
    "rows": [{"x": 1, "y": [1, 2]}, {"x": 2, "y": [3]}],
    "empty": {},
}


@pytest.mark.parametrize(
    "text",
    [
        "rows[].x",
        "rows[*].y[]",
        "rows[?x > `1`].y | [0]",
        "eventMetadata.customAttributes[?starts_with(@, 'team')] | length(@)",
        "eventMetadata.n >= `3` && !empty",
        "sum(rows[].x)",
        "sort_by(rows, &x)[-1].x",
        "max_by(rows, &x).y",
        "map(&x, rows)",
        "{first: rows[0].x, both: [rows[0].x, rows[1].x]}",
        "to_string(rows)",
        "eventMetadata.n == `3.0`",
        "eventMetadata.zero || 'none'",
        "not_null(missing, empty, rows)",
        "'a' < 'b'",
        "rows < `1`",
        "reverse(eventMetadata.customAttributes)",
        "rows[:1]",
    ],
)
def test_expressions_find_what_the_jmespath_library_finds(text: str) -> None:
    assert Expression(text, field="f").search(RECORD) == jmespath.search(text, RECORD)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("rows[", "spec.recordFilter: incomplete expression at position 5"),
        ("rows..x", "spec.recordFilter: unexpected '.' at position 5"),
        ("rows # x", "spec.recordFilter: unexpected character at position 5"),
        ("starts_wiht(a, 'b')", "unknown function starts_wiht(); did you mean starts_with()? at position 0"),
        ("a && length(a, b)", "length() takes 1 argument(s), not 2, at position 5"),
        ("(" * 3000, "spec.recordFilter"),
    ],
)
def test_a_wrong_expression_is_refused_with_field_and_position(text: str, says: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Expression(text, field="spec.recordFilter")
    assert says in str(caught.value)
    assert text in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "to_string(" + "[@,@] | " * 40 + "@)",
        " | ".join(["[@,@][]"] * 60),
        " | ".join(["join('', [@,@])"] * 60),
        "[@,@] | " * 40 + "[0] == [1]",
        "contains(" + "[@,@] | " * 40 + "@, 'x')",
    ],
)
@pytest.mark.timeout(20)
def test_an_expression_that_grows_exponentially_is_stopped(text: str) -> None:
    value: object = "x" * 100 if "join" in text else [1, 2, 3]
    with pytest.raises(EvaluationError, match="too many steps"):
        Expression(text, field="f").search(value)


@pytest.mark.timeout(20)
def test_nested_calls_are_evaluated_once_each() -> None:
    assert Expression("not_null(" * 100 + "@" + ")" * 100, field="f").search(7) == 7


@pytest.mark.parametrize(
    "text", ["length(`1`)", "starts_with(missing, 'a')", "sum(['a'])", "abs('x')", "sort_by(@, &x)"]
)
def test_a_value_that_a_function_does_not_take_is_an_error_without_the_value(text: str) -> None:
    with pytest.raises(EvaluationError) as caught:
        Expression(text, field="f").search([{"x": "secret"}, {"x": 1}])
    assert "secret" not in str(caught.value)


@given(
    value=st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=2)
    | st.lists(st.none(), max_size=1)
    | st.dictionaries(st.text(max_size=1), st.none(), max_size=1)
)
def test_truth_is_jmespaths(value: object) -> None:
    assert is_true(value) == bool(jmespath.search("[?@]", [value]))


def test_expressions_can_be_sent_to_processes() -> None:
    expression = pickle.loads(pickle.dumps(Expression("rows[].x", field="f")))
    assert (expression.search(RECORD), expression.field) == ([1, 2], "f")
