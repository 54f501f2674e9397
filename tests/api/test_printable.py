import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_monitor_api.printable import cut, cut_middle, has_credentials, printable, without_credentials


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("age", "age"),
        ("größe in m²", "größe in m²"),
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        ("two\nlines\r\t", r"two\nlines\r\t"),
        ("\u202egnp.exe", r"\u202egnp.exe"),
        ("\x9b2J", r"\x9b2J"),
        ("\ud800", r"\ud800"),
    ],
)
def test_shows_what_does_not_print(text: str, shown: str) -> None:
    assert printable(text) == shown


@given(st.text(max_size=50))
def test_result_always_prints_as_itself(text: str) -> None:
    assert printable(text).isprintable()


@given(st.text(max_size=60), st.integers(1, 40))
def test_cut_text_is_within_the_limit_and_begins_alike(text: str, limit: int) -> None:
    short = cut(text, limit)
    assert len(short) <= limit
    assert short == text or (short.endswith("…") and text.startswith(short[:-1]))


@given(st.text(max_size=60), st.integers(1, 40))
def test_text_cut_in_the_middle_keeps_both_ends(text: str, limit: int) -> None:
    short = cut_middle(text, limit)
    assert len(short) <= limit
    if short != text:
        head, _, tail = (
            short.partition("…")
            if "…" not in text
            else (text[: (limit - 1) - (limit - 1) // 2], "", text[len(text) - (limit - 1) // 2 :])
        )
        assert text.startswith(head)
        assert text.endswith(tail)


def test_cuts_names_in_the_middle() -> None:
    assert cut_middle("transaction_amount_last_30_days", 15) == "transac…30_days"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("s3://user:hunter2@bucket/key", "s3://…@bucket/key"),
        ("s3://AKIA:hun/ter2@bucket/key", "s3://…@bucket/key"),
        ("https://hunter2@host:9000/", "https://…@host:9000/"),
        ('["s3://hunter2@a/b", "s3://c/d"]', '["s3://…@a/b", "s3://c/d"]'),
    ],
)
def test_credentials_of_a_uri_are_not_shown(text: str, shown: str) -> None:
    assert without_credentials(text) == shown
    assert has_credentials(text)


@pytest.mark.parametrize(
    "text", ["s3://bucket/me@home/x", "file:///a@b", "me@home", "http://host:9000/p", ""]
)
def test_an_address_that_is_no_credential_is_shown(text: str) -> None:
    assert without_credentials(text) == text
    assert not has_credentials(text)
