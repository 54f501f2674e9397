"""JSON documents, each an object of its own, as frames of text."""

from collections.abc import Iterable
from typing import Any, Final

import polars as pl

from model_monitor_analyzer.errors import RowsMissingError, UnreadableObjectError
from model_monitor_analyzer.payload import json_text
from model_monitor_analyzer.payload.errors import BodyError, BodyProblem
from model_monitor_analyzer.payload.expressions import EvaluationError, Expression
from model_monitor_analyzer.payload.shape import Shape, instance_rows
from model_monitor_analyzer.payload.values import Row
from model_monitor_analyzer.sources.capture.bookkeeping import PREFIX
from model_monitor_analyzer.sources.compression import DamagedError, decompress
from model_monitor_analyzer.sources.problems import ProblemKind, ProblemLog
from model_monitor_analyzer.sources.records import RECORD, Frames, check_names
from model_monitor_analyzer.sources.utf8 import repair

MAX_DOCUMENT_BYTES: Final = 256 << 20
"""Largest document; a document is held in memory as a whole."""

_FRAME_CELLS: Final = 1 << 21


def read_json(
    stream: Iterable[bytes], log: ProblemLog, rows: Expression | None, names: Iterable[str] | None
) -> Frames:
    """Read one object that is a single document.

    Parameters
    ----------
    stream
        The object as stored.
    log
        Receives what is wrong with single rows, which are left out; their numbers are those in the array.
    rows
        From the document to its array of rows; None takes the document itself.
    names
        Names by position, for rows that are arrays. None: `_c0`, `_c1`, ….

    Yields
    ------
    pl.DataFrame
        `RECORD` and the columns, all String.

    Raises
    ------
    UnreadableObjectError
        The object is damaged, too large, no JSON, or has no rows where the expression says.
    SchemaMismatchError
        The object has too many columns.
    """
    instances = _instances(_document(stream, log), rows, log.uri)
    shape = Shape(names=None if names is None else tuple(names))
    seen: dict[str, None] = {}
    held: list[Row] = []
    numbers: list[int] = []
    for number, instance in enumerate(instances, start=1):
        try:
            (row,) = instance_rows([instance], shape)
        except BodyError as error:
            log.add(ProblemKind(error.problem.value), number)
            continue
        held.append(row)
        numbers.append(number)
        seen.update(dict.fromkeys(name for name in row if not name.startswith(PREFIX)))
        if len(held) * len(seen) >= _FRAME_CELLS:
            yield _frame(held, numbers, seen, log.uri)
            held, numbers = [], []
    if held:
        yield _frame(held, numbers, seen, log.uri)


def _frame(rows: list[Row], numbers: list[int], seen: dict[str, None], uri: str) -> pl.DataFrame:
    check_names(tuple(seen), uri)
    columns = {name: pl.Series([row.get(name) for row in rows], dtype=pl.String) for name in seen}
    return pl.DataFrame({RECORD: pl.Series(numbers, dtype=pl.UInt64)} | columns)


def _document(stream: Iterable[bytes], log: ProblemLog) -> Any:
    text = bytearray()
    try:
        for piece in decompress(stream):
            text.extend(piece)
            if len(text) > MAX_DOCUMENT_BYTES:
                raise UnreadableObjectError(
                    f"'{log.uri}' is larger than the {MAX_DOCUMENT_BYTES >> 20} MiB accepted for one JSON "
                    "document: store it as JSON Lines"
                )
    except DamagedError:
        raise UnreadableObjectError(f"'{log.uri}' is damaged or cut short: store it again") from None
    valid, bad = repair(bytes(text))
    for line in bad:
        log.add(ProblemKind.NOT_UTF8, line + 1)
    try:
        return json_text.parse(valid.decode().removeprefix("\ufeff"))
    except BodyError as error:
        hint = "nests too deep" if error.problem is BodyProblem.TOO_LARGE else "is no JSON document"
        raise UnreadableObjectError(
            f"'{log.uri}' {hint}: correct it, or set format to JSONLines if each line is a document"
        ) from None


def _instances(document: Any, rows: Expression | None, uri: str) -> list[Any]:
    found = document
    if rows is not None:
        try:
            found = rows.search(document)
        except EvaluationError as error:
            raise RowsMissingError(f"'{uri}': {rows.field} can't be evaluated on it: {error}") from None
    if isinstance(found, list):
        return found
    if isinstance(found, dict):
        return [found]
    where = "the document" if rows is None else f"`{rows.field}`"
    raise RowsMissingError(f"'{uri}': {where} gives no list of rows; say by `rows` where they are")
