"""Chunks of capture files as frames of rows: records read, filtered, both sides decoded and joined."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final, Literal, NamedTuple

import polars as pl

from model_monitor_analyzer.errors import ConfigurationError
from model_monitor_analyzer.payload.blocks import DATA, SideBlock, decode_block
from model_monitor_analyzer.payload.body import BodyDecoder, body_decoder
from model_monitor_analyzer.payload.vectorised import BODY
from model_monitor_analyzer.scripts.filters import RecordFilter
from model_monitor_analyzer.scripts.process import ScriptProcess
from model_monitor_analyzer.sources.capture.bookkeeping import KEY, ROW, TIME
from model_monitor_analyzer.sources.capture.join import join_sides
from model_monitor_analyzer.sources.capture.naming import refuse_reserved, request_names, row_columns
from model_monitor_analyzer.sources.capture.records import (
    LINE,
    is_failed,
    read_at_once,
    read_one_by_one,
    records_frame,
)
from model_monitor_analyzer.sources.capture.scripted import handled_frame, handled_records
from model_monitor_analyzer.sources.capture.times import parse_times
from model_monitor_analyzer.sources.lines import Chunk
from model_monitor_analyzer.sources.problems import ProblemKind, ProblemLog
from model_monitor_api.v1alpha1.columns import Columns
from model_monitor_api.v1alpha1.dataset import Payload

Side = Literal["Input", "Output"]
BOTH_SIDES: Final[tuple[Side, ...]] = ("Input", "Output")
_NO_SIDE = SideBlock(pl.DataFrame(schema={BODY: pl.UInt32, ROW: pl.UInt32}), ())


class CaptureBlock(NamedTuple):
    """Rows of a chunk of a capture file.

    Attributes
    ----------
    frame
        `bookkeeping.KEY`, `ROW` and `TIME`, then the columns of the requests and of the responses (as
        `SideBlock.frame` has them), in the order of lines. Columns appear as soon as one row has them.
    records
        Number of records that count: neither outside the window nor filtered out, of no failed request, nor
        bad as a whole line.
    filtered
        Number of records that the filter left out.
    outside
        Number of records left out because their time is outside the window.
    failed
        Number of records left out because their request failed.
    """

    frame: pl.DataFrame
    records: int
    filtered: int
    outside: int
    failed: int = 0


class CaptureRecords(NamedTuple):
    """Records that count, before their bodies are decoded.

    Attributes
    ----------
    frame
        `records.SCHEMA` and `bookkeeping.TIME`.
    filtered, outside, failed
        As in `CaptureBlock`.
    """

    frame: pl.DataFrame
    filtered: int
    outside: int
    failed: int


class CaptureDecoder:
    """Turns chunks of capture files into rows. It holds no state between chunks and can be sent to processes.

    Parameters
    ----------
    payload
        How bodies become rows.
    columns
        What columns mean. A response's own keys are columns only if they are declared here as prediction,
        probability, label, timestamp, id or cluster key; a response without names is not read at all.
    features
        Features of the baseline, the last resort for names by position of requests.
    sides
        Sides that are read.
    record_filter
        Records for which it is not true are left out.
    numbers
        Whether columns may be numbers, not texts; not for a script or whoever else needs what was written.

    Raises
    ------
    ConfigurationError
        An expression is wrong, or names repeat or are reserved.
    """

    def __init__(
        self,
        payload: Payload,
        columns: Columns,
        *,
        features: Sequence[str] | None = None,
        sides: Collection[Side] = BOTH_SIDES,
        record_filter: RecordFilter | None = None,
        numbers: bool = False,
    ) -> None:
        self._filter = record_filter
        self._numbers = numbers
        request = body_decoder(
            payload.input,
            field="payload.input",
            default_names=request_names(columns, features),
            keep=None,
        )
        declared = [name for name in (columns.prediction, columns.probability) if name is not None]
        response = body_decoder(
            payload.output,
            field="payload.output",
            default_names=tuple(declared) or None,
            keep=frozenset([*declared, *row_columns(columns)]),
        )
        refuse_reserved(request, "payload.input")
        refuse_reserved(response, "payload.output")
        is_read = bool(response.shape.names or response.shape.columns or response.shape.keep)
        self._request = request if "Input" in sides else None
        self._response = response if "Output" in sides and is_read else None
        if not (self._request or self._response):
            raise ConfigurationError(
                "payload.output: only responses are captured and no column of theirs is declared; "
                "set columns.prediction, columns.probability or payload.output.names"
            )

    def decode(
        self,
        chunk: Chunk,
        log: ProblemLog,
        *,
        window: tuple[datetime, datetime] | None = None,
        script: ScriptProcess | None = None,
    ) -> CaptureBlock:
        """Return the rows of a chunk.

        Parameters
        ----------
        chunk
            Whole lines.
        log
            Receives what is wrong with single records; their numbers are those of their lines.
        window
            Records outside it are left out; the end does not belong to it.
        script
            Makes the rows from records by `preprocess_handler`, or changes them by `preprocess_frame`.

        Raises
        ------
        ScriptError
            The script fails.
        """
        handler = None if script is None else script.require("preprocess_handler", "preprocess_frame")
        records = self.read(chunk, log, window=window)
        if script is not None and handler == "preprocess_handler":
            numbers = records.frame[LINE]
            lines = bytes(chunk.data).split(b"\n")
            frame = handled_records(
                script,
                records.frame.select(_key(records.frame), TIME),
                [lines[number] for number in numbers],
                lambda index: f"line {chunk.first_line + numbers[index]} of {log.uri}",
            )
            return CaptureBlock(frame, len(records.frame), *records[1:])
        frame = self._logged_rows(records.frame, chunk.first_line, log)
        if script is not None:
            frame = handled_frame(script, frame)
        return CaptureBlock(frame, len(records.frame), *records[1:])

    def _logged_rows(self, records: pl.DataFrame, first_line: int, log: ProblemLog) -> pl.DataFrame:
        found: list[tuple[int, ProblemKind]] = []
        frame = self._rows(records, found)
        lines = records[LINE].to_list() if found else []
        for index, kind in sorted(found):
            log.add(kind, first_line + lines[index])
        return frame

    def read(
        self, chunk: Chunk, log: ProblemLog, *, window: tuple[datetime, datetime] | None = None
    ) -> CaptureRecords:
        """Return the records of a chunk that count, bodies as they were recorded."""
        filtered = 0
        frame = read_at_once(chunk) if self._filter is None else None
        if frame is None:
            parsed = read_one_by_one(bytes(chunk.data))
            last = chunk.data.count(b"\n")
            for index in parsed.bad:
                cut = index == last and not chunk.ended
                log.add(
                    ProblemKind.INCOMPLETE_RECORD if cut else ProblemKind.INVALID_JSON,
                    chunk.first_line + index,
                )
            frame = records_frame(parsed.indices, parsed.records)
            if self._filter is not None:
                verdict = self._filter(parsed.records)
                for position in verdict.failed.nonzero()[0]:
                    log.add(ProblemKind.EXPRESSION_FAILED, chunk.first_line + parsed.indices[position])
                filtered = int((~verdict.kept & ~verdict.failed).sum())
                frame = frame.filter(pl.Series(verdict.kept))
        frame = frame.with_columns(parse_times(frame["inferenceTime"]).alias(TIME))
        if window is None:
            answered = frame.filter(~is_failed())
            return CaptureRecords(answered, filtered, 0, len(frame) - len(answered))
        for index in frame.filter(pl.col(TIME).is_null())[LINE]:
            log.add(ProblemKind.INVALID_TIMESTAMP, chunk.first_line + index)
        timed = frame.filter(pl.col(TIME).is_not_null())
        inside = timed.filter((pl.col(TIME) >= window[0]) & (pl.col(TIME) < window[1]))
        answered = inside.filter(~is_failed())
        return CaptureRecords(answered, filtered, len(timed) - len(inside), len(inside) - len(answered))

    def _rows(self, records: pl.DataFrame, found: list[tuple[int, ProblemKind]]) -> pl.DataFrame:
        """Return the rows of records, and append what is wrong with single ones: index and kind."""
        decoders = {"endpointInput": self._request, "endpointOutput": self._response}
        recorded = {name: records[name].struct.unnest() for name in decoders}
        request, response = (self._side(decoder, recorded[name]) for name, decoder in decoders.items())
        for side in (request, response):
            found.extend((failure.body, ProblemKind(failure.problem.value)) for failure in side.failures)
        answers = response.frame
        if request.failures:
            failed = pl.Series([failure.body for failure in request.failures], dtype=pl.UInt32)
            answers = answers.filter(~pl.col(BODY).is_in(failed.implode()))
        joined = join_sides(request.frame, answers)
        found.extend((body, ProblemKind.ROW_COUNT_MISMATCH) for body in joined.mismatched)
        data = [recorded[name][DATA] for name, decoder in decoders.items() if decoder is not None]
        if all(column.null_count() for column in data):
            absent = pl.select(pl.all_horizontal(column.is_null() for column in data)).to_series()
            found.extend((int(index), ProblemKind.NO_PAYLOAD) for index in absent.arg_true())
        numbers = joined.frame[BODY]
        kept = records.select(_key(records), TIME)
        positions = [kept[KEY].gather(numbers), joined.frame[ROW], kept[TIME].gather(numbers)]
        data_columns = [column for column in joined.frame.iter_columns() if column.name not in (BODY, ROW)]
        # A query would copy columns whose chunks end at different rows; a list gives empty names others.
        return pl.DataFrame({column.name: column for column in (*positions, *data_columns)})

    def _side(self, decoder: BodyDecoder | None, bodies: pl.DataFrame) -> SideBlock:
        return _NO_SIDE if decoder is None else decode_block(decoder, bodies, numbers=self._numbers)


def _key(records: pl.DataFrame) -> pl.Series:
    return records["inferenceId"].fill_null(records["eventId"]).alias(KEY)
