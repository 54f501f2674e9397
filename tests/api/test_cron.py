"""Cron schedules against robfig/cron, which Kubernetes runs; golden/robfig/main.go writes the table."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import groupby, islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model_monitor_api.cron import Schedule
from model_monitor_api.cron_fields import CronError

GOLDEN = json.loads((Path(__file__).parent / "golden" / "robfig.json").read_text())
REFUSED_BY_US_ALONE = {"@every 1h", "TZ=UTC 0 * * * *", "CRON_TZ=UTC 0 * * * *", ", * * * *"}
NEW_YORK = ZoneInfo("America/New_York")


def chain(schedule: Schedule, after: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    fire = schedule.next(after, zone)
    while fire is not None:
        yield fire
        fire = schedule.next(fire, zone)


@pytest.mark.parametrize(
    "rows",
    [list(rows) for _, rows in groupby(GOLDEN["fires"], lambda row: row["zone"])],
    ids=lambda r: r[0]["zone"],
)
def test_fires_when_robfig_fires(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        fires = chain(
            Schedule.parse(row["schedule"]), datetime.fromisoformat(row["after"]), ZoneInfo(row["zone"])
        )
        found = [f"{fire:%Y-%m-%dT%H:%M:%SZ}" for fire in islice(fires, max(1, len(row["fires"])))]
        assert found == row["fires"], row


def test_the_table_is_whole() -> None:
    assert len(GOLDEN["fires"]) > 850
    assert len({row["zone"] for row in GOLDEN["fires"]}) == 10
    assert any(not row["fires"] for row in GOLDEN["fires"])


@pytest.mark.parametrize("row", GOLDEN["texts"], ids=lambda row: repr(row["text"]))
def test_accepts_what_robfig_accepts(row: dict[str, Any]) -> None:
    if row["accepted"]:
        Schedule.parse(row["text"])
    else:
        with pytest.raises(CronError):
            Schedule.parse(row["text"])


@pytest.mark.parametrize("text", sorted(REFUSED_BY_US_ALONE))
def test_refuses_more_where_the_module_says_so(text: str) -> None:
    with pytest.raises(CronError):
        Schedule.parse(text)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("61 * * * *", ["minute '61'", "above 59", "0 to 59"]),
        ("* 24 * * *", ["hour '24'", "above 23"]),
        ("* 22-5 * * *", ["hour '22-5'", "backwards", "22-23,0-5"]),
        ("* * 0 * *", ["day of month '0'", "below 1"]),
        ("* * * 13 *", ["month '13'", "jan to dec"]),
        ("* * * July *", ["month 'July'", "is not a number or a name"]),
        ("* * * * 7", ["day of week '7'", "write 0 or sun"]),
        ("* * L * *", ["day of month 'L'", "L, W and # are not known"]),
        ("* * 15W * *", ["day of month '15W'", "L, W and # are not known"]),
        ("* * * * 5#2", ["day of week '5#2'", "L, W and # are not known"]),
        ("*/0 * * * *", ["minute '*/0'", "step", "from 1 on"]),
        (", * * * *", ["minute ','", "lists no value"]),
        ("0 0 * * * *", ["6 fields", "seconds", "write five"]),
        ("0 *", ["2 fields", "write five"]),
        ("", ["empty", "0 * * * *"]),
        ("@Hourly", ["did you mean @hourly?"]),
        ("@every 1h", ["no fixed fire times", "0 * * * *"]),
        ("@reboot", ["write one of", "@daily"]),
        ("CRON_TZ=Europe/Berlin 5 0 * * *", ["timeZone", "'5 0 * * *'"]),
        ("TZ=UTC", ["timeZone"]),
        ("0" * 1001, ["1001 characters"]),
    ],
)
def test_refusals_name_the_field_and_the_remedy(text: str, parts: list[str]) -> None:
    with pytest.raises(CronError) as error:
        Schedule.parse(text)
    for part in parts:
        assert part in str(error.value)


def test_a_skipped_clock_time_does_not_fire() -> None:
    schedule = Schedule.parse("30 2 * * *")
    before = datetime(2024, 3, 9, 12, tzinfo=NEW_YORK)
    assert schedule.next(before, NEW_YORK) == datetime(2024, 3, 11, 6, 30, tzinfo=UTC)


def test_a_repeated_clock_time_fires_twice() -> None:
    fires = chain(Schedule.parse("30 1 * * *"), datetime(2024, 11, 3, 4, tzinfo=UTC), NEW_YORK)
    assert list(islice(fires, 2)) == [
        datetime(2024, 11, 3, 5, 30, tzinfo=UTC),
        datetime(2024, 11, 3, 6, 30, tzinfo=UTC),
    ]


def test_a_day_that_a_zone_skipped_is_stepped_over() -> None:
    apia = ZoneInfo("Pacific/Apia")  # there was no 30 December 2011
    fire = Schedule.parse("0 12 5 * *").next(datetime(2011, 12, 20, tzinfo=apia), apia)
    assert fire == datetime(2012, 1, 5, 12, tzinfo=apia)


def test_nothing_within_five_years_is_none() -> None:
    schedule = Schedule.parse("0 0 30 2 *")
    assert schedule.next(datetime(2024, 1, 1, tzinfo=UTC), UTC) is None
    assert schedule.previous(datetime(2024, 1, 1, tzinfo=UTC), UTC) is None
    assert (
        list(schedule.fires_between(datetime(2024, 1, 1, tzinfo=UTC), datetime(2034, 1, 1, tzinfo=UTC), UTC))
        == []
    )


@pytest.mark.parametrize("edge", [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, tzinfo=UTC)])
def test_the_ends_of_the_calendar_are_no_error(edge: datetime) -> None:
    schedule = Schedule.parse("@hourly")
    assert schedule.next(edge, NEW_YORK) is None
    assert schedule.previous(edge, NEW_YORK) is None


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(TypeError):
        Schedule.parse("@hourly").next(datetime(2024, 1, 1), UTC)  # noqa: DTZ001  # the case under test


def test_fires_between_leaves_out_the_start_and_holds_the_end() -> None:
    start, end = datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 1, 1, 2, tzinfo=UTC)
    fires = list(Schedule.parse("@hourly").fires_between(start, end, UTC))
    assert fires == [start + timedelta(hours=1), end]


ZONES = sorted({row["zone"] for row in GOLDEN["fires"]})
SCHEDULES = sorted({row["schedule"] for row in GOLDEN["fires"]})


@settings(deadline=None)
@given(
    st.sampled_from(SCHEDULES),
    st.sampled_from(ZONES),
    st.datetimes(datetime(2009, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001  # hypothesis adds UTC
)
def test_previous_is_the_fire_that_next_passes_the_time_from(text: str, name: str, before: datetime) -> None:
    schedule, zone = Schedule.parse(text), ZoneInfo(name)
    previous = schedule.previous(before, zone)
    if previous is not None:
        assert previous < before
        following = schedule.next(previous, zone)
        assert following is None or following >= before


@settings(deadline=None)
@given(
    st.sampled_from(SCHEDULES),
    st.sampled_from(ZONES),
    st.datetimes(datetime(2009, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001  # hypothesis adds UTC
)
def test_next_and_previous_undo_each_other(text: str, name: str, moment: datetime) -> None:
    schedule, zone = Schedule.parse(text), ZoneInfo(name)
    start = schedule.previous(moment, zone)
    if start is not None:
        for fire in islice(chain(schedule, start, zone), 3):
            assert schedule.previous(fire, zone) == start
            start = fire
