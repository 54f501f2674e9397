"""A small model's training data and a day of its traffic, with faults at known hours."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from tests.support.project import Project

HEADER = ("age", "income", "country")
DAY = datetime(2026, 3, 1, tzinfo=UTC)

CALM = 10
"""Hour in which nothing is wrong."""
DRIFTED = 11
"""Hour in which incomes have doubled."""
EMPTY = 12
"""Hour without traffic."""
FEW = 13
"""Hour of 20 requests."""


def write_traffic(project: Project, *, rows: int = 400) -> None:
    """Write `train.csv`, and capture files below `capture/`."""
    numbers = random.Random(7)
    project.write_csv("train.csv", HEADER, [_row(numbers, 1.0) for _ in range(rows)])
    project.write_capture(
        "capture",
        [
            *_hour(numbers, CALM, rows, 1.0),
            *_hour(numbers, DRIFTED, rows, 2.0),
            *_hour(numbers, FEW, 20, 1.0),
        ],
    )


def _hour(numbers: random.Random, hour: int, rows: int, factor: float) -> Sequence[tuple[datetime, str]]:
    start = DAY + timedelta(hours=hour)
    step = timedelta(hours=1) / rows
    return [
        (start + number * step, ",".join(str(cell) for cell in _row(numbers, factor)))
        for number in range(rows)
    ]


def _row(numbers: random.Random, factor: float) -> Sequence[object]:
    return (
        numbers.randrange(18, 90),
        f"{factor * numbers.lognormvariate(7, 0.4):.2f}",
        numbers.choices(["de", "fr", "it"], weights=[6, 3, 1])[0],
    )
