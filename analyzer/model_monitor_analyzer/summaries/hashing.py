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
LONGEST_IN_LANES = 256
# Blocks that stay in the processor's cache through all steps.
_CHUNK = 1 << 14
_INLINE = 12

Hashes = NDArray[np.uint64]


def hash_integers(values: NDArray[np.int64]) -> Hashes:
    """Hash whole numbers; uint64 of the shape of the input."""
    return _finalised(values.view(np.uint64), INTEGER_SEED)


def hash_reals(values: NDArray[np.float64]) -> Hashes:
    """Hash finite numbers that are not whole or do not fit into int64; uint64 of the shape of the input."""
    return _finalised(values.view(np.uint64), REAL_SEED)


def hash_strings(strings: pl.Series) -> Hashes:
    """Hash a String series without nulls; uint64[len(strings)]."""
    views = string_views(strings)
    lengths = views[:, 0] & np.uint64(0xFFFFFFFF)
    hashes = _hash_lanes([views[:, 0], views[:, 1]])
    longer = np.flatnonzero(lengths > _INLINE)
    if len(longer) == 0:
        return hashes
    text = strings if len(longer) == len(strings) else strings.gather(longer)
    hashes[longer] = _hash_long(text, lengths[longer].astype(np.int64), views[longer, 0])
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


def _hash_long(strings: pl.Series, lengths: NDArray[np.int64], first_lanes: Hashes) -> Hashes:
    """Hash strings of more than 12 bytes."""
    arrow: Any = strings.to_arrow()
    ends = np.frombuffer(arrow.buffers()[1], dtype=np.int64)[arrow.offset : arrow.offset + len(arrow) + 1]
    data = np.frombuffer(arrow.buffers()[2], dtype=np.uint8)[ends[0] : ends[-1]]
    # Bytes 4… of a string begin its second lane; the zeros let the last lane be read whole.
    starts = ends[:-1] - ends[0] + 4
    padded = np.concatenate([data, np.zeros(8, np.uint8)])
    unaligned: Hashes = np.ndarray(shape=(len(padded) - 7,), dtype="<u8", buffer=padded, strides=(1,))
    hashes = np.empty(len(strings), np.uint64)
    for start in range(0, len(strings), _CHUNK):
        part = slice(start, start + _CHUNK)
        hashes[part] = _hash_chunk(unaligned, starts[part], lengths[part], first_lanes[part])
    for row in np.flatnonzero(lengths > LONGEST_IN_LANES).tolist():
        raw = data[starts[row] - 4 : starts[row] - 4 + lengths[row]]
        hashes[row] = int.from_bytes(hashlib.blake2b(raw.tobytes(), digest_size=8).digest(), "little")
    return hashes


def _hash_chunk(
    unaligned: Hashes, starts: NDArray[np.int64], lengths: NDArray[np.int64], first_lanes: Hashes
) -> Hashes:
    state = _absorb(np.full(len(starts), TEXT_SEED, np.uint64), first_lanes)
    rows: Any = slice(None)
    remaining = lengths - 4
    live = len(starts)
    lane = 0
    while live:
        words = unaligned[starts[rows] + 8 * lane]
        missing = 8 - remaining[rows]
        if (missing > 0).any():
            # Cut what belongs to the next string; 64-bit shifts by 8 bytes or more are undefined, hence the
            # clip.
            words &= np.uint64(2**64 - 1) >> (np.clip(missing, 0, 7).astype(np.uint64) << np.uint64(3))
        state[rows] = _absorb(state[rows], words)
        lane += 1
        remaining = remaining - 8
        keep = (remaining > 0) & (lengths <= LONGEST_IN_LANES)
        if not keep.all():
            rows = np.flatnonzero(keep)
            live = len(rows)
    return _finalised(state, 0)


def _hash_lanes(lanes: list[Hashes]) -> Hashes:
    hashes = np.empty(len(lanes[0]), np.uint64)
    for start in range(0, len(hashes), _CHUNK):
        part = slice(start, start + _CHUNK)
        state = np.full(len(lanes[0][part]), TEXT_SEED, np.uint64)
        for lane in lanes:
            _absorb(state, lane[part])
        hashes[part] = state
    return _finalised(hashes, 0)


def _absorb(state: Hashes, lane: Hashes) -> Hashes:
    """Mix one lane into the state, in place."""
    np.bitwise_xor(state, lane, out=state)
    np.multiply(state, np.uint64(LANE_PRIME), out=state)
    np.bitwise_xor(state, state >> np.uint64(32), out=state)
    return state


def _finalised(values: Hashes, seed: int) -> Hashes:
    """Mix all bits of each value into all bits of its hash."""
    hashes = np.empty(len(values), np.uint64)
    scratch = np.empty(min(len(values), _CHUNK), np.uint64)
    for start in range(0, len(values), _CHUNK):
        state = hashes[start : start + _CHUNK]
        shifted = scratch[: len(state)]
        np.bitwise_xor(values[start : start + _CHUNK], np.uint64(seed), out=state)
        for shift, prime in _FINALISER:
            np.right_shift(state, np.uint64(shift), out=shifted)
            np.bitwise_xor(state, shifted, out=state)
            np.multiply(state, np.uint64(prime), out=state)
        np.right_shift(state, np.uint64(31), out=shifted)
        np.bitwise_xor(state, shifted, out=state)
    return hashes
