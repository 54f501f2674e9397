"""The containers of a gateway's pods.

The shipper is a native sidecar: it is there before Envoy, so that no record is written that nobody ships, and
after it, so that the last one is shipped.
"""

from typing import Any, Final

from model_monitor_api.contract.shipper import DRAINED_PATH, HEALTH_PATH
from model_monitor_api.v1alpha1.workload import Resources
from model_monitor_capture.gateway.bootstrap import arguments
from model_monitor_operator.build.containers import RESTRICTED, without_empty
from model_monitor_operator.build.gateway.configuration import ENVOY_FILE, FOLDER, SHIPPER_FILE, SINK_FILE
from model_monitor_operator.build.gateway.parts import (
    FILTER,
    INFERENCE_PORT,
    SHIPPER_PORT,
    SINK_METRICS_PORT,
    SPOOL,
    Gateway,
    Images,
)
from model_monitor_operator.build.mounts import TEMPORARY, Mount
from model_monitor_operator.build.pod_template import merge_by, resources_of
from model_monitor_operator.naming import GATEWAY_CONTAINER, SHIPPER_CONTAINER, SINK_CONTAINER

_SHIPPER: Final = "model-monitor-shipper"
_TERMINATION_MESSAGE: Final = "/dev/termination-log"
_STARTING_SECONDS: Final = 120


def shared_mounts(gateway: Gateway, configuration: str) -> list[Mount]:
    """Return the volumes that both containers have, as the shipper has them.

    Parameters
    ----------
    gateway
        The gateway.
    configuration
        Name of its ConfigMap.
    """
    # Kubelet ends a pod whose volume exceeds its limit, so that is above what the shipper keeps to.
    spool = {"emptyDir": {"sizeLimit": str(2 * gateway.capture.spec.gateway.spool_bytes)}}
    mounts = [
        Mount("model-monitor-gateway", FOLDER, {"configMap": {"name": configuration}}),
        Mount("model-monitor-spool", SPOOL, spool, read_only=False),
    ]
    if not gateway.is_sink:
        mounts.append(Mount("model-monitor-filter", FILTER, {"emptyDir": {}}, read_only=False))
    return mounts


def main_container(gateway: Gateway, images: Images, mounts: list[Mount]) -> dict[str, Any]:
    """Return the container that requests pass through, or that takes events."""
    return (_sink_container if gateway.is_sink else _envoy_container)(gateway, images, mounts)


def _sink_container(gateway: Gateway, images: Images, mounts: list[Mount]) -> dict[str, Any]:
    return without_empty(
        {
            "name": SINK_CONTAINER,
            "image": images.capture,
            "imagePullPolicy": gateway.settings.gateway.capture_pull_policy,
            # It goes on for a moment after it was told to end, which others do not know at once.
            "command": ["model-monitor-sink"],
            "args": ["--config", f"{FOLDER}/{SINK_FILE}"],
            "ports": [
                {"name": "events", "containerPort": INFERENCE_PORT, "protocol": "TCP"},
                {"name": "sink", "containerPort": SINK_METRICS_PORT, "protocol": "TCP"},
            ],
            "resources": resources_of(gateway.template.resources),
            "securityContext": RESTRICTED,
            "readinessProbe": {
                "httpGet": {"path": "/ready", "port": INFERENCE_PORT},
                "periodSeconds": 5,
                "timeoutSeconds": 5,
            },
            "terminationMessagePolicy": "FallbackToLogsOnError",
            "volumeMounts": [mount.volume_mount for mount in mounts],
        }
    )


def _envoy_container(gateway: Gateway, images: Images, mounts: list[Mount]) -> dict[str, Any]:
    resources = gateway.template.resources
    return without_empty(
        {
            "name": GATEWAY_CONTAINER,
            "image": images.envoy,
            "imagePullPolicy": gateway.settings.gateway.envoy_pull_policy,
            "command": ["/usr/local/bin/envoy", *arguments(f"{FOLDER}/{ENVOY_FILE}", _threads(resources))],
            "ports": [{"name": "inference", "containerPort": INFERENCE_PORT, "protocol": "TCP"}],
            "resources": resources_of(resources),
            "securityContext": RESTRICTED,
            # It listens once it has its routes. A request would go on to the model, and be captured.
            "readinessProbe": {
                "tcpSocket": {"port": INFERENCE_PORT},
                "periodSeconds": 5,
                "timeoutSeconds": 5,
            },
            "lifecycle": {"preStop": {"httpGet": {"path": DRAINED_PATH, "port": SHIPPER_PORT}}},
            "terminationMessagePolicy": "FallbackToLogsOnError",
            # It only reads the filter.
            "volumeMounts": [
                mount._replace(read_only=mount.read_only or mount.path == FILTER).volume_mount
                for mount in mounts
            ],
        }
    )


def shipper_container(gateway: Gateway, images: Images, mounts: list[Mount]) -> dict[str, Any]:
    """Return the sidecar that brings records into the store."""
    template, config = gateway.template, ["--config", f"{FOLDER}/{SHIPPER_FILE}"]
    drain = [_SHIPPER, *config, "--drain"]
    placing = [] if gateway.is_sink else ["--place-filter", FILTER]
    own = [{"name": "HOME", "value": TEMPORARY}, {"name": "TMPDIR", "value": TEMPORARY}]
    return without_empty(
        {
            "name": SHIPPER_CONTAINER,
            "image": images.capture,
            "imagePullPolicy": gateway.settings.gateway.capture_pull_policy,
            "restartPolicy": "Always",
            "command": [_SHIPPER],
            "args": [*config, *placing, "--termination-message", _TERMINATION_MESSAGE],
            "env": merge_by("name", own, template.env),
            "envFrom": template.env_from,
            "ports": [{"name": "shipper", "containerPort": SHIPPER_PORT, "protocol": "TCP"}],
            "resources": resources_of(gateway.settings.gateway.shipper_resources),
            "securityContext": RESTRICTED,
            # Nothing more than that it has begun: what befalls it later must not keep requests out.
            "startupProbe": {
                "httpGet": {"path": HEALTH_PATH, "port": SHIPPER_PORT},
                "periodSeconds": 1,
                "timeoutSeconds": 5,
                "failureThreshold": _STARTING_SECONDS,
            },
            "lifecycle": {} if gateway.is_sink else {"preStop": {"exec": {"command": drain}}},
            "terminationMessagePolicy": "File",
            "volumeMounts": [*(mount.volume_mount for mount in mounts), *template.volume_mounts],
        }
    )


def _threads(resources: Resources) -> int:
    """Return how many threads serve requests: one for each core that is granted, or asked for."""
    amount = str(resources.limits.get("cpu") or resources.requests.get("cpu") or "1")
    cores = float(amount[:-1]) / 1000 if amount.endswith("m") else _whole(amount)
    return max(1, min(64, -int(-cores // 1)))


def _whole(amount: str) -> float:
    try:
        return float(amount)
    except ValueError:  # such as `2k`, which no node has
        return 1.0
