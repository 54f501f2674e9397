"""Counting distinct values from the smallest hashes (bottom-k, Bar-Yossef et al. 2002; Beyer et al. 2007)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model_monitor_analyzer.summaries.encoding import Decoder, Encoder, SummaryFormatError
from model_monitor_analyzer.summaries.tally import tally_values


@dataclass(frozen=True, slots=True, eq=False)
class DistinctCount:
    """The `k` smallest hashes of the values seen: a function of the set of values alone.

    So it does not depend on how the rows were split, ordered or repeated.
    """

    k: int
    hashes: NDArray[np.uint64]
    """uint64[m], strictly ascending, m ≤ k."""

    @classmethod
    def of(cls, hashes: NDArray[np.uint64], k: int) -> "DistinctCount":
        """Count the distinct values with these hashes (repeats do no harm)."""
        if len(hashes) > 4 * k:
            # Hashes are uniform: so many of n distinct ones lie below this bound, almost surely more than k.
            bound = np.uint64(min(2**64 - 1, (2**64 // len(hashes)) * (k + 8 * round(k**0.5))))
            few = tally_values(hashes[hashes < bound]).values
            if len(few) >= k:
                return cls(k, few[:k])
        return cls(k, tally_values(hashes).values[:k])

    def __add__(self, other: "DistinctCount") -> "DistinctCount":
        """Return the count over both together.

        Raises
        ------
        ValueError
            If the two keep different numbers of hashes.
        """
        if self.k != other.k:
            raise ValueError(f"distinct counts of k={self.k} and k={other.k} cannot be added")
        return DistinctCount(
            self.k, tally_values(np.concatenate([self.hashes, other.hashes])).values[: self.k]
        )

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
