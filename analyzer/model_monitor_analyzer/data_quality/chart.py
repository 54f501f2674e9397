"""Baseline beside current as bars on common bins, for a report to draw."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from model_monitor_analyzer.data_quality.profile import FeatureProfile
from model_monitor_analyzer.statistics.categories import CategoryTable
from model_monitor_analyzer.statistics.cdf import BinnedCdf, Cdf, FloatArray, WeightedCdf
from model_monitor_analyzer.statistics.distances import bucket_shares
from model_monitor_api.v1alpha1.columns import ColumnKind

INNER_BINS = 24
"""Bins of equal width between the outer ones, which are open."""

FEW_VALUES = 24
"""Numbers of so few different values have a bar for each."""

_ROUNDING = 1e-9
"""A smaller share is what additions lose."""

_HUGE = 1e300

_LARGEST_WHOLE = 2.0**52
"""Up to here a float64 holds every whole number, and their differences."""

BASELINE_CATEGORIES = 20
NEW_CATEGORIES = 5
"""Categories that only the window has, or that are rare in the baseline, get so many bars of their own."""

Rest = Literal["Other", "Unseen"]
"""What a bar of categories without a name holds: others of the baseline, or such as it does not have."""

_REST_LABELS: dict[Rest, str] = {"Other": "other", "Unseen": "unseen"}


@dataclass(frozen=True)
class Bar:
    """One bar.

    Attributes
    ----------
    label
        A category, a number, or an interval.
    lower, upper
        Ends of the interval; None where it is open, and for a category. Always finite.
    baseline, current
        Shares of the values, 0 where a side has none; of numbers, of the finite ones.
    rest
        Set where the bar holds all categories that are not named.
    """

    label: str
    lower: float | None
    upper: float | None
    baseline: float
    current: float
    rest: Rest | None = None


def draw_bars(
    kind: ColumnKind, baseline: FeatureProfile | None, current: FeatureProfile | None
) -> tuple[Bar, ...]:
    """Return the bars of one feature; none for identifiers, times and texts, and without any values.

    Infinities have no place on an axis and are in no bar; a report counts them apart.
    """
    if kind == "Numeric":
        return _number_bars(baseline, current)
    if kind in {"Categorical", "Boolean"}:
        return _category_bars(
            baseline.categories if baseline else None, current.categories if current else None
        )
    return ()


def _number_bars(baseline: FeatureProfile | None, current: FeatureProfile | None) -> tuple[Bar, ...]:
    before, now = (side.cdf if side else None for side in (baseline, current))
    profiles = [side for side in (baseline, current) if side and side.cdf]
    sides = [side for side in (before, now) if side]
    samples = [side for side in sides if isinstance(side, WeightedCdf)]
    if not sides:
        return ()
    if len(samples) == len(sides):
        values = np.unique(np.concatenate([side.values for side in samples]))
        if values.size <= FEW_VALUES:
            return _value_bars(values, before, now)
    edges = _edges(sides, whole=all(_is_whole(side) for side in profiles))
    one, two = (bucket_shares(side, edges) if side else np.zeros(edges.size + 1) for side in (before, now))
    return _interval_bars(edges, one, two)


def _is_whole(feature: FeatureProfile) -> bool:
    """Return whether all numbers are whole; an adopted file tells so by the type alone."""
    moments = feature.moments
    return feature.inferred_type == "Integral" or (moments is not None and feature.whole == moments.n)


def _value_bars(values: FloatArray, baseline: Cdf | None, current: Cdf | None) -> tuple[Bar, ...]:
    one, two = (
        side.at(values) - side.below(values) if isinstance(side, WeightedCdf) else np.zeros(values.size)
        for side in (baseline, current)
    )
    return tuple(
        Bar(f"{value:.6g}", value, value, before, now)
        for value, before, now in zip(values.tolist(), one.tolist(), two.tolist(), strict=True)
    )


def _edges(sides: list[Cdf], *, whole: bool) -> FloatArray:
    """Return edges around nearly all of both sides: a stray value must not squeeze the rest together."""
    for side in sides:
        if isinstance(side, BinnedCdf):
            return np.unique(side.edges)
    ends = np.concatenate([side.quantile([0.005, 0.995]) for side in sides if isinstance(side, WeightedCdf)])
    low, high = float(ends.min()), float(ends.max())
    if whole and max(-low, high) < _LARGEST_WHOLE:
        return _whole_edges(low, high)
    # Differences of the largest doubles, and their multiples, overflow; those of their quarters do not.
    scale = 4.0 if max(-low, high) > _HUGE else 1.0
    edges = np.unique(scale * np.linspace(low / scale, high / scale, INNER_BINS + 1))
    # The uppermost value belongs to the last bin, not to the open one beyond.
    last = math.nextafter(float(edges[-1]), math.inf)
    if math.isinf(last):
        return edges[:-1] if edges.size > 1 else edges
    return np.append(edges if edges.size == 1 else edges[:-1], last)


def _whole_edges(low: float, high: float) -> FloatArray:
    """Return edges a whole number apart: otherwise some bins hold more of the whole numbers than others."""
    width = math.ceil((high - low + 1) / INNER_BINS)
    bins = math.ceil((high - low + 1) / width)
    return low + width * np.arange(bins + 1, dtype=np.float64)


def _interval_bars(edges: FloatArray, baseline: FloatArray, current: FloatArray) -> tuple[Bar, ...]:
    ends = [None, *(float(edge) for edge in edges), None]
    bars = []
    for lower, upper, one, two in zip(ends[:-1], ends[1:], baseline, current, strict=True):
        if (lower is None or upper is None) and one == two == 0:
            continue
        label = f"{lower:.6g} to {upper:.6g}" if lower is not None and upper is not None else ""
        label = label or (f"below {upper:.6g}" if lower is None else f"from {lower:.6g}")
        bars.append(Bar(label, lower, upper, float(one), float(two)))
    return tuple(bars)


def _category_bars(baseline: CategoryTable | None, current: CategoryTable | None) -> tuple[Bar, ...]:
    if baseline is None and current is None:
        return ()
    names = list(baseline.top(BASELINE_CATEGORIES)) if baseline else []
    more = current.top(BASELINE_CATEGORIES + NEW_CATEGORIES) if current else ()
    names += [name for name in more if name not in names][: NEW_CATEGORIES if baseline else None]
    bars = [Bar(name, None, None, _share(baseline, name), _share(current, name)) for name in names]
    bars += _rest_bars(baseline, current, names)
    return tuple(bars)


def _rest_bars(baseline: CategoryTable | None, current: CategoryTable | None, names: list[str]) -> list[Bar]:
    """Return the bars of categories that are not named; unseen ones apart where the baseline lists all."""
    rest = [1 - sum(_share(side, name) for name in names) if side else 0.0 for side in (baseline, current)]
    unseen = 0.0
    if baseline and current and baseline.complete:
        named = sum(current.counts.get(name, 0) for name in names if name in baseline.counts)
        of_baseline = (float(current.beside(baseline).sum()) - named) / current.n
        unseen = rest[1] - of_baseline if current.complete else 0.0
    bars: list[tuple[Rest, float, float]] = [("Other", rest[0], rest[1] - unseen), ("Unseen", 0.0, unseen)]
    return [
        Bar(_REST_LABELS[kind], None, None, max(0.0, one), max(0.0, two), kind)
        for kind, one, two in bars
        if max(one, two) > _ROUNDING
    ]


def _share(table: CategoryTable | None, name: str) -> float:
    return table.counts.get(name, 0) / table.n if table else 0.0
