"""What one candidate costs: runs its work on two files and writes down CPU time, memory and findings.

Each candidate runs in an environment of its own, so this module needs nothing but the standard library.
"""

import argparse
import json
import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, TypeVar

Result = TypeVar("Result")

FIGURES = "cost.json"
"""File that the figures are written to."""


class Findings(NamedTuple):
    """What a candidate says of the window; compared between candidates, so that all did the same job."""

    rows: int
    """Rows of the window."""

    missing: dict[str, int]
    """Missing values by column."""

    means: dict[str, float]
    """Means of the columns of numbers."""

    drifted: list[str]
    """Columns whose drift was noticed."""


def run(work: Callable[[Path, Path, Path], Result], findings: Callable[[Result], Findings]) -> None:
    """Measure the work on the baseline and the window that the command line names.

    Parameters
    ----------
    work
        Gets baseline, window, and a folder to write to; its time counts, and everything before it as imports.
    findings
        Reads the findings from what the work returned.
    """
    parser = argparse.ArgumentParser()
    parser.add_argument("baseline", type=Path)
    parser.add_argument("window", type=Path)
    parser.add_argument("folder", type=Path, help="where results go, and the figures as cost.json")
    arguments = parser.parse_args()
    imports, start = _cpu_seconds(), time.monotonic()
    result = work(arguments.baseline, arguments.window, arguments.folder)
    wall, cpu, peak = time.monotonic() - start, _cpu_seconds() - imports, _peak_gib()
    figures = {"imports": imports, "cpu": cpu, "wall": wall, "peak": peak}
    (arguments.folder / FIGURES).write_text(
        json.dumps(figures | findings(result)._asdict()), encoding="utf-8"
    )


def _cpu_seconds() -> float:
    """Return user and system time of this process, its threads, and the children that it waited for."""
    usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def _peak_gib() -> float:
    """Return the largest resident set of this program; `ru_maxrss` would begin with its parent's."""
    status = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:")) / 2**20
