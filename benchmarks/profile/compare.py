"""CPU time of profile, constraints and drift, against Evidently and whylogs on the same files.

    .venv/bin/python benchmarks/profile/compare.py --rows 1000000

Every candidate gets a baseline and a window of so many rows as Parquet, two columns of which have moved; what
it does with them is told by its file in `candidates/`. Each run is a process of its own; in each round the
candidates take turns. Evidently and whylogs are installed from the `requirements-*.txt` beside this file into
virtual environments in a temporary directory.

CPU time is user and system over the process and its children; imports have a column of their
own. The table has medians, and in brackets the least and the most. The findings of all candidates must agree:
rows, missing values, means, and that the two columns have moved.
"""

import argparse
import json
import math
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import venv
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import polars as pl
from candidates.cost import FIGURES
from generate import ROW_GROUP, write

HERE: Final = Path(__file__).resolve().parent
MOVED: Final = {"normal_1", "flag"}
QUIET: Final = {"DO_NOT_TRACK": "1", "WHYLOGS_NO_ANALYTICS": "1", "PYTHONWARNINGS": "ignore"}
"""Nobody is to be told of these runs."""


class Candidate(NamedTuple):
    """Something that does the job."""

    script: str
    requirements: str | None = None
    """Lock file of its own environment; that of this process where absent."""

    environment: tuple[tuple[str, str], ...] = ()


OURS: Final = "model-monitor"
CANDIDATES: Final = {
    OURS: Candidate("model_monitor.py"),
    "evidently": Candidate("evidently_presets.py", "requirements-evidently.txt"),
    "whylogs": Candidate("whylogs_profiles.py", "requirements-whylogs.txt"),
    "evidently-all": Candidate(
        "evidently_presets.py", "requirements-evidently.txt", (("EVIDENTLY_COLUMNS", "all"),)
    ),
}
"""`evidently` leaves two columns out that cost it most; `evidently-all` leaves none out."""

Figures = dict[str, Any]


class Pair(NamedTuple):
    """The files that are compared."""

    baseline: Path
    window: Path


def make_pair(folder: Path, rows: int) -> Pair:
    """Write baseline and window: the halves of one data set, a number and a boolean moved in the second."""
    pair = Pair(folder / f"baseline-{rows}.parquet", folder / f"window-{rows}.parquet")
    if pair.baseline.exists() and pair.window.exists():
        return pair
    both = folder / f"both-{rows}.parquet"
    write(both, 2 * rows)
    # Half a standard deviation: a Kolmogorov-Smirnov distance of 0.2. A share of 0.3 becomes 0.5.
    moved = [pl.col("normal_1") + 5, pl.col("flag") | (pl.col("amount") % 7 < 2)]
    pl.scan_parquet(both).head(rows).sink_parquet(pair.baseline, row_group_size=ROW_GROUP)
    pl.scan_parquet(both).slice(rows).with_columns(moved).sink_parquet(pair.window, row_group_size=ROW_GROUP)
    both.unlink()
    return pair


def interpreter(candidate: Candidate, folder: Path) -> Path:
    """Return the Python of a candidate's environment, which is made where it is not there yet."""
    if candidate.requirements is None:
        return Path(sys.executable)
    home = folder / Path(candidate.requirements).stem
    python = home / "bin" / "python"
    if not (home / ".installed").exists():
        venv.create(home, with_pip=True, clear=True)
        # The file is complete; pip would look for the newest of what it names with an extra only.
        lock = ["--require-hashes", "--no-deps", "--requirement", str(HERE / candidate.requirements)]
        subprocess.run([python, "-m", "pip", "install", "--quiet", *lock], check=True)
        (home / ".installed").touch()
    return python


def measure(candidate: Candidate, python: Path, pair: Pair, limit: int) -> Figures | str:
    """Run a candidate once; return its figures, or why there are none."""

    def confine() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 10))
        # Where memory does not suffice, this process is to be ended and no other.
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")

    with tempfile.TemporaryDirectory() as folder:
        script = HERE / "candidates" / candidate.script
        done = subprocess.run(
            [python, script, pair.baseline, pair.window, folder],
            check=False,
            env={**os.environ, **QUIET, **dict(candidate.environment)},
            preexec_fn=confine,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        if done.returncode < 0:
            return f"ended by signal {-done.returncode} (limit: {limit:,} s of CPU time)"
        if done.returncode > 0:
            raise SystemExit(f"{candidate.script} failed:\n{done.stderr}")
        figures: Figures = json.loads((Path(folder) / FIGURES).read_text(encoding="utf-8"))
        return figures


def check(name: str, figures: Figures, expected: Figures) -> None:
    """Refuse figures of a candidate that did not find what the others found."""
    columns = expected["missing"].keys() & figures["missing"].keys()
    means = expected["means"].keys() & figures["means"].keys()
    wrong = [
        *(["rows"] if figures["rows"] != expected["rows"] else []),
        *(f"missing of {c}" for c in columns if figures["missing"][c] != expected["missing"][c]),
        *(
            f"mean of {c}"
            for c in means
            if not math.isclose(figures["means"][c], expected["means"][c], rel_tol=1e-9, abs_tol=1e-9)
        ),
        *(f"drift of {c}" for c in sorted(MOVED.difference(figures["drifted"]))),
        *(["too few columns"] if len(columns) < 19 or len(means) < 10 else []),
    ]
    if wrong:
        raise SystemExit(f"{name} found something else: {', '.join(wrong)}")


def compare(names: Sequence[str], rows: int, rounds: int, limit: int, keep: Path) -> None:
    """Measure the candidates on data of one size and print their rows of the table."""
    pair = make_pair(keep, rows)
    pythons = {name: interpreter(CANDIDATES[name], keep) for name in names}
    runs: dict[str, list[Figures]] = {name: [] for name in names}
    ended: dict[str, str] = {}
    for number in range(rounds):
        for name in names:
            if name in ended:
                continue
            figures = measure(CANDIDATES[name], pythons[name], pair, limit)
            if isinstance(figures, str):
                ended[name] = figures
                continue
            check(name, figures, runs[names[0]][0] if runs[names[0]] else figures)
            runs[name].append(figures)
            load = os.getloadavg()[0]
            print(
                f"# {rows:,} rows, round {number + 1}: {name} {figures['cpu']:.1f} s, load {load:.1f}",
                file=sys.stderr,
            )
    ours = statistics.median(run["cpu"] for run in runs[names[0]])
    for name in names:
        if runs[name]:
            print_row(rows, name, runs[name], ours)
        else:
            print(f"| {rows:,} | {name} | {ended[name]} | | | | | |", flush=True)


def print_row(rows: int, name: str, runs: Sequence[Figures], ours: float) -> None:
    """Print one row of the table."""
    cpu = sorted(run["cpu"] for run in runs)
    median = statistics.median(cpu)
    imports, wall, peak = (statistics.median(run[key] for run in runs) for key in ("imports", "wall", "peak"))
    cells = [
        f"{rows:,}",
        name,
        f"{median:.1f} ({cpu[0]:.1f} to {cpu[-1]:.1f})",
        f"{median / ours:.1f}",
        f"{imports:.1f}",
        f"{wall:.1f}",
        f"{peak:.2f}",
        ", ".join(sorted(set(runs[0]["drifted"]) - MOVED)) or "none",
    ]
    print(f"| {' | '.join(cells)} |", flush=True)


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--candidates", nargs="+", choices=CANDIDATES, default=[*CANDIDATES][:3])
    parser.add_argument(
        "--limit", type=int, default=4 * 3600, help="seconds of CPU time after which a run is ended"
    )
    parser.add_argument(
        "--keep", type=Path, help="folder for data and environments, so that they are made only once"
    )
    arguments = parser.parse_args()
    names = [OURS, *(name for name in arguments.candidates if name != OURS)]
    with tempfile.TemporaryDirectory() as scratch:
        keep = (arguments.keep or Path(scratch)).resolve()
        keep.mkdir(parents=True, exist_ok=True)
        print(f"Python {platform.python_version()}, {os.cpu_count()} processors, {arguments.rounds} rounds\n")
        print("| rows | candidate | CPU s | ratio | imports, CPU s | wall s | peak GiB | also alarmed |")
        print("|---|---|---|---|---|---|---|---|")
        for rows in arguments.rows:
            compare(names, rows, arguments.rounds, arguments.limit, keep)


if __name__ == "__main__":
    main()
