"""Distributions of numbers as two-sample statistics read them: weighted samples, or counts in buckets."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class WeightedCdf:
    """A sample, exact or summarised by a quantile sketch, as sorted values with weights.

    Parameters
    ----------
    values
        Shape (k,), ascending; may hold -inf and inf, never NaN.
    weights
        Shape (k,), positive; an item of a sketch's level i weighs 2**i.
    rank_error
        How far a share read from this sample may be from the share of all observations; 0 if exact.

    Raises
    ------
    ValueError
        If the arrays do not match, are empty, hold NaN, or a weight is not positive.
    """

    values: FloatArray
    weights: FloatArray
    rank_error: float = 0.0

    def __post_init__(self) -> None:
        if self.values.ndim != 1 or self.values.shape != self.weights.shape or self.values.size == 0:
            raise ValueError("a weighted sample needs as many weights as values, and at least one")
        if np.isnan(self.values).any() or not _ascending(self.values):
            raise ValueError("the values of a weighted sample must be sorted and must not be NaN")
        if not np.all(self.weights > 0):
            raise ValueError("the weights of a weighted sample must be positive")

    @classmethod
    def of(
        cls, values: npt.ArrayLike, weights: npt.ArrayLike | None = None, *, rank_error: float = 0.0
    ) -> WeightedCdf:
        """Sort values, each of weight 1 unless weights are given."""
        flat = np.asarray(values, dtype=np.float64).ravel()
        if weights is None:
            return cls(np.sort(flat), np.ones(flat.size), rank_error)
        order = np.argsort(flat, kind="stable")
        return cls(flat[order], np.asarray(weights, dtype=np.float64).ravel()[order], rank_error)

    @property
    def n(self) -> int:
        """Number of observations that the sample stands for."""
        return round(float(self.weights.sum()))

    def at(self, points: npt.ArrayLike) -> FloatArray:
        """Share of observations ≤ each point."""
        return self._share(points, "right")

    def below(self, points: npt.ArrayLike) -> FloatArray:
        """Share of observations < each point."""
        return self._share(points, "left")

    def quantile(self, shares: npt.ArrayLike) -> FloatArray:
        """Return the smallest value with at least each share of the observations at or below it."""
        cumulative = np.cumsum(self.weights)
        wanted = np.asarray(shares, dtype=np.float64) * cumulative[-1]
        # A share that was itself computed from the weights must not miss its own value by rounding.
        index = np.searchsorted(cumulative, wanted * (1 - 1e-12), side="left")
        result: FloatArray = self.values[np.minimum(index, self.values.size - 1)]
        return result

    def _share(self, points: npt.ArrayLike, side: str) -> FloatArray:
        cumulative = np.concatenate([[0.0], np.cumsum(self.weights)])
        index = np.searchsorted(self.values, np.asarray(points), side="right" if side == "right" else "left")
        result: FloatArray = cumulative[index] / cumulative[-1]
        return result


@dataclass(frozen=True, eq=False)
class BinnedCdf:
    """A sample of which only counts in buckets are known, as in statistics without a sketch.

    Parameters
    ----------
    edges
        Shape (b + 1,), ascending. A bucket holds its lower edge but not its upper one; the last holds both.
    counts
        Shape (b,), not negative, not all zero.

    Raises
    ------
    ValueError
        If the shapes do not match, an edge is not finite or out of order, or no bucket holds anything.
    """

    edges: FloatArray
    counts: FloatArray

    def __post_init__(self) -> None:
        if self.edges.ndim != 1 or self.edges.size != self.counts.size + 1 or self.counts.size == 0:
            raise ValueError("buckets need one edge more than counts")
        if not np.isfinite(self.edges).all() or not _ascending(self.edges):
            raise ValueError("the edges of buckets must be finite and in order")
        if np.any(self.counts < 0) or not np.sum(self.counts) > 0:
            raise ValueError("the counts of buckets must not be negative and must not all be zero")

    @property
    def n(self) -> int:
        """Number of observations that the buckets hold."""
        return round(float(self.counts.sum()))

    @property
    def rank_error(self) -> float:
        """Zero: at its edges, where alone it is read, the distribution is exact."""
        return 0.0


Cdf = WeightedCdf | BinnedCdf


def _ascending(values: FloatArray) -> bool:
    # Compared, not subtracted: a difference may be beyond the largest double.
    return bool((values[1:] >= values[:-1]).all())


def with_infinities(finite: WeightedCdf | None, negative: int, positive: int) -> WeightedCdf | None:
    """Add observations of -inf and inf, which summaries count apart; None if there is nothing at all."""
    parts = [(-np.inf, negative), (np.inf, positive)]
    values = [value for value, count in parts if count]
    if not values:
        return finite
    weights = [float(count) for _, count in parts if count]
    if finite is None:
        return WeightedCdf.of(values, weights)
    return WeightedCdf.of(
        np.concatenate([finite.values, values]),
        np.concatenate([finite.weights, weights]),
        rank_error=finite.rank_error,
    )


def common_steps(first: Cdf, second: Cdf) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Read both distribution functions where both are known.

    Returns
    -------
    points, first shares, second shares
        Shape (k,) each. Of two weighted samples: the union of their values and the shares at or below them.
        If one is binned: its edges, and the shares below them (at or below for the last), so that a
        distance is a lower bound of the true one. Of two binned ones only shared edges are read.
    """
    if isinstance(first, WeightedCdf) and isinstance(second, WeightedCdf):
        points = np.union1d(first.values, second.values)
        return points, first.at(points), second.at(points)
    points = reduce(np.intersect1d, [cdf.edges for cdf in (first, second) if isinstance(cdf, BinnedCdf)])
    return points, shares_at_edges(first, points), shares_at_edges(second, points)


def shares_at_edges(cdf: Cdf, edges: FloatArray) -> FloatArray:
    """Return the share below each edge, for the last edge the share at or below it."""
    if isinstance(cdf, WeightedCdf):
        shares = cdf.below(edges)
        shares[-1:] = cdf.at(edges[-1:])
        return shares
    cumulative = np.concatenate([[0.0], np.cumsum(cdf.counts)]) / cdf.counts.sum()
    index = np.minimum(np.searchsorted(cdf.edges, edges, side="left"), cdf.counts.size)
    return np.where(edges >= cdf.edges[-1], 1.0, cumulative[index])
