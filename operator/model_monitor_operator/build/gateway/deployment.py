"""The Deployment of a gateway, and which images it keeps."""

import hashlib
import json
from typing import Any, Final

from model_monitor_capture.gateway.bootstrap import DRAIN_SECONDS
from model_monitor_operator.build.containers import without_empty
from model_monitor_operator.build.gateway.configuration import configuration_name
from model_monitor_operator.build.gateway.containers import (
    main_container,
    shared_mounts,
    shipper_container,
)
from model_monitor_operator.build.gateway.parts import Gateway, Images
from model_monitor_operator.naming import (
    CONFIGURATION,
    GATEWAY_CONTAINER,
    ROLL_OUT,
    SHAPE,
    SHIPPER_CONTAINER,
    SINK_CONTAINER,
)
from model_monitor_operator.objects import DEPLOYMENTS, Object
from model_monitor_operator.reading import at, rows, word

_SHIPPING_SECONDS: Final = 30
"""For the shipper, after Envoy has ended; it takes 25 s for itself."""

_GROUP: Final = 65_532
"""Group that owns the spool, unless the pods are said to have another: both containers are in it."""

_NO_IMAGES: Final = Images("", "")


def build_deployment(gateway: Gateway, images: Images, replicas: int | None) -> Object:
    """Return the Deployment.

    Parameters
    ----------
    gateway
        The gateway.
    images
        What its pods run.
    replicas
        How many pods there shall be; None leaves that open.
    """
    spec: dict[str, Any] = {
        "selector": {"matchLabels": gateway.labels},
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": "25%"}},
        "revisionHistoryLimit": 1,
        "template": _pods(gateway, images),
    }
    if replicas is not None:
        spec["replicas"] = replicas
    found = gateway.document(DEPLOYMENTS, spec=spec)
    found["metadata"]["annotations"] = {SHAPE: shape_of(gateway)}
    return found


def shape_of(gateway: Gateway) -> str:
    """Return a digest of the pods, images aside: where it stays, running pods need not be replaced."""
    text = json.dumps(_pods(gateway, _NO_IMAGES), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def images_of(deployment: Object) -> Images | None:
    """Return what the pods of a Deployment that is there run, without Envoy's image where it is a sink.

    None where that can't be told.
    """
    pods = at(deployment, "spec", "template")
    envoy = _image(pods, "containers", GATEWAY_CONTAINER)
    capture = _image(pods, "initContainers", SHIPPER_CONTAINER)
    return Images(envoy, capture) if capture and (envoy or is_sink(deployment)) else None


def is_sink(deployment: Object) -> bool:
    """Return whether the pods of a Deployment that is there take events."""
    return bool(_image(at(deployment, "spec", "template"), "containers", SINK_CONTAINER))


def _image(pods: object, place: str, name: str) -> str:
    found = (word(each, "image") for each in rows(pods, "spec", place) if word(each, "name") == name)
    return next(found, "")


def _pods(gateway: Gateway, images: Images) -> dict[str, Any]:
    """Return the pod template (core/v1 PodTemplateSpec)."""
    template, configuration = gateway.template, configuration_name(gateway)
    shared, own = shared_mounts(gateway, configuration), gateway.shipper_mounts
    annotations = {**template.annotations, CONFIGURATION: configuration}
    if gateway.roll_out:
        annotations[ROLL_OUT] = gateway.roll_out
    return {
        "metadata": {"labels": {**template.labels, **gateway.labels}, "annotations": annotations},
        "spec": without_empty(
            {
                "automountServiceAccountToken": False,
                "enableServiceLinks": False,
                "terminationGracePeriodSeconds": DRAIN_SECONDS + _SHIPPING_SECONDS,
                "serviceAccountName": template.service_account_name,
                "priorityClassName": template.priority_class_name,
                "imagePullSecrets": [{"name": secret.name} for secret in template.image_pull_secrets],
                "securityContext": {"fsGroup": _GROUP, **(template.security_context or {})},
                "nodeSelector": template.node_selector,
                "tolerations": template.tolerations,
                "affinity": template.affinity,
                "topologySpreadConstraints": template.topology_spread_constraints or _spread(gateway),
                "initContainers": [shipper_container(gateway, images, [*shared, *own])],
                "containers": [main_container(gateway, images, shared)],
                "volumes": [*(mount.volume for mount in (*shared, *own)), *template.volumes],
            }
        ),
    }


def _spread(gateway: Gateway) -> list[dict[str, Any]]:
    """Return that pods are spread over nodes and zones, as far as that can be."""
    return [
        {
            "maxSkew": 1,
            "topologyKey": key,
            "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": {"matchLabels": gateway.labels},
        }
        for key in ("kubernetes.io/hostname", "topology.kubernetes.io/zone")
    ]
