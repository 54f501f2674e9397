"""Placeholders: few prefixes, each moment once."""

import itertools
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model_monitor_analyzer.errors import ConfigurationError
from model_monitor_analyzer.sources.source import Window
from model_monitor_analyzer.sources.templates import UriTemplate, parse_template


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def window(start: str, end: str) -> Window:
    return Window(moment(start), moment(end))


def template(uri: str) -> UriTemplate:
    found = parse_template(uri)
    assert found is not None
    return found


HOURS = template("s3://b/capture/{yyyy}/{MM}/{dd}/{HH}/")


def test_taking_apart() -> None:
    assert parse_template("s3://b/x/y.csv") is None
    assert UriTemplate("s3://b/capture/", "{yyyy}/{MM}/{dd}/{HH}", ("yyyy", "MM", "dd", "HH")) == HOURS
    found = template("s3://b//x/day={yyyy}-{MM}-{dd}//part.csv")
    assert (found.head, found.rest) == ("s3://b//x/", "day={yyyy}-{MM}-{dd}/part.csv")


def test_hours_that_overlap_or_begin_in_the_window() -> None:
    span = window("2026-03-01T22:50", "2026-03-02T00:50")
    assert list(HOURS.prefixes(span, exact=True)) == [
        "2026/03/01/22",
        "2026/03/01/23",
        "2026/03/02/00",
    ]
    assert list(HOURS.prefixes(span, exact=False)) == ["2026/03/01/23", "2026/03/02/00"]


def test_the_window_counts_in_utc_whatever_its_zone() -> None:
    zone = timezone(timedelta(hours=5, minutes=30))
    start = datetime(2026, 1, 1, 4, 30, tzinfo=zone)
    span = Window(start, start + timedelta(hours=1))
    assert list(HOURS.prefixes(span, exact=True)) == ["2025/12/31/23"]


def test_whole_days_months_and_years_are_one_prefix() -> None:
    span = window("2025-12-31T22:00", "2027-02-02T01:00")
    assert list(HOURS.prefixes(span, exact=True)) == [
        "2025/12/31/22",
        "2025/12/31/23",
        "2026/",
        "2027/01/",
        "2027/02/01/",
        "2027/02/02/00",
    ]


def test_folders_that_hold_more_are_not_put_together() -> None:
    span = window("2026-01-01", "2026-01-03")
    for uri, expected in (
        ("s3://b/{yyyy}{MM}{dd}.csv", ["20260101.csv", "20260102.csv"]),
        ("s3://b/{yyyy}-{MM}/{dd}/scores", ["2026-01/01/scores", "2026-01/02/scores"]),
    ):
        assert list(template(uri).prefixes(span, exact=True)) == expected
    days = template("s3://b/{yyyy}-{MM}/{dd}")
    assert list(days.prefixes(window("2026-01-01", "2026-02-02"), exact=True)) == ["2026-01/", "2026-02/01"]


def test_only_what_fits_belongs_to_it() -> None:
    assert HOURS.matches("2026/03/01/22/a/b.jsonl")
    assert not HOURS.matches("2026/03/01/other/b.jsonl")
    assert not HOURS.matches("2026/03/01/222/b.jsonl")
    file = template("s3://b/{yyyy}.{MM}.csv")
    assert file.matches("2026.03.csv")
    assert not file.matches("2026x03.csv")


@pytest.mark.parametrize(
    "uri",
    [
        "s3://b/{yyyy}/{MM}/{dd}/{HH}",
        "s3://b/{yyyy}/{MM}/{dd}/{HH}/{mm}",
        "s3://b/{yyyy}/{MM}/x-{dd}",
        "s3://b/{yyyy}-{MM}-{dd}T{HH}.jsonl",
        "s3://b/{dd}/{MM}/{yyyy}",
        "s3://b/{yyyy}/{yyyy}-{MM}/{yyyy}-{MM}-{dd}",
    ],
)
@given(st.data())
@settings(max_examples=25, deadline=None)
def test_windows_without_gaps_read_each_bucket_once(uri: str, data: st.DataObject) -> None:
    """Compare with walking through the buckets one by one."""
    found = template(uri)
    step = {"dd": timedelta(days=1), "HH": timedelta(hours=1), "mm": timedelta(minutes=1)}[found.units[-1]]
    longest = 600 if step < timedelta(hours=1) else 60 * 24 * 40
    start = moment("2025-12-20") + timedelta(minutes=data.draw(st.integers(0, 60 * 24 * 50)))
    cuts = sorted(data.draw(st.lists(st.integers(1, longest), min_size=1, max_size=3, unique=True)))
    edges = [start, *(start + timedelta(minutes=cut) for cut in cuts)]
    bucket = start.replace(hour=0, minute=0) if step.days else start.replace(minute=0)
    names: dict[datetime, str] = {}
    while bucket < edges[-1]:
        name = found.rest
        for unit, form in (("yyyy", "%Y"), ("MM", "%m"), ("dd", "%d"), ("HH", "%H"), ("mm", "%M")):
            name = name.replace(f"{{{unit}}}", bucket.strftime(form))
        names[bucket] = name
        bucket += step

    def covered(span: Window, *, exact: bool) -> list[datetime]:
        hits = []
        for prefix in found.prefixes(span, exact=exact):
            whole = [b for b, name in names.items() if name == prefix or f"{name}/".startswith(prefix)]
            hits += whole if prefix.endswith("/") else [b for b in whole if names[b] == prefix]
        return hits

    read: list[datetime] = []
    for first, last in itertools.pairwise(edges):
        assert covered(Window(first, last), exact=True) == [b for b in names if b + step > first and b < last]
        read += covered(Window(first, last), exact=False)
    assert read == [b for b in names if b >= start]


@pytest.mark.parametrize(
    ("uri", "hint"),
    [
        ("s3://b/{yyyy}/{mm}/", r"\{MM\}"),
        ("s3://b/{yyyy}/{hh}/", r"\{HH\}"),
        ("s3://{yyyy}/x", "placeholder in the bucket"),
    ],
)
def test_wrong_placeholders_are_refused(uri: str, hint: str) -> None:
    with pytest.raises(ConfigurationError, match=hint):
        parse_template(uri)


def test_a_window_of_too_many_prefixes_is_refused() -> None:
    minutes = template("s3://b/{yyyy}{MM}{dd}{HH}{mm}.csv")
    with pytest.raises(ConfigurationError, match="more than 20000 prefixes"):
        list(minutes.prefixes(window("2026-01-01", "2026-01-20"), exact=True))


@pytest.mark.parametrize(
    ("rest", "last"), [("{yyyy}", "9999"), ("{yyyy}/{MM}", "9999/12"), ("{yyyy}/{MM}/{dd}", "9999/12/30")]
)
def test_all_of_time_has_years_of_four_digits(rest: str, last: str) -> None:
    template = parse_template(f"s3://b/{rest}")
    assert template is not None
    window = Window(datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC))
    found = list(template.prefixes(window, exact=False))
    assert found[0] == ("0001" if rest == "{yyyy}" else "0001/")
    assert found[-1] == last
    assert all(len(prefix.split("/")[0]) == 4 for prefix in found)
    whole = Window(window.start, datetime.max.replace(tzinfo=UTC))
    assert len(list(template.prefixes(whole, exact=True))) >= 9999
