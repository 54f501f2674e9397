import base64
import json
import random
import string
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_monitor_api.contract.message import (
    DETAIL_LIMIT,
    MESSAGE_LIMIT,
    FeatureMetrics,
    MessageError,
    RunMessage,
    read_detail,
    read_message,
    write_message,
)
from model_monitor_api.contract.report import ReportViolation
from model_monitor_api.v1alpha1.monitoringexecution import Counts


def a_message(**changes: object) -> RunMessage:
    fields = {
        "run_id": "0123456789abcdef" * 2,
        "verdict": "CompletedWithViolations",
        "message": "3 violations in 2 features.",
        "counts": Counts(records=4120, bad_records=3, features=21, violations=3),
    }
    return RunMessage.model_validate(fields | changes)


def violations(number: int, *, name: str = "feature_{}") -> list[ReportViolation]:
    return [
        ReportViolation(
            feature=name.format(index),
            check="baseline_drift_check",
            description=f"distance {0.9 - index / 1000:.4f} exceeds the floor 0.1",
            severity=0.9 - index / 1000,
        )
        for index in range(number)
    ]


def metrics(number: int, *, names: random.Random | None = None) -> list[FeatureMetrics]:
    random_names = names or random.Random(1)
    return [
        FeatureMetrics(
            feature="".join(random_names.choices(string.ascii_letters, k=20)),
            distance=random_names.random(),
            completeness=1 - random_names.random() / 10,
        )
        for _ in range(number)
    ]


def severity(row: FeatureMetrics) -> float:
    return row.distance or 0.0


def test_what_fits_comes_back_whole() -> None:
    found, figures = violations(3), metrics(10)
    raw = write_message(a_message(), found, figures, severity=severity)
    message, detail = read_message(raw)
    assert len(raw) <= MESSAGE_LIMIT
    assert json.loads(raw)["verdict"] == "CompletedWithViolations"
    assert [row.feature for row in detail.violations] == [row.feature for row in found]
    assert detail.metrics == figures
    assert (message.dropped_violations, message.dropped_metrics) == (0, 0)


def test_the_least_severe_metrics_go_first_and_are_counted() -> None:
    figures = metrics(300)
    raw = write_message(a_message(), violations(4), figures, severity=severity)
    message, detail = read_message(raw)
    assert 0 < len(detail.metrics) < 300
    assert message.dropped_metrics == 300 - len(detail.metrics)
    assert message.dropped_violations == 0
    kept = {row.feature for row in detail.metrics}
    least_kept = min(severity(row) for row in detail.metrics)
    assert least_kept >= max(severity(row) for row in figures if row.feature not in kept)
    assert detail.metrics == [row for row in figures if row.feature in kept]


def test_violations_beyond_the_worst_are_counted() -> None:
    message, detail = read_message(write_message(a_message(), violations(60), [], severity=severity))
    assert [row.feature for row in detail.violations] == [f"feature_{index}" for index in range(15)]
    assert message.dropped_violations == 45


@given(
    st.text(max_size=512),
    st.lists(st.tuples(st.text(max_size=300), st.text(max_size=600)), max_size=20),
    st.lists(st.text(min_size=1, max_size=512), max_size=30),
)
def test_whatever_the_names_hold_it_fits_and_can_be_read(
    text: str, found: list[tuple[str, str]], names: list[str]
) -> None:
    rows = [
        ReportViolation(feature=name, check="data_type_check", description=said, severity=1.0)
        for name, said in found
    ]
    figures = [FeatureMetrics(feature=name, distance=0.5) for name in names]
    raw = write_message(a_message(message=text), rows, figures, severity=severity)
    message, detail = read_message(raw)
    assert len(raw) <= MESSAGE_LIMIT
    assert message.dropped_violations + len(detail.violations) == len(rows)
    assert message.dropped_metrics + len(detail.metrics) == len(names)


def with_detail(detail: bytes) -> bytes:
    document = json.loads(write_message(a_message(), [], [], severity=severity))
    document["detail"] = base64.b64encode(detail).decode()
    return json.dumps(document).encode()


HEAD = b'{"version": "modelmonitor.dev/message.v1", "runId": "0a", '


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"Completed: Job completed successfully with no violations.",
        b"\xff\xfe\x00",
        b"[" * 1900,
        b"{}",
        b'{"version": "modelmonitor.dev/message.v1", "runId": "../..", "verdict": "Completed"}',
        HEAD + b'"verdict": "Great"}',
        b'{"version": "modelmonitor.dev/message.v2", "runId": "0a", "verdict": "Completed"}',
        HEAD + b'"verdict": "Completed", "maxDistance": NaN}',
        HEAD + b'"verdict": "Completed", "counts": {"records": 999999999999999999999999999}}',
        HEAD + b'"verdict": "Failed", "message": "\\u001b[2J"}',
        b" " * (MESSAGE_LIMIT + 1),
        HEAD + '"verdict": "Completed", "detail": "é"}'.encode(),
        with_detail(b"not deflated"),
        with_detail(zlib.compress(b'{"violations": [')),
        with_detail(zlib.compress(b'{"violations": []}')[:-3]),
        with_detail(zlib.compress(b"{}") + b"more"),
        with_detail(zlib.compress(b'{"metrics": [{"feature": "a\\u202eb"}]}')),
    ],
)
def test_what_no_run_wrote_is_refused(raw: bytes) -> None:
    with pytest.raises(MessageError):
        read_message(raw)


def test_a_detail_that_a_status_keeps_is_read_again() -> None:
    message, detail = read_message(write_message(a_message(), violations(2), metrics(3), severity=severity))
    assert read_detail(message.detail) == detail
    assert read_detail("").metrics == []


@pytest.mark.parametrize("text", ["é", "bm90IGRlZmxhdGVk", "{}"])
def test_a_detail_that_no_run_wrote_is_refused(text: str) -> None:
    with pytest.raises(MessageError):
        read_detail(text)


def test_a_bomb_is_not_inflated() -> None:
    bomb = zlib.compress(b'{"metrics": []' + b" " * (4 * DETAIL_LIMIT) + b"}", level=9)
    raw = with_detail(bomb)
    assert len(raw) <= MESSAGE_LIMIT
    with pytest.raises(MessageError):
        read_message(raw)


def test_an_error_does_not_quote_the_message() -> None:
    raw = b'{"version": "modelmonitor.dev/message.v1", "verdict": "secret-4711"}'
    with pytest.raises(MessageError) as caught:
        read_message(raw)
    assert "4711" not in str(caught.value)


@given(st.binary(max_size=2000))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    with pytest.raises(MessageError):
        read_message(raw)
