"""The termination message of a run, from its report or its error."""

import contextlib
from collections.abc import Mapping
from pathlib import Path

from model_monitor_analyzer.errors import AnalyzerError
from model_monitor_api.contract.message import FeatureMetrics, RunMessage, write_message
from model_monitor_api.contract.report import AnalysisReport, CheckOutcome, FeatureReport
from model_monitor_api.failures import Inconclusive
from model_monitor_api.printable import cut, printable
from model_monitor_api.v1alpha1.analysis import MonitorType
from model_monitor_api.v1alpha1.monitoringschedule import Metrics

_DRIFT = "baseline_drift_check"
_SENTENCE = 512


def report_message(
    report: AnalysisReport, metrics: Metrics, artifacts: Mapping[MonitorType, str] | None = None
) -> bytes:
    """Return the message of a run that has a result.

    Parameters
    ----------
    report
        What it found.
    metrics
        Which features' figures are published: those that are listed, else the first ones in the baseline's
        order, so that the set does not change from run to run.
    artifacts
        Of a baseline: digest of each analysis's files.
    """
    whole = (
        [row for row in report.data_quality.features if row.segment is None] if report.data_quality else []
    )
    figures = {row.name: _figures(row) for row in whole}
    distances = [row.distance for row in figures.values() if row.distance is not None]
    message = RunMessage(
        run_id=report.run_id,
        verdict=report.verdict,
        reason=report.reason,
        message=cut(printable(report.message), _SENTENCE),
        counts=report.counts,
        artifacts=dict(artifacts or {}),
        drifted=sum(1 for row in whole if (check := _drift(row)) is not None and check.violated),
        max_distance=max(distances, default=None),
    )
    names = list(figures)[: metrics.max_features] if metrics.features is None else metrics.features
    exported = [figures[name] for name in names if name in figures]
    return write_message(message, report.violations, exported, severity=_severity)


def idle_message(reason: Inconclusive, sentence: str) -> bytes:
    """Return the message of a Job that had nothing to run and wrote nothing; it has no run id."""
    message = RunMessage(
        run_id="", verdict="Inconclusive", reason=reason.value, message=cut(sentence, _SENTENCE)
    )
    return write_message(message, [], [], severity=_severity)


def error_message(error: AnalyzerError, run_id: str = "") -> bytes:
    """Return the message of a run that has none."""
    message = RunMessage(
        run_id=run_id,
        verdict="Failed",
        reason=error.reason,
        message=cut(printable(str(error)), _SENTENCE),
        next_step=None if error.next_step == error.failure.next_step else error.next_step,
    )
    return write_message(message, [], [], severity=_severity)


def leave_message(path: Path, message: bytes) -> None:
    """Write a message where kubelet looks for it; where that is not possible the exit status has to do."""
    with contextlib.suppress(OSError):
        path.write_bytes(message)


def _figures(row: FeatureReport) -> FeatureMetrics:
    check, side = _drift(row), row.current
    rows = side.present + side.missing if side else 0
    return FeatureMetrics(
        feature=row.name,
        distance=check.effect if check else None,
        completeness=side.present / rows if side and rows else None,
    )


def _drift(row: FeatureReport) -> CheckOutcome | None:
    return next((check for check in row.checks if check.check == _DRIFT), None)


def _severity(figures: FeatureMetrics) -> float:
    incomplete = 0.0 if figures.completeness is None else 1 - figures.completeness
    return max(figures.distance or 0.0, incomplete)
