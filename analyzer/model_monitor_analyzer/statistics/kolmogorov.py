"""Significance of the two-sample Kolmogorov-Smirnov distance."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from scipy import special

SMALL_SAMPLE = 200
"""Size of the smaller sample up to which the exact distribution is computed; the cost grows with it."""

EXACT_LIMIT = 1_000_000
"""Largest product of the sample sizes for it (about 2 ms)."""


@lru_cache(maxsize=4096)
def kolmogorov_smirnov_p_value(distance: float, n: int, m: int) -> float:
    """Return the probability of a distance at least so large if both samples come from one distribution.

    The distance must already be reduced by the rank errors of both summaries; then the p-value holds for
    sketches too. Under ties it is conservative, as the distance can only be smaller than that of the
    continuous variables behind (Conover, Practical Nonparametric Statistics, 3rd ed. 1999, section 6.3).

    The asymptotic distribution is an upper bound for all practical sizes (Wei and Dudley, Two-sample
    Dvoretzky-Kiefer-Wolfowitz inequalities, 2012): 10 % above the exact p-value for samples of 500 and 2,333,
    but far above where one sample is tiny. There the exact one is computed. Where the larger sample
    is too large for that, it is cut, which bounds the p-value too, and the smaller of the two is returned.
    """
    if n <= 0 or m <= 0 or distance <= 0:
        return 1.0
    small, large = min(n, m), max(n, m)
    cut = min(large, EXACT_LIMIT // small)
    if small <= SMALL_SAMPLE and cut == large:
        return _exact(distance, small, large)
    asymptotic = float(special.kolmogorov(math.sqrt(n * m / (n + m)) * distance))
    return min(asymptotic, _exact(distance, small, cut)) if small <= SMALL_SAMPLE else asymptotic


def _exact(distance: float, small: int, large: int) -> float:
    """Share of lattice paths from (0, 0) to (small, large) that ever differ by `distance` or more.

    Hodges, Arkiv för Matematik 3 (1958): each order of the pooled sample is a path, all equally likely. Row
    by row, `inside[j]` is the probability that a path through (i, j) has kept below the distance, given that
    it passes there.
    """
    # Half a lattice step below the distance keeps rounding from deciding.
    limit = (0.5 + math.floor(distance * small * large - 1e-7)) / (small * large)
    columns = np.arange(large + 1) / large
    rows = np.arange(1, small + 1) / small
    low = np.searchsorted(columns, rows - limit, side="left").tolist()
    high = np.searchsorted(columns, rows + limit, side="right").tolist()
    inside = (columns <= limit).astype(np.float64)
    for i in range(small):
        row = np.zeros(large + 1)
        band = slice(low[i], high[i])
        np.cumsum(inside[band] * ((i + 1) / (i + 1 + large)), out=row[band])
        inside = row
    # The complement of a share near one carries no more digits than this.
    return min(1.0, max(1e-15, 1.0 - float(inside[-1])))
