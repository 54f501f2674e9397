"""Baseline beside current as bars on common bins, for a report to draw."""

from __future__ import annotations

from dataclasses import dataclass

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

BASELINE_CATEGORIES = 20
NEW_CATEGORIES = 5
"""Categories that only the window has, or that are rare in the baseline, get so many bars of their own."""

OTHER = "other"


@dataclass(frozen=True)
class Bar:
    """One bar.

    Attributes
    ----------
    label
        A category, a number, or an interval.
    lower, upper
        Ends of the interval; None where it is open, and for a category.
    baseline, current
        Shares of the values, 0 where a side has none.
    """

    label: str
    lower: float | None
    upper: float | None
    baseline: float
    current: float


def draw_bars(
    kind: ColumnKind, baseline: FeatureProfile | None, current: FeatureProfile | None
) -> tuple[Bar, ...]:
    """Return the bars of one feature; none for identifiers, times and texts, and without any values."""
    if kind == "Numeric":
        return _number_bars(baseline.numbers if baseline else None, current.numbers if current else None)
    if kind in {"Categorical", "Boolean"}:
        return _category_bars(
            baseline.categories if baseline else None, current.categories if current else None
        )
    return ()


def _number_bars(baseline: Cdf | None, current: Cdf | None) -> tuple[Bar, ...]:
    sides = [side for side in (baseline, current) if side is not None]
    samples = [side for side in sides if isinstance(side, WeightedCdf)]
    if not sides:
        return ()
    if len(samples) == len(sides):
        values = np.unique(np.concatenate([side.values for side in samples]))
        if values.size <= FEW_VALUES:
            return _value_bars(values, baseline, current)
    edges = _edges(sides)
    one, two = (
        bucket_shares(side, edges) if side else np.zeros(edges.size + 1) for side in (baseline, current)
    )
    return _interval_bars(edges, one, two)


def _value_bars(values: FloatArray, baseline: Cdf | None, current: Cdf | None) -> tuple[Bar, ...]:
    one, two = (
        side.at(values) - side.below(values) if isinstance(side, WeightedCdf) else np.zeros(values.size)
        for side in (baseline, current)
    )
    return tuple(
        Bar(f"{value:.6g}", value, value, before, now)
        for value, before, now in zip(values.tolist(), one.tolist(), two.tolist(), strict=True)
    )


def _edges(sides: list[Cdf]) -> FloatArray:
    """Return edges around nearly all of both sides: a stray value must not squeeze the rest together."""
    for side in sides:
        if isinstance(side, BinnedCdf):
            return np.unique(side.edges)
    ends = np.concatenate([side.quantile([0.005, 0.995]) for side in sides if isinstance(side, WeightedCdf)])
    ends = ends[np.isfinite(ends)]
    if not ends.size:
        ends = np.zeros(1)
    edges = np.unique(np.linspace(ends.min(), ends.max(), INNER_BINS + 1))
    # The uppermost value belongs to the last bin, not to the open one beyond.
    edges[-1] = np.nextafter(edges[-1], np.inf)
    return edges


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
    rest = (
        max(0.0, 1 - sum(bar.baseline for bar in bars)) if baseline else 0.0,
        max(0.0, 1 - sum(bar.current for bar in bars)) if current else 0.0,
    )
    if max(rest) > 1e-9:
        bars.append(Bar(OTHER, None, None, rest[0], rest[1]))
    return tuple(bars)


def _share(table: CategoryTable | None, name: str) -> float:
    return table.counts.get(name, 0) / table.n if table else 0.0
