"""Which stretches of a baseline made of traffic a window is compared with, and how far these differ.

Traffic has a rhythm: against a whole day, an hour of the night has "drifted". So the window can be compared
with the same hours of the day or of the week only, and a distance that the baseline's own stretches show
counts as normal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal

import numpy as np

from model_monitor_analyzer.data_quality.drift import measure_drift
from model_monitor_analyzer.data_quality.profile import DatasetProfile
from model_monitor_api.v1alpha1.columns import ColumnKind

Match = Literal["All", "HourOfDay", "HourOfWeek"]

NORMAL_SHARE = 0.99
"""Share of the baseline's own stretches whose distance counts as normal."""

_HOUR = timedelta(hours=1)
_PERIODS = {"All": timedelta(0), "HourOfDay": timedelta(days=1), "HourOfWeek": timedelta(days=7)}


def matching_blocks(
    hours: Sequence[datetime], start: datetime, end: datetime, match: Match
) -> list[tuple[int, ...]]:
    """Group the hours of a baseline into stretches like a window.

    Parameters
    ----------
    hours
        Starts of the hours that the baseline has summaries of, with a time zone.
    start, end
        The window.
    match
        `All`: stretches of the window's length, one after the other. `HourOfDay`, `HourOfWeek`: only those
        hours that are whole days, or weeks, from the window's own.

    Returns
    -------
    Positions in `hours`, a tuple for each stretch, oldest first. Stretches of which less than half the hours
    are there are left out.
    """
    length = max(end - start, _HOUR)
    period = max(length, _PERIODS[match])
    blocks: dict[int, list[int]] = {}
    for position, hour in enumerate(hours):
        number, offset = divmod(hour - start, period)
        if offset < length:
            blocks.setdefault(number, []).append(position)
    least = length / _HOUR / 2
    return [tuple(blocks[number]) for number in sorted(blocks) if len(blocks[number]) >= least]


def reference_floors(
    kinds: Mapping[str, ColumnKind], whole: DatasetProfile, blocks: Sequence[DatasetProfile]
) -> dict[str, float]:
    """Return, by column, the distance that a healthy stretch of the baseline keeps from the rest of it.

    Each stretch in turn is compared with all others together, and the 99 % quantile of these distances is
    taken (of fewer than 100 stretches, their largest). As F_block - F_rest = (F_block - F_whole) · N / (N -
    n), the rest need not be computed.

    Parameters
    ----------
    kinds
        Kind by column.
    whole
        Profile of all stretches together.
    blocks
        Profile of each stretch, as long as a window.
    """
    floors: dict[str, float] = {}
    for name, feature in whole.by_name.items():
        distances: list[float] = []
        for block in blocks:
            part = block.by_name.get(name)
            if part is None or part.present >= feature.present:
                continue
            drift = measure_drift(kinds.get(name, "Ignore"), feature, part)
            if drift is not None:
                distances.append(min(1.0, drift.effect * drift.m / max(1, drift.m - drift.n)))
        if distances:
            floors[name] = float(np.quantile(distances, NORMAL_SHARE, method="higher"))
    return floors
