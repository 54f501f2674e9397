"""Text objects as chunks of whole records: decompressed, without byte-order mark, in bounded memory.

Where a chunk ends depends on the object's decompressed bytes alone, never on how they arrive, so whatever is
computed chunk by chunk is the same in every run.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from model_monitor_analyzer.errors import UnreadableObjectError
from model_monitor_analyzer.sources.compression import DamagedError, decompress
from model_monitor_analyzer.sources.problems import ProblemKind, ProblemLog

CHUNK_BYTES: Final = 16 << 20
"""Size of a chunk; only one that holds a single longer record is larger."""

MAX_RECORD_BYTES: Final = 64 << 20
"""A longer record is counted and left out."""

_LINE_ATTEMPTS: Final = 4
"""Times in an object that of an oversized record only the first line is left out, since its quote may be
unclosed. From then on it is all of its lines within `MAX_RECORD_BYTES`: each attempt reads those anew."""

_BREAK: Final = np.uint8(ord("\n"))

_CACHED: Final = 1 << 18
"""Bytes that stay in the processor's cache."""

_UTF8_MARK = b"\xef\xbb\xbf"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")

Boundary = Callable[[bytearray, int], int]
"""Given a buffer that starts at a record and a limit: the end of the last record within the limit (the index
after its line break), 0 if none ends there."""


@dataclass(frozen=True)
class Chunk:
    r"""Consecutive records of an object.

    Attributes
    ----------
    data
        Whole records, each ended by ``\n`` but for the last of an object that has none there.
    first_line
        Number of its first line in the object, counted from 1.
    ended
        False if the object ends after `data` without a line break: the last record may be incomplete, as in a
        file that is still being written.
    """

    data: bytes | bytearray
    first_line: int
    ended: bool

    @cached_property
    def line_breaks(self) -> int:
        """Line breaks in `data`."""
        # Counting is another pass over all bytes.
        return len(self.line_ends) if "line_ends" in vars(self) else count_line_breaks(self.data)

    @cached_property
    def line_ends(self) -> NDArray[np.intp]:
        """Index in `data` of each line break."""
        return find_line_breaks(self.data)


def last_line_break(buffer: bytearray, limit: int) -> int:
    r"""Return where the last line within the first `limit` bytes ends, for records that never hold ``\n``."""
    return buffer.rfind(b"\n", 0, limit) + 1


def count_line_breaks(data: bytes | bytearray) -> int:
    """Count, ten times as fast as `bytes.count`."""
    text = np.frombuffer(data, np.uint8)
    return sum(
        int(np.count_nonzero(text[start : start + _CACHED] == _BREAK))
        for start in range(0, len(text), _CACHED)
    )


def find_line_breaks(data: bytes | bytearray) -> NDArray[np.intp]:
    """Return where line breaks are, hardly slower than counting them where lines are long."""
    text = np.frombuffer(data, np.uint8)
    is_break = np.zeros(_CACHED, np.bool_)
    by_words, words = is_break.reshape(-1, 8), is_break.view(np.uint64)
    found = [np.empty(0, np.intp)]
    for start in range(0, len(text), _CACHED):
        part = text[start : start + _CACHED]
        np.equal(part, _BREAK, out=is_break[: len(part)])
        is_break[len(part) :] = False
        some = np.flatnonzero(words != 0)
        inner = np.flatnonzero(by_words[some])
        found.append(start + some[inner // 8] * 8 + inner % 8)
    return np.concatenate(found)


def read_chunks(
    stream: Iterable[bytes],
    log: ProblemLog,
    *,
    boundary: Boundary = last_line_break,
    chunk_bytes: int = CHUNK_BYTES,
    max_record_bytes: int = MAX_RECORD_BYTES,
) -> Iterator[Chunk]:
    r"""Cut an object's bytes, plain, gzip or zstd, into chunks of whole records.

    Parameters
    ----------
    stream
        The object's bytes as they are stored, in pieces of any size.
    log
        Receives `TRUNCATED_OBJECT` where compressed data end early (whole records before it are given, the
        rest of the last line is not) and `OVERSIZED_RECORD` for records that are left out.
    boundary
        Finds the ends of records; the default takes every ``\n`` for one.
    chunk_bytes, max_record_bytes
        Bounds; about the sum of both is held in memory.

    Raises
    ------
    UnreadableObjectError
        The text is UTF-16.
    """
    buffer = _Buffer(stream)
    buffer.fill(len(_UTF8_MARK))
    if buffer.held.startswith(_UTF16_MARKS):
        raise UnreadableObjectError(f"'{log.uri}' is UTF-16 text; store it as UTF-8")
    if buffer.held.startswith(_UTF8_MARK):
        del buffer.held[: len(_UTF8_MARK)]

    line = 1
    limit = chunk_bytes
    oversized = 0
    while buffer.fill(limit + 1):
        if end := boundary(buffer.held, limit):
            chunk = Chunk(buffer.take(end), line, ended=True)
            limit = chunk_bytes
            yield chunk
            line += chunk.line_breaks  # last, since whoever took the chunk may have found them
        elif limit < max_record_bytes:
            limit = min(2 * limit, max_record_bytes)
        else:
            log.add(ProblemKind.OVERSIZED_RECORD, line)
            oversized += 1
            if oversized > _LINE_ATTEMPTS and (end := last_line_break(buffer.held, limit)):
                line += buffer.take(end).count(b"\n")
            else:
                buffer.skip_line()
                line += 1
            limit = chunk_bytes

    held = buffer.held
    if buffer.damaged:
        log.add(ProblemKind.TRUNCATED_OBJECT, line + held.count(b"\n"))
        del held[boundary(held, len(held)) :]
    if held:
        yield Chunk(held, line, ended=held.endswith(b"\n"))


class _Buffer:
    """The part of an object's decompressed bytes that no chunk holds yet."""

    def __init__(self, stream: Iterable[bytes]) -> None:
        self.held = bytearray()
        self.damaged = False
        self._pieces = decompress(stream)

    def fill(self, size: int) -> bool:
        """Read on until `size` bytes are held; False if the object has fewer left."""
        pieces: list[bytes | bytearray] = [self.held]
        missing = size - len(self.held)
        while missing > 0:
            try:
                piece = next(self._pieces, None)
            except DamagedError:
                self.damaged, piece = True, None
            if piece is None:
                break
            pieces.append(piece)
            missing -= len(piece)
        if len(pieces) > 1:
            self.held = bytearray().join(pieces)  # at once, which is one copy less
        return missing <= 0

    def take(self, end: int) -> bytearray:
        """Give away the first `end` bytes; what is left is copied, since that is less."""
        taken, self.held = self.held, self.held[end:]
        del taken[end:]
        return taken

    def skip_line(self) -> None:
        """Drop everything up to and with the next line break, or to the end of the object."""
        while not (end := self.held.find(b"\n") + 1):
            self.held.clear()
            if not self.fill(1):
                return
        del self.held[:end]
