"""YAML as `kubectl` reads it, and hostile YAML within bounds."""

import json
import math
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model_monitor_api.manifests.yaml_scalars import plain_value
from model_monitor_api.manifests.yaml_tree import DEEPEST, YamlError, documents


def _one(text: str) -> object:
    (tree,) = documents(text)
    return tree.plain()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("-7", -7),
        ("+7", 7),
        ("1_000", 1000),
        ("0x1F", 31),
        ("0b101", 5),
        ("-0x1F", -31),
        ("0B11", 3),
        ("0X1F", 31),
        ("0O7", 7),
        ("0777_1", 4089),
        ("9223372036854775807", 2**63 - 1),
        ("18446744073709551616", 2.0**64),
        ("0xFFFFFFFFFFFFFFFFFF", "0xFFFFFFFFFFFFFFFFFF"),
        ("1e400", "1e400"),
        ("0o17", 15),
        ("017", 15),
        ("08", 8),
        ("1e3", 1000),
        ("1e-3", 0.001),
        ("1.0", 1),
        (".5", 0.5),
        ("1.", 1),
        ("1.5E2", 150),
        ("-1.5e-1", -0.15),
        ("1e22", 1e22),
        ("true", True),
        ("Yes", True),
        ("off", False),
        ("n", False),
        ("~", None),
        ("null", None),
        ("", None),
        ("1:30", "1:30"),
        ("2026-01-31", "2026-01-31"),
        ("2026-01-31T00:00:00Z", "2026-01-31T00:00:00Z"),
        ("1h30m", "1h30m"),
        ("0 * * * *", "0 * * * *"),
        ("tRuE", "tRuE"),
        ("0x", "0x"),
        ("1.2.3", "1.2.3"),
        ("1e2.5", "1e2.5"),
        ("=", "="),
        ("e3", "e3"),
    ],
)
def test_unquoted_scalars_mean_what_they_mean_to_kubectl(text: str, value: object) -> None:
    # The values are those that `kubectl create --dry-run=client -o json` (1.34) prints.
    found = plain_value(text)
    assert found == value
    assert type(found) is type(value)


def test_not_a_number_and_infinities_are_floats() -> None:
    found = plain_value(".nan"), plain_value(".inf"), plain_value("-.Inf")
    assert isinstance(found[0], float)
    assert math.isnan(found[0])
    assert found[1:] == (math.inf, -math.inf)


def test_a_number_of_many_digits_is_text() -> None:
    digits = "9" * 100_000
    assert plain_value(digits) == digits


def test_quoted_and_tagged_scalars_are_texts() -> None:
    assert _one("""{a: "1", b: '2', c: !!str 3, d: "true"}""") == {"a": "1", "b": "2", "c": "3", "d": "true"}


def test_keys_are_texts_as_in_json() -> None:
    assert _one("{1: a, true: b, 2.5: c}") == {"1": "a", "true": "b", "2.5": "c"}


def test_documents_are_separate_and_empty_ones_left_out() -> None:
    found = [tree.plain() for tree in documents("---\na: 1\n---\n---\n# nothing\n---\nb: 2\n...\n")]
    assert found == [{"a": 1}, {"b": 2}]


def test_aliases_and_merge_keys_are_expanded() -> None:
    text = """
    base: &base {a: 1, b: 2}
    one: {<<: *base, b: 3}
    two: {b: 4, <<: [*base, {a: 9, c: 5}]}
    again: *base
    """
    assert _one(text) == {
        "base": {"a": 1, "b": 2},
        "one": {"a": 1, "b": 3},
        "two": {"a": 1, "b": 4, "c": 5},
        "again": {"a": 1, "b": 2},
    }


def test_lines_are_those_of_keys_and_items() -> None:
    (tree,) = documents("a:\n  b:\n  - x\n  -\n    c: 1\n")
    assert tree.at(("a",)).line == 1
    assert tree.at(("a", "b", 0)).line == 3
    assert tree.at(("a", "b", 1, "c")).line == 5
    assert tree.at(("a", "missing", "deep")).line == 1


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: 1\nb: [1, 2\nc: 3\n", 3, "not valid YAML"),
        ("a: 1\n\tb: 2\n", 2, "not valid YAML"),
        ("a: 1\na: 2\n", 2, "`a` occurs twice"),
        ("a: *nowhere\n", 1, "`*nowhere` has no anchor"),
        ("a: &a [*a]\n", 1, "`*a` has no anchor"),
        ("a: !!python/object/apply:os.system [id]\n", 1, "is not allowed"),
        ("a: !secret x\n", 1, "is not allowed"),
        ("a: !!binary aGk=\n", 1, "is not allowed"),
        ("? [a, b]\n: c\n", 1, "a key must be a text"),
        ("a: {<<: 3}\n", 1, "must name a mapping"),
        ("a: 1\nb: \x01\n", 2, "does not allow"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text: str, line: int, words: str) -> None:
    with pytest.raises(YamlError) as caught:
        list(documents(text))
    assert caught.value.line == line
    assert words in caught.value.message


def test_deep_nesting_is_refused_at_once() -> None:
    with pytest.raises(YamlError, match="levels deep"):
        list(documents("[" * 1_000_000))
    assert _one("[" * DEEPEST + "]" * DEEPEST) is not None


def test_a_bomb_of_aliases_is_refused_without_exploding() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 30)]
    started = time.perf_counter()
    with pytest.raises(YamlError, match="once its aliases are expanded"):
        _one("\n".join(lines))
    assert time.perf_counter() - started < 5


def test_a_chain_of_aliases_is_no_way_around_the_depth() -> None:
    lines = ["a0: &a0 [x]", *(f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 5000))]
    with pytest.raises(YamlError, match="once its aliases are expanded"):
        _one("\n".join(lines))


_TEXT = st.text(st.characters(max_codepoint=0xD7FF), max_size=20)  # YAML knows no escapes of surrogates
_PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | _TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXT, inner, max_size=4),
    max_leaves=20,
)


@settings(deadline=None)
@given(_PLAIN)
def test_what_another_writer_wrote_is_read_back(value: object) -> None:
    text = json.dumps(value)  # ASCII escapes: JSON is YAML
    found = [tree.plain() for tree in documents(text)]
    assert found == ([] if value is None else [value])
