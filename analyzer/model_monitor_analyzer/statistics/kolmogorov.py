"""Significance of the two-sample Kolmogorov-Smirnov distance."""

from __future__ import annotations

import math

import numpy as np
from scipy import special

EXACT_LIMIT = 1_000_000
"""Product of the sample sizes up to which the exact distribution is computed (about 2 ms)."""


def kolmogorov_smirnov_p_value(distance: float, n: int, m: int) -> float:
    """Return the probability of a distance at least so large if both samples come from one distribution.

    The distance must already be reduced by the rank errors of both summaries; then the p-value holds for
    sketches too. Under ties it is conservative, as the distance can only be smaller than that of the
    continuous variables behind (Conover, Practical Nonparametric Statistics, 3rd ed. 1999, section 6.3).

    Up to n·m = 1e6 the distribution is exact. Above, the asymptotic one is an upper bound for all practical
    sizes (Wei and Dudley, Two-sample Dvoretzky-Kiefer-Wolfowitz inequalities, 2012), very loose if one
    sample is tiny; so the exact distribution is also computed for a larger sample cut to 1e6 / n, which
    bounds the p-value from above too, and the smaller of the two bounds is returned.
    """
    if n <= 0 or m <= 0 or distance <= 0:
        return 1.0
    small, large = min(n, m), max(n, m)
    if small * large <= EXACT_LIMIT:
        return _exact(distance, small, large)
    asymptotic = float(special.kolmogorov(math.sqrt(n * m / (n + m)) * distance))
    cut = EXACT_LIMIT // small
    return min(asymptotic, _exact(distance, small, cut)) if cut >= small else asymptotic


def _exact(distance: float, small: int, large: int) -> float:
    """Share of lattice paths from (0, 0) to (small, large) that ever differ by `distance` or more.

    Hodges, Arkiv för Matematik 3 (1958): each order of the pooled sample is a path, all equally likely. Row
    by row, `inside[j]` is the probability that a path through (i, j) has kept below the distance, given
    that it passes there.
    """
    # Half a lattice step below the distance keeps rounding from deciding.
    limit = (0.5 + math.floor(distance * small * large - 1e-7)) / (small * large)
    columns = np.arange(large + 1) / large
    inside = (columns <= limit).astype(np.float64)
    for i in range(1, small + 1):
        low = int(np.searchsorted(columns, i / small - limit, side="left"))
        high = int(np.searchsorted(columns, i / small + limit, side="right"))
        row = np.zeros(large + 1)
        np.cumsum(inside[low:high] * (i / (i + large)), out=row[low:high])
        inside = row
    # The complement of a share near one carries no more digits than this.
    return min(1.0, max(1e-15, 1.0 - float(inside[-1])))
