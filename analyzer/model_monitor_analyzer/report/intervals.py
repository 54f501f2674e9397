"""Bars of a numeric feature: put in order, told from categories, and turned into outlines."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from model_monitor_analyzer.report import formatting as fmt
from model_monitor_analyzer.report.safe_text import label
from model_monitor_analyzer.report.scales import Scale
from model_monitor_api.contract.report import Bin

VALUE_WIDTH = 0.8
"""Width of a single value's bar, as a part of the smallest gap between values."""

THINNEST = 1 / 60
"""Smallest gap between values, as a part of the axis, at which bars along it can be told apart."""


@dataclass(frozen=True)
class Intervals:
    """Bars of a numeric feature, from left to right: intervals that touch, or single values that stand apart.

    Attributes
    ----------
    closed
        Bars with two edges.
    below, above
        Bars that are open to one side, for the tails.
    halo
        Half the width that a single value is drawn with; 0 for intervals.
    """

    closed: Sequence[Bin]
    below: Bin | None = None
    above: Bin | None = None
    halo: float = 0.0

    @property
    def low(self) -> float:
        """The left end."""
        return edges(self.closed[0])[0] - self.halo

    @property
    def high(self) -> float:
        """The right end."""
        return edges(self.closed[-1])[1] + self.halo

    @property
    def half_width(self) -> float:
        """Half of the median width."""
        return sorted(_half_width(b) for b in self.closed)[len(self.closed) // 2]

    @property
    def even(self) -> bool:
        """Whether all closed bars are equally wide."""
        widths = [_half_width(b) for b in self.closed]
        return max(widths) - min(widths) <= 1e-6 * max(widths)

    @property
    def ordered(self) -> list[Bin]:
        """All bars."""
        return [*filter(None, [self.below]), *self.closed, *filter(None, [self.above])]


@dataclass(frozen=True)
class Step:
    """One bar on paper: its left and right end, and how high it is on either side."""

    bar: Bin
    left: float
    right: float
    baseline: float
    current: float


def edges(bar: Bin) -> tuple[float, float]:
    """Return both edges of a closed bar.

    Raises
    ------
    ValueError
        If the bar is open.
    """
    if bar.lower is None or bar.upper is None:
        raise ValueError("the bar has no two edges")
    return bar.lower, bar.upper


def intervals(bins: Sequence[Bin]) -> Intervals | None:
    """Return the bars along an axis of numbers; None where they are categories, or too thin to be seen."""
    closed = sorted((b for b in bins if b.lower is not None and b.upper is not None), key=edges)
    below = [b for b in bins if b.lower is None and b.upper is not None]
    above = [b for b in bins if b.lower is not None and b.upper is None]
    if not closed or len(closed) + len(below) + len(above) != len(bins) or max(len(below), len(above)) > 1:
        return None
    if all(b.lower == b.upper for b in closed):
        return None if below or above else _single_values(closed)
    if min(_half_width(b) for b in closed) <= 0:
        return None
    return Intervals(closed, below[0] if below else None, above[0] if above else None)


def _single_values(closed: Sequence[Bin]) -> Intervals | None:
    values = [edges(b)[0] for b in closed]
    gap = min((after - before for before, after in pairwise(values)), default=1.0)
    span = values[-1] - values[0] + gap
    halo = VALUE_WIDTH / 2 * gap
    drawable = math.isfinite(span) and gap >= THINNEST * span and values[-1] + halo > values[-1]
    return Intervals(closed, halo=halo) if drawable else None


def outline(bars: Intervals, left: float, right: float, *, tail: float, gap: float) -> list[list[Step]]:
    """Return runs of neighbouring bars between two places; an open tail is a run of its own, at its end.

    Where the bars differ in width, heights are densities per median width, so that areas are shares.

    Parameters
    ----------
    bars
        The intervals.
    left, right
        Where the paper begins and ends.
    tail, gap
        Width of an open tail, and its distance from the others.
    """
    first = left + (tail + gap if bars.below else 0)
    last = right - (tail + gap if bars.above else 0)
    across = Scale(bars.low, bars.high, first, last)
    even, unit = bars.even, bars.half_width

    def step(bar: Bin) -> Step:
        factor = 1.0 if even else unit / _half_width(bar)
        lower, upper = edges(bar)
        ends = across(lower - bars.halo), across(upper + bars.halo)
        return Step(bar, *ends, bar.baseline * factor, bar.current * factor)

    steps = [step(bar) for bar in bars.closed]
    runs = [[s] for s in steps] if bars.halo else [steps]
    if bars.below:
        runs.insert(0, [Step(bars.below, left, left + tail, bars.below.baseline, bars.below.current)])
    if bars.above:
        runs.append([Step(bars.above, right - tail, right, bars.above.baseline, bars.above.current)])
    return runs


def merged(bars: Intervals, limit: int) -> Intervals:
    """Return the same distribution with neighbours added up until there are at most `limit` closed bars."""
    if len(bars.closed) <= limit:
        return bars
    size = -(-len(bars.closed) // limit)
    groups = [bars.closed[i : i + size] for i in range(0, len(bars.closed), size)]
    sums = [
        Bin(
            label="",
            lower=group[0].lower,
            upper=group[-1].upper,
            baseline=sum(b.baseline for b in group),
            current=sum(b.current for b in group),
        )
        for group in groups
    ]
    return Intervals(sums, bars.below, bars.above)


def interval_text(bar: Bin) -> str:
    """Return what a bar stands for, in words and numbers."""
    if bar.lower is not None and bar.lower == bar.upper:
        return fmt.number(bar.lower)
    if bar.lower is not None and bar.upper is not None:
        return f"{fmt.number(bar.lower)} to {fmt.number(bar.upper)}"
    if bar.upper is not None:
        return f"below {fmt.number(bar.upper)}"
    if bar.lower is not None:
        return f"{fmt.number(bar.lower)} and above"
    return label(bar.label, 80)


def _half_width(bar: Bin) -> float:
    # The difference of two doubles may be beyond the largest double; that of their halves is not.
    lower, upper = edges(bar)
    return upper / 2 - lower / 2
