"""Windows of fire times: formula, tiling, changes of settings, and what was missed."""

from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from model_monitor_api.cron import Schedule
from model_monitor_api.windows import DueWindows, Pause, Resumption, Timing, Window, due_windows

DELAY = timedelta(minutes=10)
HOUR = timedelta(hours=1)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
HOURLY = Schedule.parse("@hourly")
DAILY = Schedule.parse("@daily")


def day(number: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(2026, 3, number, hour, minute, tzinfo=UTC)


def timing(
    schedule: Schedule = HOURLY,
    *,
    length: timedelta | None = None,
    delay: timedelta = DELAY,
    resumption: Resumption | None = None,
) -> Timing:
    return Timing(schedule, UTC, length, delay, resumption)


def missed(  # the facts of a schedule that has run well until `settled_until`
    of: Timing,
    *,
    now: datetime,
    settled_until: datetime,
    created: datetime = LONG_AGO,
    settled: tuple[datetime, ...] = (),
    pauses: tuple[Pause, ...] = (),
    limit: int = 100,
) -> DueWindows:
    return due_windows(
        of, created=created, settled_until=settled_until, settled=settled, pauses=pauses, now=now, limit=limit
    )


def test_without_a_length_a_window_begins_where_the_one_before_ends() -> None:
    assert timing().window(day(2, 5)) == Window(day(2, 3, 50), day(2, 4, 50), day(2, 5))


def test_with_a_length_a_window_is_as_long_as_that() -> None:
    window = timing(length=timedelta(days=1)).window(day(2, 5))
    assert window == Window(day(1, 4, 50), day(2, 4, 50), day(2, 5))


def test_the_last_window_is_that_of_the_last_fire_at_a_time_or_before() -> None:
    assert timing().last_window(day(2, 5)) == timing().window(day(2, 5))
    assert timing().last_window(day(2, 5, 59)) == timing().window(day(2, 5))
    assert timing().last_window(day(2, 5) - timedelta(microseconds=1)) == timing().window(day(2, 4))


def test_a_schedule_that_never_fires_has_no_window() -> None:
    assert timing(Schedule.parse("0 0 30 2 *")).last_window(day(2)) is None


# Changes of settings. The last window before them ended at 11:50 (due at 12:00), the change is made at 12:30.

CHANGE = Resumption(since=day(2, 12, 30), last_end=day(2, 11, 50))


@pytest.mark.parametrize(
    ("of", "fire", "start", "end"),
    [
        (timing(DAILY, resumption=CHANGE), day(3), day(2, 11, 50), day(2, 23, 50)),
        (timing(DAILY, resumption=CHANGE), day(4), day(2, 23, 50), day(3, 23, 50)),
        (
            timing(Schedule.parse("*/20 * * * *"), resumption=CHANGE),
            day(2, 12, 40),
            day(2, 11, 50),
            day(2, 12, 30),
        ),
        (timing(delay=timedelta(minutes=30), resumption=CHANGE), day(2, 13), day(2, 11, 50), day(2, 12, 30)),
        (timing(delay=timedelta(0), resumption=CHANGE), day(2, 13), day(2, 11, 50), day(2, 13)),
        (timing(delay=2 * HOUR, resumption=CHANGE), day(2, 14), day(2, 11, 50), day(2, 12)),
        (timing(delay=2 * HOUR, resumption=CHANGE), day(2, 15), day(2, 12), day(2, 13)),
        (timing(resumption=CHANGE), day(2, 12), day(2, 10, 50), day(2, 11, 50)),
    ],
    ids=[
        "rarer",
        "rarer, next",
        "more often",
        "later",
        "sooner",
        "much later",
        "much later, next",
        "before the change",
    ],
)
def test_after_a_change_windows_tile_on(of: Timing, fire: datetime, start: datetime, end: datetime) -> None:
    assert of.window(fire) == Window(start, end, fire)


def test_after_a_change_nothing_is_looked_at_twice() -> None:
    assert timing(delay=2 * HOUR, resumption=CHANGE).window(day(2, 13)) is None


def test_a_length_is_kept_across_a_change() -> None:
    window = timing(length=2 * HOUR, resumption=CHANGE).window(day(2, 13))
    assert window == Window(day(2, 10, 50), day(2, 12, 50), day(2, 13))


@settings(deadline=None)
@given(
    st.sampled_from(
        ["@hourly", "@daily", "*/7 * * * *", "0 */5 * * *", "30 2 * * *", "0 0 * * mon", "0 0 1 * *"]
    ),
    st.sampled_from(["@hourly", "@daily", "*/9 * * * *", "15 1-23/4 * * *", "0 0 * * sun,wed"]),
    st.tuples(st.integers(0, 300), st.integers(0, 300)),
    st.integers(0, 60 * 24 * 10),
)
def test_tiles_meet_across_a_change(before: str, after: str, delays: tuple[int, int], minute: int) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    since = datetime(2026, 3, 24, tzinfo=UTC) + timedelta(minutes=minute)  # clocks change on the 29th
    old = Timing(Schedule.parse(before), berlin, None, timedelta(minutes=delays[0]))
    last = old.last_window(since)
    assert last is not None
    change = Resumption(since=since, last_end=last.end)
    new = Timing(Schedule.parse(after), berlin, None, timedelta(minutes=delays[1]), change)
    fires = new.schedule.fires_between(since, since + timedelta(days=20), berlin)
    windows = [last, *filter(None, map(new.window, islice(fires, 40)))]
    assert len(windows) > 2
    for one, following in pairwise(windows):
        assert one.end == following.start < following.end


@settings(deadline=None)
@given(
    st.sampled_from(
        [
            "@hourly",
            "@daily",
            "@weekly",
            "*/17 * * * *",
            "30 2 * * *",
            "15 0-3 * * *",
            "0 */5 * * *",
            "30 1 * * sat,sun",
        ]
    ),
    st.sampled_from(
        [
            "UTC",
            "America/New_York",
            "Europe/Berlin",
            "Australia/Lord_Howe",
            "America/Sao_Paulo",
            "Asia/Beirut",
            "Pacific/Apia",
        ]
    ),
    st.datetimes(datetime(2011, 6, 1), datetime(2025, 12, 1), timezones=st.just(UTC)),  # noqa: DTZ001  # hypothesis adds UTC
    st.integers(0, 600),
)
@example("@weekly", "Australia/Lord_Howe", datetime(2018, 10, 7, tzinfo=UTC), 0)
def test_tiles_cover_time_exactly_once(text: str, name: str, start: datetime, delay: int) -> None:
    of = Timing(Schedule.parse(text), ZoneInfo(name), None, timedelta(minutes=delay))
    first = of.last_window(start)
    assert first is not None
    # A CronJob skips the week in which Lord Howe's clocks go forward by half an hour.
    fires = list(islice(of.schedule.fires_between(first.fire, start + timedelta(days=16), of.zone), 40))
    windows = [first, *filter(None, map(of.window, fires))]
    assert len(windows) == 1 + len(fires) > 1
    for one, following in pairwise(windows):
        assert one.end == following.start < following.end


def test_the_day_that_loses_an_hour_loses_no_time() -> None:
    new_york = ZoneInfo("America/New_York")
    of = Timing(Schedule.parse("30 2 * * *"), new_york, None, DELAY)  # does not fire on 8 March 2026
    window = of.window(datetime(2026, 3, 9, 2, 30, tzinfo=new_york))
    assert window is not None
    assert window.end - window.start == timedelta(hours=47)


# What was missed.


def test_all_that_was_due_since_is_missed_in_order() -> None:
    found = missed(timing(), settled_until=day(2, 3), now=day(2, 6, 30))
    assert [window.fire for window in found.windows] == [day(2, 4), day(2, 5), day(2, 6)]
    assert found.given_up_before is None


def test_a_window_due_now_is_missed_and_the_settled_one_is_not() -> None:
    found = missed(timing(), settled_until=day(2, 3), now=day(2, 4))
    assert [window.fire for window in found.windows] == [day(2, 4)]


def test_holes_are_missed() -> None:
    found = missed(timing(), settled_until=day(2, 3), settled=(day(2, 4), day(2, 6)), now=day(2, 7))
    assert [window.fire for window in found.windows] == [day(2, 5), day(2, 7)]


def test_no_window_due_before_the_schedule_was_created() -> None:
    found = missed(timing(), created=day(2, 4, 30), settled_until=day(1), now=day(2, 6))
    assert [window.fire for window in found.windows] == [day(2, 5), day(2, 6)]


def test_windows_due_while_suspended_are_left_out() -> None:
    pauses = (Pause(day(2, 4), day(2, 6)), Pause(day(2, 8, 30), None))
    found = missed(timing(), settled_until=day(2, 2), pauses=pauses, now=day(2, 11))
    assert [window.fire for window in found.windows] == [day(2, 3), day(2, 6), day(2, 7), day(2, 8)]


def test_a_long_pause_is_stepped_over_at_once() -> None:
    found = missed(
        timing(Schedule.parse("* * * * *")),
        created=datetime(2015, 1, 1, tzinfo=UTC),
        settled_until=datetime(2016, 1, 1, tzinfo=UTC),
        pauses=(Pause(datetime(2016, 1, 1, 0, 3, tzinfo=UTC), None),),
        now=day(2),
    )
    assert [window.fire.minute for window in found.windows] == [1, 2]


def test_the_latest_are_kept_and_the_cut_is_told() -> None:
    found = missed(timing(), settled_until=day(1), now=day(20), limit=3)
    assert [window.fire for window in found.windows] == [day(19, 22), day(19, 23), day(20)]
    assert found.given_up_before == day(19, 22)


def test_a_limit_that_is_just_met_gives_nothing_up() -> None:
    found = missed(timing(), settled_until=day(2, 3), now=day(2, 6), limit=3)
    assert len(found.windows) == 3
    assert found.given_up_before is None
