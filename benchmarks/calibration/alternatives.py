"""Figures behind the choices in docs/decisions/0003-calibrated-rule.md.

    nice python -m benchmarks.calibration.alternatives

Each line compares the rule as it is with what would be simpler.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
from scipy import stats

from model_monitor_analyzer.data_quality.shares import expected_outside
from model_monitor_analyzer.statistics.categories import CategoryTable
from model_monitor_analyzer.statistics.cdf import WeightedCdf
from model_monitor_analyzer.statistics.distances import (
    common_cells,
    excess_variation,
    kolmogorov_smirnov_distance,
    total_variation,
)
from model_monitor_analyzer.statistics.homogeneity import homogeneity_p_value
from model_monitor_analyzer.statistics.kolmogorov import kolmogorov_smirnov_p_value
from model_monitor_analyzer.statistics.multiplicity import benjamini_hochberg
from model_monitor_analyzer.statistics.proportions import Proportion, greater_p_value

FLOOR, RATE, FEATURES = 0.1, 0.01, 50
LEVEL = RATE / FEATURES
"""What a single shifted feature among fifty must fall below."""

Counts = npt.NDArray[np.int64]


def table(counts: Counts) -> CategoryTable:
    """Name categories by position."""
    return CategoryTable({f"v{i}": int(count) for i, count in enumerate(counts) if count})


def zipf(categories: int) -> npt.NDArray[np.float64]:
    """Return shares that fall like 1/rank."""
    weights = 1 / np.arange(1, categories + 1)
    shares: npt.NDArray[np.float64] = weights / weights.sum()
    return shares


def normal_distance(rng: np.random.Generator, n: int, m: int, distance: float) -> float:
    """Draw two normal samples whose distributions are so far apart, and measure."""
    mean = 2 * stats.norm.ppf((1 + distance) / 2)
    one, two = WeightedCdf.of(rng.normal(mean, size=n)), WeightedCdf.of(rng.normal(size=m))
    return kolmogorov_smirnov_distance(one, two)


def significance_against_the_floor(rng: np.random.Generator) -> str:
    """Power at 0.15 if the excess over the floor, not the distance, had to be significant."""
    found = [normal_distance(rng, 500, 2333, 0.15) for _ in range(1000)]
    zero = np.mean([d > FLOOR and kolmogorov_smirnov_p_value(d, 500, 2333) <= LEVEL for d in found])
    floor = np.mean([kolmogorov_smirnov_p_value(d - FLOOR, 500, 2333) <= LEVEL for d in found])
    return f"power at 0.15, n=500, m=2,333: against no change {zero:.3f}, against the floor {floor:.3f}"


def filtering_after_the_procedure(rng: np.random.Generator) -> str:
    """Draw 40 features really 0.05 away with 10,000 values each, and 10 unchanged ones with 200."""
    plain = ours = 0
    for _ in range(200):
        d = np.array(
            [normal_distance(rng, 10_000, 2333, 0.05) for _ in range(40)]
            + [normal_distance(rng, 200, 2333, 0.0) for _ in range(10)]
        )
        sizes = [10_000] * 40 + [200] * 10
        p = np.array([kolmogorov_smirnov_p_value(x, n, 2333) for x, n in zip(d.tolist(), sizes, strict=True)])
        beyond = d > FLOOR
        plain += bool(np.any((beyond & (benjamini_hochberg(p) <= RATE))[40:]))
        ours += bool(np.any((benjamini_hochberg(np.where(beyond, p, 1.0)) <= RATE)[40:]))
    return f"windows with a false alarm: floor afterwards {plain / 2:.1f} %, p = 1 below it {ours / 2:.1f} %"


def plain_total_variation(rng: np.random.Generator) -> str:
    """One of 100 categories gains 0.06, below the floor, in 10,000 rows."""
    before = np.full(100, 0.01)
    after = before * (1 - 0.06 / 0.99)
    after[0] = 0.07
    plain = excess = 0
    for _ in range(500):
        one, two = table(rng.multinomial(10_000, after)), table(rng.multinomial(2333, before))
        if homogeneity_p_value(one, two) > LEVEL:
            continue
        cells = common_cells(two, one, 100)
        plain += total_variation(cells.current, cells.reference) > FLOOR
        excess += excess_variation(cells.current, cells.reference, one.n, two.n) > FLOOR
    return f"alarms at a true 0.06: plain distance {plain / 5:.1f} %, less chance {excess / 5:.1f} %"


def naive_domains(rng: np.random.Generator) -> str:
    """A Zipf column of 100 values, unchanged; the domain is what 500 rows held."""
    naive = ours = 0
    for _ in range(2000):
        reference, current = table(rng.multinomial(500, zipf(100))), rng.multinomial(10_000, zipf(100))
        domain = frozenset(reference.counts)
        outside = Proportion(int(sum(c for i, c in enumerate(current) if f"v{i}" not in domain)), 10_000)
        naive += outside.share > 0.01 and greater_p_value(outside, Proportion(0, 500)) <= LEVEL
        fair = expected_outside(reference, domain)
        ours += outside.share - fair.share > 0.01 and greater_p_value(outside, fair) <= LEVEL
    return (
        f"alarms of an unchanged domain: naively {naive / 20:.1f} %, with Good's estimate {ours / 20:.2f} %"
    )


def asymptotic_tail(rng: np.random.Generator) -> str:
    """How often p ≤ 0.001 without a change, in units of 0.001."""
    repetitions, simple, ours = 10_000, 0, 0
    for _ in range(repetitions):
        one, two = rng.multinomial(100, zipf(1000)), rng.multinomial(2333, zipf(1000))
        ours += homogeneity_p_value(table(one), table(two)) <= 0.001
        frequent = (one + two) * 100 / 2433 >= 2
        cells = [np.append(side[frequent], side[~frequent].sum()) for side in (one, two)]
        simple += stats.chi2_contingency(np.array(cells), correction=False).pvalue <= 0.001
    return f"times too often below 0.001: plain chi-squared {simple / 10:.2f}, ours {ours / 10:.2f}"


def spread_over_all_categories(rng: np.random.Generator) -> str:
    """Every category of a Zipf column of 100 gains or loses 30 %, a distance of 0.15."""
    signs = np.where(np.arange(100) % 2, 1.3, 0.7)
    after = zipf(100) * signs
    after /= after.sum()
    found = []
    for n in (500, 2000, 10_000):
        hits = sum(
            homogeneity_p_value(table(rng.multinomial(n, after)), table(rng.multinomial(2333, zipf(100))))
            <= LEVEL
            for _ in range(400)
        )
        found.append(f"n={n:,} {hits / 400:.2f}")
    return "significant where every category moves by 30 %: " + ", ".join(found)


def figures() -> Iterator[Callable[[np.random.Generator], str]]:
    """Return every comparison."""
    yield significance_against_the_floor
    yield filtering_after_the_procedure
    yield plain_total_variation
    yield naive_domains
    yield asymptotic_tail
    yield spread_over_all_categories


if __name__ == "__main__":
    for compare in figures():
        print(compare(np.random.default_rng(20260701)), flush=True)
