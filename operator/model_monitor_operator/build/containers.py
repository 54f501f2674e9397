"""Containers: those of the analyzer's image, and what holds for those of users' images."""

from typing import Any, Final

from model_monitor_operator.build.mounts import TEMPORARY, mounts_of, variables_of
from model_monitor_operator.build.pod_template import merge_by, resources_of
from model_monitor_operator.build.run import Run

_CONFINED: Final[dict[str, Any]] = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "seccompProfile": {"type": "RuntimeDefault"},
}

RESTRICTED: Final[dict[str, Any]] = {**_CONFINED, "runAsNonRoot": True, "readOnlyRootFilesystem": True}
"""What Kubernetes' restricted profile asks for, and more; which user it is follows from image or pod."""

_JOB_NAME: Final = {
    "name": "MODEL_MONITOR_JOB_NAME",
    "valueFrom": {"fieldRef": {"fieldPath": "metadata.labels['batch.kubernetes.io/job-name']"}},
}


def analyzer_container(
    run: Run, name: str, arguments: list[str], mounts: list[dict[str, Any]]
) -> dict[str, Any]:
    """Return a container of the analyzer's image.

    Parameters
    ----------
    run
        What is run.
    name
        Name of the container.
    arguments
        Arguments of `model-monitor`.
    mounts
        Mounts besides those of every such container.
    """
    template = run.template
    own = [
        {"name": "HOME", "value": TEMPORARY},
        {"name": "TMPDIR", "value": TEMPORARY},
        *_telemetry(run),
    ]
    return without_empty(
        {
            "name": name,
            "image": run.image,
            "imagePullPolicy": run.settings.image_pull_policy,
            "args": arguments,
            # The user's variables come over ours, but not over those by which the analyzer finds its plan.
            "env": merge_by("name", own, template.env, [_JOB_NAME], variables_of(run)),
            "envFrom": template.env_from,
            "resources": resources_of(template.resources),
            "securityContext": RESTRICTED,
            "terminationMessagePolicy": "File",
            # Two at one path are refused by the API server, which tells the user.
            "volumeMounts": [
                *(mount.volume_mount for mount in mounts_of(run)),
                *mounts,
                *template.volume_mounts,
            ],
        }
    )


def users_security(run: Run) -> dict[str, Any]:
    """Return the security context of a container of a user's image.

    It keeps the image's own settings, unless the pod is said to run without root: then the image is made
    for the restricted profile, and gets the part of it that only a container can have.
    """
    pod = run.template.security_context or {}
    return dict(_CONFINED) if pod.get("runAsNonRoot") is True else {}


def without_empty(document: dict[str, Any]) -> dict[str, Any]:
    """Return a document without fields that say nothing: no list, no map, no value."""
    return {key: value for key, value in document.items() if value not in (None, [], {})}


def _telemetry(run: Run) -> list[dict[str, Any]]:
    endpoint = run.settings.otlp_endpoint
    return [{"name": "OTEL_EXPORTER_OTLP_ENDPOINT", "value": endpoint}] if endpoint else []
