"""Containers of a custom analyzer, by SageMaker's contract for images of one's own.

Three run in turn and share a volume: ours fetches what the image reads, the image runs, ours collects what it
wrote. Names, variables and files are those that an image made for SageMaker Model Monitor expects.
"""

import json
from typing import Any, Final

from model_monitor_api.contract.plan import AnalysisPlan, ExecutionTask
from model_monitor_api.layout import ANALYSIS, CONSTRAINTS, STATISTICS
from model_monitor_api.v1alpha1.monitoringschedule import MonitoringSchedule
from model_monitor_api.v1alpha1.workload import CustomAnalyzer
from model_monitor_operator.build.containers import analyzer_container, users_security, without_empty
from model_monitor_operator.build.mounts import PLAN_FILE
from model_monitor_operator.build.pod_template import merge_by, resources_of
from model_monitor_operator.build.run import Run
from model_monitor_operator.naming import CUSTOM_CONTAINER, FETCH_CONTAINER, MAIN_CONTAINER
from model_monitor_operator.objects import written

WORK: Final = "/opt/ml/processing"
"""Below it lie what the image reads (`input`, `baseline`) and what it writes (`output`)."""

WINDOW_SCRIPT: Final = "/opt/ml/config/window.sh"
"""What `fetch` leaves for runs whose window is known only then: shell text that exports it."""

_INPUT, _BASELINE, _OUTPUT = f"{WORK}/input", f"{WORK}/baseline", f"{WORK}/output"
_SHARED: Final = "model-monitor-work"
_MOUNTS: Final = [
    {"name": _SHARED, "mountPath": path, "subPath": path.removeprefix("/opt/ml/").replace("/", "-")}
    for path in (_INPUT, _BASELINE, _OUTPUT, "/opt/ml/config", "/opt/ml/output")
]
"""Each place is a folder of its own within the volume, which all users may write to."""

SHARED_VOLUME: Final[dict[str, Any]] = {"name": _SHARED, "emptyDir": {}}
"""What the three share."""


def custom_containers(run: Run, custom: CustomAnalyzer) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Return the containers that run in turn, and the main container that runs after them."""
    tail = ["--plan", PLAN_FILE, *run.window_arguments, "--work", WORK]
    fetch = analyzer_container(run, FETCH_CONTAINER, ["fetch", *tail], _MOUNTS)
    collect = analyzer_container(run, MAIN_CONTAINER, ["collect", *tail], _MOUNTS)
    return [fetch, _users_container(run, custom)], collect


def _users_container(run: Run, custom: CustomAnalyzer) -> dict[str, Any]:
    """Return the container of the image; what the template says of the main container holds for it too."""
    template = run.template
    command = custom.command
    if command is not None and run.window is None:
        command = ["/bin/sh", "-c", f'. {WINDOW_SCRIPT} && exec "$@"', "model-monitor", *command]
    return without_empty(
        {
            "name": CUSTOM_CONTAINER,
            "image": custom.image,
            "imagePullPolicy": run.settings.image_pull_policy,
            "command": command,
            "args": custom.args,
            "env": merge_by("name", _contract(run), template.env, custom.env),
            "envFrom": template.env_from,
            "resources": resources_of(template.resources),
            "securityContext": users_security(run),
            "volumeMounts": [*_MOUNTS, *template.volume_mounts],
        }
    )


def _contract(run: Run) -> list[dict[str, str]]:
    """Return the variables of the contract, but for the window where it is not known yet."""
    plan, schedule = run.rendered.plan, run.thing
    variables = {
        "dataset_format": _dataset_format(plan),
        "dataset_source": _INPUT,
        "output_path": _OUTPUT,
        "publish_cloudwatch_metrics": "Disabled",
        "sagemaker_monitoring_schedule_name": schedule.metadata.name,
    }
    if isinstance(schedule, MonitoringSchedule):
        variables["sagemaker_endpoint_name"] = schedule.spec.capture_ref.name
    if plan.data is not None:
        variables["sagemaker_endpoint_datacapture_prefix"] = plan.data.files.uri
    if plan.execution is not None:
        variables |= _baseline_files(plan.execution)
    if run.window is not None:
        variables |= {"start_time": written(run.window.start), "end_time": written(run.window.end)}
    return [{"name": name, "value": value} for name, value in variables.items()]


def _baseline_files(execution: ExecutionTask) -> dict[str, str]:
    if execution.type in {"ModelBias", "ModelExplainability"}:
        return {"baseline_constraints": f"{_BASELINE}/{ANALYSIS}"}
    return {
        "baseline_constraints": f"{_BASELINE}/{CONSTRAINTS}",
        "baseline_statistics": f"{_BASELINE}/{STATISTICS}",
    }


def _dataset_format(plan: AnalysisPlan) -> str:
    """Return SageMaker's word for the format of the data."""
    data = plan.data
    found: dict[str, Any]
    match data.files.format if data else None:
        case "CSV" if data:
            found = {"csv": {"header": data.files.csv.header}}
        case "JSON" | "JSONLines" as text:
            found = {"json": {"line": text == "JSONLines"}}
        case "Parquet":
            found = {"parquet": {}}
        case _:
            sides = [f"endpoint{side}" for side in (data.sides if data else ())]
            found = {"sagemakerCaptureJson": {"captureIndexNames": sides}}
    return json.dumps(found)
