"""Control of false discoveries over the tests of one run."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from model_monitor_analyzer.statistics.cdf import FloatArray


def benjamini_hochberg(p_values: npt.ArrayLike) -> FloatArray:
    """Return q-values: rejecting those at or below alpha keeps the false-discovery rate at or below alpha.

    Holds for independent tests and for positively dependent ones (Benjamini and Hochberg, JRSS B 57, 1995;
    Benjamini and Yekutieli, Annals of Statistics 29, 2001).

    Raises
    ------
    ValueError
        If a p-value is not between 0 and 1.
    """
    return _step_up(p_values, 1.0)


def benjamini_yekutieli(p_values: npt.ArrayLike) -> FloatArray:
    """Return adjusted p-values that hold under any dependence, at the price of a factor Σ 1/i.

    Benjamini and Yekutieli, Annals of Statistics 29 (2001), theorem 1.3.

    Raises
    ------
    ValueError
        If a p-value is not between 0 and 1.
    """
    count = np.asarray(p_values).size
    return _step_up(p_values, float(np.sum(1.0 / np.arange(1, count + 1))))


def _step_up(p_values: npt.ArrayLike, factor: float) -> FloatArray:
    p = np.asarray(p_values, dtype=np.float64).ravel()
    if p.size and not (np.all(p >= 0) and np.all(p <= 1)):
        raise ValueError("p-values must be between 0 and 1")
    order = np.argsort(p, kind="stable")
    scaled = p[order] * p.size * factor / np.arange(1, p.size + 1)
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(1.0, np.minimum.accumulate(scaled[::-1])[::-1])
    return adjusted
