"""Write the simulation's results into docs/explanation/calibration.md and the figure beside it.

    python -m benchmarks.calibration.report benchmarks/calibration/results.json

Only what stands between the two marks of the page is replaced.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

Row = dict[str, Any]

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "explanation" / "calibration.md"
FIGURE = ROOT / "docs" / "images" / "calibration.svg"
BEGIN, END = "<!-- begin results -->", "<!-- end results -->"

BUDGET = 0.01
RULES = ("Calibrated", "Compatible", "Compatible, drift only", "Evidently")
COLOURS = dict(zip(RULES, ("#1b7f5c", "#b3541e", "#d9a441", "#5b5ea6"), strict=True))


def tolerated(windows: int) -> float:
    """Return the budget and three binomial standard errors."""
    return BUDGET + 3 * math.sqrt(BUDGET * (1 - BUDGET) / windows)


def power(rows: Sequence[Row], group: str | None = None) -> float:
    """Return the share of shifted features that were found."""
    counts = [entry for row in rows for name, entry in row["power"].items() if group in {None, name}]
    trials = sum(entry[1] for entry in counts)
    return sum(entry[0] for entry in counts) / trials if trials else math.nan


def select(rows: Sequence[Row], **wanted: Any) -> list[Row]:
    """Return the rows that have all these values."""
    return [row for row in rows if all(row[key] == value for key, value in wanted.items())]


def percent(share: float) -> str:
    """Return a share as per cent."""
    return "-" if math.isnan(share) else f"{100 * share:.1f} %"


def table(head: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *body]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def sections(rows: Sequence[Row]) -> str:
    """Return the tables."""
    sizes, baselines = sorted({row["n"] for row in rows}), sorted({row["m"] for row in rows})
    return "\n\n".join(
        [
            "### Without drift: windows with any alarm",
            _false_alarms(rows, sizes, baselines),
            "### Five of fifty features shifted by 0.15: mean share of false alarms among alarms",
            _false_discoveries(rows, baselines),
            "### Shifted features found, baseline of 2,333 rows",
            _power_by_size(rows, sizes),
            "### The same by kind of feature, distance 0.15, windows of 500 rows",
            _power_by_group(rows),
        ]
    )


def _false_alarms(rows: Sequence[Row], sizes: Sequence[int], baselines: Sequence[int]) -> str:
    body = []
    for m in baselines:
        for rule in RULES:
            found = select(rows, m=m, distance=0.0, rule=rule)
            windows = sum(row["windows"] for row in found)
            alarms = sum(row["withAlarm"] for row in found)
            by_size = [
                percent(sum(r["withAlarm"] for r in part) / sum(r["windows"] for r in part))
                for part in (select(found, n=n) for n in sizes)
            ]
            bound = percent(tolerated(windows)) if rule == "Calibrated" else ""
            body.append([f"{m:,}", rule, f"{windows:,}", percent(alarms / windows), bound, *by_size])
    return table(["m", "rule", "windows", "with an alarm", "tolerated", *(f"n = {n:,}" for n in sizes)], body)


def _false_discoveries(rows: Sequence[Row], baselines: Sequence[int]) -> str:
    body = []
    for m in baselines:
        for rule in RULES:
            found = select(rows, m=m, distance=0.15, rule=rule)
            windows = sum(row["windows"] for row in found)
            share = sum(row["falseShare"] * row["windows"] for row in found) / windows
            bound = percent(tolerated(windows)) if rule == "Calibrated" else ""
            body.append([f"{m:,}", rule, f"{windows:,}", percent(share), bound])
    return table(["m", "rule", "windows", "false among alarms", "tolerated"], body)


def _power_by_size(rows: Sequence[Row], sizes: Sequence[int]) -> str:
    body = [
        [
            f"{distance}",
            rule,
            *(percent(power(select(rows, m=2333, distance=distance, rule=rule, n=n))) for n in sizes),
        ]
        for distance in (0.15, 0.2)
        for rule in ("Calibrated", "Compatible, drift only", "Evidently")
    ]
    return table(["distance", "rule", *(f"n = {n:,}" for n in sizes)], body)


def _power_by_group(rows: Sequence[Row]) -> str:
    found = select(rows, m=2333, distance=0.15, n=500)
    rules = ("Calibrated", "Compatible, drift only", "Evidently")
    groups = sorted({group for row in found for group in row["power"]})
    body = [[group, *(percent(power(select(found, rule=rule), group)) for rule in rules)] for group in groups]
    return table(["feature", *rules], body)


def figure(rows: Sequence[Row]) -> str:
    """Return two panels as SVG: false alarms and power over the size of the window, for m = 2,333."""
    sizes = sorted({row["n"] for row in rows})
    parts = [
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 860 360"',
        ' font-family="sans-serif" font-size="13">',
        '<rect width="860" height="360" fill="#ffffff"/>',
    ]
    for left, title, value in (
        (60, "Without drift: windows with any alarm, by their rows", _alarm_share),
        (480, "Features 0.15 away: found, by rows of the window", power),
    ):
        distance = 0.0 if value is _alarm_share else 0.15
        parts.append(f'<text x="{left}" y="28" font-size="15">{title}</text>')
        parts += _axes(left, sizes)
        for rule in RULES:
            points = [
                (n, value(found))
                for n in sizes
                if (found := select(rows, m=2333, distance=distance, rule=rule, n=n))
            ]
            if rule == "Compatible" and distance:
                continue
            line = " ".join(f"{_x(left, n, sizes):.1f},{_y(share):.1f}" for n, share in points)
            colour = COLOURS[rule]
            parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2.5"/>')
            parts += [
                f'<circle cx="{_x(left, n, sizes):.1f}" cy="{_y(share):.1f}" r="3.5" fill="{colour}"/>'
                for n, share in points
            ]
    for index, rule in enumerate(RULES):
        x = 60 + 195 * index
        parts.append(f'<rect x="{x}" y="335" width="14" height="4" fill="{COLOURS[rule]}"/>')
        parts.append(f'<text x="{x + 20}" y="341" fill="#333333">{rule}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def _alarm_share(rows: Sequence[Row]) -> float:
    return float(sum(row["withAlarm"] for row in rows) / sum(row["windows"] for row in rows))


def _x(left: int, n: int, sizes: Sequence[int]) -> float:
    return left + 330 * math.log(n / sizes[0]) / math.log(sizes[-1] / sizes[0])


def _y(share: float) -> float:
    return 290 - 240 * share


def _axes(left: int, sizes: Sequence[int]) -> list[str]:
    parts = []
    for share in (0, 0.25, 0.5, 0.75, 1):
        parts.append(
            f'<line x1="{left}" x2="{left + 330}" y1="{_y(share)}" y2="{_y(share)}" stroke="#dddddd"/>'
        )
        parts.append(
            f'<text x="{left - 8}" y="{_y(share) + 4}" text-anchor="end" fill="#555555">{share:.0%}</text>'
        )
    parts += [
        f'<text x="{_x(left, n, sizes):.1f}" y="310" text-anchor="middle" fill="#555555">{n:,}</text>'
        for n in sizes
    ]
    return parts


def main() -> None:
    """Write page and figure."""
    rows = json.loads(Path(sys.argv[1]).read_text())
    FIGURE.write_text(figure(rows))
    page = PAGE.read_text()
    before, rest = page.split(BEGIN)
    _, after = rest.split(END)
    PAGE.write_text(f"{before}{BEGIN}\n\n{sections(rows)}\n\n{END}{after}")


if __name__ == "__main__":
    main()
