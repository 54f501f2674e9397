import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from model_monitor_analyzer.report.safe_text import fill, finalize, label, message, prose


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("age", "age"),
        ("", "(empty name)"),
        (" ", "\\x20"),
        ("  a b ", "\\x20\\x20a b\\x20"),
        ("tab\t", "tab\\t"),
        ("a\u200bb", "a\\u200bb"),
        ("a\u00a0b", "a\\xa0b"),
        ("\ud800", "\\ud800"),
        ("Größe 金額", "Größe 金額"),
        ("emoji 🎈", "emoji 🎈"),
    ],
)
def test_labels(text: str, shown: str) -> None:
    assert label(text, 64) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("`age` and 10 more features changed.", "“age” and 10 more features changed."),
        ("`a`b` changed.", "“a`b” changed."),
        ("`<b>x</b>` changed.", "“<b>x</b>” changed."),
        ("`age` changed. 1 object is damaged.", "“age” changed. 1 object is damaged."),
        ("a single ` stays", "a single ` stays"),
        ("`` is no name", "`` is no name"),
    ],
)
def test_names_in_a_message_are_quoted_as_elsewhere_on_the_page(text: str, shown: str) -> None:
    assert message(text, 1000) == shown


@given(st.text(), st.integers(4, 100))
def test_a_label_is_printable_bounded_and_never_empty(text: str, limit: int) -> None:
    shown = label(text, max(limit, 12))
    assert shown
    assert shown.isprintable()
    assert len(shown) <= max(limit, 12)


def test_what_a_template_puts_out_is_visible_and_bounded_but_markup_is_kept() -> None:
    assert finalize("a\x00") == "a\\x00"
    assert len(str(finalize("x" * 5000))) == 2000
    assert finalize(Markup("<b>\x00</b>")) == Markup("<b>\x00</b>")
    assert finalize(7) == "7"
    with pytest.raises(TypeError, match="None"):
        finalize(None)


def test_sentences_lose_the_blanks_around_them() -> None:
    assert prose(" seen.\n", 20) == "seen."
    assert prose("a\r\nb", 20) == "a\\r\\nb"


@given(st.lists(st.one_of(st.text(), st.integers(), st.floats(), st.text().map(Markup.escape)), max_size=4))
def test_a_template_is_filled_as_markup_would_be(values: list[object]) -> None:
    template = "<b>" + "{} " * len(values) + "</b>"
    found = fill(template, *values)
    assert isinstance(found, Markup)
    assert found == Markup(template).format(*values)
