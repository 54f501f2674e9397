"""Generate two days of a small model's traffic and monitor three of its hours, as the README shows.

The windows are run by the same command and the same manifests that a reader would use; nothing here knows
what they will find.
"""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
HOURS = (
    ("An hour of a quiet Saturday", "2026-10-31T15:10Z"),
    ("Sunday morning: the app sends yearly incomes for monthly ones", "2026-11-01T10:10Z"),
    ("Sunday evening: a campaign changed who applies", "2026-11-01T18:10Z"),
)


def main() -> int:
    """Run the quickstart; return the exit status of the first step that fails."""
    steps = [("Two days of traffic", [sys.executable, str(HERE / "generate.py")])]
    command = [sys.executable, "-m", "model_monitor_analyzer", "run", "-f", "examples/quickstart/manifests"]
    steps += [(title, [*command, "--at", at]) for title, at in HOURS]
    for title, step in steps:
        print(f"\n== {title} ==\n", flush=True)
        status = subprocess.run(step, cwd=ROOT, check=False).returncode
        if status:
            return status
    report = "demo-output/monitoring/default/credit-risk-data-quality/2026/11/01/1800/report.html"
    print(f"\nOpen the last report in a browser:\n  {report}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
