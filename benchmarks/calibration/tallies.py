"""What each rule did in simulated windows, and a journal of it that lets a stopped simulation go on."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

DRIFT_CHECKS = {"baseline_drift_check", "categorical_values_check"}


@dataclass
class Tally:
    """What one rule did in the windows of one size."""

    windows: int = 0
    with_alarm: int = 0
    false_share: float = 0.0
    hits: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    trials: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def add(self, alarms: set[tuple[str, str]], shifted: Mapping[str, str]) -> None:
        """Count one window: alarms are (feature, check); `shifted` gives each shifted feature's group."""
        self.windows += 1
        self.with_alarm += bool(alarms)
        wrong = [alarm for alarm in alarms if alarm[0] not in shifted or alarm[1] not in DRIFT_CHECKS]
        self.false_share += len(wrong) / max(1, len(alarms))
        for feature, group in shifted.items():
            self.trials[group] += 1
            self.hits[group] += (feature, "baseline_drift_check") in alarms

    def merge(self, other: Tally) -> None:
        """Add another tally's counts."""
        self.windows += other.windows
        self.with_alarm += other.with_alarm
        self.false_share += other.false_share
        for group, trials in other.trials.items():
            self.trials[group] += trials
            self.hits[group] += other.hits[group]


Tallies = dict[tuple[int, str], Tally]
"""By size of the window and rule."""


class Journal:
    """Finished replicates, one line each in a file, by what identifies them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        self._found: dict[str, list[Any]] = {}
        for line in lines:
            try:
                entry = json.loads(line)
            except ValueError:  # the last line of a run that was ended while it wrote
                continue
            self._found[json.dumps(entry["of"])] = entry["tallies"]

    def get(self, of: list[Any]) -> Tallies | None:
        """Return what a replicate gave, if it is known."""
        found = self._found.get(json.dumps(of))
        return None if found is None else {(n, rule): Tally(**tally) for n, rule, tally in found}

    def add(self, of: list[Any], tallies: Tallies) -> None:
        """Keep what a replicate gave."""
        entry = {"of": of, "tallies": [[n, rule, vars(tally)] for (n, rule), tally in tallies.items()]}
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")
