"""The ConfigMap that a gateway's pods run by.

Its name follows from what can't change while a pod runs: another such setting means another ConfigMap and
other pods, while those that still run keep the one they were made for. The rest changes in place and reaches
running pods, which watch the mounted files.
"""

import json
from typing import Any, Final

from model_monitor_capture.gateway.bootstrap import bootstrap
from model_monitor_capture.gateway.facts import Installation
from model_monitor_capture.gateway.filter_file import FILTER_FILE
from model_monitor_capture.gateway.routes import route_file
from model_monitor_capture.shipper.settings import ShipperSettings
from model_monitor_capture.sink.settings import SinkSettings
from model_monitor_operator.build.gateway.parts import (
    FILTER,
    INFERENCE_PORT,
    SHIPPER_PORT,
    SINK_METRICS_PORT,
    SPOOL,
    Gateway,
)
from model_monitor_operator.build.mounts import CLAIMS, SECRETS
from model_monitor_operator.naming import gateway_configuration_name
from model_monitor_operator.objects import CONFIG_MAPS, Object

FOLDER: Final = "/etc/model-monitor/gateway"
"""Where the ConfigMap is mounted, as a whole: kubelet replaces its files by a rename in there."""

ENVOY_FILE: Final = "envoy.json"
SINK_FILE: Final = "sink.json"
SHIPPER_FILE: Final = "shipper.json"
_ROUTES_FILE: Final = "routes.json"

_ADMIN_SOCKET: Final = f"{SPOOL}/admin.sock"

_MODULE: Final = f"{FILTER}/{FILTER_FILE}"

_LIVE: Final = frozenset({"variant", "contentTypes", "payload", "privacy", "maxBodyBytes", "flushInterval"})
"""Settings of the shipper that it takes up while it runs."""


def build_configuration(gateway: Gateway) -> Object:
    """Return the ConfigMap."""
    files: dict[str, Any] = {SHIPPER_FILE: _shipper(gateway)}
    if gateway.is_sink:
        files[SINK_FILE] = _sink(gateway)
    else:
        files[ENVOY_FILE] = bootstrap(_installation(gateway))
        files[_ROUTES_FILE] = route_file(gateway.capture.spec, _MODULE)
    data = {name: _text(content) for name, content in files.items()}
    return gateway.document(CONFIG_MAPS, configuration_name(gateway), data=data)


def configuration_name(gateway: Gateway) -> str:
    """Return the name of the ConfigMap."""
    shipper = {name: value for name, value in _shipper(gateway).items() if name not in _LIVE}
    if gateway.is_sink:
        beside = {name: value for name, value in _sink(gateway).items() if name != "spec"}
    else:
        beside = bootstrap(_installation(gateway))
    fixed = _text([beside, shipper])
    return gateway_configuration_name(gateway.capture.metadata.name, fixed)


def _installation(gateway: Gateway) -> Installation:
    source, domain = gateway.capture.spec.source.service, gateway.settings.cluster_domain
    assert source is not None  # noqa: S101 # asked for by the callers
    return Installation(
        # The dot at the end spares the resolver the search through other domains.
        upstream_host=f"{source.name}.{gateway.namespace}.svc.{domain}.",
        upstream_port=source.port,
        spool=f"{SPOOL}/records.jsonl",
        admin_socket=_ADMIN_SOCKET,
        routes_file=f"{FOLDER}/{_ROUTES_FILE}",
        routes_folder=FOLDER,
        module=_MODULE,
        listen_port=INFERENCE_PORT,
    )


def _sink(gateway: Gateway) -> dict[str, Any]:
    """Return the sink's settings; of the spec what says how events become records."""
    settings = SinkSettings(
        spec=gateway.capture.spec,
        spool=SPOOL,
        admin_socket=_ADMIN_SOCKET,
        listen_port=INFERENCE_PORT,
        metrics_port=SINK_METRICS_PORT,
    )
    of_others = {"gateway", "storage", "columns", "payload", "privacy"}
    return settings.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude={"spec": of_others})


def _shipper(gateway: Gateway) -> dict[str, Any]:
    """Return the shipper's settings; who it is each pod knows itself."""
    spec = gateway.capture.spec
    settings = ShipperSettings(
        capture=gateway.capture.metadata.name,
        variant=spec.variant,
        storage=gateway.storage,
        secrets=SECRETS if gateway.secret is not None else None,
        mounts={gateway.claim: f"{CLAIMS}/{gateway.claim}"} if gateway.claim is not None else {},
        spool=SPOOL,
        spool_bytes=spec.gateway.spool_bytes,
        admin_socket=_ADMIN_SOCKET,
        flush_interval=spec.gateway.flush_interval,
        max_body_bytes=spec.max_body_bytes,
        content_types=spec.content_types,
        payload=spec.payload,
        privacy=spec.privacy,
        hash_key_file=gateway.hash_key_file,
        metrics_port=SHIPPER_PORT,
    )
    # Without defaults, so that a field that only newer operators know changes nothing of what runs.
    return settings.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude={"instance"})


def _text(content: object) -> str:
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
