"""Where artifacts and captured records lie: the one place that knows the layout of the object store."""

import hashlib
from datetime import UTC, datetime
from typing import Final

from model_monitor_api.v1alpha1.analysis import MonitorType

ANALYSIS_FOLDERS: Final[dict[MonitorType, str]] = {
    "DataQuality": "data-quality",
    "ModelQuality": "model-quality",
    "ModelBias": "bias",
    "ModelExplainability": "explainability",
}
"""Folder of each analysis within a baseline."""

STATISTICS: Final = "statistics.json"
CONSTRAINTS: Final = "constraints.json"
VIOLATIONS: Final = "constraint_violations.json"
ANALYSIS: Final = "analysis.json"
REPORT_DOCUMENT: Final = "report.json"
REPORT_PAGE: Final = "report.html"
MANIFEST: Final = "manifest.json"
"""Written last: sizes and digests of all other files, and the id of the run."""


def join(uri: str, *parts: str) -> str:
    """Return a location below another, with single slashes between parts and none at the end."""
    scheme, _, path = uri.partition("://")
    root = "/" if path.startswith("/") else ""
    pieces = [piece for part in (path, *parts) for piece in part.split("/") if piece]
    return f"{scheme}://{root}{'/'.join(pieces)}"


def baseline_prefix(output_uri: str, namespace: str, baseline: str, digest: str) -> str:
    """Return where a baseline's artifacts lie: `<output>/<namespace>/<baseline>/<plan digest>`."""
    return join(output_uri, namespace, baseline, digest)


def analysis_prefix(baseline: str, analysis: MonitorType) -> str:
    """Return where one analysis lies within a baseline's prefix."""
    return join(baseline, ANALYSIS_FOLDERS[analysis])


def execution_prefix(
    output_uri: str, namespace: str, schedule: str, window_end: datetime, execution: str | None = None
) -> str:
    """Return where an execution's artifacts lie: `<output>/<namespace>/<schedule>/YYYY/MM/DD/HHMM`, in UTC.

    Parameters
    ----------
    window_end
        End of the window, with its zone.
    execution
        Name of the execution, for one that is not the first of its scheduled window: it lies one level
        below.
    """
    moment = window_end.astimezone(UTC).strftime("%Y/%m/%d/%H%M")
    return join(output_uri, namespace, schedule, moment, *([execution] if execution else []))


def log_index_prefix(output_uri: str, namespace: str, uri: str) -> str:
    """Return where the index of a location of KServe's logs lies: `<output>/<namespace>/_index/<digest>`."""
    return join(output_uri, namespace, "_index", hashlib.sha256(uri.rstrip("/").encode()).hexdigest()[:16])


def capture_prefix(storage_uri: str, capture: str, variant: str) -> str:
    """Return where a gateway's or sink's records lie; hours follow below as `YYYY/MM/DD/HH/`."""
    return join(storage_uri, capture, variant) + "/"
