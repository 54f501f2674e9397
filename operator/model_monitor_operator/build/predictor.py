"""The model server that runs beside the analyzer, so that explaining never loads production."""

from typing import Any, Final

from model_monitor_operator.build.containers import users_security, without_empty
from model_monitor_operator.build.pod_template import resources_of
from model_monitor_operator.build.run import Run
from model_monitor_operator.naming import PREDICTOR_CONTAINER

_PERIOD_SECONDS: Final = 5


def predictor_containers(run: Run) -> list[dict[str, Any]]:
    """Return the sidecar with the model, if there is one.

    The containers after it begin once its startup probe has succeeded. It may load for as long as the run
    may take: a model is never restarted for being slow.
    """
    predictor = run.rendered.plan.predictor
    container = predictor.container if predictor else None
    if container is None:
        return []
    path, port = container.readiness_path, container.port
    answers = {"httpGet": {"path": path, "port": port}} if path else {"tcpSocket": {"port": port}}
    sidecar = {
        "name": PREDICTOR_CONTAINER,
        "image": container.image,
        "imagePullPolicy": run.settings.image_pull_policy,
        "restartPolicy": "Always",
        "command": container.command,
        "args": container.args,
        "env": container.env,
        "resources": resources_of(container.resources),
        "securityContext": users_security(run),
        "startupProbe": {
            **answers,
            "periodSeconds": _PERIOD_SECONDS,
            "timeoutSeconds": _PERIOD_SECONDS,
            "failureThreshold": max(1, run.job.active_deadline_seconds // _PERIOD_SECONDS),
        },
    }
    return [without_empty(sidecar)]
