"""Counting distinct values from the smallest hashes (bottom-k, Bar-Yossef et al. 2002; Beyer et al. 2007)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model_monitor_analyzer.summaries.encoding import Decoder, Encoder, SummaryFormatError
from model_monitor_analyzer.summaries.hashing import hash_integers, hash_reals
from model_monitor_analyzer.summaries.tally import tally_in_place

_NO_INTEGERS, _NO_REALS = np.empty(0, np.int64), np.empty(0)
_NO_HASHES = np.empty(0, np.uint64)


@dataclass(frozen=True, slots=True, eq=False)
class DistinctCount:
    """The `k` smallest hashes of the values seen: a function of the set of values alone.

    So it does not depend on how the rows were split, ordered or repeated.
    """

    k: int
    hashes: NDArray[np.uint64]
    """uint64[m], strictly ascending, m ≤ k."""

    @classmethod
    def of(
        cls,
        k: int,
        *,
        integers: NDArray[np.int64] = _NO_INTEGERS,
        reals: NDArray[np.float64] = _NO_REALS,
        texts: NDArray[np.uint64] = _NO_HASHES,
    ) -> "DistinctCount":
        """Count distinct values: numbers as `hashing` has them, and hashes of texts (repeats do no harm)."""
        n = len(integers) + len(reals) + len(texts)
        if n > 4 * k:
            # Hashes are uniform: so many of n distinct ones lie below this bound, almost surely more than k.
            bound = min(2**64 - 1, (2**64 // n) * (k + 8 * round(k**0.5)))
            low = texts[texts < np.uint64(bound)]
            few = _distinct(hash_integers(integers, bound), hash_reals(reals, bound), low)
            if len(few) >= k:
                return cls(k, few[:k])
        return cls(k, _distinct(hash_integers(integers), hash_reals(reals), texts)[:k])

    def __add__(self, other: "DistinctCount") -> "DistinctCount":
        """Return the count over both together.

        Raises
        ------
        ValueError
            If the two keep different numbers of hashes.
        """
        if self.k != other.k:
            raise ValueError(f"distinct counts of k={self.k} and k={other.k} cannot be added")
        return DistinctCount(self.k, _distinct(self.hashes, other.hashes)[: self.k])

    @property
    def exact(self) -> bool:
        """Whether fewer than k values were seen, so that all are counted."""
        return len(self.hashes) < self.k

    @property
    def estimate(self) -> int:
        """Number of distinct values: ``(k - 1) / (k-th smallest hash / 2^64)`` when not exact."""
        if self.exact:
            return len(self.hashes)
        return round((self.k - 1) * 2**64 / (int(self.hashes[-1]) + 1))

    @property
    def relative_error(self) -> float:
        """Relative standard error of the estimate."""
        return 0.0 if self.exact else float((self.k - 2) ** -0.5)

    def encode(self, encoder: Encoder) -> None:
        """Append to the bytes of a summary."""
        encoder.integers(self.k)
        encoder.array(self.hashes)

    @classmethod
    def decode(cls, decoder: Decoder) -> "DistinctCount":
        """Read from the bytes of a summary."""
        found = cls(decoder.integer(least=3), decoder.array(np.uint64))
        if len(found.hashes) > found.k or not np.all(found.hashes[1:] > found.hashes[:-1]):
            raise SummaryFormatError("damaged summary: impossible hashes of a distinct count")
        return found


def _distinct(*hashes: NDArray[np.uint64]) -> NDArray[np.uint64]:
    return tally_in_place(np.concatenate(hashes)).values
