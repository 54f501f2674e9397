"""Shares of two samples, and whether one is really greater."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from scipy import stats


@dataclass(frozen=True)
class Proportion:
    """How many of n observations have a property.

    Raises
    ------
    ValueError
        If the count is negative or above n.
    """

    count: int
    n: int

    def __post_init__(self) -> None:
        if not 0 <= self.count <= self.n:
            raise ValueError(f"a count must be between 0 and n, got {self.count} of {self.n}")

    @property
    def share(self) -> float:
        """The share, 0 of nothing."""
        return self.count / self.n if self.n else 0.0


@lru_cache(maxsize=4096)
def greater_p_value(current: Proportion, reference: Proportion) -> float:
    """Return the p-value of "the property is more frequent in `current`", against equal shares.

    Fisher's exact test, one-sided: the hypergeometric tail given both margins, so it holds at any size and
    any share (Fisher, Statistical Methods for Research Workers, 5th ed. 1934, section 21.02).
    """
    marked = current.count + reference.count
    if current.n == 0 or reference.n == 0 or marked == 0:
        return 1.0
    tail = stats.hypergeom.sf(current.count - 1, current.n + reference.n, marked, current.n)
    return min(1.0, float(tail))


def exceeds_share_p_value(current: Proportion, share: float) -> float:
    """Return the p-value of "the property is more frequent in `current` than `share`", a share known exactly.

    Exact one-sided binomial test (Clopper and Pearson, Biometrika 26, 1934).
    """
    if current.count == 0:
        return 1.0
    return float(stats.binom.sf(current.count - 1, current.n, share))
