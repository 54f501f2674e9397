"""Check that `evidently_default` scores columns as the real package does, where that is installed.

    python -m venv /tmp/evidently && /tmp/evidently/bin/pip install evidently==0.7.23 "pandas<3"
    PYTHONPATH=.:api:analyzer /tmp/evidently/bin/python -m benchmarks.calibration.compare_evidently

It draws windows with and without drift and compares score and decision of every column.
"""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
from benchmarks.calibration.evidently_default import drift_score
from evidently import DataDefinition, Dataset, Report
from evidently.metrics import ValueDrift

WINDOWS = 6


def draw(rng: np.random.Generator, rows: int, moved: float) -> pd.DataFrame:
    """Draw numbers, integers, many and few categories, and a column with missing values."""
    shares = 1 / np.arange(1, 31)
    gaps = rng.normal(moved, size=rows)
    gaps[rng.random(rows) < 0.02] = np.nan
    return pd.DataFrame(
        {
            "normal": rng.normal(moved, size=rows),
            "integer": rng.poisson(3 + moved, size=rows),
            "gaps": gaps,
            "zipf": [f"v{i}" for i in rng.choice(30, rows, p=shares / shares.sum())],
            "few": rng.choice(["a", "b", "c"], rows, p=[0.5 + moved / 4, 0.3 - moved / 4, 0.2]),
            "two": rng.choice(["yes", "no"], rows, p=[0.3 + moved / 4, 0.7 - moved / 4]),
        }
    )


def main() -> None:
    """Compare and report the largest difference."""
    warnings.simplefilter("ignore")
    numeric = ["normal", "integer", "gaps"]
    categorical = ["zipf", "few", "two"]
    definition = DataDefinition(numerical_columns=numeric, categorical_columns=categorical)
    largest, decisions = 0.0, 0
    for m in (500, 2333):
        for replicate in range(WINDOWS):
            rng = np.random.default_rng([m, replicate])
            reference, current = draw(rng, m, 0.0), draw(rng, 400, 0.3 * (replicate % 2))
            report = Report([ValueDrift(column=name) for name in numeric + categorical])
            run = report.run(
                Dataset.from_pandas(current, data_definition=definition),
                Dataset.from_pandas(reference, data_definition=definition),
            )
            scores = {m["config"]["column"]: float(m["value"]) for m in run.dict()["metrics"]}
            for name in numeric + categorical:
                ours, _ = drift_score(
                    reference[name].dropna().to_numpy(),
                    current[name].dropna().to_numpy(),
                    numeric=name in numeric,
                )
                largest = max(largest, abs(ours - scores[name]))
                decisions += 1
    print(f"{decisions} columns compared, largest difference of scores {largest:.2g}")
    if largest > 1e-9:
        raise SystemExit("the reproduction differs from the package")


if __name__ == "__main__":
    main()
