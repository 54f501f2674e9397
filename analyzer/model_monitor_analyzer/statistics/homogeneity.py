"""Whether two samples of categories come from one distribution: a test that holds in sparse tables."""

from __future__ import annotations

import math

import numpy as np
from scipy import stats

from model_monitor_analyzer.statistics.categories import CategoryTable
from model_monitor_analyzer.statistics.cdf import FloatArray

LEAST_EXPECTED = 2.0
"""Observations that the smaller sample must expect of a category; rarer ones are pooled."""

LEAST_ATTAINABLE = 1e-6
"""A category is tested by itself if all its observations in one sample would be at most so probable."""

CELLS_TESTED_EXACTLY = 3
"""The exact test is computed for so many categories, those that differ most."""


def homogeneity_p_value(current: CategoryTable, reference: CategoryTable) -> float:
    """Return the p-value of "the categories of the two samples are distributed differently".

    Two tests, the smaller p-value doubled: Pearson's χ² over all categories finds a change that is spread
    over many, Fisher's exact test of single categories (Bonferroni over those tested) one that sits in a
    few, at any size of sample. Which categories are tested alone or pooled depends on the two samples'
    totals only, never on how they are divided between the samples, so the p-values hold for cells chosen
    after looking.
    """
    n, m = current.n, reference.n
    if n == 0 or m == 0:
        return 1.0
    counts, totals = _cells(current, reference)
    if totals.size < 2:
        return 1.0
    alone = _largest_cell_p_value(counts, totals, n, n + m)
    if totals.size == 2:
        return min(1.0, alone)
    return min(1.0, 2 * min(alone, _pearson_p_value(counts, totals, n / (n + m), min(n, m) / (n + m))))


def _cells(current: CategoryTable, reference: CategoryTable) -> tuple[FloatArray, FloatArray]:
    """Count the current sample and both together, by category; what a table leaves open comes last."""
    one, both = current.beside(reference), reference.amounts
    if not current.complete:
        listed = one > 0
        one, both = one[listed], both[listed]
    both = one + both
    if reference.complete:
        new = current.beyond(reference)
        one, both = np.concatenate([one, new]), np.concatenate([both, new])
    rest = current.n + reference.n - float(both.sum())
    if rest > 0:
        one, both = np.append(one, current.n - one.sum()), np.append(both, rest)
    return one, both


def _largest_cell_p_value(counts: FloatArray, totals: FloatArray, n: int, population: int) -> float:
    """Bonferroni-adjusted two-sided exact p-value of the category that differs most."""
    smaller = min(n, population - n) / population
    if totals.size > 2:
        testable = totals * math.log(smaller) <= math.log(LEAST_ATTAINABLE)
        counts, totals = counts[testable], totals[testable]
    else:
        counts, totals = counts[:1], totals[:1]
    if not totals.size:
        return 1.0
    share = n / population
    deviation = np.abs(counts - totals * share) / np.sqrt(
        np.maximum(totals * share * (1 - share) * (1 - totals / population), 1e-12)
    )
    worst = np.argsort(-deviation, kind="stable")[:CELLS_TESTED_EXACTLY]
    drawn = stats.hypergeom(population, totals[worst], n)
    tails = np.minimum(drawn.cdf(counts[worst]), drawn.sf(counts[worst] - 1))
    return float(min(1.0, 2 * tails.min() * totals.size))


def _pearson_p_value(counts: FloatArray, totals: FloatArray, share: float, smaller: float) -> float:
    """Upper tail of Pearson's χ² of a 2-by-k table, rare categories pooled.

    The χ² distribution is two to five times too light at p = 1e-4 when cells are small. Here each
    category's term has the exact second and third cumulants of the square of a standardised binomial, and
    the tail is that of the Pearson type III (shifted gamma) distribution with the same three moments; for
    large cells this is χ².
    """
    frequent = totals * smaller >= LEAST_EXPECTED
    observed, expected_of = counts[frequent], totals[frequent]
    rare = totals[~frequent].sum()
    if rare:
        observed, expected_of = np.append(observed, counts[~frequent].sum()), np.append(expected_of, rare)
    if rare * smaller < LEAST_EXPECTED and rare and observed.size > 1:
        # The pool of the rare is itself too rare: it joins the least frequent category.
        index = int(np.argmin(expected_of[:-1]))
        observed[index] += observed[-1]
        expected_of[index] += expected_of[-1]
        observed, expected_of = observed[:-1], expected_of[:-1]
    cells = observed.size
    if cells < 2:
        return 1.0
    spread = share * (1 - share)
    k2 = expected_of * spread
    statistic = float(np.sum((observed - expected_of * share) ** 2 / k2))
    # Cumulants of a binomial of `expected_of` trials (Kendall, The Advanced Theory of Statistics 1, section
    # 5.4).
    k3 = k2 * (1 - 2 * share)
    k4 = k2 * (1 - 6 * spread)
    k6 = k2 * (1 - 30 * spread * (1 - 4 * spread))
    free = cells - 1
    variance = float(np.sum(2 + k4 / k2**2)) * free / cells
    third = float(np.sum(8 + 12 * k4 / k2**2 + 10 * k3**2 / k2**3 + k6 / k2**3)) * free / cells
    shape = 4 * variance**3 / max(third, 1e-6) ** 2
    standardised = (statistic - free) / math.sqrt(variance)
    return float(stats.gamma.sf(shape + standardised * math.sqrt(shape), shape))
