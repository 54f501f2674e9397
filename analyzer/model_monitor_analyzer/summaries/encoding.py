"""The bytes of a summary: little-endian scalars and buffers, checked as they are read.

Nothing is pickled and nothing is allocated before its length was compared with the bytes that are there, so
that bytes from an object store can be hostile.
"""

import hashlib
import struct
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

MOST_ROWS = 1 << 56
"""More rows than any data set has, few enough that sums of them stay within 64 bits."""

_MAGIC = b"MMSUMM"
_VERSION = 1
_DIGEST = 16
_HEAD = struct.Struct("<6sHB")
_DTYPES: dict[bytes, np.dtype[Any]] = {
    b"i": np.dtype("<i8"),
    b"u": np.dtype("<u8"),
    b"f": np.dtype("<f8"),
    b"l": np.dtype("<u4"),
}
_CODES = {dtype: code for code, dtype in _DTYPES.items()}


class SummaryFormatError(ValueError):
    """Bytes that are no summary of this version: damaged, cut short, or something else."""


class Encoder:
    """Collects the parts of a summary in a fixed order."""

    def __init__(self, kind: int) -> None:
        self._parts: list[bytes] = [_HEAD.pack(_MAGIC, _VERSION, kind)]

    def integers(self, *values: int) -> None:
        """Append signed 64-bit integers."""
        self._parts.append(struct.pack(f"<{len(values)}q", *values))

    def reals(self, *values: float) -> None:
        """Append 64-bit floats."""
        self._parts.append(struct.pack(f"<{len(values)}d", *values))

    def array(self, values: NDArray[Any]) -> None:
        """Append a one-dimensional array of int64, uint64, uint32 or float64 with its length."""
        little = values.astype(values.dtype.newbyteorder("<"), copy=False)
        self._parts += [_CODES[little.dtype], struct.pack("<q", len(little)), little.tobytes()]

    def text(self, value: str) -> None:
        """Append one string."""
        raw = value.encode("utf-8", "surrogatepass")
        self._parts += [struct.pack("<q", len(raw)), raw]

    def strings(self, values: pl.Series) -> None:
        """Append a String series without nulls: the lengths in bytes, then the bytes."""
        arrow: Any = values.to_arrow()
        bounds = np.frombuffer(arrow.buffers()[1], np.int64)[arrow.offset : arrow.offset + len(arrow) + 1]
        self.array(np.diff(bounds).astype(np.uint32))
        raw = bytes(memoryview(arrow.buffers()[2])[bounds[0] : bounds[-1]]) if len(arrow) else b""
        self._parts += [struct.pack("<q", len(raw)), raw]

    def finish(self) -> bytes:
        """Return all parts and a digest of them."""
        body = b"".join(self._parts)
        return body + hashlib.blake2b(body, digest_size=_DIGEST).digest()


class Decoder:
    """Reads what an Encoder of the same kind wrote.

    Raises
    ------
    SummaryFormatError
        If the bytes are not such a summary, or are damaged.
    """

    def __init__(self, data: bytes, kind: int) -> None:
        if len(data) < _HEAD.size + _DIGEST:
            raise SummaryFormatError(f"not a summary: {len(data)} bytes are too few")
        magic, version, found = _HEAD.unpack_from(data)
        if magic != _MAGIC:
            raise SummaryFormatError("not a summary: the first bytes are not its mark")
        if version != _VERSION:
            raise SummaryFormatError(f"summary of version {version}; this program reads version {_VERSION}")
        if found != kind:
            raise SummaryFormatError(f"summary of kind {found} where kind {kind} was expected")
        body = memoryview(data)[:-_DIGEST]
        if hashlib.blake2b(body, digest_size=_DIGEST).digest() != bytes(data[-_DIGEST:]):
            raise SummaryFormatError("damaged summary: its digest does not match; compute it again")
        self._body = body
        self._at = _HEAD.size

    def integer(self, *, least: int = 0, most: int = MOST_ROWS) -> int:
        """Read one signed 64-bit integer between two bounds."""
        value: int = struct.unpack("<q", self._take(8))[0]
        if not least <= value <= most:
            raise SummaryFormatError(f"damaged summary: {value} is not between {least} and {most}")
        return value

    def real(self) -> float:
        """Read one 64-bit float."""
        value: float = struct.unpack("<d", self._take(8))[0]
        return value

    def array(self, dtype: type[np.generic]) -> NDArray[Any]:
        """Read a one-dimensional array of the named type."""
        code = bytes(self._take(1))
        if code != _CODES[np.dtype(dtype)]:
            raise SummaryFormatError(f"damaged summary: an array of another type than {np.dtype(dtype)}")
        length = self.integer()
        values: NDArray[Any] = np.frombuffer(self._take(length * _DTYPES[code].itemsize), dtype=_DTYPES[code])
        return values.astype(dtype)

    def text(self) -> str:
        """Read one string."""
        raw = bytes(self._take(self.integer()))
        try:
            return raw.decode("utf-8", "surrogatepass")
        except UnicodeDecodeError as error:
            raise SummaryFormatError("damaged summary: a text is not UTF-8") from error

    def strings(self) -> pl.Series:
        """Read a String series."""
        bounds = np.concatenate([[0], np.cumsum(self.array(np.uint32), dtype=np.int64)])
        raw = bytes(self._take(self.integer()))
        if bounds[-1] != len(raw):
            raise SummaryFormatError("damaged summary: the lengths of its strings do not fit")
        texts = pa.LargeStringArray.from_buffers(len(bounds) - 1, pa.py_buffer(bounds), pa.py_buffer(raw))
        try:
            texts.validate(full=True)
        except pa.ArrowInvalid as error:
            raise SummaryFormatError("damaged summary: a text is not UTF-8") from error
        return pl.Series(texts, dtype=pl.String)

    def finish(self) -> None:
        """Make sure that nothing is left over."""
        if self._at != len(self._body):
            raise SummaryFormatError(f"damaged summary: {len(self._body) - self._at} bytes too many")

    def _take(self, length: int) -> memoryview:
        if length > len(self._body) - self._at:
            raise SummaryFormatError("damaged summary: it ends too early")
        self._at += length
        return self._body[self._at - length : self._at]
