# ruff: noqa: RUF001 # signs of typography are what is tested
import math
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_monitor_analyzer.report import formatting as fmt

_DIGITS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹−", "-0123456789-")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "–"),
        (math.nan, "not a number"),
        (math.inf, "∞"),
        (-math.inf, "−∞"),
        (0, "0"),
        (-0.0, "0"),
        (7, "7"),
        (1234567, "1,234,567"),
        (-12345.678, "−12,346"),
        (123.456, "123.5"),
        (0.1, "0.1"),
        (0.00123456, "0.001235"),
        (9.99999, "10"),
        (0.00001234, "1.234 × 10⁻⁵"),
        (1e15, "1 × 10¹⁵"),
        (-1.5e300, "−1.5 × 10³⁰⁰"),
        (5e-324, "4.941 × 10⁻³²⁴"),
        (999_999_999_999_999.0, "999,999,999,999,999"),
    ],
)
def test_numbers(value: float | None, shown: str) -> None:
    assert fmt.number(value) == shown


@given(st.floats(-1e308, 1e308), st.integers(2, 8))
def test_a_number_read_back_is_right_to_its_digits(value: float, digits: int) -> None:
    text = fmt.number(value, digits).translate(_DIGITS).replace(",", "").replace(" × 10", "e")
    assert float(text) == pytest.approx(value, rel=0.5000001 * 10 ** (1 - digits), abs=5e-324)


@pytest.mark.parametrize(
    ("share", "shown"),
    [
        (0, "0%"),
        (1, "100%"),
        (0.5, "50.0%"),
        (0.00001, "<0.01%"),
        (0.99999, ">99.99%"),
        (0.0042, "0.42%"),
        (0.9951, "99.51%"),
        (0.0758, "7.6%"),
        (None, "–"),
        (math.nan, "–"),
    ],
)
def test_shares(share: float | None, shown: str) -> None:
    assert fmt.percent(share) == shown


@given(st.floats(0, 1, exclude_min=True, exclude_max=True))
def test_a_share_that_is_neither_none_nor_all_never_looks_so(share: float) -> None:
    assert fmt.percent(share) not in {"0%", "0.0%", "0.00%", "100%", "100.0%", "100.00%"}


def test_small_probabilities_are_bounded_not_rounded() -> None:
    assert [fmt.probability(p) for p in (0.0, 3e-9, 0.0123, 0.5, 0.999, 1.0, None)] == [
        "<0.0001",
        "<0.0001",
        "0.012",
        "0.5",
        ">0.99",
        ">0.99",
        "–",
    ]


def test_ticks_are_short() -> None:
    assert [fmt.compact(v) for v in (0, 25_000, 250_000, -1_500_000, 4e9, 2e12, 3e20, 0.25)] == [
        "0",
        "25,000",
        "250k",
        "−1.5M",
        "4G",
        "2T",
        "3 × 10²⁰",
        "0.25",
    ]


def test_points_carry_their_sign() -> None:
    assert [fmt.points(d) for d in (0.076, -0.0004, -0.038, 0)] == ["+7.6", "0", "−3.8", "0"]


@pytest.mark.parametrize(
    ("start", "length", "shown"),
    [
        (
            datetime(2025, 3, 4, 14, tzinfo=UTC),
            timedelta(hours=1),
            "Tue 4 Mar 2025, 14:00–15:00 UTC (1 hour)",
        ),
        (
            datetime(2024, 12, 31, tzinfo=UTC),
            timedelta(days=1),
            "Tue 31 Dec 2024, 00:00 – Wed 1 Jan 2025, 00:00 UTC (1 day)",
        ),
        (
            datetime(2025, 3, 30, 1, 30, tzinfo=timezone(timedelta(hours=1))),
            timedelta(hours=26, minutes=15, seconds=5),
            "Sun 30 Mar 2025, 00:30 – Mon 31 Mar 2025, 02:45:05 UTC (1 day 2 hours 15 minutes 5 seconds)",
        ),
        (datetime(2025, 3, 4, 14), timedelta(0), "Tue 4 Mar 2025, 14:00–14:00 UTC (empty)"),  # noqa: DTZ001 # as UTC
    ],
)
def test_windows_are_told_in_utc(start: datetime, length: timedelta, shown: str) -> None:
    assert fmt.span(start, start + length) == shown
