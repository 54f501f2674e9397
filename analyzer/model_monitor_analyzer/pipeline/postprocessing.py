"""The user's script after an analysis, with the result as files in a folder."""

import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from model_monitor_analyzer.scripts.process import ScriptProcess
from model_monitor_analyzer.scripts.script import Script
from model_monitor_api.contract.plan import AnalysisPlan
from model_monitor_api.v1alpha1.monitoringexecution import Window

HANDLER = "postprocess_handler"


def postprocess(plan: AnalysisPlan, window: Window | None, files: Mapping[str, bytes]) -> None:
    """Call the plan's `postprocess_handler`, if it has one, before anything is written to the output.

    The script finds the result's files in the folder that the environment variable `output_path` names, and
    the window and the schedule in `start_time`, `end_time` and `sagemaker_monitoring_schedule_name`, as
    SageMaker's containers do. What it changes there is not published.

    Raises
    ------
    ScriptError
        If it raises, loops, or defines no such handler.
    """
    planned = plan.scripts
    if planned is None or planned.postprocess is None:
        return
    with tempfile.TemporaryDirectory() as folder:
        for name, data in files.items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        environment = {"output_path": folder, "sagemaker_monitoring_schedule_name": plan.subject.name}
        if window is not None:
            environment |= {"start_time": _moment(window.start), "end_time": _moment(window.end)}
        script = planned.postprocess
        with ScriptProcess(
            Script(script.name, script.source, planned.timeout_seconds, environment)
        ) as process:
            process.require(HANDLER)
            process.postprocess()


def _moment(time: datetime) -> str:
    return f"{time.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
