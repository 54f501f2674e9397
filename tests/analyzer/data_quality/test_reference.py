import datetime as dt

import numpy as np
import pytest

from model_monitor_analyzer.data_quality.evaluate import Settings, evaluate
from model_monitor_analyzer.data_quality.findings import Baseline
from model_monitor_analyzer.data_quality.kinds import column_kinds
from model_monitor_analyzer.data_quality.reference import Match, matching_blocks, reference_floors
from model_monitor_analyzer.data_quality.suggest import suggest_constraints
from tests.analyzer.data_quality.builders import profile_of

START = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)
HOURS = [START + dt.timedelta(hours=i) for i in range(14 * 24)]


def window(days: int, hour: int, length: int) -> tuple[dt.datetime, dt.datetime]:
    start = START + dt.timedelta(days=days, hours=hour)
    return start, start + dt.timedelta(hours=length)


@pytest.mark.parametrize(
    ("match", "length", "blocks", "hours_each"),
    [
        ("All", 1, 336, 1),
        ("All", 6, 56, 6),
        ("HourOfDay", 1, 14, 1),
        ("HourOfDay", 3, 14, 3),
        ("HourOfDay", 24, 14, 24),
        ("HourOfWeek", 1, 2, 1),
        ("HourOfWeek", 24, 2, 24),
    ],
)
def test_stretches_like_the_window(match: Match, length: int, blocks: int, hours_each: int) -> None:
    found = matching_blocks(HOURS, *window(20, 15, length), match)
    full = [block for block in found if len(block) == hours_each]
    assert len(full) >= blocks - 1
    assert len(found) <= blocks + 1
    positions = [position for block in found for position in block]
    assert len(set(positions)) == len(positions)
    for block in found:
        assert list(block) == list(range(block[0], block[0] + len(block)))
        if match == "HourOfDay" and length < 24:
            assert all(15 <= HOURS[position].hour < 15 + length for position in block)
        if match == "HourOfWeek" and length == 1:
            assert HOURS[block[0]].weekday() == window(20, 15, 1)[0].weekday()


def test_stretches_with_few_hours_are_left_out() -> None:
    sparse = [hour for hour in HOURS if hour.day != 5 or hour.hour < 2]
    found = matching_blocks(sparse, *window(20, 0, 24), "HourOfDay")
    assert len(found) == 13


def test_a_floor_is_the_distance_that_healthy_stretches_keep_from_the_rest() -> None:
    """Four equal stretches, one of which is wholly elsewhere: 1 from the rest, each other 1/3."""
    parts = [[1.0] * 50 + [2.0] * 50] * 3 + [[8.0] * 50 + [9.0] * 50]
    whole = profile_of({"x": [value for part in parts for value in part]})
    floors = reference_floors({"x": "Numeric"}, whole, [profile_of({"x": part}) for part in parts])
    assert floors == {"x": pytest.approx(1.0)}
    quiet = reference_floors({"x": "Numeric"}, whole, [profile_of({"x": part}) for part in parts[:3]])
    assert quiet == {"x": pytest.approx(1 / 3)}


def test_one_stretch_alone_has_no_rest() -> None:
    whole = profile_of({"x": [1.0, 2.0, 3.0]})
    assert reference_floors({"x": "Numeric"}, whole, [whole]) == {}


def traffic(hours: list[dt.datetime], seed: int) -> list[list[float]]:
    """A daily cycle of half a standard deviation."""
    rng = np.random.default_rng(seed)
    return [(0.5 * np.sin(2 * np.pi * hour.hour / 24) + rng.normal(size=500)).tolist() for hour in hours]


CHUNKS = traffic(HOURS[:96], seed=1)


def baseline_for(match: Match, start: dt.datetime, *, with_floors: bool) -> Baseline:
    blocks = matching_blocks(HOURS[:96], start, start + dt.timedelta(hours=1), match)
    parts = [profile_of({"x": [v for i in block for v in CHUNKS[i]]}) for block in blocks]
    whole = profile_of({"x": [v for block in blocks for i in block for v in CHUNKS[i]]})
    kinds = column_kinds(whole, {})
    floors = reference_floors(kinds, whole, parts) if with_floors else {}
    return Baseline(whole, kinds, suggest_constraints(whole, kinds), floors)


def verdicts(match: Match, values: list[list[float]], *, with_floors: bool) -> list[str]:
    """Decide windows of hours 0, 6, 12 and 18 of a later day."""
    starts = [START + dt.timedelta(days=14, hours=hour) for hour in (0, 6, 12, 18)]
    baselines = [baseline_for(match, start, with_floors=with_floors) for start in starts]
    return [
        evaluate(baseline, profile_of({"x": window}), Settings()).decided.verdict
        for baseline, window in zip(baselines, values, strict=True)
    ]


def test_a_daily_rhythm_alarms_against_the_whole_day_but_not_against_its_own_hour() -> None:
    live = traffic([START + dt.timedelta(hours=hour) for hour in (0, 6, 12, 18)], seed=2)
    assert verdicts("All", live, with_floors=False) == ["Compliant", "Violations", "Compliant", "Violations"]
    assert verdicts("All", live, with_floors=True) == ["Compliant"] * 4
    assert verdicts("HourOfDay", live, with_floors=True) == ["Compliant"] * 4


def test_a_fault_is_seen_beyond_the_rhythm() -> None:
    broken = [[value + 0.7 for value in values] for values in traffic(HOURS[0:24:6], seed=3)]
    assert verdicts("HourOfDay", broken, with_floors=True) == ["Violations"] * 4
