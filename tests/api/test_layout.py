"""Where artifacts lie."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from model_monitor_api import layout

END = datetime(2026, 1, 31, 23, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("uri", "parts", "joined"),
    [
        ("s3://bucket", ("a",), "s3://bucket/a"),
        ("s3://bucket/", ("a", "b"), "s3://bucket/a/b"),
        ("s3://bucket//x//", ("a//b",), "s3://bucket/x/a/b"),
        ("file:///data/out/", ("a",), "file:///data/out/a"),
        ("file:///", ("a",), "file:///a"),
        ("pvc://claim/path", (), "pvc://claim/path"),
    ],
)
def test_slashes_are_single(uri: str, parts: tuple[str, ...], joined: str) -> None:
    assert layout.join(uri, *parts) == joined


def test_a_baseline_lies_under_its_digest() -> None:
    prefix = layout.baseline_prefix("s3://b/out/", "models", "churn", "abc")
    assert prefix == "s3://b/out/models/churn/abc"
    assert layout.analysis_prefix(prefix, "ModelBias") == "s3://b/out/models/churn/abc/bias"


def test_an_execution_lies_under_the_end_of_its_window_in_utc() -> None:
    berlin = END.astimezone(timezone(timedelta(hours=1)))
    for end in (END, berlin):
        prefix = layout.execution_prefix("s3://b/out", "models", "hourly", end)
        assert prefix == "s3://b/out/models/hourly/2026/01/31/2305"


def test_an_execution_of_a_window_that_was_run_before_lies_one_level_below() -> None:
    prefix = layout.execution_prefix("s3://b/out", "models", "hourly", END, "again-1")
    assert prefix == "s3://b/out/models/hourly/2026/01/31/2305/again-1"


def test_captured_records_lie_under_capture_and_variant() -> None:
    assert layout.capture_prefix("s3://b//c/", "churn", "AllTraffic") == "s3://b/c/churn/AllTraffic/"
