"""A small version of the simulation in benchmarks/calibration: false alarms and power over windows."""

import math
from typing import Any

import pytest
from benchmarks.calibration.simulate import Scenario, simulate

BUDGET = 0.01


def allowed(windows: int) -> float:
    return BUDGET + 3 * math.sqrt(BUDGET * (1 - BUDGET) / windows)


def rows_of(rows: list[dict[str, Any]], rule: str) -> list[dict[str, Any]]:
    return [row for row in rows if row["rule"] == rule]


def power(rows: list[dict[str, Any]]) -> float:
    counts = [entry for row in rows for entry in row["power"].values()]
    return float(sum(hits for hits, _ in counts) / sum(trials for _, trials in counts))


@pytest.mark.slow
@pytest.mark.parametrize("m", [500, 2333])
def test_without_drift_hardly_a_window_alarms(m: int) -> None:
    rows = rows_of(simulate(Scenario(m, 0.0, (100, 500, 2000, 10_000), 100), 1), "Calibrated")
    windows = sum(row["windows"] for row in rows)
    assert windows == 100
    assert sum(row["withAlarm"] for row in rows) <= allowed(windows) * windows


@pytest.mark.slow
@pytest.mark.parametrize("distance", [0.15, 0.2])
def test_with_drift_alarms_are_right_and_complete(distance: float) -> None:
    rows = simulate(Scenario(2333, distance, (500, 2000), 60), 1)
    calibrated, robust = rows_of(rows, "Calibrated"), rows_of(rows, "Compatible, drift only")
    false_share = sum(row["falseShare"] * row["windows"] for row in calibrated) / 60
    assert false_share <= allowed(60)
    assert power(calibrated) >= 0.95
    for ours, theirs in zip(calibrated, robust, strict=True):
        assert (ours["n"], ours["windows"]) == (theirs["n"], theirs["windows"])
        assert power([ours]) >= power([theirs])
