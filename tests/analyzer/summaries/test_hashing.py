"""The hash: known answers from an independent scalar implementation, and uniformity."""

import hashlib
import math
import struct

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model_monitor_analyzer.summaries.hashing import hash_integers, hash_reals, hash_strings

MASK = 2**64 - 1


def splitmix(state: int) -> int:
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        state ^= state >> shift
        state = state * factor & MASK
    return state ^ state >> 31


def scalar_hash(text: str) -> int:
    raw = text.encode()
    if len(raw) > 256:
        return int.from_bytes(hashlib.blake2b(raw, digest_size=8).digest(), "little")
    message = struct.pack("<I", len(raw)) + raw
    message = message.ljust(max(16, -(-len(message) // 8) * 8), b"\0")
    state = 0x6E69746F722D7478
    for (lane,) in struct.iter_unpack("<Q", message):
        state = (state ^ lane) * 0x9E3779B97F4A7C15 & MASK
        state ^= state >> 32
    return splitmix(state)


def hashed(texts: list[str]) -> list[int]:
    return [int(value) for value in hash_strings(pl.Series(texts, dtype=pl.String))]


KNOWN_STRINGS = [1688480269383456427, 10731031382237186073, 13594778782283413965, 16536658901160109098]
KNOWN_INTEGERS = [1300500319772770661, 11787276238978567075]
EDGES = [n for edge in (0, 4, 8, 12, 20, 28, 256) for n in (edge - 1, edge, edge + 1) if n >= 0]


@pytest.mark.parametrize("length", EDGES)
def test_strings_at_every_edge_of_length(length: int) -> None:
    texts = ["x" * length, "".join(chr(33 + i * 7 % 90) for i in range(length)), "\0" * length]
    assert hashed(texts) == [scalar_hash(text) for text in texts]
    assert [hashed([text])[0] for text in texts] == hashed(texts)


@given(st.lists(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=300), max_size=40))
@settings(deadline=None)
def test_any_strings(texts: list[str]) -> None:
    assert hashed(texts) == [scalar_hash(text) for text in texts]


def test_a_slice_hashes_like_its_values() -> None:
    texts = [f"row {i} with {'more ' * (i % 9)}text" for i in range(40_000)]
    column = pl.Series(texts)[17:39_000:3]
    np.testing.assert_array_equal(hash_strings(column), hash_strings(pl.Series(texts[17:39_000:3])))
    assert int(hash_strings(column)[12_000]) == scalar_hash(texts[17 + 36_000])


def test_known_answers() -> None:
    # Frozen: summaries stored by one version are added to those of another.
    assert hashed(["", "a", "category_7", "a somewhat longer value"]) == KNOWN_STRINGS
    assert hash_integers(np.array([0, 1, -1, 2**62])).tolist() == [
        splitmix((value & MASK) ^ 0x6D6F64656C2D6D6F) for value in (0, 1, -1, 2**62)
    ]
    assert hash_integers(np.array([0, 1])).tolist() == KNOWN_INTEGERS
    reals = [0.5, -1e300, math.pi]
    assert hash_reals(np.array(reals)).tolist() == [
        splitmix(struct.unpack("<Q", struct.pack("<d", value))[0] ^ 0x6E69746F722D7265) for value in reals
    ]


@pytest.mark.parametrize(
    "hashes",
    [
        hash_integers(np.arange(100_000)),
        hash_integers(np.arange(100_000) << 40),
        hash_reals(np.arange(100_000.0) + 0.5),
        hash_reals(np.random.default_rng(0).normal(size=100_000)),
        hash_strings(pl.Series([f"{i}" for i in range(100_000)])),
        hash_strings(pl.Series([f"user-{i:08d}@example.org" for i in range(100_000)])),
        hash_strings(pl.Series(["a" * (i % 250) + f"{i:06d}" for i in range(100_000)])),
    ],
    ids=["counting", "high bits", "halves", "normal", "digits", "uniform length", "many lengths"],
)
def test_hashes_are_uniform_and_do_not_collide(hashes: np.typing.NDArray[np.uint64]) -> None:
    assert len(np.unique(hashes)) == 100_000
    for shift in (0, 28, 56):
        counts = np.bincount(((hashes >> np.uint64(shift)) & np.uint64(255)).astype(np.int64), minlength=256)
        chi_square = float(((counts - 390.625) ** 2 / 390.625).sum())
        assert chi_square < 350  # 255 degrees of freedom: exceeded with probability 1e-4 by a uniform hash


@pytest.mark.parametrize("below", [0, 1, 2**33, 2**60 + 12345, 2**63, 2**64 - 1])
@pytest.mark.parametrize("n", [0, 1, 40_000])
def test_hashes_below_a_bound_are_those_that_all_have(below: int, n: int) -> None:
    rng = np.random.default_rng(n)
    integers, reals = rng.integers(-(2**63), 2**63, n), rng.normal(size=n)
    every = hash_integers(integers)
    np.testing.assert_array_equal(hash_integers(integers, below), every[every < np.uint64(below)])
    every = hash_reals(reals)
    np.testing.assert_array_equal(hash_reals(reals, below), every[every < np.uint64(below)])


def test_the_bound_itself_is_not_below_it() -> None:
    values = np.arange(1000)
    for bound in hash_integers(values)[:50].tolist():
        found = hash_integers(values, bound)
        assert bound not in found.tolist()
        assert bound in hash_integers(values, bound + 1).tolist()
