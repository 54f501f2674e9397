"""The sample: which inference ids are captured, on every gateway and sink alike.

`hash_of` is the hash of `capture/filter/text.rs`, where its choice is explained; a test runs both on the same
ids.
"""

from functools import lru_cache
from typing import Final

HASHES: Final = 2**32
"""Values that the hash of an id can take."""

_MASK: Final = HASHES - 1


def threshold(percentage: float) -> int:
    """Return below which hash an id is in a sample: the ids of a sample are in every larger one too."""
    return round(percentage / 100 * HASHES)


@lru_cache(maxsize=4096)  # a response comes soon after its request
def hash_of(identifier: str) -> int:
    """Return Jenkins' one-at-a-time hash of an id's UTF-8 bytes, in [0, `HASHES`)."""
    value = 0
    for byte in identifier.encode():
        value = (value + byte) & _MASK
        value = (value + (value << 10)) & _MASK
        value ^= value >> 6
    value = (value + (value << 3)) & _MASK
    value ^= value >> 11
    return (value + (value << 15)) & _MASK
