"""Columns that a capture frame has beside the data, under a prefix that no column of the data may have."""

from typing import Final

import polars as pl

PREFIX: Final = "__mm_"
"""Reserved: columns of the data whose names begin so are left out."""

KEY: Final = f"{PREFIX}key"
"""Inference id of the record, else its event id; null if it has neither (String)."""

ROW: Final = f"{PREFIX}row"
"""Index of the row within its request, counted from 0 (UInt32). `KEY` and `ROW` together identify a row."""

TIME: Final = f"{PREFIX}time"
"""Inference time (Datetime in microseconds, UTC); null if it is missing or not understood."""

SCHEMA: Final = pl.Schema({KEY: pl.String(), ROW: pl.UInt32(), TIME: pl.Datetime("us", "UTC")})
