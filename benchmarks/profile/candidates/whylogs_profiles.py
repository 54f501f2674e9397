"""whylogs: profiles of baseline and window, constraints from the one applied to the other, drift scores.

Files are logged one row group at a time, as whylogs is meant for data that do not fit into memory.
"""

from pathlib import Path
from typing import NamedTuple

import cost
import pyarrow.parquet as pq
from whylogs.core import DatasetProfile, DatasetProfileView
from whylogs.core.constraints import ConstraintsBuilder
from whylogs.experimental.constraints_generation import generate_constraints_from_reference_profile
from whylogs.viz.drift.column_drift_algorithms import calculate_drift_scores


class Compared(NamedTuple):
    """What whylogs found in the window."""

    view: DatasetProfileView
    scores: dict[str, dict[str, object] | None]


def profile(path: Path) -> DatasetProfileView:
    """Profile a file."""
    file, whole = pq.ParquetFile(path), DatasetProfile()
    for group in range(file.num_row_groups):
        whole.track(file.read_row_group(group).to_pandas())
    return whole.view()


def work(baseline: Path, window: Path, folder: Path) -> Compared:
    """Profile both files and compare them."""
    reference, current = profile(baseline), profile(window)
    for view, name in ((reference, "baseline"), (current, "window")):
        view.write(str(folder / f"{name}.bin"))
    builder = ConstraintsBuilder(current)
    builder.add_constraints(generate_constraints_from_reference_profile(reference))
    builder.build().generate_constraints_report()
    return Compared(current, calculate_drift_scores(current, reference, with_thresholds=True))


def findings(compared: Compared) -> cost.Findings:
    summaries = {name: c.to_summary_dict() for name, c in compared.view.get_columns().items()}
    numeric = {name: s for name, s in summaries.items() if s["types/integral"] or s["types/fractional"]}
    return cost.Findings(
        rows=max(summary["counts/n"] for summary in summaries.values()),
        missing={name: summary["counts/null"] for name, summary in summaries.items()},
        means={name: summary["distribution/mean"] for name, summary in numeric.items()},
        drifted=[n for n, score in compared.scores.items() if score and score["drift_category"] == "DRIFT"],
    )


if __name__ == "__main__":
    cost.run(work, findings)
