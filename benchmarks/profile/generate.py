"""Make the data set that profiles are measured on: 21 columns of the kinds that features have.

    .venv/bin/python benchmarks/profile/generate.py data.parquet --rows 1000000

Ten floats (one with 5 % missing, one that is mostly zero), five integers, three categories, a boolean, a Zipf
distributed string of 100,000 values, and a unique id. The same rows come out every time.
"""

import argparse
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow.parquet as pq

ROW_GROUP = 1 << 17
CITIES = pl.Series([f"city-{i:02d}" for i in range(30)])
ITEMS = pl.Series([f"item-{i}" for i in range(100_000)])


def block(number: int, rows: int) -> pl.DataFrame:
    """Make one row group."""
    rng = np.random.default_rng([20240601, number])
    first_row = number * ROW_GROUP
    columns: dict[str, object] = {f"normal_{i}": rng.normal(10**i, 10, rows) for i in range(4)}
    columns |= {f"gamma_{i}": rng.gamma(1 + i, 2.0, rows) for i in range(3)}
    columns["lognormal"] = rng.lognormal(3, 1, rows)
    columns["zero_inflated"] = np.where(rng.random(rows) < 0.8, 0.0, rng.exponential(1.0, rows))
    columns["incomplete"] = pl.Series(rng.normal(size=rows)).set(pl.Series(rng.random(rows) < 0.05), None)
    columns |= {f"count_{i}": rng.poisson(4**i, rows) for i in range(4)}
    columns["amount"] = rng.integers(0, 1_000_000, rows)
    columns |= {f"city_{i}": CITIES[rng.integers(0, 10 * (i + 1), rows)] for i in range(3)}
    columns["flag"] = rng.random(rows) < 0.3
    columns["item"] = ITEMS[np.minimum(rng.zipf(1.15, rows), 100_000) - 1]
    frame = pl.DataFrame(columns)
    # A bijection of the row number, so ids are unique without being sorted.
    scrambled = pl.int_range(first_row, first_row + rows, dtype=pl.UInt64, eager=True).to_numpy()
    scrambled = (scrambled * np.uint64(0x9E3779B97F4A7C15)).tolist()
    return frame.with_columns(id=pl.Series([f"{value:016x}" for value in scrambled]))


def write(path: Path, rows: int) -> None:
    """Write the data set as Parquet, one row group at a time."""
    writer = None
    for number, start in enumerate(range(0, rows, ROW_GROUP)):
        table = block(number, min(ROW_GROUP, rows - start)).to_arrow()
        if writer is None:
            writer = pq.ParquetWriter(path, table.schema, compression="zstd")
        writer.write_table(table, row_group_size=ROW_GROUP)
    if writer is not None:
        writer.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("path", type=Path)
    parser.add_argument("--rows", type=int, default=1_000_000)
    arguments = parser.parse_args()
    write(arguments.path, arguments.rows)
