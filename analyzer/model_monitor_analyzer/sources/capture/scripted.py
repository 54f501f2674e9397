"""Capture records turned into rows by the user's script."""

from collections.abc import Sequence

import polars as pl

from model_monitor_analyzer.errors import ScriptError
from model_monitor_analyzer.payload.vectorised import PREFIX
from model_monitor_analyzer.scripts.process import Place, ScriptProcess
from model_monitor_analyzer.scripts.protocol import RecordForm
from model_monitor_analyzer.sources.capture import bookkeeping
from model_monitor_analyzer.sources.capture.bookkeeping import KEY, ROW, TIME


def handled_records(
    script: ScriptProcess, records: pl.DataFrame, lines: Sequence[bytes], place: Place
) -> pl.DataFrame:
    """Return the rows that `preprocess_handler` makes of records.

    Parameters
    ----------
    script
        The running script.
    records
        `KEY` and `TIME` of each record.
    lines
        The records as they stand in the file.
    place
        Says for messages which record the one of an index is.

    Returns
    -------
    polars.DataFrame
        `KEY`, `ROW`, `TIME`, then the columns (String) sorted by name.

    Raises
    ------
    ScriptError
        The script fails, or names a column by the reserved prefix.
    """
    rows = script.records(RecordForm.CAPTURE, lines, place)
    _refuse_reserved(rows.frame.columns, script.name)
    numbered = pl.select(
        pl.int_range(0, len(rows.counts), dtype=pl.UInt32)
        .repeat_by(rows.counts)
        .explode()
        .drop_nulls()
        .alias("record"),
        pl.int_ranges(0, rows.counts, dtype=pl.UInt32).explode().drop_nulls().alias(ROW),
    )
    record = numbered["record"]
    kept = pl.DataFrame([records[KEY].gather(record), numbered[ROW], records[TIME].gather(record)])
    return kept.hstack(rows.frame) if rows.frame.width else kept


def handled_frame(script: ScriptProcess, frame: pl.DataFrame) -> pl.DataFrame:
    """Return what `preprocess_frame` makes of decoded rows.

    The script is given `KEY`, `ROW` and `TIME` too. Rows it returns without them can be analysed, but no
    longer be joined with ground truth.

    Raises
    ------
    ScriptError
        The script fails.
    """
    returned = script.frame(frame)
    kept = [
        (pl.col(name) if name in returned.columns else pl.lit(None)).cast(dtype, strict=False).alias(name)
        for name, dtype in bookkeeping.SCHEMA.items()
    ]
    data = [name for name in returned.columns if name not in bookkeeping.SCHEMA]
    _refuse_reserved(data, script.name)
    return returned.select(*kept, *data)


def _refuse_reserved(names: Sequence[str], script: str) -> None:
    for name in names:
        if name.startswith(PREFIX):
            raise ScriptError(
                f"script '{script}' returned a column whose name begins with the reserved '{PREFIX}'; "
                "name it otherwise"
            )
