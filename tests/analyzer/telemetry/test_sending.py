"""Figures by OTLP over real HTTP: what arrives, and that nothing that goes wrong ends a run."""

import json
import logging
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from model_monitor_analyzer.telemetry.points import POINTS_PER_REQUEST, requests_of
from model_monitor_analyzer.telemetry.sending import send_figures
from model_monitor_api.contract.plan import Subject
from model_monitor_api.contract.report import (
    AnalysisReport,
    CheckOutcome,
    DataQualityReport,
    FeatureReport,
    Side,
)
from model_monitor_api.v1alpha1.monitoringexecution import Counts


def feature(name: str, segment: str | None = None) -> FeatureReport:
    check = CheckOutcome(
        check="baseline_drift_check",
        violated=True,
        violated_by_other_rule=False,
        effect=0.25,
        measure="KolmogorovSmirnov",
    )
    side = Side(present=75, missing=25, inferred_type="Fractional", distinct=50)
    return FeatureReport(
        name=name, kind="Numeric", segment=segment, checks=[check], distances={"PSI": 0.5}, current=side
    )


def report(*features: FeatureReport) -> AnalysisReport:
    return AnalysisReport(
        run_id="0a",
        subject=Subject(kind="MonitoringSchedule", namespace="models", name="hourly", uid="u"),
        type="DataQuality",
        verdict="CompletedWithViolations",
        message="",
        counts=Counts(records=100, violations=1),
        data_quality=DataQualityReport(features=list(features)),
        completed_at=datetime(2026, 3, 1, tzinfo=UTC),
    )


class Collector:
    """A server that keeps what it is sent."""

    def __init__(self, status: int) -> None:
        received: list[tuple[str, dict[str, str], Any]] = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                received.append(
                    (self.path, {k.lower(): v for k, v in self.headers.items()}, json.loads(body))
                )
                self.send_response(status)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_: object) -> None:
                """Keep quiet."""

        self.received = received
        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()
        self.address = f"http://127.0.0.1:{self.server.server_port}"

    def stop(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def collector(request: pytest.FixtureRequest) -> Iterator[Collector]:
    found = Collector(getattr(request, "param", 200))
    yield found
    found.stop()


def attributes(point: dict[str, Any]) -> dict[str, str]:
    return {pair["key"]: pair["value"]["stringValue"] for pair in point["attributes"]}


def test_a_collector_is_sent_the_figures_of_every_feature(collector: Collector) -> None:
    environment = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"{collector.address}/base/",
        "OTEL_EXPORTER_OTLP_HEADERS": "x-tenant=a%20b, other=c",
    }
    send_figures(report(feature("age\x1b"), feature("age\x1b", "plan=secret-4711")), environment)
    ((path, headers, document),) = collector.received
    assert path == "/base/v1/metrics"
    assert headers["content-type"] == "application/json"
    assert (headers["x-tenant"], headers["other"]) == ("a b", "c")
    assert "4711" not in json.dumps(document)
    (of_resource,) = document["resourceMetrics"]
    (scope,) = of_resource["scopeMetrics"]
    points = {
        metric["name"].removeprefix("model_monitor.analyzer."): metric["gauge"]["dataPoints"]
        for metric in scope["metrics"]
    }
    assert {name: [point["asDouble"] for point in found] for name, found in points.items()} == {
        "records": [100],
        "violations": [1],
        "feature.completeness": [0.75],
        "feature.distance": [0.5],
        "feature.effect": [0.25],
    }
    (effect,) = points["feature.effect"]
    assert effect["timeUnixNano"] == "1772323200000000000"
    told = attributes(effect)
    assert told.pop("feature").isprintable()
    assert told == {
        "schedule": "hourly",
        "type": "DataQuality",
        "check": "baseline_drift_check",
        "measure": "KolmogorovSmirnov",
        "violated": "true",
    }


def test_many_figures_are_sent_in_several_requests(collector: Collector) -> None:
    many = report(*(feature(f"f{number}") for number in range(POINTS_PER_REQUEST)))
    send_figures(many, {"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": f"{collector.address}/own"})
    assert [path for path, _, _ in collector.received] == ["/own"] * 4
    assert len(list(requests_of(many))) == 4


def test_nothing_is_sent_where_nobody_asks_for_it() -> None:
    send_figures(report(), {})


@pytest.mark.parametrize("collector", [500], indirect=True)
def test_a_collector_that_refuses_is_logged_and_asked_no_more(
    collector: Collector, caplog: pytest.LogCaptureFixture
) -> None:
    many = report(*(feature(f"f{number}") for number in range(POINTS_PER_REQUEST)))
    with caplog.at_level(logging.WARNING):
        send_figures(many, {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.address})
    assert len(collector.received) == 1
    assert "answered with HTTP 500" in caplog.text


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:9", "file:///etc/passwd", "nonsense", "http://", "http://user:key@[::1"]
)
def test_an_address_that_does_not_serve_ends_no_run(address: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        send_figures(report(), {"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": address})
    assert "figures were not sent" in caplog.text
    assert "key@" not in caplog.text
