"""What is known of a DataCapture: the model's Service, the gateway's pods, and what their shippers say."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from model_monitor_api.contract.shipper import ShipperReport, ShipperReportError, read_shipper_report
from model_monitor_api.v1alpha1.datacapture import DataCapture, DataCaptureStatus
from model_monitor_api.validation import check_capture
from model_monitor_operator.decision import Reader
from model_monitor_operator.naming import SHIPPER_CONTAINER, gateway_name
from model_monitor_operator.objects import Object, name_of
from model_monitor_operator.ownership import is_controlled_by
from model_monitor_operator.reading import at, holds, moment, rows, word
from model_monitor_operator.typed import Problems, status_of, typed

_SETTING_UP: Final = timedelta(seconds=20)
"""How long a node may set up a pod before the pod's Events are worth a request."""


@dataclass(frozen=True)
class Observed:
    """What is known of a DataCapture."""

    thing: Object
    """The object."""

    capture: DataCapture | Problems
    """The same, typed, or what a person must change."""

    before: DataCaptureStatus
    """Its status until now."""

    now: datetime
    """The present."""

    service: Object | None = None
    """The model's Service."""

    deployment: Object | None = None
    """The gateway's Deployment."""

    autoscaler: Object | None = None
    """The gateway's autoscaler."""

    pods: tuple[Object, ...] = ()
    """The gateway's pods, also those that are ending."""

    events: tuple[Object, ...] = ()
    """Events about the newest pod, where it does not start."""

    reports: Mapping[str, ShipperReport] = field(default_factory=dict)
    """What shippers say, by the names of their pods."""

    configurations: tuple[Object, ...] = ()
    """ConfigMaps of the gateway."""


def observe(thing: Object, reader: Reader, now: datetime) -> Observed:
    """Return what is known."""
    before: DataCaptureStatus = status_of(DataCapture, thing)
    found = typed(DataCapture, thing)
    if isinstance(found, tuple):
        return Observed(thing, found, before, now)
    if problems := check_capture(found):
        return Observed(thing, problems, before, now)
    namespace, name = found.metadata.namespace, gateway_name(found.metadata.name)
    deployment = _own(reader.get("Deployment", namespace, name), thing)
    source = found.spec.source
    if source.files is not None:
        return Observed(thing, found, before, now, deployment=deployment)
    pods = _pods(deployment, reader) if deployment is not None else ()
    return Observed(
        thing,
        found,
        before,
        now,
        service=reader.fetch("Service", namespace, source.service.name) if source.service else None,
        deployment=deployment,
        # One is only ever looked for where there shall be none.
        autoscaler=None
        if found.spec.gateway.autoscaling is not None
        else _own(reader.fetch("HorizontalPodAutoscaler", namespace, name), thing),
        pods=pods,
        events=_events(pods, reader, now),
        reports=_reports(pods, reader),
        configurations=reader.owned("ConfigMap", thing),
    )


def is_ready(pod: Object) -> bool:
    """Return whether a pod takes requests."""
    return holds(pod, "Ready") and at(pod, "metadata", "deletionTimestamp") is None


def _own(there: Object | None, thing: Object) -> Object | None:
    return there if there is not None and is_controlled_by(there, thing) else None


def _pods(deployment: Object, reader: Reader) -> tuple[Object, ...]:
    """Return the pods of a Deployment, oldest first."""
    found = (pod for each in reader.owned("ReplicaSet", deployment) for pod in reader.owned("Pod", each))
    return tuple(sorted(found, key=lambda pod: (word(pod, "metadata", "creationTimestamp"), name_of(pod))))


def _events(pods: tuple[Object, ...], reader: Reader, now: datetime) -> tuple[Object, ...]:
    newest = next((pod for pod in reversed(pods) if not is_ready(pod)), None)
    placed = moment(newest, "status", "startTime")
    if newest is None or placed is None or now - placed < _SETTING_UP:
        return ()
    return reader.events_about(newest)


def _reports(pods: tuple[Object, ...], reader: Reader) -> dict[str, ShipperReport]:
    """Return what shippers say now, and of those that have ended what they said last."""
    running = [pod for pod in pods if word(pod, "status", "phase") == "Running"]
    said = {**{name_of(pod): _last_words(pod) for pod in pods}, **reader.reports_of(running)}
    found = {}
    for name, raw in said.items():
        try:
            report = read_shipper_report(raw)
        except ShipperReportError:
            continue
        if report.instance == name:
            found[name] = report
    return found


def _last_words(pod: Object) -> bytes:
    states = rows(pod, "status", "initContainerStatuses")
    own = (each for each in states if word(each, "name") == SHIPPER_CONTAINER)
    return word(next(own, {}), "state", "terminated", "message").encode()
