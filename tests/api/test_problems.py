"""How problems are worded."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model_monitor_api.problems import Problem, field_path, path_parts, shown
from model_monitor_api.spelling import did_you_mean, nearest


def test_a_problem_names_place_object_field_value_and_remedy() -> None:
    problem = Problem("Baseline/a/b", "must be c", "spec.d", '"e"', "write c", "f.yaml", 7)
    assert str(problem) == 'f.yaml:7: Baseline/a/b: spec.d: must be c, got "e"; write c'
    assert problem.condition_message == '`spec.d` must be c, got "e"; write c'
    assert str(Problem("", "is empty", file="f.yaml")) == "f.yaml: is empty"
    assert str(Problem("", "is empty")) == "is empty"


def test_values_are_shown_short_and_on_one_line() -> None:
    assert shown("a\nb") == '"a\\nb"'
    assert len(shown("x" * 10_000)) == 80


@settings(deadline=None)
@given(st.lists(st.text(min_size=1, max_size=8) | st.integers(0, 99), min_size=1, max_size=5))
def test_paths_are_read_back(parts: list[str | int]) -> None:
    assert path_parts(field_path(parts)) == tuple(parts)


@pytest.mark.parametrize(
    ("path", "parts"),
    [
        ("spec.window.length", ("spec", "window", "length")),
        ("spec.names[3]", ("spec", "names", 3)),
        ('spec.kinds["a.b"].c', ("spec", "kinds", "a.b", "c")),
        ("", ()),
    ],
)
def test_paths_look_as_people_write_them(path: str, parts: tuple[str | int, ...]) -> None:
    assert path_parts(path) == parts
    assert field_path(parts) == path


def test_guesses_disregard_case_and_give_up_on_what_is_not_alike() -> None:
    assert nearest("LENGHT", ["length", "delay"]) == "length"
    assert nearest("zzz", ["length", "delay"]) is None
    assert did_you_mean("zzz", ["length", "delay"]) == "known are `delay`, `length`"
    assert did_you_mean("zzz", []) == ""
    assert did_you_mean("zzz", [f"field{n}" for n in range(99)]) == ""
