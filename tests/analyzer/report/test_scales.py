import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_monitor_analyzer.report.scales import Scale, place, round_ticks

FINITE = st.floats(allow_nan=False, allow_infinity=False)


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0, 10, [0, 2, 4, 6, 8, 10]),
        (0, 0.3, [0, 0.1, 0.2, 0.3]),
        (-260.2, 2224, [0, 500, 1000, 1500, 2000]),
        (3, 3, []),
        (-1e308, 1e308, []),
        (1e15, 1e15 + 1, []),
    ],
)
def test_ticks(low: float, high: float, ticks: list[float]) -> None:
    assert round_ticks(low, high, 5) == pytest.approx(ticks)


@given(FINITE, FINITE, st.integers(2, 10))
def test_ticks_are_even_multiples_within_the_axis_and_not_many(low: float, high: float, wanted: int) -> None:
    low, high = min(low, high), max(low, high)
    ticks = round_ticks(low, high, wanted)
    assert len(ticks) <= wanted + 2
    slack = (high - low) * 1e-6
    assert all(low - slack <= tick <= high + slack for tick in ticks)
    if len(ticks) > 1:
        step = ticks[1] - ticks[0]
        leading = step / 10 ** math.floor(math.log10(step) + 1e-9)
        assert min(abs(leading - m) for m in (1, 2, 5, 10)) < 1e-3


@given(FINITE, FINITE, FINITE)
def test_a_place_is_always_on_the_paper(low: float, high: float, value: float) -> None:
    assert 10 <= Scale(min(low, high), max(low, high), 10, 90)(value) <= 90


def test_places_are_proportional() -> None:
    scale = Scale(-10, 30, 100, 0)
    assert [scale(v) for v in (-10, 0, 30, 99)] == [100, 75, 0, 0]
    assert [place(v) for v in (1.0, 2.25, 3.14159)] == ["1", "2.2", "3.1"]
