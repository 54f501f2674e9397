"""Bytes that are damaged, cut, forged or of something else are refused with a reason."""

import hashlib
import struct

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model_monitor_analyzer.summaries import DatasetSummary, SummaryFormatError, SummarySettings, summarise
from model_monitor_analyzer.summaries.encoding import Decoder, Encoder

FRAME = pl.DataFrame(
    {"n": np.arange(3000) * 0.5, "s": [f"value {i % 90}" for i in range(3000)], "é": [None] * 3000}
)
GOOD = summarise(FRAME, SummarySettings(quantile_k=16, distinct_k=16)).to_bytes()
DIGEST = 16


def signed(body: bytes) -> bytes:
    """What someone who knows the format can forge."""
    return body + hashlib.blake2b(body, digest_size=DIGEST).digest()


def test_nothing_is_lost() -> None:
    assert DatasetSummary.from_bytes(GOOD).to_bytes() == GOOD


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "too few"),
        (b"\x80\x04K\x01." * 20, "not its mark"),
        (GOOD[:-1], "digest"),
        (GOOD + b"\0", "digest"),
        (signed(GOOD[:6] + b"\x63\x00" + GOOD[8:-DIGEST]), "version 99"),
        (signed(GOOD[:8] + b"\x07" + GOOD[9:-DIGEST]), "kind 7"),
        (signed(GOOD[:-DIGEST] + b"\0"), "1 bytes too many"),
        (signed(GOOD[: -DIGEST - 1]), "ends too early"),
    ],
)
def test_wrong_bytes_are_named(data: bytes, message: str) -> None:
    with pytest.raises(SummaryFormatError, match=message):
        DatasetSummary.from_bytes(data)


@pytest.mark.parametrize("length", [-1, 2**40, 2**63 - 1])
def test_a_length_is_checked_before_anything_is_allocated(length: int) -> None:
    encoder = Encoder(1)
    encoder.integers(0, 1, length)
    with pytest.raises(SummaryFormatError, match=r"too early|is not between 0"):
        DatasetSummary.from_bytes(encoder.finish())
    encoder = Encoder(9)
    head = encoder.finish()[:-DIGEST]
    decoder = Decoder(signed(head + b"f" + struct.pack("<q", length)), 9)
    with pytest.raises(SummaryFormatError):
        decoder.array(np.float64)


@given(st.integers(9, len(GOOD) - DIGEST - 1), st.integers(1, 255))
@settings(deadline=None, max_examples=400)
def test_a_forged_byte_is_refused_or_still_a_summary(position: int, change: int) -> None:
    body = bytearray(GOOD[:-DIGEST])
    body[position] ^= change
    try:
        found = DatasetSummary.from_bytes(signed(bytes(body)))
    except SummaryFormatError:
        return
    assert DatasetSummary.from_bytes(found.to_bytes()).to_bytes() == found.to_bytes()


@given(st.binary(max_size=300))
@settings(deadline=None)
def test_forged_noise_is_refused_or_still_a_summary(noise: bytes) -> None:
    try:
        DatasetSummary.from_bytes(signed(GOOD[:9] + noise))
    except SummaryFormatError:
        return
    assert int.from_bytes(noise[8:16], "little") == 0, "only a summary without columns is that small"
