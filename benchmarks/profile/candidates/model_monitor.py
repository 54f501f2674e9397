"""`model-monitor run`: baseline, suggested constraints, and a window compared by the rule Calibrated.

The whole command, from the manifests to the written artifacts and report pages, over all columns.
"""

import contextlib
import io
import json
from pathlib import Path

from model_monitor_analyzer.startup import prepare

prepare()

import cost  # noqa: E402
import pyarrow.compute  # noqa: E402, F401 # else loaded when first used, in the midst of the work

from model_monitor_analyzer.cli.arguments import parse  # noqa: E402
from model_monitor_analyzer.cli.run import run  # noqa: E402

MANIFESTS = """\
apiVersion: modelmonitor.dev/v1alpha1
kind: Baseline
metadata:
  name: profiled
spec:
  dataset:
    uri: {baseline}
    format: Parquet
  dataQuality: {{}}
  output:
    uri: {output}
---
apiVersion: modelmonitor.dev/v1alpha1
kind: DataCapture
metadata:
  name: profiled
spec:
  source:
    files:
      uri: {window}
      format: Parquet
---
apiVersion: modelmonitor.dev/v1alpha1
kind: MonitoringSchedule
metadata:
  name: profiled
spec:
  type: DataQuality
  baselineRef:
    name: profiled
  captureRef:
    name: profiled
  schedule: "@hourly"
  decision: Calibrated
  output:
    uri: {output}
"""

WINDOW = ["--window", "2026-01-01T00:00Z", "2026-01-01T01:00Z"]
"""Any hour: files without time and placeholders are read as a whole."""


def work(baseline: Path, window: Path, folder: Path) -> Path:
    """Run the manifests and return the folder of the window's artifacts."""
    manifests, printed = folder / "manifests.yaml", io.StringIO()
    manifests.write_text(
        MANIFESTS.format(
            baseline=f"file://{baseline}", window=f"file://{window}", output=f"file://{folder}/"
        ),
        encoding="utf-8",
    )
    with contextlib.redirect_stdout(printed):
        run(parse(["run", "-f", str(manifests), *WINDOW, "-o", "json", "--quiet"]))
    (execution,) = json.loads(printed.getvalue())["executions"]
    return Path(execution["artifactsURI"].removeprefix("file://"))


def findings(artifacts: Path) -> cost.Findings:
    statistics, violations = (
        json.loads((artifacts / name).read_bytes())
        for name in ("statistics.json", "constraint_violations.json")
    )
    columns = statistics["features"]
    numeric = {c["name"]: c["numerical_statistics"] for c in columns if "numerical_statistics" in c}
    common = {c["name"]: (c.get("numerical_statistics") or c["string_statistics"])["common"] for c in columns}
    return cost.Findings(
        rows=statistics["dataset"]["item_count"],
        missing={name: counts["num_missing"] for name, counts in common.items()},
        means={name: numbers["mean"] for name, numbers in numeric.items()},
        drifted=[
            violation["feature_name"]
            for violation in violations["violations"]
            if violation["constraint_check_type"] == "baseline_drift_check"
        ],
    )


if __name__ == "__main__":
    cost.run(work, findings)
