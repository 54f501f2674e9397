"""What an image of one's own finds: folders and environment, as SageMaker's own monitors give them.

Everything lies below one folder that is `/opt/ml` to the image; `fetch` fills it before the image runs, and
`collect` reads it afterwards. What the two tell one another lies beside the folders that the image is given.
"""

import json
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any, Final, Literal

from model_monitor_api.contract.plan import AnalysisPlan, InputData
from model_monitor_api.meta import ApiModel, Count
from model_monitor_api.v1alpha1.monitoringexecution import Window

ROOT: Final = PurePosixPath("/opt/ml")
"""Where the image has its folders."""

FOLDERS: Final = ("processing", "config", "output")
"""Folders below the root that the image is given; nothing else there is for it."""

INPUT: Final = PurePosixPath("processing/input")
OUTPUT: Final = PurePosixPath("processing/output")
CONSTRAINTS_INPUT: Final = PurePosixPath("processing/baseline/constraints/constraints.json")
STATISTICS_INPUT: Final = PurePosixPath("processing/baseline/stats/statistics.json")
CONFIG: Final = PurePosixPath("config")
MESSAGE: Final = PurePosixPath("output/message")
METRICS: Final = PurePosixPath("output/metrics/cloudwatch")

RECORD: Final = "run.json"
"""What `fetch` leaves for `collect`; beside the image's folders, not in them."""

RECORD_VERSION: Final = "modelmonitor.dev/fetched.v1"


class FetchedRun(ApiModel):
    """`run.json`: what was fetched for which run."""

    version: Literal["modelmonitor.dev/fetched.v1"] = RECORD_VERSION
    """Version of the document."""

    window: Window | None = None
    """Stretch of time; absent where the Job's fire has none."""

    objects: Count = 0
    """Objects that were fetched."""

    inputs: str = ""
    """Digest of their identity."""

    finished: bool = False
    """Whether the result of this very run is there already."""


def environment(plan: AnalysisPlan, window: Window | None) -> dict[str, str]:
    """Return the variables that SageMaker's contract names.

    Parameters
    ----------
    plan
        Plan of a schedule with an image of its own.
    window
        Stretch of time; where it is not known yet, the two variables that tell it are left out.
    """
    data = plan.data
    found = {
        "dataset_source": str(ROOT / INPUT),
        "output_path": str(ROOT / OUTPUT),
        "publish_cloudwatch_metrics": "Disabled",
        "sagemaker_monitoring_schedule_name": plan.subject.name,
        "baseline_constraints": str(ROOT / CONSTRAINTS_INPUT),
    }
    if has_statistics(plan):
        found["baseline_statistics"] = str(ROOT / STATISTICS_INPUT)
    if data is not None:
        found["dataset_format"] = json.dumps(_dataset_format(data))
        if data.files.format == "SageMakerCapture":
            found["sagemaker_endpoint_datacapture_prefix"] = data.files.uri
            if captured := captured_as(data.files.uri):
                found["sagemaker_endpoint_name"] = captured[0]
    if window is not None:
        found |= {"start_time": _time(window.start), "end_time": _time(window.end)}
    return found


def has_statistics(plan: AnalysisPlan) -> bool:
    """Return whether the baseline of a schedule has statistics; one adopted by constraints alone has none."""
    adopt = plan.execution.computed.adopt if plan.execution else None
    return adopt is None or adopt.statistics is not None


def captured_as(uri: str) -> tuple[str, ...]:
    """Return the last folders of a capture prefix: the endpoint (or DataCapture) and its variant."""
    return tuple(part for part in uri.partition("://")[2].split("/")[1:] if part and "{" not in part)[-2:]


def _dataset_format(data: InputData) -> dict[str, Any]:
    match data.files.format:
        case "SageMakerCapture":
            return {"sagemakerCaptureJson": {"captureIndexNames": [f"endpoint{side}" for side in data.sides]}}
        case "CSV":
            return {"csv": {"header": data.files.csv.header}}
        case "JSONLines":
            return {"json": {"lines": True}}
        case "JSON" | "KServeLog":
            return {"json": {"lines": False}}
        case "Parquet":
            return {"parquet": {}}


def _time(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
