"""The bodies of one side of many records: at once what is plain, one by one what is not."""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Final, NamedTuple

import polars as pl

from model_monitor_analyzer.payload.body import BodyDecoder
from model_monitor_analyzer.payload.content import parse_content_type
from model_monitor_analyzer.payload.errors import BodyError, BodyProblem
from model_monitor_analyzer.payload.number_bodies import array_numbers, csv_numbers, object_numbers
from model_monitor_analyzer.payload.shape import is_kept
from model_monitor_analyzer.payload.values import MAX_COLUMNS, Row
from model_monitor_analyzer.payload.vectorised import BODY, PREFIX, ROW, Decoded, csv_bodies
from model_monitor_analyzer.payload.vectorised_json import array_bodies, object_bodies

DATA: Final = "data"
ENCODING: Final = "encoding"
CONTENT_TYPE: Final = "observedContentType"

BLOCK_CELLS: Final = 50_000_000
"""Cells of a block, missing ones included: a bound on what rows with ever new columns can cost."""

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SAMPLES = 8


class Plan(NamedTuple):
    """Bodies that may be plain, and the ways to decode them at once."""

    bodies: pl.DataFrame
    numbers: list[Callable[[pl.Series], pl.DataFrame | None]]
    """If every one of them holds nothing but numbers: into a frame of numbers."""

    texts: list[Callable[[pl.Series], Decoded]]


class Failure(NamedTuple):
    """A body that is no rows: its index in the block, and why."""

    body: int
    problem: BodyProblem


class SideBlock(NamedTuple):
    """Rows of one side.

    Attributes
    ----------
    frame
        `BODY`, `ROW` and the columns, in the order of bodies and rows: String, or Float64 and Int64 of
        numbers that are all written with a point or an exponent, or all without.
    failures
        Bodies that could not be decoded, in order.
    """

    frame: pl.DataFrame
    failures: tuple[Failure, ...]


def decode_block(decoder: BodyDecoder, bodies: pl.DataFrame, *, numbers: bool = False) -> SideBlock:
    """Decode bodies.

    Parameters
    ----------
    decoder
        Settings of the side.
    bodies
        `DATA`, `ENCODING` and `CONTENT_TYPE` (String). A body without data is absent: it has no rows and is
        no failure.
    numbers
        Whether columns of numbers may be numbers, which is faster, not texts.
    """
    present = bodies.with_row_index(BODY)
    if bodies[DATA].null_count():
        present = present.filter(pl.col(DATA).is_not_null())
    frames: list[pl.DataFrame] = []
    for plan in _plans(decoder, present):
        if numbers and len(plan.bodies) == len(present) > 0 and (frame := _as_numbers(plan)) is not None:
            return SideBlock(frame, ())
        frames.extend(_at_once(plan.bodies, plan.texts))
    done = [frame[BODY] for frame in frames]
    left = present
    if done:
        finished = pl.concat(done).unique()
        left = present.clear() if len(finished) == len(present) else _without(present, finished)
    rows, failures = _one_by_one(decoder, left)
    if len(rows) or not frames:
        frames.append(rows)
    frame = frames[0] if len(frames) == 1 else pl.concat(frames, how="diagonal").sort(BODY, ROW)
    return SideBlock(frame, failures)


def _plans(decoder: BodyDecoder, present: pl.DataFrame) -> Iterable[Plan]:
    """Yield groups of bodies that may be plain."""
    shape = decoder.shape
    if shape.columns:
        return
    encoding = pl.col(ENCODING).str.to_uppercase().fill_null("")
    recorded_as_text = encoding != "BASE64"
    if decoder.format in ("Auto", "CSV") and shape.rows is None:
        chosen = recorded_as_text if decoder.format == "CSV" else encoding == "CSV"
        names, delimiter = shape.names, decoder.delimiter
        yield Plan(
            present.filter(chosen),
            [partial(csv_numbers, names=names, delimiter=delimiter)],
            [partial(csv_bodies, names=names, delimiter=delimiter)],
        )
    if decoder.format in ("Auto", "JSON", "TensorFlowServing"):
        wrappers = _wrappers(decoder)
        if wrappers is None:
            return
        chosen = recorded_as_text
        if decoder.format == "Auto":
            chosen = (encoding == "JSON") & pl.col(CONTENT_TYPE).is_in(_plain_types(present)).fill_null(
                value=True
            )
        plan = Plan(present.filter(chosen), [], [])
        for wrapper in wrappers:
            plan.numbers.append(partial(array_numbers, names=shape.names, wrapper=wrapper))
            plan.texts.append(partial(array_bodies, names=shape.names, wrapper=wrapper))
            plan.texts.append(partial(_kept_objects, wrapper=wrapper, keep=shape.keep))
        if None in wrappers:
            plan.numbers.append(partial(object_numbers, keep=shape.keep))
        yield plan


def _wrappers(decoder: BodyDecoder) -> Sequence[str | None] | None:
    """Return under which keys plain rows may stand, None for the body itself. No list: nowhere."""
    if decoder.shape.rows is not None:
        plain = decoder.format != "TensorFlowServing" and _IDENTIFIER.fullmatch(decoder.shape.rows.text)
        return [decoder.shape.rows.text] if plain else None
    match decoder.format:
        case "TensorFlowServing":
            return ["instances", "predictions"]
        case "Auto":
            return [None, "instances", "predictions"]
        case _:
            return [None]


def _plain_types(present: pl.DataFrame) -> list[str]:
    """Return the content types that do not make JSON something else than one document."""
    seen = present[CONTENT_TYPE].drop_nulls().unique().to_list()
    return [text for text in seen if parse_content_type(text).kind != "JSONLines"]


def _as_numbers(plan: Plan) -> pl.DataFrame | None:
    """Decode all bodies of a plan as numbers, or none."""
    for method in plan.numbers:
        frame = method(plan.bodies[DATA])
        if frame is not None:
            # A query would copy columns whose chunks end at different rows.
            return frame.replace_column(0, plan.bodies[BODY].gather(frame[BODY]))
    return None


def _at_once(
    candidates: pl.DataFrame, methods: Sequence[Callable[[pl.Series], Decoded]]
) -> Iterable[pl.DataFrame]:
    """Decode by the first method that serves the first body, then again what that one left over."""
    for _ in range(_SAMPLES):
        if not len(candidates):
            return
        for method in methods:
            if method(candidates[DATA].head(1)).done[0]:
                break
        else:
            candidates = candidates.slice(1)
            continue
        decoded = method(candidates[DATA])
        numbers = candidates[BODY]
        candidates = candidates.filter(~decoded.done)
        yield decoded.frame.with_columns(numbers.gather(decoded.frame[BODY]).alias(BODY))


def _kept_objects(bodies: pl.Series, wrapper: str | None, keep: frozenset[str] | None) -> Decoded:
    """Decode objects, and leave out columns told by keys that are not to be kept."""
    decoded = object_bodies(bodies, wrapper)
    if keep is None:
        return decoded
    frame = decoded.frame
    return decoded._replace(
        frame=frame.select(name for name in frame.columns if name in (BODY, ROW) or is_kept(name, keep))
    )


def _without(present: pl.DataFrame, finished: pl.Series) -> pl.DataFrame:
    return present.filter(~pl.col(BODY).is_in(finished.implode()))


def _one_by_one(decoder: BodyDecoder, bodies: pl.DataFrame) -> tuple[pl.DataFrame, tuple[Failure, ...]]:
    failures: list[Failure] = []
    columns: dict[str, None] = dict.fromkeys(decoder.shape.names or ())
    limit = max(len(columns), min(MAX_COLUMNS, BLOCK_CELLS // max(len(bodies), 1)))
    used: dict[str, None] = {}
    rows: list[Row] = []
    numbers: list[int] = []
    indices: list[int] = []
    for number, data, encoding, content_type in bodies.select(BODY, DATA, ENCODING, CONTENT_TYPE).iter_rows():
        try:
            decoded = decoder.rows(data, encoding, content_type)
        except BodyError as error:
            failures.append(Failure(number, error.problem))
            continue
        fresh = dict.fromkeys(name for row in decoded for name in row if not name.startswith(PREFIX))
        if len(used.keys() | fresh.keys()) > limit:
            failures.append(Failure(number, BodyProblem.TOO_LARGE))
            continue
        used.update(fresh)
        rows.extend(decoded)
        numbers.extend([number] * len(decoded))
        indices.extend(range(len(decoded)))
    data_columns = {name: pl.Series([row.get(name) for row in rows], dtype=pl.String) for name in used}
    positions = {BODY: pl.Series(numbers, dtype=pl.UInt32), ROW: pl.Series(indices, dtype=pl.UInt32)}
    return pl.DataFrame(positions | data_columns), tuple(failures)
