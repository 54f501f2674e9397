"""Charts as inline SVG: pure functions of a feature's bars.

Colours, strokes and fonts stand in the style sheet; the classes are `b` for the baseline, `c` for the current
window, `v` for a violation. The two sides differ in form too (an area and a line, a pale and a full bar), so
that neither colour blindness nor a black-and-white printer takes the meaning away.
"""

from collections.abc import Sequence

from markupsafe import Markup

from model_monitor_analyzer.report import formatting as fmt
from model_monitor_analyzer.report.intervals import (
    Intervals,
    Step,
    edges,
    interval_text,
    intervals,
    merged,
    outline,
)
from model_monitor_analyzer.report.safe_text import fill, label
from model_monitor_analyzer.report.scales import Scale, place, round_ticks
from model_monitor_api.contract.report import Bin

WIDTH, HEIGHT = 480, 230
LEFT, RIGHT, TOP, BOTTOM = 52, 470, 10, 186
TAIL, GAP = 30, 6
SPARK_WIDTH, SPARK_HEIGHT, SPARK_BARS, SPARK_CATEGORIES = 112, 26, 28, 8
VALUES_NAMED = 10
LETTER = 7
"""Width of a letter of an axis, generously."""
METER_FLOOR, METER_LIMIT = 40, 2.5


def histogram(bars: Intervals, name: str, description: str, *, both: bool) -> Markup:
    """Return both distributions over common edges: the baseline as an area, the window as a line.

    Parameters
    ----------
    bars
        The intervals.
    name, description
        Name of the feature, and what a screen reader says of the chart.
    both
        Whether there is a window to draw, not only a baseline.
    """
    runs = outline(bars, LEFT, RIGHT, tail=TAIL, gap=GAP)
    highest = _highest(runs, both=both)
    up = Scale(0, highest * 1.06, BOTTOM, TOP)
    axis = "share of values"
    if not bars.even:
        axis += f" per {fmt.number(2 * bars.half_width, 3)}"
    parts = [
        _grid(up, highest),
        *(_area("b", [(s.left, s.right, up(s.baseline)) for s in run], BOTTOM) for run in runs),
        *(_area("c", [(s.left, s.right, up(s.current)) for s in run], BOTTOM) for run in runs if both),
        _axis(bars, runs),
        *(_hover(step, both=both) for run in runs for step in run),
        fill(
            '<text class="t" transform="translate(11 {}) rotate(-90)">{}</text>',
            place((TOP + BOTTOM) / 2),
            axis,
        ),
        fill(
            '<text class="t" x="{}" y="{}">value of {}</text>',
            place((LEFT + RIGHT) / 2),
            HEIGHT - 5,
            label(name, 40),
        ),
    ]
    return fill(
        '<svg class="histogram" viewBox="0 0 {} {}" role="img"><title>{}</title><desc>{}</desc>{}</svg>',
        WIDTH,
        HEIGHT,
        label(name, 80),
        description,
        Markup("").join(parts),
    )


def pair(baseline: float, current: float | None, largest: float) -> Markup:
    """Return one row of paired bars, as wide as its cell.

    Parameters
    ----------
    baseline, current
        Shares; no bar for the window where there is none.
    largest
        Share that fills the row.
    """
    across = Scale(0, largest or 1.0, 0, 100)
    height = 12 if current is None else 6
    parts = fill('<rect class="b" width="{}" height="{}"/>', place(across(baseline)), height)
    if current is not None:
        parts += fill('<rect class="c" y="7" width="{}" height="6"/>', place(across(current)))
    return fill(
        '<svg class="pair" viewBox="0 0 100 13" preserveAspectRatio="none" aria-hidden="true">{}</svg>', parts
    )


def sparkline(bins: Sequence[Bin], *, both: bool) -> Markup:
    """Return the two distributions in the size of a word: outlines of intervals, or bars of categories."""
    bars = intervals(bins)
    if bars:
        runs = outline(merged(bars, SPARK_BARS), 0, SPARK_WIDTH, tail=5, gap=2)
    else:
        numbers = all(b.lower is not None or b.upper is not None for b in bins)
        shown = bins[: SPARK_BARS if numbers else SPARK_CATEGORIES]
        step = min(SPARK_WIDTH / max(1, len(shown)), 28)
        runs = [
            [Step(bar, i * step, (i + 0.85) * step, bar.baseline, bar.current)] for i, bar in enumerate(shown)
        ]
    up = Scale(0, _highest(runs, both=both), SPARK_HEIGHT, 1)
    baseline = "".join(
        _path([(s.left, s.right, up(s.baseline)) for s in run], SPARK_HEIGHT)
        for run in runs
        if any(s.baseline for s in run)
    )
    current = "".join(
        _path([(s.left, s.right, up(s.current)) for s in run], SPARK_HEIGHT)
        for run in runs
        if both and any(s.current for s in run)
    )
    paths = [
        fill('<path class="{}" d="{}"/>', side, path)
        for side, path in (("b", baseline), ("c", current))
        if path
    ]
    return fill(
        '<svg class="spark" viewBox="0 0 {} {}" aria-hidden="true">{}</svg>',
        SPARK_WIDTH,
        SPARK_HEIGHT,
        Markup("").join(paths),
    )


def meter(effect: float, floor: float, *, violated: bool) -> Markup:
    """Return an effect against its floor: a bar, and a mark where it becomes worth an alarm.

    The mark stands at the same place in every row, so that a column of meters reads as one chart; a bar of
    more than 2.5 times the floor ends in an arrow.
    """
    ratio = effect / floor if floor > 0 else (METER_LIMIT if effect > 0 else 0.0)
    beyond = ratio > METER_LIMIT
    length = Scale(0, METER_LIMIT, 0, 100)(ratio)
    end = f"{place(length - 4)}L100 5L96 8" if beyond else f"{place(length)}V8"
    return fill(
        '<svg class="meter" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
        '<path class="g" d="M0 2H100V8H0z"/>'
        '<path class="{}" d="M0 2H{}H0z"/><path class="m" d="M{} 0V10"/></svg>',
        "v" if violated else "e",
        end,
        METER_FLOOR if floor > 0 else 1,
    )


def _highest(runs: list[list[Step]], *, both: bool) -> float:
    heights = [max(s.baseline, s.current if both else 0.0) for run in runs for s in run]
    return max(heights, default=0.0) or 1.0


def _path(tops: list[tuple[float, float, float]], ground: float) -> str:
    """Return the outline of neighbouring bars, each given by its left and right end and its top."""
    path = f"M{place(tops[0][0])} {place(ground)}"
    return path + "".join(f"V{place(top)}H{place(right)}" for _, right, top in tops) + f"V{place(ground)}"


def _area(side: str, tops: list[tuple[float, float, float]], ground: float) -> Markup:
    return fill('<path class="{}" d="{}"/>', side, _path(tops, ground))


def _grid(up: Scale, highest: float) -> Markup:
    lines = [
        fill(
            '<path class="g" d="M{} {}H{}"/><text class="y" x="{}" y="{}">{}%</text>',
            LEFT,
            place(up(tick)),
            RIGHT,
            LEFT - 6,
            place(up(tick) + 4),
            fmt.number(tick * 100),
        )
        for tick in round_ticks(0, highest, 5)
    ]
    return Markup("").join(lines)


def _axis(bars: Intervals, runs: list[list[Step]]) -> Markup:
    parts = [fill('<path class="a" d="M{} {}H{}"/>', LEFT, BOTTOM, RIGHT)]
    closed = [s for run in runs for s in run if s.bar is not bars.below and s.bar is not bars.above]
    across = Scale(bars.low, bars.high, closed[0].left, closed[-1].right)
    ends = ((bars.below, runs[0][0], "lower"), (bars.above, runs[-1][0], "higher"))
    words = [((step.left + step.right) / 2, word) for tail, step, word in ends if tail]
    values = [edges(b)[0] for b in bars.closed] if bars.halo else []
    for tick in values if 0 < len(values) <= VALUES_NAMED else round_ticks(bars.low, bars.high, 5):
        x, text = across(tick), fmt.compact(tick)
        parts.append(fill('<path class="a" d="M{} {}v4"/>', place(x), BOTTOM))
        if all(abs(x - at) > LETTER / 2 * (len(text) + len(word) + 1) for at, word in words):
            words.append((x, text))
    parts.extend(
        fill('<text class="x" x="{}" y="{}">{}</text>', place(at), BOTTOM + 17, word) for at, word in words
    )
    return Markup("").join(parts)


def _hover(step: Step, *, both: bool) -> Markup:
    figures = f"baseline {fmt.percent(step.bar.baseline)}"
    if both:
        figures += f", current {fmt.percent(step.bar.current)}"
    return fill(
        '<rect class="h" x="{}" y="{}" width="{}" height="{}"><title>{}: {}</title></rect>',
        place(step.left),
        TOP,
        place(max(0.0, step.right - step.left)),
        BOTTOM - TOP,
        interval_text(step.bar),
        figures,
    )
