"""Features of reports: NumPy's and SciPy's figures of drawn values, which agree with each other."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from model_monitor_api.contract.report import (
    Bin,
    CheckOutcome,
    FeatureReport,
    NumericSummary,
    Side,
)

FloatArray = NDArray[np.floating]


FLOOR = 0.1


@dataclass(frozen=True)
class Drawn:
    """Values of one feature on both sides; NaN is missing."""

    name: str
    baseline: FloatArray
    current: FloatArray


def with_holes(values: FloatArray, rng: np.random.Generator, share: float) -> FloatArray:
    return np.where(rng.random(values.size) < share, np.nan, values)


def side_of(values: FloatArray) -> Side:
    there = values[~np.isnan(values)]
    return Side(
        present=int(there.size),
        missing=int(values.size - there.size),
        inferred_type="Integral" if np.all(there == np.round(there)) else "Fractional",
        distinct=float(np.unique(there).size),
        numeric=NumericSummary(
            mean=float(there.mean()),
            std_dev=float(there.std()),
            min=float(there.min()),
            max=float(there.max()),
            quantile_05=float(np.quantile(there, 0.05)),
            median=float(np.median(there)),
            quantile_95=float(np.quantile(there, 0.95)),
        ),
    )


def numeric_feature(drawn: Drawn, role: str = "Feature") -> FeatureReport:
    first, second = drawn.baseline, drawn.current[~np.isnan(drawn.current)]
    test = stats.ks_2samp(first, second)
    distance = float(test.statistic)
    bins = _histogram(first, second)
    side, now = side_of(drawn.baseline), side_of(drawn.current)
    checks = [
        CheckOutcome(
            check="baseline_drift_check",
            violated=False,
            violated_by_other_rule=_robust(distance, first.size, second.size) > FLOOR,
            effect=distance,
            measure="KolmogorovSmirnov",
            floor=FLOOR,
            p_value=float(test.pvalue),
            description=f"Baseline drift distance: {distance:.4f}; floor: {FLOOR}.",
        )
    ]
    missing = now.missing / (now.missing + now.present)
    if missing:
        before = stats.binomtest(now.missing, now.missing + now.present, 0.005, alternative="greater").pvalue
        checks.append(
            CheckOutcome(
                check="completeness_check",
                violated=False,
                violated_by_other_rule=True,
                effect=missing,
                measure="ShareDifference",
                floor=0.01,
                p_value=float(before),
                description=f"{1 - missing:.2%} of values are there; 100% were in the baseline.",
            )
        )
    p, q = (np.array([getattr(b, s) for b in bins]) for s in ("baseline", "current"))
    return FeatureReport(
        name=drawn.name,
        role=role,  # type: ignore[arg-type] # callers pass literals
        kind="Numeric",
        checks=checks,
        distances=_distances(p, q)
        | {"NormalizedWasserstein": float(stats.wasserstein_distance(first, second)) / float(first.std())},
        baseline=side,
        current=now,
        bins=bins,
    )


def _histogram(first: FloatArray, second: FloatArray) -> list[Bin]:
    """Return 30 equal intervals over the middle 99 % of the baseline, and open tails if there is anything."""
    low, high = np.quantile(first, [0.005, 0.995])
    both = np.concatenate([first, second])
    if both.max() - both.min() < 1.5 * (high - low):
        low, high = both.min(), both.max()
    edges = np.linspace(low, high, 31)
    bins = []
    if both.min() < low:
        bins.append(_bin(None, low, np.mean(first < low), np.mean(second < low)))
    for left, right in pairwise(edges.tolist()):
        inside = [(s >= left) & ((s < right) | ((right == high) & (s == high))) for s in (first, second)]
        bins.append(_bin(left, right, np.mean(inside[0]), np.mean(inside[1])))
    if both.max() > high:
        bins.append(_bin(high, None, np.mean(first > high), np.mean(second > high)))
    return bins


def _bin(lower: float | None, upper: float | None, baseline: np.floating, current: np.floating) -> Bin:
    return Bin(
        label=f"{lower}..{upper}",
        lower=None if lower is None else float(lower),
        upper=None if upper is None else float(upper),
        baseline=float(baseline),
        current=float(current),
    )


def categorical_feature(
    name: str,
    categories: Sequence[str],
    shares: Sequence[float],
    rng: np.random.Generator,
    *,
    m: int,
    n: int,
    kind: str = "Categorical",
    now: Sequence[float] | None = None,
) -> FeatureReport:
    first, second = rng.multinomial(m, shares), rng.multinomial(n, now or shares)
    p, q = first / m, second / n
    distance = float(np.abs(p - q).sum() / 2)
    used = (first + second) > 0
    p_value = float(stats.chi2_contingency(np.array([first[used], second[used]])).pvalue)
    bins = [
        Bin(label=label, baseline=float(a), current=float(b))
        for label, a, b in zip(categories, p, q, strict=True)
    ]
    return FeatureReport(
        name=name,
        kind=kind,
        checks=[
            CheckOutcome(
                check="baseline_drift_check",
                violated=False,
                violated_by_other_rule=_robust(float(np.abs(p - q).max()), m, n) > FLOOR,
                effect=distance,
                measure="TotalVariation",
                floor=FLOOR,
                p_value=p_value,
                description=f"Baseline drift distance: {distance:.4f}; floor: {FLOOR}.",
            )
        ],
        distances=_distances(p, q),
        baseline=Side(present=m, missing=0, inferred_type="String", distinct=float((first > 0).sum())),
        current=Side(present=n, missing=0, inferred_type="String", distinct=float((second > 0).sum())),
        bins=bins,
    )


def new_category_feature(m: int, n: int, rng: np.random.Generator) -> FeatureReport:
    feature = categorical_feature(
        "payment_method",
        ["card", "direct debit", "invoice", "unseen"],
        [0.58, 0.29, 0.13, 0.0],
        rng,
        m=m,
        n=n,
        now=[0.55, 0.27, 0.12, 0.06],
    )
    unseen = feature.bins[-1]
    outcome = CheckOutcome(
        check="categorical_values_check",
        violated=False,
        violated_by_other_rule=True,
        effect=unseen.current,
        measure="ShareDifference",
        floor=0.01,
        p_value=float(stats.binomtest(round(unseen.current * n), n, 0.001, alternative="greater").pvalue),
        description=f"{unseen.current:.2%} of values are not among the baseline's 3 categories.",
    )
    bins = [*feature.bins[:-1], unseen.model_copy(update={"rest": "Unseen"})]
    return feature.model_copy(update={"checks": [*feature.checks, outcome], "bins": bins})


def _distances(p: FloatArray, q: FloatArray) -> dict[str, float]:
    a, b = np.maximum(p, 1e-4), np.maximum(q, 1e-4)
    middle = (p + q) / 2
    js = 0.5 * (stats.entropy(p, middle, base=2) + stats.entropy(q, middle, base=2))
    return {
        "PSI": float(np.sum((b - a) * np.log(b / a))),
        "JensenShannon": float(np.sqrt(max(0.0, js))),
        "Hellinger": float(np.sqrt(np.sum((np.sqrt(p) - np.sqrt(q)) ** 2) / 2)),
    }


def _robust(distance: float, m: int, n: int) -> float:
    return max(0.0, distance - 1.8 * float(np.sqrt((m + n) / (m * n))))
