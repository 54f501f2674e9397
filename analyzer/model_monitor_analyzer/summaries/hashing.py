"""A 64-bit hash of numbers and strings that is the same on every machine and in every version.

A number is hashed by its int64 bits if it is whole and fits, else by its float64 bits, so 1 and 1.0 agree. A
string is the message ``length as 4 bytes ‖ UTF-8 bytes``, padded with zeros to at least two and to whole
lanes of 8 bytes, read little-endian. Arrow's string views are just that message for strings of up to 12
bytes, so short strings are hashed without being touched. Strings above 256 bytes are hashed by BLAKE2b.

The steps are those of multiply-xorshift generators: ``h ← (h ⊕ lane)·P; h ← h ⊕ (h ≫ 32)`` for each lane, and
at the end the finaliser of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014). The hash resists accidents, not
adversaries.
"""

import hashlib
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

INTEGER_SEED = 0x6D6F64656C2D6D6F
REAL_SEED = 0x6E69746F722D7265
TEXT_SEED = 0x6E69746F722D7478
LANE_PRIME = 0x9E3779B97F4A7C15
_FINALISER = ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB))
_LAST_SHIFT = 31
LONGEST_IN_LANES = 256
# Blocks that stay in the processor's cache through all steps.
_CHUNK = 1 << 15
_INLINE = 12

Hashes = NDArray[np.uint64]


def hash_integers(values: NDArray[np.int64], below: int | None = None) -> Hashes:
    """Hash whole numbers; uint64 of the shape of the input, or only those hashes that are below a bound."""
    return _hash_numbers(values.view(np.uint64), INTEGER_SEED, below)


def hash_reals(values: NDArray[np.float64], below: int | None = None) -> Hashes:
    """Hash finite numbers that are not whole or do not fit into int64, as `hash_integers` does."""
    return _hash_numbers(values.view(np.uint64), REAL_SEED, below)


def hash_strings(strings: pl.Series) -> Hashes:
    """Hash a String series without nulls; uint64[len(strings)]."""
    if not len(strings):
        return np.empty(0, np.uint64)
    views = string_views(strings)
    lengths = views.view(np.uint32).reshape(-1, 4)[:, 0].astype(np.int64)
    is_long = lengths > _INLINE
    if not is_long.any():
        return _hash_inline(views)
    if is_long.all():
        return _hash_long(strings, lengths, views[:, 0])
    hashes = np.empty(len(strings), np.uint64)
    longer = np.flatnonzero(is_long)
    hashes[~is_long] = _hash_inline(views[~is_long])
    hashes[longer] = _hash_long(strings[longer], lengths[longer], views[longer, 0])
    return hashes


def string_views(strings: pl.Series) -> NDArray[np.uint64]:
    """Return the Arrow string views of a String series without nulls as uint64[n, 2], without a copy.

    The low half of the first word is the length in bytes, its high half the first four bytes; the second word
    is the next eight bytes, if the string has at most 12.
    """
    arrow: Any = strings.to_arrow(compat_level=pl.CompatLevel.newest())
    if len(arrow) == 0:
        return np.empty((0, 2), np.uint64)
    words: NDArray[np.uint64] = np.frombuffer(arrow.buffers()[1], dtype="<u8").reshape(-1, 2)
    return words[arrow.offset : arrow.offset + len(arrow)]


def _hash_inline(views: Hashes) -> Hashes:
    """Hash strings of at most 12 bytes, whose views are the message."""
    hashes = np.empty(len(views), np.uint64)
    for start in range(0, len(hashes), _CHUNK):
        state = hashes[start : start + _CHUNK]
        state.fill(TEXT_SEED)
        for lane in (0, 1):
            _absorb(state, views[start : start + _CHUNK, lane])
    return _finalised(hashes, 0)


def _hash_long(strings: pl.Series, lengths: NDArray[np.int64], first_lanes: Hashes) -> Hashes:
    """Hash strings of more than 12 bytes."""
    arrow: Any = strings.to_arrow()
    offsets = np.frombuffer(arrow.buffers()[1], dtype=np.int64)
    starts = offsets[arrow.offset : arrow.offset + len(arrow)]
    data = arrow.buffers()[2]
    hashes = np.empty(len(strings), np.uint64)
    for start in range(0, len(strings), _CHUNK):
        part = slice(start, start + _CHUNK)
        hashes[part] = _hash_chunk(data, starts[part], lengths[part], first_lanes[part])
    for row in np.flatnonzero(lengths > LONGEST_IN_LANES).tolist():
        raw = memoryview(data)[starts[row] : starts[row] + lengths[row]]
        hashes[row] = int.from_bytes(hashlib.blake2b(raw, digest_size=8).digest(), "little")
    return hashes


def _hash_chunk(
    data: Any, starts: NDArray[np.int64], lengths: NDArray[np.int64], first_lanes: Hashes
) -> Hashes:
    """Hash strings of more than 12 bytes; the result for those above LONGEST_IN_LANES has no meaning."""
    state = np.full(len(starts), TEXT_SEED, np.uint64)
    _absorb(state, first_lanes)
    shortest, longest = int(lengths.min()), int(lengths.max())
    # The words of 8 bytes that begin at every byte of the data, overlapping. The end of a string is read as
    # its last 8 bytes, and what earlier lanes had of them is shifted out.
    words: Hashes = np.ndarray(shape=(len(data) - 7,), dtype="<u8", buffer=data, strides=(1,))
    for done in range(4, min(longest, LONGEST_IN_LANES), 8):
        if shortest == longest:
            again = max(done + 8 - longest, 0)
            lane = words[starts[0] + done - again :: longest][: len(starts)]
            _absorb(state, lane >> np.uint64(8 * again) if again else lane)
        elif done + 8 <= shortest:
            _absorb(state, words[starts + done])
        else:
            rows = np.flatnonzero((lengths > done) & (lengths <= LONGEST_IN_LANES))
            overlaps = np.maximum(done + 8 - lengths[rows], 0)
            live = state[rows]
            _absorb(
                live, words[starts[rows] + done - overlaps] >> (overlaps.astype(np.uint64) << np.uint64(3))
            )
            state[rows] = live
    return _finalised(state, 0)


def _absorb(state: Hashes, lane: Hashes) -> None:
    """Mix one lane into the state, in place."""
    np.bitwise_xor(state, lane, out=state)
    np.multiply(state, np.uint64(LANE_PRIME), out=state)
    np.bitwise_xor(state, state >> np.uint64(32), out=state)


def _hash_numbers(values: Hashes, seed: int, below: int | None) -> Hashes:
    return _finalised(values, seed) if below is None else _finalised_below(values, seed, below)


def _finalised(values: Hashes, seed: int) -> Hashes:
    """Mix all bits of each value into all bits of its hash."""
    hashes = np.empty(len(values), np.uint64)
    scratch = np.empty(min(len(values), _CHUNK), np.uint64)
    for start in range(0, len(values), _CHUNK):
        state = hashes[start : start + _CHUNK]
        shifted = scratch[: len(state)]
        _mix(values[start : start + _CHUNK], seed, state, shifted)
        np.right_shift(state, np.uint64(_LAST_SHIFT), out=shifted)
        np.bitwise_xor(state, shifted, out=state)
    return hashes


def _finalised_below(values: Hashes, seed: int, bound: int) -> Hashes:
    """Return the hashes below a bound in their order.

    The last step leaves the upper bits as they are, so it is taken only where they are low enough.
    """
    most = np.uint64(bound | ((1 << (64 - _LAST_SHIFT)) - 1))
    space, scratch = (np.empty(min(len(values), _CHUNK), np.uint64) for _ in range(2))
    found = []
    for start in range(0, len(values), _CHUNK):
        part = values[start : start + _CHUNK]
        state = space[: len(part)]
        _mix(part, seed, state, scratch[: len(part)])
        low = state[state <= most]
        found.append(low ^ (low >> np.uint64(_LAST_SHIFT)))
    hashes = np.concatenate(found) if found else np.empty(0, np.uint64)
    return hashes[hashes < np.uint64(bound)]


def _mix(values: Hashes, seed: int, state: Hashes, scratch: Hashes) -> None:
    """Do all of the finaliser but its last step."""
    np.bitwise_xor(values, np.uint64(seed), out=state)
    for shift, prime in _FINALISER:
        np.right_shift(state, np.uint64(shift), out=scratch)
        np.bitwise_xor(state, scratch, out=state)
        np.multiply(state, np.uint64(prime), out=state)
