"""Containers of a custom analyzer, by SageMaker's contract for images of one's own.

Three run in turn and share a volume: ours fetches what the image reads, the image runs, ours collects what it
wrote. Names, variables and files are those that an image made for SageMaker Model Monitor expects.
"""

from typing import Any, Final

from model_monitor_api.contract.custom import FOLDERS, ROOT, environment
from model_monitor_api.v1alpha1.workload import CustomAnalyzer
from model_monitor_operator.build.containers import analyzer_container, users_security, without_empty
from model_monitor_operator.build.mounts import PLAN_FILE
from model_monitor_operator.build.pod_template import merge_by, resources_of
from model_monitor_operator.build.run import Run
from model_monitor_operator.naming import CUSTOM_CONTAINER, FETCH_CONTAINER, MAIN_CONTAINER

_WORK: Final = "/mnt/work"
"""Where our containers have the shared volume; what they tell one another lies beside the image's folders."""

_SHARED: Final = "model-monitor-work"
_OURS: Final = [{"name": _SHARED, "mountPath": _WORK}]
_THEIRS: Final = [{"name": _SHARED, "mountPath": str(ROOT / folder), "subPath": folder} for folder in FOLDERS]

SHARED_VOLUME: Final[dict[str, Any]] = {"name": _SHARED, "emptyDir": {}}
"""What the three share."""


def custom_containers(run: Run, custom: CustomAnalyzer) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Return the containers that run in turn, and the main container that runs after them."""
    tail = ["--plan", PLAN_FILE, *run.window_arguments, "--work", _WORK]
    fetch = analyzer_container(run, FETCH_CONTAINER, ["fetch", *tail], _OURS)
    collect = analyzer_container(run, MAIN_CONTAINER, ["collect", *tail], _OURS)
    return [fetch, _users_container(run, custom)], collect


def _users_container(run: Run, custom: CustomAnalyzer) -> dict[str, Any]:
    """Return the container of the image; what the template says of the main container holds for it too.

    A CronJob's pods are all alike, so the window is not among their variables: it stands in the files of
    the contract, which `fetch` writes.
    """
    template = run.template
    contract = [
        {"name": name, "value": value} for name, value in environment(run.rendered.plan, run.window).items()
    ]
    return without_empty(
        {
            "name": CUSTOM_CONTAINER,
            "image": custom.image,
            "imagePullPolicy": run.settings.image_pull_policy,
            "command": custom.command,
            "args": custom.args,
            "env": merge_by("name", contract, template.env, custom.env),
            "envFrom": template.env_from,
            "resources": resources_of(template.resources),
            "securityContext": users_security(run),
            "volumeMounts": [*_THEIRS, *template.volume_mounts],
        }
    )
