"""Whether numbers rise or fall from row to row, which tells row counters and ids from features."""

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from model_monitor_analyzer.summaries.encoding import Decoder, Encoder

_NOTICE = 64
_KINDS = (type(None), int, float)


@dataclass(frozen=True, slots=True)
class Ordering:
    """Order of the present values of a column in the order of its rows.

    Of two orderings that are added, the first one's rows come first. A column with any value that is not a
    finite number is neither increasing nor decreasing; one with no value, or one number, is both.
    """

    increasing: bool = True
    """Every value is greater than the one before."""
    decreasing: bool = True
    """Every value is less than the one before."""
    first: int | float | None = None
    """First value, as long as the order is strict."""
    last: int | float | None = None
    """Last value, as long as the order is strict."""

    @classmethod
    def of(cls, values: NDArray[Any]) -> "Ordering":
        """Find the order of int64[n] or float64[n] values."""
        if len(values) == 0:
            return cls()
        increasing, decreasing = _strict(values[:_NOTICE])
        if len(values) > _NOTICE and (increasing or decreasing):
            increasing, decreasing = _strict(values)
        if not increasing and not decreasing:
            return UNORDERED
        return cls(increasing, decreasing, values[0].item(), values[-1].item())

    @property
    def strict(self) -> bool:
        """Whether the values only rise or only fall."""
        return self.increasing or self.decreasing

    def __add__(self, other: "Ordering") -> "Ordering":
        """Return the order of these rows followed by the other ones."""
        if not self.strict or not other.strict:
            return UNORDERED
        if other.first is None or other.last is None:
            return self
        if self.first is None or self.last is None:
            return other
        increasing = self.increasing and other.increasing and self.last < other.first
        decreasing = self.decreasing and other.decreasing and self.last > other.first
        if not increasing and not decreasing:
            return UNORDERED
        return Ordering(increasing, decreasing, self.first, other.last)

    def encode(self, encoder: Encoder) -> None:
        """Append to the bytes of a summary."""
        encoder.integers(self.increasing, self.decreasing)
        for value in (self.first, self.last):
            encoder.integers(_KINDS.index(type(value)))
            if isinstance(value, int):
                encoder.integers(value)
            elif value is not None:
                encoder.reals(value)

    @classmethod
    def decode(cls, decoder: Decoder) -> "Ordering":
        """Read from the bytes of a summary."""
        increasing, decreasing = bool(decoder.integer()), bool(decoder.integer())
        first, last = (_decode_bound(decoder) for _ in range(2))
        return cls(increasing, decreasing, first, last)


UNORDERED = Ordering(increasing=False, decreasing=False)


def _strict(values: NDArray[Any]) -> tuple[bool, bool]:
    return bool((values[1:] > values[:-1]).all()), bool((values[1:] < values[:-1]).all())


def _decode_bound(decoder: Decoder) -> int | float | None:
    kind = decoder.integer()
    if kind == _KINDS.index(int):
        return decoder.integer(least=-(2**63), most=2**63 - 1)
    return decoder.real() if kind == _KINDS.index(float) else None
