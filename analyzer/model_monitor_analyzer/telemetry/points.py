"""The figures of all features of a run as OTLP's JSON has metrics.

Names differ from those that the operator publishes, since one store may receive both.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final, NamedTuple

from model_monitor_api.contract.report import AnalysisReport, CheckOutcome, FeatureReport
from model_monitor_api.printable import cut, printable

POINTS_PER_REQUEST: Final = 2_000
"""Figures in one request: about a megabyte."""

MOST_POINTS: Final = 200_000
"""Figures of one run that are sent; those of the first features, in the report's order."""

_DESCRIPTIONS: Final = {
    "model_monitor.analyzer.records": "Rows that were analysed.",
    "model_monitor.analyzer.violations": "Violations that were found.",
    "model_monitor.analyzer.feature.effect": "What a check of a feature measured.",
    "model_monitor.analyzer.feature.distance": "A distance of a feature from the baseline, by its name.",
    "model_monitor.analyzer.feature.completeness": "Share of records that have a value of the feature.",
}
_LONGEST: Final = 128


class Point(NamedTuple):
    """One figure."""

    metric: str
    """Name of the metric."""

    value: float
    """The figure."""

    attributes: Mapping[str, str]
    """What tells it from others of the metric."""


def points_of(report: AnalysisReport) -> Iterator[Point]:
    """Yield the figures of a run; not of segments, whose names are values of the data."""
    yield Point("model_monitor.analyzer.records", report.counts.records, {})
    yield Point("model_monitor.analyzer.violations", report.counts.violations, {})
    for feature in report.data_quality.features if report.data_quality else []:
        if feature.segment is None:
            yield from _of_feature(feature)


def requests_of(report: AnalysisReport) -> Iterator[dict[str, Any]]:
    """Yield the documents of ExportMetricsServiceRequest that hold a run's figures.

    A figure's time is that at which the run ended: sent twice it is the same figure.
    """
    points = islice(points_of(report), MOST_POINTS)
    while batch := tuple(islice(points, POINTS_PER_REQUEST)):
        by_metric: dict[str, list[Point]] = {}
        for point in batch:
            by_metric.setdefault(point.metric, []).append(point)
        yield _request(report, by_metric)


def _of_feature(feature: FeatureReport) -> Iterator[Point]:
    base = {"feature": cut(printable(feature.name), _LONGEST)}
    side = feature.current
    if side is not None and side.present + side.missing:
        share = side.present / (side.present + side.missing)
        yield Point("model_monitor.analyzer.feature.completeness", share, base)
    for name, value in feature.distances.items():
        yield Point("model_monitor.analyzer.feature.distance", value, base | {"distance": name})
    for check in feature.checks:
        if check.effect is not None:
            yield Point("model_monitor.analyzer.feature.effect", check.effect, base | _words(check))


def _words(check: CheckOutcome) -> dict[str, str]:
    return {"check": check.check, "measure": check.measure, "violated": str(check.violated).lower()}


def _request(report: AnalysisReport, metrics: Mapping[str, Sequence[Point]]) -> dict[str, Any]:
    subject = report.subject
    resource = {
        "service.name": "model-monitor-analyzer",
        "service.version": report.analyzer_version or "",
        "k8s.namespace.name": subject.namespace,
    }
    whose = {"schedule": subject.name, "type": report.type}
    time = str(int(report.completed_at.timestamp()) * 1_000_000_000)
    return {
        "resourceMetrics": [
            {
                "resource": {"attributes": _attributes(resource)},
                "scopeMetrics": [
                    {
                        "scope": {"name": "model-monitor"},
                        "metrics": [
                            {
                                "name": name,
                                "description": _DESCRIPTIONS[name],
                                "gauge": {
                                    "dataPoints": [
                                        {
                                            "timeUnixNano": time,
                                            "asDouble": point.value,
                                            "attributes": _attributes({**whose, **point.attributes}),
                                        }
                                        for point in points
                                    ]
                                },
                            }
                            for name, points in metrics.items()
                        ],
                    }
                ],
            }
        ]
    }


def _attributes(values: Mapping[str, str]) -> list[dict[str, Any]]:
    return [{"key": key, "value": {"stringValue": value}} for key, value in values.items()]
