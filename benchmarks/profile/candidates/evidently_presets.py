"""Evidently: the presets DataSummary and DataDrift, as its quick start runs them.

By default over 19 of the 21 columns: for the drift of an id, which is a text to it, Evidently trains a
classifier, and the time of its drift table grows with the square of a column's number of categories.
`EVIDENTLY_COLUMNS=all` leaves every column in, and Evidently decides what each of them is.
"""

import os
from pathlib import Path
from typing import Any

import cost
import pandas as pd
import pyarrow.parquet as pq
from evidently import DataDefinition, Dataset, Report
from evidently.presets import DataDriftPreset, DataSummaryPreset

COSTLY = ("item", "id")
"""The column of 100,000 categories and the unique id."""


def work(baseline: Path, window: Path, folder: Path) -> dict[str, Any]:
    """Run both presets, and return the report as a dictionary, which `json()` would write."""
    columns, definition = _columns(baseline)
    reference, current = (
        Dataset.from_pandas(pd.read_parquet(path, columns=columns), data_definition=definition)
        for path in (baseline, window)
    )
    snapshot = Report([DataSummaryPreset(), DataDriftPreset()]).run(current, reference)
    snapshot.save_html(str(folder / "report.html"))
    found: dict[str, Any] = snapshot.dict()
    return found


def _columns(path: Path) -> tuple[list[str] | None, DataDefinition | None]:
    """Return the columns to read and what they are; None for all, as Evidently finds out."""
    if os.environ.get("EVIDENTLY_COLUMNS") == "all":
        return None, None
    schema = pq.read_schema(path)
    columns = [name for name in schema.names if name not in COSTLY]
    categorical = [
        name for name in columns if str(schema.field(name).type) in {"bool", "large_string", "string"}
    ]
    numerical = [name for name in columns if name not in categorical]
    return columns, DataDefinition(numerical_columns=numerical, categorical_columns=categorical)


def findings(found: dict[str, Any]) -> cost.Findings:
    by_metric: dict[str, dict[str, Any]] = {}
    for metric in found["metrics"]:
        name = metric["config"]["type"].rpartition(":")[2]
        by_metric.setdefault(name, {})[metric["config"].get("column", "")] = metric
    drift = by_metric["ValueDrift"]
    return cost.Findings(
        rows=int(by_metric["RowCount"][""]["value"]),
        missing={name: int(m["value"]["count"]) for name, m in by_metric["MissingValueCount"].items()},
        means={name: float(m["value"]) for name, m in by_metric["MeanValue"].items()},
        # Distances, as the reference has more than 1,000 rows; only of texts it is an area under a curve too.
        drifted=[name for name, m in drift.items() if float(m["value"]) >= m["config"]["threshold"]],
    )


if __name__ == "__main__":
    cost.run(work, findings)
