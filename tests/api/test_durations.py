"""Go-style durations against Go's own parser, and what the errors tell."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_monitor_api.durations import DurationError, format_duration, parse_duration

GOLDEN = json.loads((Path(__file__).parent / "golden" / "go_durations.json").read_text())["durations"]
FINER_THAN_A_MICROSECOND = {"1.5us", "0.0000000000000000000000001h"}


@pytest.mark.parametrize("row", GOLDEN, ids=lambda row: repr(row["text"]))
def test_agrees_with_go(row: dict[str, object]) -> None:
    text = str(row["text"])
    if not row["accepted"] or text in FINER_THAN_A_MICROSECOND:
        with pytest.raises(DurationError):
            parse_duration(text, allow_negative=True)
    else:
        nanoseconds = parse_duration(text, allow_negative=True) // timedelta(microseconds=1) * 1000
        assert nanoseconds == row["nanoseconds"]


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("1d", "write 24h"),
        ("3D", "write 72h"),
        ("2 weeks", "write 336h"),
        ("PT1H", "ISO 8601"),
        ("1 h 30 m", "write 1h30m"),
        ("1H", "write 1h"),
        ("90", "write e.g. 90s"),
        ("1e3s", "units are h, m, s"),
        ("", "write e.g. 1h30m"),
        ("-5m", "without the minus sign"),
        ("500ns", "whole microseconds"),
        ("9999999h", "the longest is 2562047h"),
        ("1" * 101, "longer than 100 characters"),
    ],
)
def test_refusals_say_what_to_write(text: str, remedy: str) -> None:
    with pytest.raises(DurationError, match=remedy) as error:
        parse_duration(text)
    assert len(str(error.value)) < 250


def test_zero_with_a_minus_is_not_negative() -> None:
    assert parse_duration("-0") == timedelta(0)


@pytest.mark.parametrize(
    ("duration", "text"),
    [
        (timedelta(0), "0s"),
        (timedelta(hours=1, minutes=30), "1h30m"),
        (timedelta(days=7), "168h"),
        (timedelta(seconds=90), "1m30s"),
        (timedelta(milliseconds=1500), "1.5s"),
        (timedelta(seconds=10), "10s"),
        (timedelta(milliseconds=500), "500ms"),
        (timedelta(microseconds=1250), "1250us"),
        (timedelta(hours=-2), "-2h"),
    ],
)
def test_formats_as_a_person_would(duration: timedelta, text: str) -> None:
    assert format_duration(duration) == text


@given(st.timedeltas(min_value=timedelta(hours=-2562047), max_value=timedelta(hours=2562047)))
def test_formatting_loses_nothing(duration: timedelta) -> None:
    assert parse_duration(format_duration(duration), allow_negative=True) == duration
