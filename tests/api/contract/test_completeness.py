import json
from datetime import UTC, datetime
from typing import Any

import pytest

from model_monitor_api.contract.completeness import (
    COMPLETENESS_LIMIT,
    CompletenessError,
    HourCompleteness,
    completeness_name,
    is_completeness_name,
    read_completeness,
)

ACCOUNT = HourCompleteness(
    instance="churn-7d4b9-x2x8k", hour=datetime(2026, 3, 1, 11, tzinfo=UTC), seen=10, captured=8, dropped=1
)


def raw(**changes: Any) -> bytes:
    document = json.loads(ACCOUNT.model_dump_json(by_alias=True)) | changes
    return json.dumps(document).encode()


def test_an_account_is_read_as_it_was_written() -> None:
    assert read_completeness(ACCOUNT.model_dump_json(by_alias=True).encode()) == ACCOUNT


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"\xff",
        raw(version="modelmonitor.dev/completeness.v2"),
        raw(seen=-1),
        raw(seen=8),
        raw(captured=2**60),
        raw(instance="../x"),
        raw(hour="2026-03-01"),
        raw(note="x" * COMPLETENESS_LIMIT),
    ],
)
def test_what_is_no_account_is_refused(content: bytes) -> None:
    with pytest.raises(CompletenessError):
        read_completeness(content)


def test_names_are_known_again_and_hidden_from_readers_of_records() -> None:
    name = completeness_name(ACCOUNT.instance)
    assert name == "_completeness-churn-7d4b9-x2x8k.json"
    assert is_completeness_name(name)
    for other in ("_completeness-.json", "_completeness-a/b.json", "completeness-a.json", "_SUCCESS"):
        assert not is_completeness_name(other)
