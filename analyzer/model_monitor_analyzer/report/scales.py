"""Axes: round ticks and the step from a value to a place on paper."""

import math
from dataclasses import dataclass


def round_ticks(low: float, high: float, wanted: int) -> list[float]:
    """Return about `wanted` ticks at multiples of 1, 2 or 5 times a power of ten, within [low, high].

    Heckbert, Nice Numbers for Graph Labels, in Graphics Gems (1990). Empty where the interval is too narrow
    for its own magnitude to be told apart in a double.
    """
    raw = (high - low) / wanted
    if not math.isfinite(raw) or raw <= 0 or raw < 1e-12 * max(abs(low), abs(high)):
        return []
    power = 10.0 ** math.floor(math.log10(raw))
    if power == 0:
        return []
    step = power * next(m for m in (1, 2, 5, 10) if raw <= m * power * (1 + 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    decimals = max(0, -math.floor(math.log10(step)))
    return [round(k * step, decimals) for k in range(first, last + 1)]


@dataclass(frozen=True)
class Scale:
    """A straight line from [low, high] to [start, end]."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Return the place of a value; the ends where it lies beyond them."""
        # Halves: the difference of two doubles may be beyond the largest double.
        width = self.high / 2 - self.low / 2
        part = (value / 2 - self.low / 2) / width if width > 0 else 0.0
        return self.start + (self.end - self.start) * min(1.0, max(0.0, part))


def place(value: float) -> str:
    """Return a coordinate, as short as a tenth of a unit allows."""
    return f"{value:.1f}".removesuffix(".0")
