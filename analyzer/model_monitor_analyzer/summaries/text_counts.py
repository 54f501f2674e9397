"""How often strings occur."""

import hashlib
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from model_monitor_analyzer.summaries.hashing import hash_strings
from model_monitor_analyzer.summaries.misra_gries import excess, reduced
from model_monitor_analyzer.summaries.tally import tally_values

LONGEST_KEY = 256
"""Most characters of a key; longer strings are cut and marked with a hash."""

_KEY = "key"
_COUNT = "count"


@dataclass(frozen=True, slots=True, eq=False)
class TextCounts:
    """Distinct strings, in no particular order, and how often each occurs."""

    keys: pl.Series
    """String, without nulls or repeats."""
    counts: NDArray[np.int64]

    @classmethod
    def empty(cls) -> "TextCounts":
        """Return the counts of nothing."""
        return cls(pl.Series([], dtype=pl.String), np.empty(0, np.int64))

    def __len__(self) -> int:
        return len(self.counts)

    def __add__(self, other: "TextCounts") -> "TextCounts":
        """Return the counts over both together."""
        if not len(other):
            return self
        if not len(self):
            return other
        keys = pl.concat([self.keys.alias(_KEY), other.keys.alias(_KEY)], rechunk=True)
        counts = np.concatenate([self.counts, other.counts])
        return _summed_by_hash(keys, counts) or _summed(keys, counts)

    def where(self, mask: NDArray[np.bool_]) -> "TextCounts":
        """Return the part that the mask selects."""
        return TextCounts(self.keys.filter(pl.Series(mask)), self.counts[mask])

    def ordered(self) -> "TextCounts":
        """Return the same counts with keys in the order of their bytes."""
        order = self.keys.arg_sort()
        return TextCounts(self.keys.gather(order), self.counts[order.to_numpy()])


def _summed_by_hash(keys: pl.Series, counts: NDArray[np.int64]) -> TextCounts | None:
    """Add up the counts of equal keys, each of which is there twice at most; None if two have one hash.

    Several times faster than grouping by the strings themselves.
    """
    hashes = hash_strings(keys)
    order = np.argsort(hashes)
    hashes = hashes[order]
    repeats = np.flatnonzero(hashes[1:] == hashes[:-1])
    one, two = order[repeats], order[repeats + 1]
    if not (keys.gather(one) == keys.gather(two)).all():
        return None
    summed = counts.copy()
    summed[one] += counts[two]
    kept = np.ones(len(keys), np.bool_)
    kept[two] = False
    return TextCounts(_compacted(keys.filter(pl.Series(kept))), summed[kept])


def _summed(keys: pl.Series, counts: NDArray[np.int64]) -> TextCounts:
    """Add up the counts of equal keys."""
    summed = pl.DataFrame({_KEY: keys, _COUNT: counts}).group_by(_KEY).agg(pl.col(_COUNT).sum())
    return TextCounts(_compacted(summed[_KEY]), summed[_COUNT].to_numpy())


def count_texts(
    texts: pl.Series, counts: NDArray[np.int64] | None, hashes: NDArray[np.uint64], capacity: int
) -> tuple[TextCounts, int]:
    """Count strings of a block.

    Where most of very many strings differ, counting their hashes is several times faster and shows which few
    can exceed what Misra-Gries takes off.

    Parameters
    ----------
    texts
        String[n] without nulls.
    counts
        int64[n] for distinct strings, None for one each.
    hashes
        uint64[n], the strings' hashes.
    capacity
        Most different strings wanted.

    Returns
    -------
    Counts (possibly still of more strings than wanted), and how much they were lowered.
    """
    if not len(texts):
        return TextCounts.empty(), 0
    off = 0
    if counts is None and len(texts) > capacity:
        by_hash = tally_values(hashes)
        if len(by_hash.values) > capacity:
            off = 1 if by_hash.counts is None else excess([by_hash.counts], capacity)
            frequent = reduced(by_hash, off).values
            texts = texts.filter(pl.Series(np.isin(hashes, frequent))) if len(frequent) else texts.clear()
    if counts is None:
        counted = texts.alias(_KEY).value_counts(name=_COUNT)
        texts, counts = counted[_KEY], counted[_COUNT].to_numpy().astype(np.int64)
    return TextCounts(_compacted(_shortened(texts)), counts - off), off


def _compacted(keys: pl.Series) -> pl.Series:
    """Copy keys out of the buffers of the rows they came from, which they would else keep alive."""
    return pl.Series(keys.to_arrow(), dtype=pl.String)


def _shortened(keys: pl.Series) -> pl.Series:
    """Replace keys of more than LONGEST_KEY characters by their beginning and a hash of the whole."""
    long_at = np.flatnonzero(keys.str.len_chars().to_numpy() > LONGEST_KEY)
    if not len(long_at):
        return keys
    return keys.scatter(
        long_at,
        [
            f"{key[: LONGEST_KEY - 18]}…#{hashlib.blake2b(key.encode(), digest_size=8).hexdigest()}"
            for key in keys.gather(long_at).to_list()
        ],
    )
