"""Features in full: chart, numbers of both sides, checks, distances, notes."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from model_monitor_analyzer.report import formatting as fmt
from model_monitor_analyzer.report import sides
from model_monitor_analyzer.report.charts import histogram, pair
from model_monitor_analyzer.report.checks import SENTENCE_SHOWN, Check, check_of
from model_monitor_analyzer.report.intervals import interval_text, intervals
from model_monitor_analyzer.report.rows import Row, one_sided, two_sided
from model_monitor_analyzer.report.safe_text import LONGEST_TITLE, label, prose
from model_monitor_analyzer.report.words import Term, distance_term
from model_monitor_api.contract.report import Bin, FeatureReport

CATEGORY_SHOWN = 40
CATEGORIES_CHARTED, INTERVALS_LISTED = 14, 64
_REST = {"Other": "other categories", "Unseen": "not in the baseline"}


@dataclass(frozen=True)
class Figure:
    """One number of both sides."""

    name: str
    baseline: str
    current: str


@dataclass(frozen=True)
class Bar:
    """One bar of a chart, both sides: a category or an interval. `ours` if the label is not from the data."""

    label: str
    title: str
    ours: bool
    pair: Markup
    baseline: str
    current: str
    change: str


@dataclass(frozen=True)
class Distance:
    """A distance that is published without deciding."""

    term: Term
    value: str


@dataclass(frozen=True)
class Detail:
    """One feature in full."""

    row: Row
    both: bool
    histogram: Markup | None
    bars: list[Bar]
    bars_left_out: int
    missing: Bar | None
    figures: list[Figure]
    checks: list[Check]
    distances: list[Distance]
    notes: list[str]


def detail_of(feature: FeatureReport, row: Row) -> Detail:
    """Return all that the page shows of a feature."""
    both = two_sided(feature)
    bins = one_sided(feature)
    steps = intervals(bins)
    numbers = all(b.lower is not None or b.upper is not None for b in bins)
    listed = (steps.ordered if steps else bins)[:INTERVALS_LISTED] if numbers else _most_telling(bins)
    largest = max((max(b.baseline, b.current if both else 0.0) for b in bins), default=0.0)
    return Detail(
        row=row,
        both=both,
        histogram=histogram(steps, feature.name, _described(feature), both=both) if steps else None,
        bars=[_bar(b, largest, both=both) for b in listed],
        bars_left_out=len(bins) - len(listed),
        missing=_missing(feature),
        figures=_figures(feature),
        checks=sorted(
            (check_of(feature, outcome) for outcome in feature.checks), key=lambda c: not c.violated
        ),
        distances=[Distance(distance_term(name), fmt.number(d, 3)) for name, d in feature.distances.items()],
        notes=[prose(note, SENTENCE_SHOWN) for note in feature.notes],
    )


def _most_telling(bins: Sequence[Bin]) -> Sequence[Bin]:
    """Return the bars to chart, in their order: if there are too many, the largest and the unnamed."""
    if len(bins) <= CATEGORIES_CHARTED:
        return bins
    order = sorted(
        range(len(bins)),
        key=lambda i: (bins[i].rest is None, -max(bins[i].baseline, bins[i].current)),
    )
    return [bins[i] for i in sorted(order[:CATEGORIES_CHARTED])]


def _bar(bin_: Bin, largest: float, *, both: bool) -> Bar:
    interval = bin_.lower is not None or bin_.upper is not None
    ours = interval or bin_.rest is not None
    text = _REST[bin_.rest] if bin_.rest else interval_text(bin_)
    return Bar(
        label=text if ours else label(bin_.label, CATEGORY_SHOWN),
        title=text if ours else label(bin_.label, LONGEST_TITLE),
        ours=ours,
        pair=pair(bin_.baseline, bin_.current if both else None, largest),
        baseline=fmt.percent(bin_.baseline),
        current=fmt.percent(bin_.current) if both else "",
        change=fmt.points(bin_.current - bin_.baseline) if both else "",
    )


def _missing(feature: FeatureReport) -> Bar | None:
    """Return the missing share of both sides as a bar of its own; None where nothing is missing."""
    before, now = sides.completeness(feature.baseline), sides.completeness(feature.current)
    if before is None or now is None or before == now == 1:
        return None
    bin_ = Bin(label="Missing", baseline=1 - before, current=1 - now)
    return _bar(bin_, 1.0, both=True)


def _figures(feature: FeatureReport) -> list[Figure]:
    """Return the numbers of both sides, each that at least one of them has."""
    first, second = sides.figures(feature.baseline), sides.figures(feature.current)
    names = dict.fromkeys([*first, *second])
    return [Figure(name, first.get(name, fmt.NOTHING), second.get(name, fmt.NOTHING)) for name in names]


def _described(feature: FeatureReport) -> str:
    """Return what the chart shows, for those who cannot see it."""
    named = (("Baseline", feature.baseline), ("Current window", feature.current))
    sentences = [
        f"{name}: mean {fmt.number(side.numeric.mean)}, from {sides.value_range(side)}."
        for name, side in named
        if side and side.numeric
    ]
    return " ".join(["Distribution of the values.", *sentences])
