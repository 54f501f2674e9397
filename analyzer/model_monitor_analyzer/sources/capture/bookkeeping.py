"""Columns that a capture frame has beside the data, under a prefix that no column of the data may have."""

from typing import Final

import polars as pl

from model_monitor_analyzer.payload.vectorised import PREFIX, ROW

KEY: Final = f"{PREFIX}key"
"""Inference id of the record, else its event id; null if it has neither (String). With `ROW`, the index of
the row within its request (UInt32), it identifies a row."""

TIME: Final = f"{PREFIX}time"
"""Inference time (Datetime in microseconds, UTC); null if it is missing or not understood."""

SCHEMA: Final = pl.Schema({KEY: pl.String(), ROW: pl.UInt32(), TIME: pl.Datetime("us", "UTC")})

__all__ = ["KEY", "PREFIX", "ROW", "SCHEMA", "TIME"]
