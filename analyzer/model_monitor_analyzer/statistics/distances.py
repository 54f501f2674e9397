"""Distances of two samples: those of SageMaker's analyzer, and those that are published beside them.

The first three follow Deequ's `Distance` (awslabs/deequ 2.0): the maximal gap between distribution functions,
between shares of categories, and the small-sample correction of Knuth, The Art of Computer Programming 2,
section 3.3.1, eq. (15).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from model_monitor_analyzer.statistics.categories import CategoryTable
from model_monitor_analyzer.statistics.cdf import BinnedCdf, Cdf, FloatArray, WeightedCdf, common_steps

ROBUST_CONSTANT = 1.8
"""c(alpha) of the robust distance where alpha is not given; alpha is about 0.003."""

SMALLEST_SHARE = 1e-4
"""Share that stands for an empty cell where a logarithm is taken; the usual choice for PSI."""


def kolmogorov_smirnov_distance(first: Cdf, second: Cdf) -> float:
    """Return max |F₁(x) - F₂(x)|, the distance that SageMaker names `Simple` for numbers."""
    points, one, two = common_steps(first, second)
    return float(np.max(np.abs(one - two))) if points.size else 0.0


def largest_share_difference(first: CategoryTable, second: CategoryTable) -> float:
    """Return max |p₁(k) - p₂(k)| over all listed categories: SageMaker's `LInfinity`, `Simple`."""
    if not first.counts and not second.counts:
        return 0.0
    alone = float(np.max(first.beyond(second), initial=0.0)) / first.n
    shared = np.abs(first.beside(second) / first.n - second.amounts / second.n)
    return max(alone, float(np.max(shared, initial=0.0)))


def robust_distance(distance: float, n: int, m: int, alpha: float | None = None) -> float:
    """Reduce a distance by what two samples of n and m differ by chance: max(0, D - c·√((n+m)/(n·m))).

    c is 1.8, or √(-ln(alpha/2)/2) if alpha is given.
    """
    constant = ROBUST_CONSTANT if alpha is None else math.sqrt(-math.log(alpha / 2) / 2)
    return max(0.0, distance - constant * math.sqrt((n + m) / (n * m)))


def total_variation(first: FloatArray, second: FloatArray) -> float:
    """Return ½ Σ|p - q|: the share of observations that would have to change."""
    return float(np.abs(first - second).sum() / 2)


def excess_variation(first: FloatArray, second: FloatArray, n: int, m: int) -> float:
    """Return the total variation of two samples' shares beyond what chance puts there.

    The plain total variation of two samples of one distribution is far from 0 where categories are many:
    0.4 for 100 equally frequent ones and samples of 100 and 500. Here each squared difference is reduced by
    its sampling variance under equal shares, p(1-p)(1/n + 1/m) with the pooled p, which makes it unbiased.
    """
    pooled = (first * n + second * m) / (n + m)
    variance = pooled * (1 - pooled) * (1 / n + 1 / m)
    return float(np.sqrt(np.maximum(0.0, (first - second) ** 2 - variance)).sum() / 2)


def population_stability_index(current: FloatArray, reference: FloatArray) -> float:
    """Return Σ (a - e)·ln(a/e) over cells; an empty cell counts as 1e-4.

    Siddiqi, Credit Risk Scorecards (2006), section "Scorecard monitoring reports".
    """
    a, e = np.maximum(current, SMALLEST_SHARE), np.maximum(reference, SMALLEST_SHARE)
    return float(np.sum((a - e) * np.log(a / e)))


def jensen_shannon_distance(first: FloatArray, second: FloatArray) -> float:
    """Return the square root of the Jensen-Shannon divergence to base 2, from 0 to 1.

    Endres and Schindelin, IEEE Transactions on Information Theory 49 (2003).
    """
    middle = (first + second) / 2
    divergence = sum(float(np.sum(p[p > 0] * np.log2(p[p > 0] / middle[p > 0]))) / 2 for p in (first, second))
    return math.sqrt(max(0.0, divergence))


def hellinger_distance(first: FloatArray, second: FloatArray) -> float:
    """Return √(½ Σ (√p - √q)²), from 0 to 1 (Hellinger, Crelle 136, 1909)."""
    return math.sqrt(float(np.sum((np.sqrt(first) - np.sqrt(second)) ** 2)) / 2)


def wasserstein_distance(first: WeightedCdf, second: WeightedCdf) -> float:
    """Return ∫|F₁ - F₂| dx over the finite values, in the unit of the values; inf beyond the largest double.

    Vallender, Theory of Probability and Its Applications 18 (1974).
    """
    points, one, two = common_steps(first, second)
    finite = np.isfinite(points)
    points, gap = points[finite], np.abs(one - two)[finite]
    # The difference of two doubles may be beyond the largest one; that of their halves is not.
    scale = 1.0 if not points.size or math.isfinite(float(points[-1]) - float(points[0])) else 2.0
    return scale * float(np.sum(gap[:-1] * np.diff(points / scale)))


@dataclass(frozen=True, eq=False)
class Cells:
    """Two tables of categories on common cells.

    Attributes
    ----------
    names
        The reference's most frequent categories; two unnamed cells follow in the arrays: its other
        categories, and those that it does not have.
    reference, current
        Shares, shape (len(names) + 2,). Where a table does not list all its categories, what is not named
        cannot be told apart: then it is all in the last cell but one, and the last is empty.
    """

    names: tuple[str, ...]
    reference: FloatArray
    current: FloatArray


def common_cells(reference: CategoryTable, current: CategoryTable, limit: int) -> Cells:
    """Put two tables on the reference's `limit` most frequent categories, its others, and unseen ones."""
    names = reference.top(limit)
    told_apart = reference.complete and current.complete

    def shares(table: CategoryTable) -> FloatArray:
        named = [table.counts.get(name, 0) for name in names]
        unnamed = table.n - sum(named)
        seen = float(table.beside(reference).sum()) - sum(named)
        rest = seen if told_apart else unnamed
        return np.array([*named, rest, unnamed - rest], dtype=np.float64) / table.n

    return Cells(names, shares(reference), shares(current))


def bucket_shares(cdf: Cdf, edges: FloatArray) -> FloatArray:
    """Return the share below the first edge, in [edge, next edge), …, and at or above the last."""
    if isinstance(cdf, BinnedCdf):
        cumulative = np.concatenate([[0.0], np.cumsum(cdf.counts)]) / cdf.counts.sum()
        below = np.interp(edges, cdf.edges, cumulative)
    else:
        below = cdf.below(edges)
    return np.diff(below, prepend=0.0, append=1.0)
