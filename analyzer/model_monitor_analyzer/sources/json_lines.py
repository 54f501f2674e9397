"""JSON Lines objects as frames of text: values as they were written, what is nested flattened by path."""

from collections.abc import Iterable
from typing import Final

import numpy as np
import polars as pl
import pyarrow as pa

from model_monitor_analyzer.payload.blocks import CONTENT_TYPE, DATA, ENCODING, decode_block
from model_monitor_analyzer.payload.body import BodyDecoder
from model_monitor_analyzer.payload.errors import BodyProblem
from model_monitor_analyzer.payload.shape import Shape
from model_monitor_analyzer.payload.vectorised import BODY, ROW
from model_monitor_analyzer.sources.lines import Chunk, read_chunks
from model_monitor_analyzer.sources.problems import ProblemKind, ProblemLog
from model_monitor_analyzer.sources.records import RECORD, Frames, check_names
from model_monitor_analyzer.sources.utf8 import repair

_CHUNK_BYTES: Final = 4 << 20  # decoding holds several copies of a chunk, split finer and finer

_KINDS: Final = {
    problem: ProblemKind.INVALID_JSON if problem is BodyProblem.INVALID_JSON else ProblemKind(problem.value)
    for problem in BodyProblem
}
"""Kinds of problems of a line that is read like a captured body."""


def read_json_lines(stream: Iterable[bytes], log: ProblemLog, names: Iterable[str] | None) -> Frames:
    """Read one object.

    Parameters
    ----------
    stream
        The object as stored.
    log
        Receives what is wrong with single lines: `INVALID_JSON`, `INCOMPLETE_RECORD`, `WIDTH_MISMATCH` and
        the like (these are left out) and `NOT_UTF8` (kept, with U+FFFD).
    names
        Names by position, for lines that are arrays. None: `_c0`, `_c1`, ….

    Yields
    ------
    pl.DataFrame
        `RECORD` (the number of the line) and the columns, all String. A line is a row; one that is an array
        of rows is several. Columns stay once they were seen.

    Raises
    ------
    SchemaMismatchError
        The object has too many columns.
    UnreadableObjectError
        The text is UTF-16.
    """
    decoder = BodyDecoder("JSON", Shape(names=None if names is None else tuple(names)), ",")
    seen: dict[str, None] = {}
    for chunk in read_chunks(stream, log, chunk_bytes=_CHUNK_BYTES):
        frame = _decode(chunk, decoder, log)
        known = len(seen)
        seen.update(dict.fromkeys(name for name in frame.columns if name != RECORD))
        if len(seen) > known:
            check_names(tuple(seen), log.uri)
        missing = [pl.lit(None, pl.String).alias(name) for name in seen if name not in frame.columns]
        yield frame.with_columns(missing).select(RECORD, *seen)


def _decode(chunk: Chunk, decoder: BodyDecoder, log: ProblemLog) -> pl.DataFrame:
    text, bad = repair(chunk.data)
    for index in bad:
        log.add(ProblemKind.NOT_UTF8, chunk.first_line + index)
    lines = _lines(text)
    bodies = pl.DataFrame(
        {
            DATA: lines.set(lines.str.strip_chars(" \t\r\n").str.len_bytes() == 0, None),
            ENCODING: pl.repeat("JSON", len(lines), eager=True),
            CONTENT_TYPE: pl.repeat(None, len(lines), dtype=pl.String, eager=True),
        }
    )
    decoded = decode_block(decoder, bodies)
    for failure in decoded.failures:
        cut = failure.body == len(lines) - 1 and not chunk.ended
        log.add(
            ProblemKind.INCOMPLETE_RECORD if cut else _KINDS[failure.problem], chunk.first_line + failure.body
        )
    return decoded.frame.select(
        (pl.col(BODY).cast(pl.UInt64) + chunk.first_line).alias(RECORD), pl.exclude(BODY, ROW)
    )


def _lines(text: bytes) -> pl.Series:
    """Return lines without their line breaks, each where it lies in the text."""
    breaks = np.flatnonzero(np.frombuffer(text, np.uint8) == ord("\n"))
    if not text.endswith(b"\n"):
        breaks = np.append(breaks, len(text))
    offsets = np.concatenate([[0], breaks + 1]).astype(np.int64)
    offsets[-1] = min(int(offsets[-1]), len(text))
    array = pa.LargeStringArray.from_buffers(len(breaks), pa.py_buffer(offsets), pa.py_buffer(text))
    return pl.Series(array).str.strip_suffix("\n")
