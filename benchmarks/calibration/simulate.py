"""Simulate windows with and without drift and count what each rule calls an alarm.

    nice python -m benchmarks.calibration.simulate --windows 1000 --workers 2 --output results.json

Every replicate draws a fresh baseline of m rows and one window, whose sizes take turns, of fifty features;
each goes the whole way from a data frame through summaries and profiles to a verdict. Of a replicate with
drift, five random features are shifted by an exactly known distance. Evidently's default is computed for the
first windows only. What is finished stands in a file beside the output (`.journal`) until all is; a
simulation that was stopped goes on from there.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from benchmarks.calibration.evidently_default import drift_score
from benchmarks.calibration.populations import Population, draw_table, populations
from benchmarks.calibration.tallies import Journal, Tallies, Tally

from model_monitor_analyzer.data_quality.evaluate import Settings, evaluate
from model_monitor_analyzer.data_quality.findings import Baseline
from model_monitor_analyzer.data_quality.kinds import column_kinds
from model_monitor_analyzer.data_quality.profile import DatasetProfile
from model_monitor_analyzer.data_quality.result import DataQualityResult, Violation
from model_monitor_analyzer.data_quality.suggest import suggest_constraints
from model_monitor_analyzer.data_quality.summarised import profile_summary
from model_monitor_analyzer.summaries import SummarySettings, summarise

SHIFTED = 5
SEED = 20260701
EVIDENTLY_WINDOWS = 200


@dataclass(frozen=True)
class Scenario:
    """Windows of sizes that take turns, each against a fresh baseline of m rows."""

    m: int
    distance: float
    sizes: tuple[int, ...]
    windows: int


def run_replicate(scenario: Scenario, replicate: int) -> Tallies:
    """Draw a baseline and a window, whose size follows from the replicate, and decide by every rule."""
    rng = np.random.default_rng([SEED, scenario.m, round(1000 * scenario.distance), replicate])
    features = populations()
    reference = draw_table(rng, features, scenario.m, {})
    baseline = make_baseline(reference, features)
    n = scenario.sizes[replicate % len(scenario.sizes)]
    chosen = rng.choice(len(features), size=SHIFTED if scenario.distance else 0, replace=False)
    shifted = {features[i].name: features[i].group for i in chosen.tolist()}
    table = draw_table(rng, features, n, dict.fromkeys(shifted, scenario.distance))
    result = evaluate(baseline, profile(table, features), Settings())
    tallies: Tallies = defaultdict(Tally)
    for rule, alarms in alarms_of(result):
        tallies[n, rule].add(alarms, shifted)
    if replicate < EVIDENTLY_WINDOWS:
        tallies[n, "Evidently"].add(evidently_alarms(reference, table, features), shifted)
    return dict(tallies)


def make_baseline(table: pl.DataFrame, features: Sequence[Population]) -> Baseline:
    """Profile a baseline and suggest its constraints, as a run does."""
    found = profile(table, features)
    kinds = column_kinds(found, {feature.name: feature.kind for feature in features})
    return Baseline(found, kinds, suggest_constraints(found, kinds))


def profile(table: pl.DataFrame, features: Sequence[Population]) -> DatasetProfile:
    """Summarise a table."""
    codes = frozenset(feature.name for feature in features if feature.kind == "Categorical")
    return profile_summary(summarise(table, SummarySettings(strings="Physical", categorical=codes)))


def alarms_of(result: DataQualityResult) -> Iterator[tuple[str, set[tuple[str, str]]]]:
    """Return the alarms of our two rules, and of SageMaker's drift check alone."""
    yield "Calibrated", _pairs(result.decided.violations)
    compatible = _pairs(result.otherwise.violations)
    yield "Compatible", compatible
    yield "Compatible, drift only", {pair for pair in compatible if pair[1] == "baseline_drift_check"}


def _pairs(violations: Sequence[Violation]) -> set[tuple[str, str]]:
    return {(violation.feature, violation.check) for violation in violations}


def evidently_alarms(
    reference: pl.DataFrame, table: pl.DataFrame, features: Sequence[Population]
) -> set[tuple[str, str]]:
    """Return the columns that Evidently's default calls drifted."""
    return {
        (feature.name, "baseline_drift_check")
        for feature in features
        if drift_score(
            reference[feature.name].drop_nulls().to_numpy(),
            table[feature.name].drop_nulls().to_numpy(),
            numeric=feature.kind == "Numeric",
        )[1]
    }


def simulate(scenario: Scenario, workers: int, journal: Journal | None = None) -> list[dict[str, Any]]:
    """Run all replicates of a scenario; the result does not depend on the number of workers."""
    total: Tallies = defaultdict(Tally)
    for tallies in _replicates(scenario, workers, journal):
        for key, tally in tallies.items():
            total[key].merge(tally)
    return [
        {
            "m": scenario.m,
            "n": n,
            "distance": scenario.distance,
            "rule": rule,
            "windows": tally.windows,
            "withAlarm": tally.with_alarm,
            "falseShare": tally.false_share / tally.windows,
            "power": {group: [tally.hits[group], trials] for group, trials in sorted(tally.trials.items())},
        }
        for (n, rule), tally in sorted(total.items())
    ]


def _replicates(scenario: Scenario, workers: int, journal: Journal | None) -> Iterator[Tallies]:
    """Yield all replicates in order, those of the journal without running them."""
    names = [[scenario.m, scenario.distance, [*scenario.sizes], number] for number in range(scenario.windows)]
    known = [journal.get(name) if journal else None for name in names]
    missing = [number for number, tallies in enumerate(known) if tallies is None]
    with ProcessPoolExecutor(workers) if workers > 1 else nullcontext() as pool:
        run = pool.map if pool else map
        found = run(run_replicate, [scenario] * len(missing), missing)
        for name, old in zip(names, known, strict=True):
            tallies = old
            if tallies is None:
                tallies = next(found)
                if journal:
                    journal.add(name, tallies)
            yield tallies


def scenarios(windows: int) -> list[Scenario]:
    """Return what docs/explanation/calibration.md shows."""
    sizes = (100, 500, 2000, 10_000)
    cases = ((500, 0.0), (2333, 0.0), (500, 0.15), (2333, 0.15), (2333, 0.2), (100_000, 0.0), (100_000, 0.15))
    return [Scenario(m, distance, sizes, windows) for m, distance in cases]


def main() -> None:
    """Run all scenarios and write the counts."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--windows", type=int, default=1000)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--output", type=Path, required=True)
    arguments = parser.parse_args()
    rows: list[dict[str, Any]] = []
    journal = Journal(arguments.output.with_suffix(".journal"))
    for scenario in scenarios(arguments.windows):
        started = time.monotonic()
        rows += simulate(scenario, arguments.workers, journal)
        print(f"m={scenario.m} distance={scenario.distance}: {time.monotonic() - started:.0f} s", flush=True)
    arguments.output.write_text(json.dumps(rows, indent=1) + "\n")
    journal.path.unlink(missing_ok=True)


if __name__ == "__main__":
    main()
