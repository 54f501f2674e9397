"""Tabular rows turned into other rows by the user's script."""

import csv
import io
import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

import polars as pl

from model_monitor_analyzer.errors import ScriptError
from model_monitor_analyzer.scripts.process import ScriptProcess
from model_monitor_analyzer.scripts.protocol import RecordForm
from model_monitor_analyzer.sources.blocks import Rows
from model_monitor_analyzer.sources.capture.bookkeeping import PREFIX, TIME
from model_monitor_analyzer.sources.records import RECORD
from model_monitor_analyzer.sources.source import Source
from model_monitor_api.v1alpha1.dataset import Csv

HANDLERS: Final = ("preprocess_handler", "preprocess_frame")

_LITERAL: Final = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?|true|false")


def scripted_rows(script: ScriptProcess, source: Source, rows: Rows, uri: str) -> Rows:
    """Return what a script makes of rows.

    `preprocess_frame` is given all of them as a frame. `preprocess_handler` is given one after the other: of
    CSV the line, without its line break and never the header's; of other formats an object of the row's
    columns, in which texts that are JSON numbers, `true` or `false` are values.

    Parameters
    ----------
    script
        The running script.
    source
        What is read.
    rows
        Rows with `RECORD`, and with `TIME` where they have a time.
    uri
        Their object, for messages.

    Returns
    -------
    Rows
        Without `RECORD`; those that the script left out are counted as filtered.

    Raises
    ------
    ScriptError
        The script fails, or names a column by the reserved prefix.
    """
    if not len(rows.frame):
        return rows._replace(frame=pl.DataFrame())
    numbers, data = rows.frame[RECORD], rows.frame.drop(RECORD)
    if script.require(*HANDLERS) == "preprocess_frame":
        frame = script.frame(data)
        _refuse_reserved(frame.columns, script.name)
        return rows._replace(frame=frame)
    plain = data.drop(TIME, strict=False)
    lines = list(
        _csv_lines(plain, source.csv)
        if source.format == "CSV"
        else _objects(plain, physical=source.format == "Parquet")
    )
    made = script.records(RecordForm.VALUE, lines, lambda index: f"record {numbers[index]} of {uri}")
    _refuse_reserved(made.frame.columns, script.name)
    frame = made.frame
    if TIME in data.columns and frame.width:
        record = pl.select(
            pl.int_range(0, len(data)).repeat_by(made.counts).explode().drop_nulls()
        ).to_series()
        frame = frame.with_columns(data[TIME].gather(record))
    return rows._replace(frame=frame, filtered=rows.filtered + int((made.counts == 0).sum()))


def _csv_lines(frame: pl.DataFrame, dialect: Csv) -> Iterator[bytes]:
    """Yield each row as a JSON string that holds a line of CSV."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=dialect.delimiter, quotechar=dialect.quote, lineterminator="")
    for row in frame.iter_rows():
        buffer.seek(0)
        buffer.truncate()
        writer.writerow(row)
        yield json.dumps(buffer.getvalue()).encode()


def _objects(frame: pl.DataFrame, *, physical: bool) -> Iterator[bytes]:
    """Yield each row as a JSON object; where types are physical, a text stays a text."""
    for row in frame.iter_rows(named=True):
        cells = row if physical else {name: _value(cell) for name, cell in row.items()}
        yield json.dumps(cells, default=str).encode()


def _value(cell: Any) -> Any:
    """Return the value that a cell stands for: text formats keep values as they were written."""
    if isinstance(cell, str) and _LITERAL.fullmatch(cell):
        return json.loads(cell)
    return cell


def _refuse_reserved(names: Sequence[str], script: str) -> None:
    for name in names:
        if name.startswith(PREFIX) and name != TIME:
            raise ScriptError(
                f"script '{script}' returned a column whose name begins with the reserved '{PREFIX}'; "
                "name it otherwise"
            )
