"""What shall be for a DataCapture: a gateway in front of a Service; nothing where others write the data."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from model_monitor_api.conditions import CaptureReady
from model_monitor_api.v1alpha1.datacapture import DataCapture
from model_monitor_operator.build.gateway import (
    Gateway,
    Images,
    build_autoscaler,
    build_budget,
    build_configuration,
    build_deployment,
    build_network_policy,
    build_service,
    images_of,
    is_sink,
    shape_of,
    url_of,
)
from model_monitor_operator.capture.observe import Observed
from model_monitor_operator.decision import Deletion, Desired
from model_monitor_operator.naming import CONFIGURATION, ROLL_OUT, ROLL_OUT_REQUEST, SHAPE
from model_monitor_operator.objects import Object, name_of
from model_monitor_operator.ownership import controller_of, owner_of
from model_monitor_operator.reading import at, number, rows, word
from model_monitor_operator.settings import Settings
from model_monitor_operator.typed import sentences

_OTHER_SOURCE: Final = (
    "`spec.source` must stay what it was while pods run for it; delete this DataCapture and create another"
)


@dataclass(frozen=True)
class Decision:
    """What shall be, and how it stands as far as that does not depend on the gateway's pods."""

    desired: Desired = field(default_factory=Desired)
    """Objects."""

    ready: tuple[CaptureReady, str] | None = None
    """Reason and message of `Ready`; None where the pods decide."""

    url: str | None = None
    """Where requests are to be sent."""

    replicas: int = 0
    """How many pods there shall be."""


def decide(observed: Observed, settings: Settings) -> Decision:
    """Return what shall be."""
    capture = observed.capture
    if isinstance(capture, tuple):
        return Decision(ready=(CaptureReady.INVALID_SPEC, sentences(capture)))
    source = capture.spec.source
    if observed.deployment is not None and (
        source.files is not None or is_sink(observed.deployment) != (source.service is None)
    ):
        return Decision(ready=(CaptureReady.INVALID_SPEC, _OTHER_SOURCE))
    if source.files is not None:
        return Decision(ready=(CaptureReady.FILES_DECLARED, CaptureReady.FILES_DECLARED.meaning))
    gateway = Gateway(capture, owner_of(observed.thing), settings, _roll_out(observed))
    if observed.service is not None and (told := _in_a_circle(observed.service, gateway)):
        return Decision(ready=(CaptureReady.INVALID_SPEC, told))
    replicas = _replicas(capture, observed.deployment)
    configuration = build_configuration(gateway)
    scaling = capture.spec.gateway.autoscaling
    desired = Desired(
        apply=(
            configuration,
            build_service(gateway),
            build_network_policy(gateway),
            build_budget(gateway),
            build_deployment(gateway, _images(gateway, observed.deployment), replicas),
            *([build_autoscaler(gateway, scaling)] if scaling is not None else []),
        ),
        delete=(
            *([Deletion.of(observed.autoscaler)] if observed.autoscaler is not None else []),
            *_unused(observed, name_of(configuration)),
        ),
    )
    return Decision(desired, _without_service(observed, capture), url_of(gateway), replicas or 1)


def _in_a_circle(service: Object, gateway: Gateway) -> str:
    """Return why requests to a Service would come back to a gateway; empty where they would not.

    One request that goes round is as many as pods can carry, until its client leaves. A gateway is not put
    in front of another one either: two can name each other.
    """
    controller = controller_of(service) or {}
    if controller.get("kind") == gateway.owner.kind:
        return (
            "`spec.source.service.name` must not be a gateway's own Service, "
            f'got "{name_of(service)}"; name the model\'s'
        )
    selector = at(service, "spec", "selector")
    template = {**gateway.template.labels, **gateway.labels}
    if isinstance(selector, Mapping) and selector and selector.items() <= template.items():
        return (
            f"the Service `{name_of(service)}` selects this gateway's own pods, "
            "so requests would go round; let its selector choose the model's pods alone"
        )
    return ""


def _roll_out(observed: Observed) -> str:
    """Return the digest of the roll-out request; one that was taken away is not taken back."""
    annotations = at(observed.thing, "metadata", "annotations") or {}
    token = word(annotations, ROLL_OUT_REQUEST)
    if token:
        return hashlib.sha256(token.encode()).hexdigest()[:10]
    return word(at(observed.deployment, "spec", "template", "metadata", "annotations"), ROLL_OUT)


def _images(gateway: Gateway, deployment: Object | None) -> Images:
    """Return what pods run: what they run already, unless they must be replaced anyway."""
    running = images_of(deployment) if deployment is not None else None
    made = word(at(deployment, "metadata", "annotations"), SHAPE)
    return running if running is not None and made == shape_of(gateway) else gateway.images


def _replicas(capture: DataCapture, deployment: Object | None) -> int | None:
    """Return how many pods there shall be.

    Under an autoscaler that is what it has decided. To leave the field out would let the API server set it
    to 1. A decision that was made meanwhile is not undone: what has changed since it was read is not written.
    """
    spec = capture.spec.gateway
    if spec.autoscaling is None:
        return spec.replicas
    return number(deployment, "spec", "replicas")


def _unused(observed: Observed, wanted: str) -> tuple[Deletion, ...]:
    """Return the ConfigMaps by which no pod runs, nor one that may still be made."""
    used = {word(at(pod, "metadata", "annotations"), CONFIGURATION) for pod in observed.pods}
    template = at(observed.deployment, "spec", "template", "metadata", "annotations")
    used |= {wanted, word(template, CONFIGURATION)}
    if _is_replacing(observed.deployment):
        return ()
    return tuple(Deletion.of(each) for each in observed.configurations if name_of(each) not in used)


def _is_replacing(deployment: Object | None) -> bool:
    """Return whether pods of before may still be made: where one ends early, another takes its place."""
    status = at(deployment, "status")
    return number(status, "updatedReplicas") != number(status, "replicas")


def _without_service(observed: Observed, capture: DataCapture) -> tuple[CaptureReady, str] | None:
    source = capture.spec.source.service
    if source is None:
        return None
    if observed.service is None:
        told = f"`spec.source.service.name` must name a Service of namespace `{capture.metadata.namespace}`, "
        return CaptureReady.SERVICE_NOT_FOUND, f'{told}got "{source.name}"; create it'
    offered = [
        each
        for each in rows(observed.service, "spec", "ports")
        if word(each, "protocol") in {"", "TCP"} and number(each, "port") is not None
    ]
    chosen = next((each for each in offered if number(each, "port") == source.port), None)
    if chosen is None:
        there = ", ".join(str(number(each, "port")) for each in offered[:10]) or "none"
        told = f"`spec.source.service.port` must be a TCP port of the Service `{source.name}`"
        return CaptureReady.SERVICE_NOT_FOUND, f"{told}, got {source.port}; it has: {there}"
    target = number(chosen, "targetPort")
    if word(observed.service, "spec", "clusterIP") == "None" and target not in {None, source.port}:
        told = f"the Service `{source.name}` is headless, so requests go to port {source.port} of its pods, "
        step = f"which listen on {target}; give it a port {target}, or name a Service with an address"
        return CaptureReady.SERVICE_NOT_FOUND, told + step
    return None
