"""What an image of one's own finds: folders, environment and configuration, as of SageMaker's monitors.

Everything lies below one folder that is `/opt/ml` to the image. What is not for the image lies beside the
folders that it is given.
"""

import json
import shlex
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any, Final, Literal

from model_monitor_api.contract.plan import AnalysisPlan, InputData
from model_monitor_api.meta import ApiModel, Count
from model_monitor_api.v1alpha1.monitoringexecution import Window

ROOT: Final = PurePosixPath("/opt/ml")
"""Where the image has its folders."""

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


def environment(
    plan: AnalysisPlan, data: InputData, window: Window, baseline: Mapping[PurePosixPath, bytes]
) -> dict[str, str]:
    """Return the variables that SageMaker's contract names.

    Parameters
    ----------
    plan, data
        What is run.
    window
        Stretch of time.
    baseline
        Files of the baseline by their path below the image's root.
    """
    found = {
        "dataset_format": json.dumps(_dataset_format(data)),
        "dataset_source": str(ROOT / INPUT),
        "output_path": str(ROOT / OUTPUT),
        "start_time": _time(window.start),
        "end_time": _time(window.end),
        "publish_cloudwatch_metrics": "Disabled",
        "sagemaker_monitoring_schedule_name": plan.subject.name,
    }
    if data.files.format == "SageMakerCapture":
        found["sagemaker_endpoint_datacapture_prefix"] = data.files.uri
        if endpoint := captured_as(data.files.uri):
            found["sagemaker_endpoint_name"] = endpoint[0]
    for path, name in ((CONSTRAINTS_INPUT, "constraints"), (STATISTICS_INPUT, "statistics")):
        if path in baseline:
            found[f"baseline_{name}"] = str(ROOT / path)
    return found


def captured_as(uri: str) -> tuple[str, ...]:
    """Return the last folders of a capture prefix: the endpoint (or DataCapture) and its variant."""
    return tuple(part for part in uri.partition("://")[2].split("/")[1:] if part and "{" not in part)[-2:]


def write_configuration(
    folder: Path, plan: AnalysisPlan, data: InputData, variables: Mapping[str, str]
) -> None:
    """Write `processingjobconfig.json`, `resourceconfig.json`, and the variables for a shell to read."""
    analyzer = plan.analyzer
    job: dict[str, Any] = {
        "ProcessingJobName": plan.subject.name,
        "AppSpecification": {
            "ImageUri": analyzer.image if analyzer else "",
            "ContainerEntrypoint": analyzer.command if analyzer else None,
            "ContainerArguments": analyzer.args if analyzer else None,
        },
        "Environment": dict(variables),
        "ProcessingInputs": [
            {
                "InputName": "dataset",
                "AppManaged": False,
                "S3Input": {"LocalPath": str(ROOT / INPUT), "S3Uri": data.files.uri},
            }
        ],
        "ProcessingOutputConfig": {
            "Outputs": [
                {
                    "OutputName": "result",
                    "AppManaged": False,
                    "S3Output": {
                        "LocalPath": str(ROOT / OUTPUT),
                        "S3Uri": plan.output.uri,
                        "S3UploadMode": "EndOfJob",
                    },
                }
            ]
        },
    }
    host = {"current_host": "algo-1", "hosts": ["algo-1"]}
    lines = [f"export {name}={shlex.quote(value)}\n" for name, value in sorted(variables.items())]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "processingjobconfig.json").write_text(json.dumps(job, indent=2), encoding="utf-8")
    (folder / "resourceconfig.json").write_text(json.dumps(host), encoding="utf-8")
    (folder / "environment").write_text("".join(lines), encoding="utf-8")


def _dataset_format(data: InputData) -> dict[str, Any]:
    match data.files.format:
        case "SageMakerCapture":
            return {"sagemakerCaptureJson": {"captureIndexNames": [f"endpoint{side}" for side in data.sides]}}
        case "CSV":
            return {"csv": {"header": data.files.csv.header}}
        case "JSONLines":
            return {"json": {"lines": True}}
        case "JSON":
            return {"json": {"lines": False}}
        case "Parquet":
            return {"parquet": {}}


def _time(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
