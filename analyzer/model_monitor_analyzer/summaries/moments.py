"""Count, sum, mean, variance, minimum and maximum of numbers, mergeable."""

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model_monitor_analyzer.summaries.encoding import Decoder, Encoder, SummaryFormatError
from model_monitor_analyzer.summaries.tally import Counts, Tally

# Values that stay in the processor's cache through all passes.
_CHUNK = 1 << 14


@dataclass(frozen=True, slots=True)
class Moments:
    """Moments of `n` finite numbers.

    With no numbers, `mean` is 0, `minimum` +inf and `maximum` -inf. Numbers beyond 1e154 can make `m2`
    infinite, and beyond 1e300 `sum`; the mean stays finite.
    """

    n: int = 0
    sum: float = 0.0
    mean: float = 0.0
    m2: float = 0.0
    """Sum of the squared deviations from the mean."""
    minimum: float = math.inf
    maximum: float = -math.inf
    mean_tail: float = 0.0
    """What `mean` lost by rounding: without it, merging would lose a variance small beside the mean."""

    @classmethod
    def of(cls, tally: Tally) -> "Moments":
        """Compute the moments of tallied finite numbers.

        Deviations are taken from the median before they are squared: the mean is never further than one
        standard deviation from it, so nothing cancels.
        """
        n = tally.total
        if n == 0:
            return cls()
        values, counts = tally.values, tally.counts
        # Of an even number the lower one where values repeat, else the upper one.
        middle = n // 2 if counts is None else (n - 1) // 2
        shift = float(values[tally.at(np.array([middle]))[0]])
        with np.errstate(over="ignore", invalid="ignore"):
            sums = [
                _sums(values[part], None if counts is None else counts[part], shift)
                for part in (slice(start, start + _CHUNK) for start in range(0, len(values), _CHUNK))
            ]
        first, second = (_add_up([part[i] for part in sums]) for i in range(2))
        total = _total(shift, n, first)
        mean, tail = _two_sum(shift, first / n)
        if not math.isfinite(total) or not math.isfinite(mean):
            mean, tail = float((values.astype(np.float64) * (tally.count_array() / n)).sum()), 0.0
            total = mean * n
        m2 = max(second - first * (first / n), 0.0) if math.isfinite(second) else math.inf
        return cls(n, total, mean, m2, float(values[0]), float(values[-1]), tail)

    def __add__(self, other: "Moments") -> "Moments":
        """Return the moments of both together (Chan, Golub and LeVeque 1979, pairwise update)."""
        if other.n == 0:
            return self
        if self.n == 0:
            return other
        n = self.n + other.n
        gap = (other.mean - self.mean) + (other.mean_tail - self.mean_tail)
        mean, tail = _two_sum(self.mean, self.mean_tail + gap * (other.n / n))
        if not math.isfinite(gap):
            mean, tail = self.mean * (self.n / n) + other.mean * (other.n / n), 0.0
        spread = gap * math.sqrt(self.n / n) * math.sqrt(other.n)
        total = self.sum + other.sum
        return Moments(
            n,
            total if math.isfinite(total) else mean * n,
            mean,
            self.m2 + other.m2 + spread * spread,
            min(self.minimum, other.minimum),
            max(self.maximum, other.maximum),
            tail,
        )

    @property
    def variance(self) -> float:
        """Population variance; NaN without numbers."""
        return self.m2 / self.n if self.n else math.nan

    @property
    def std_dev(self) -> float:
        """Population standard deviation; NaN without numbers."""
        return math.sqrt(self.variance)

    def encode(self, encoder: Encoder) -> None:
        """Append to the bytes of a summary."""
        encoder.integers(self.n)
        encoder.reals(self.sum, self.mean, self.m2, self.minimum, self.maximum, self.mean_tail)

    @classmethod
    def decode(cls, decoder: Decoder) -> "Moments":
        """Read from the bytes of a summary."""
        found = cls(decoder.integer(), *(decoder.real() for _ in range(6)))
        if math.isnan(found.sum) or not math.isfinite(found.mean + found.mean_tail) or not found.m2 >= 0:
            raise SummaryFormatError("damaged summary: impossible moments")
        if found.n and not found.minimum <= found.maximum:
            raise SummaryFormatError("damaged summary: a minimum above its maximum")
        return found


def _two_sum(first: float, second: float) -> tuple[float, float]:
    """Add, and return also what the sum lost by rounding (Knuth's TwoSum)."""
    total = first + second
    of_second = total - first
    return total, (first - (total - of_second)) + (second - of_second)


def _sums(values: NDArray[Any], counts: Counts | None, shift: float) -> tuple[float, float]:
    """Return the sums of the deviations of the values from the shift, and of the squares of those."""
    deviations = values - shift
    if counts is None:
        first = deviations.sum()
        np.multiply(deviations, deviations, out=deviations)
        return float(first), float(deviations.sum())
    weighted = deviations * counts
    first = weighted.sum()
    np.multiply(weighted, deviations, out=weighted)
    return float(first), float(weighted.sum())


def _total(shift: float, n: int, deviations: float) -> float:
    """Return the sum of n numbers from that of their deviations, rounded once; beyond float64 an infinity."""
    try:
        return float(Fraction(shift) * n + Fraction(deviations))
    except (OverflowError, ValueError):
        return math.inf


def _add_up(parts: list[float]) -> float:
    """Add without rounding in between; an overflow makes NaN or an infinity."""
    try:
        return math.fsum(parts)
    except (OverflowError, ValueError):
        return math.inf
