"""CPU time and peak memory of our profile of a Parquet file, against Polars' `describe()` of the same file.

    .venv/bin/python benchmarks/profile/measure.py cpu --rows 1000000 10000000
    .venv/bin/python benchmarks/profile/measure.py memory --rows 10000000 50000000

Our profile is the whole summary of every column: types, missing values, moments, quantile sketch, distinct
count, category counts, string lengths, order. `describe()` gives count, nulls, mean, deviation, minimum,
maximum and three quantiles. CPU time is user and system over all threads of the process; candidates take
turns, and the least of the rounds counts. Peak memory is the resident set of a process that does nothing
else.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from model_monitor_analyzer.startup import prepare

prepare()

import polars as pl  # noqa: E402
from generate import write  # noqa: E402

from model_monitor_analyzer.summaries import DatasetSummary, SummarySettings, leaf_rows, merge_tree, summarise  # noqa: E402

_PEAK = "VmHWM:"


def profile(path: Path) -> DatasetSummary:
    """Summarise a Parquet file leaf by leaf, as the analyzer does."""
    scan = pl.scan_parquet(path)
    columns = len(scan.collect_schema())
    settings = SummarySettings(strings="Physical").for_columns(columns)
    leaves = scan.collect_batches(chunk_size=leaf_rows(columns), maintain_order=True)
    summary = merge_tree(summarise(leaf, settings) for leaf in leaves)
    if summary is None:
        raise ValueError(f"{path} has no rows")
    return summary


def describe(path: Path) -> pl.DataFrame:
    """Describe a Parquet file with Polars."""
    return pl.scan_parquet(path).describe()


CANDIDATES: dict[str, Callable[[Path], object]] = {"profile": profile, "describe": describe}


def cpu(path: Path, rounds: int) -> dict[str, float]:
    """Return the least CPU seconds of each candidate."""
    least = dict.fromkeys(CANDIDATES, float("inf"))
    for _ in range(rounds):
        for name, candidate in CANDIDATES.items():
            start = time.process_time()
            candidate(path)
            least[name] = min(least[name], time.process_time() - start)
    return least


def peak_memory(path: Path) -> float:
    """Return the peak resident set, in GiB, of a process that profiles the file."""
    done = subprocess.run(
        [sys.executable, __file__, "once", str(path)], check=True, capture_output=True, text=True
    )
    return int(done.stdout) / 2**20


def once(path: Path) -> None:
    """Profile a file and print the peak of this process in KiB."""
    summary = profile(path)
    unique, zipf = summary.columns["id"], summary.columns["item"]
    if abs(unique.distinct_count / summary.rows - 1) > 5 * unique.distinct.relative_error:
        raise ValueError(f"{unique.distinct_count} different ids in {summary.rows} rows")
    if not zipf.categories.exact:
        raise ValueError("the 100,000 categories were not counted exactly")
    status = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    print(next(line.split()[1] for line in status if line.startswith(_PEAK)))


def main() -> None:
    """Run one of the measurements and print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=["cpu", "memory", "once"])
    parser.add_argument("path", type=Path, nargs="?", help="the file to profile once")
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--keep", type=Path, help="folder for the data sets, so that they are made only once")
    arguments = parser.parse_args()
    if arguments.what == "once":
        once(arguments.path)
        return
    with tempfile.TemporaryDirectory() as scratch:
        for rows in arguments.rows:
            path = (arguments.keep or Path(scratch)) / f"profile-{rows}.parquet"
            if not path.exists():
                write(path, rows)
            if arguments.what == "memory":
                print(f"{rows:>11,} rows  peak {peak_memory(path):.2f} GiB")
                continue
            least = cpu(path, arguments.rounds)
            print(
                f"{rows:>11,} rows  profile {least['profile']:.2f} s  describe {least['describe']:.2f} s  "
                f"ratio {least['profile'] / least['describe']:.2f}"
            )


if __name__ == "__main__":
    main()
