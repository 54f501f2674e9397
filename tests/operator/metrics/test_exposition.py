"""What a scrape answers is what Prometheus reads, whatever stands in the objects."""

import math
import shutil
import subprocess
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Metric, generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families

from model_monitor_api.contract.message import FeatureMetrics
from model_monitor_operator.metrics.collector import ResourceCollector
from model_monitor_operator.metrics.exposition import encode
from model_monitor_operator.metrics.points import LABEL_LIMIT
from tests.operator.metrics.documents import (
    NOW,
    Series,
    Store,
    a_baseline,
    a_capture,
    a_schedule,
    an_execution,
    detail_of,
)
from tests.support.parts import missing

TEXTS = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        ["\x1b[2J", 'a"b\\c\nd', "\u202e", "x" * 600, "é" * 400, "\ud800", "2026-01-31T12:00:00Z"]
    ),
)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=5,
)
SCHEDULE_FIELDS = st.sampled_from(
    [
        *("lastExecution", "lastSuccessTime", "lastWindowEnd", "nextRunTime", "settledUntil", "windowing"),
        *("totals", "conditions"),
    ]
)
EXECUTION_FIELDS = st.sampled_from(
    [
        *("state", "reason", "window", "startTime", "completionTime", "counts", "violations", "drifted"),
        *("maxDistance", "detail"),
    ]
)


def registry_of(*things: Any) -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(ResourceCollector(Store(*things), lambda: NOW))
    return registry


def everything() -> CollectorRegistry:
    names = ["plan", "\x1b[31mred", 'say "hi"\\\n', "x" * 500, "x" * 499 + "y", "<script>"]
    features = [FeatureMetrics(feature=name, distance=0.1, completeness=1.0) for name in names]
    return registry_of(
        a_schedule(), an_execution(detail=detail_of(features)), a_baseline(), a_capture(), a_schedule("other")
    )


def read_openmetrics(text: str) -> list[Metric]:
    return list(parse_openmetrics(text))  # type: ignore[no-untyped-call]


def test_promtool_finds_no_fault() -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        missing("metrics, for want of promtool; on Debian: apt-get install prometheus")
    text = encode(everything(), openmetrics=False)
    done = subprocess.run(
        [promtool, "check", "metrics"], input=text, capture_output=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, b"")


def read_text(text: str) -> list[Metric]:
    return sorted(text_string_to_metric_families(text), key=lambda family: family.name)


def test_the_text_format_says_what_the_client_library_says() -> None:
    registry = everything()
    Counter("a_total", 'with "quotes"\\ and\nlines', ["b"], registry=registry).labels('"\\\n').inc()
    Histogram("h", "in buckets", registry=registry).observe(0.3)
    Gauge("g", "odd", registry=registry).set(math.inf)
    ours = read_text(encode(registry, openmetrics=False).decode())
    theirs = read_text(generate_latest(registry).decode())
    assert ours == [family for family in theirs if not family.name.endswith("_created")]


def test_openmetrics_says_what_the_client_library_says() -> None:
    registry = everything()
    Counter("a_total", 'with "quotes"\\ and\nlines', ["b"], registry=registry).labels('"\\\n').inc()
    Histogram("h", "in buckets", registry=registry).observe(0.3)
    Gauge("g", "odd", registry=registry).set(math.inf)
    theirs = read_openmetrics(generate_openmetrics(registry).decode())  # type: ignore[no-untyped-call]
    for family in theirs:
        family.samples = [each for each in family.samples if not each.name.endswith("_created")]
    assert read_openmetrics(encode(registry, openmetrics=True).decode()) == theirs


def test_labels_are_bounded_print_and_stay_apart() -> None:
    features = [
        sample.labels["feature"]
        for family in read_text(encode(everything(), openmetrics=False).decode())
        for sample in family.samples
        if sample.name == "model_monitor_feature_drift_distance"
    ]
    assert len(set(features)) == 6
    assert all(feature.isprintable() and len(feature) <= LABEL_LIMIT for feature in features)


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(SCHEDULE_FIELDS, VALUES, max_size=3),
    st.dictionaries(EXECUTION_FIELDS, VALUES, max_size=3),
    st.dictionaries(
        st.sampled_from(["metrics", "suspend", "type", "baselineRef", "timeZone"]), VALUES, max_size=2
    ),
)
def test_any_status_can_be_scraped(schedule: Any, execution: Any, spec: Any) -> None:
    found = Series(Store(a_schedule(spec=spec, **schedule), an_execution(**execution)))
    assert found.of("schedule_suspended") in (0, 1)
    places = [(name, tuple(sorted(labels.items()))) for name, labels, _ in found.samples]
    assert len(places) == len(set(places))
    for _, labels, _ in found.samples:
        assert all(value.isprintable() and len(value) <= 253 for value in labels.values())


@settings(max_examples=25, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["records", "dropped", "completeness", "lastUploadTime", "features"]), VALUES
    )
)
def test_any_baseline_and_capture_can_be_scraped(status: Any) -> None:
    found = Series(Store(a_baseline(**status), a_capture(**status)))
    assert found.of("baseline_condition") == 1
