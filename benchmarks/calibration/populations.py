"""Fifty features to draw windows from, each with a shift of an exactly known distance."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import stats

from model_monitor_api.v1alpha1.columns import ColumnKind

Values = npt.NDArray[Any]
Draw = Callable[[np.random.Generator, int], Values]
Shift = Callable[[np.random.Generator, Values, float], Values]

CORRELATED = 8
CORRELATION = 0.6
MISSING = 0.02


@dataclass(frozen=True)
class Population:
    """One feature.

    `shift` moves drawn values so that their distribution is exactly so far from the original: in
    Kolmogorov-Smirnov distance for numbers, in total variation for categories.
    """

    name: str
    group: str
    kind: ColumnKind
    draw: Draw
    shift: Shift


def populations() -> tuple[Population, ...]:
    """Return all fifty; the first eight are correlated, see `draw_table`."""
    return (
        *_several("correlated", CORRELATED, "Numeric", _normal, _location),
        *_several("normal", 8, "Numeric", _normal, _location),
        *_several(
            "integer", 6, "Numeric", _poisson, _relocation(_poisson, 3, float(stats.poisson.cdf(3, 3)))
        ),
        *_several("tied", 4, "Numeric", _halves, _relocation(_halves, 0.0, float(stats.norm.cdf(0.25)))),
        *_several("zero-inflated", 6, "Numeric", _zero_inflated, _relocation(_zero_inflated, 0.0, 0.6)),
        *_several("2 % missing", 6, "Numeric", _with_gaps, _relocation(_with_gaps, float(np.log(2)), 0.5)),
        *_several("heavy-tailed", 2, "Numeric", _student, _relocation(_student, 0.0, 0.5)),
        *_several("Zipf of 1,000", 4, "Categorical", _zipf(1000, 1.1), _reassignment(1000, 1.1)),
        *_several("Zipf of 100", 3, "Categorical", _zipf(100, 1.0), _reassignment(100, 1.0)),
        *_several("five categories, 2 % missing", 2, "Categorical", _five, _five_shifted),
        *_several("boolean", 1, "Boolean", _boolean, _boolean_shifted),
    )


def draw_table(
    rng: np.random.Generator, features: tuple[Population, ...], rows: int, shifts: Mapping[str, float]
) -> pl.DataFrame:
    """Draw a window: `shifts` gives the distance of each feature that is shifted."""
    columns: dict[str, Values] = {feature.name: feature.draw(rng, rows) for feature in features}
    together = rng.normal(size=(rows, 1))
    own = rng.normal(size=(rows, CORRELATED))
    correlated = np.sqrt(CORRELATION) * together + np.sqrt(1 - CORRELATION) * own
    for index, feature in enumerate(f for f in features if f.group == "correlated"):
        columns[feature.name] = correlated[:, index]
    for feature in features:
        if feature.name in shifts:
            columns[feature.name] = feature.shift(rng, columns[feature.name], shifts[feature.name])
    return pl.DataFrame({name: _series(name, values) for name, values in columns.items()})


def _series(name: str, values: Values) -> pl.Series:
    if values.dtype == object:
        return pl.Series(name, values.tolist(), dtype=pl.String)
    return pl.Series(name, values, nan_to_null=values.dtype.kind == "f")


def _several(group: str, count: int, kind: ColumnKind, draw: Draw, shift: Shift) -> list[Population]:
    slug = group.replace(",", "").replace(" ", "-").replace("%", "percent")
    return [Population(f"{slug}-{index}", group, kind, draw, shift) for index in range(count)]


def _normal(rng: np.random.Generator, rows: int) -> Values:
    return rng.normal(size=rows)


def _poisson(rng: np.random.Generator, rows: int) -> Values:
    return rng.poisson(3, size=rows)


def _halves(rng: np.random.Generator, rows: int) -> Values:
    return np.round(2 * rng.normal(size=rows)) / 2


def _zero_inflated(rng: np.random.Generator, rows: int) -> Values:
    return np.where(rng.random(rows) < 0.6, 0.0, rng.lognormal(size=rows))


def _with_gaps(rng: np.random.Generator, rows: int) -> Values:
    return np.where(rng.random(rows) < MISSING, np.nan, rng.exponential(size=rows))


def _student(rng: np.random.Generator, rows: int) -> Values:
    return rng.standard_t(2, size=rows)


def _location(_: np.random.Generator, values: Values, distance: float) -> Values:
    """Two normal distributions of one deviation are 2Φ(δ/2) - 1 apart if their means are δ apart."""
    moved: Values = values + 2 * stats.norm.ppf((1 + distance) / 2)
    return moved


def _relocation(draw: Draw, cut: float, share: float) -> Shift:
    """Move values from at or below a cut, where `share` of all lie, to above it: F(cut) falls so much."""

    def shift(rng: np.random.Generator, values: Values, distance: float) -> Values:
        fresh = draw(rng, 8 * values.size + 100)
        above = fresh[fresh > cut]
        moved = (values <= cut) & (rng.random(values.size) < distance / share)
        result = values.copy()
        result[moved] = rng.choice(above, size=int(moved.sum()))
        return result

    return shift


def _zipf(categories: int, exponent: float) -> Draw:
    shares = _zipf_shares(categories, exponent)
    names = np.array([f"v{index}" for index in range(categories)], dtype=object)

    def draw(rng: np.random.Generator, rows: int) -> Values:
        return names[rng.choice(categories, size=rows, p=shares)]

    return draw


def _zipf_shares(categories: int, exponent: float) -> Values:
    weights = np.arange(1, categories + 1, dtype=float) ** -exponent
    shares: Values = weights / weights.sum()
    return shares


def _reassignment(categories: int, exponent: float) -> Shift:
    """Move values of the most frequent categories to one new, thirty new, or one existing category."""
    shares = np.cumsum(_zipf_shares(categories, exponent))
    top = int(np.searchsorted(shares, 0.3)) + 1
    frequent = {f"v{index}" for index in range(top)}
    targets = (["new"], [f"new{index}" for index in range(30)], [f"v{top + 1}"])

    def shift(rng: np.random.Generator, values: Values, distance: float) -> Values:
        return _replaced(rng, values, frequent, distance / shares[top - 1], targets[rng.integers(3)])

    return shift


def _replaced(
    rng: np.random.Generator, values: Values, old: set[str], probability: float, targets: list[str]
) -> Values:
    moved = np.array([value in old for value in values]) & (rng.random(values.size) < probability)
    result = values.copy()
    result[moved] = rng.choice(np.array(targets, dtype=object), size=int(moved.sum()))
    return result


def _five(rng: np.random.Generator, rows: int) -> Values:
    names = np.array(["a", "b", "c", "d", "e", None], dtype=object)
    shares = np.array([0.4, 0.3, 0.15, 0.1, 0.05]) * (1 - MISSING)
    return names[rng.choice(6, size=rows, p=[*shares, MISSING])]


def _five_shifted(rng: np.random.Generator, values: Values, distance: float) -> Values:
    return _replaced(rng, values, {"a"}, distance / 0.4, [["new"], ["e"]][rng.integers(2)])


def _boolean(rng: np.random.Generator, rows: int) -> Values:
    return rng.random(rows) < 0.3


def _boolean_shifted(rng: np.random.Generator, values: Values, distance: float) -> Values:
    moved: Values = values | (rng.random(values.size) < distance / 0.7)
    return moved
