"""Names within Kubernetes' limits, and the scheduled minute in them."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_monitor_api.names import (
    CRON_JOB_NAME_LIMIT,
    LABEL_VALUE_LIMIT,
    bounded_name,
    fire_of,
    scheduled_name,
)

MINUTES = st.integers(0, 9_999_999_999 // 10).map(
    lambda m: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(minutes=m)
)


def test_a_job_is_named_as_the_cron_job_controller_names_it() -> None:
    # 2024-01-01T00:00Z is 1,704,067,200 s, so 28,401,120 min, after the epoch
    assert scheduled_name("mms-churn", datetime(2024, 1, 1, tzinfo=UTC)) == "mms-churn-28401120"


@given(st.from_regex(r"[a-z]([a-z0-9-]{0,50}[a-z0-9])?", fullmatch=True), MINUTES)
def test_the_minute_is_read_back(stem: str, fire: datetime) -> None:
    name = scheduled_name(stem, fire)
    assert fire_of(name, stem) == fire
    assert len(name) <= LABEL_VALUE_LIMIT


@pytest.mark.parametrize(
    "name",
    [
        "churn",
        "churn-manual-28401120",
        "churn-",
        "churn-028401120",
        "churn-28401120x",
        "churn-12345678901",
        "28401120",
    ],
)
def test_other_names_carry_no_minute(name: str) -> None:
    assert fire_of(name, "churn") is None


def test_a_minute_beyond_the_calendar_is_no_minute() -> None:
    assert fire_of("churn-9999999999", "churn") is None


def test_short_names_stay() -> None:
    assert bounded_name("a" * 52, CRON_JOB_NAME_LIMIT) == "a" * 52


def test_long_names_stay_apart_and_valid() -> None:
    stem = "b" * 40 + "-" * 5
    first, second = (bounded_name(f"{stem}{end * 20}", CRON_JOB_NAME_LIMIT) for end in "cd")
    assert first != second
    for name in (first, second):
        assert len(name) <= CRON_JOB_NAME_LIMIT
        assert name.startswith("b" * 40 + "-")
        assert "--" not in name
