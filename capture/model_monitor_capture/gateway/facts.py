"""What a gateway's configuration depends on besides the DataCapture."""

from dataclasses import dataclass
from typing import Any, Final

CAPTURE_SWITCH: Final = "model_monitor.capture"
"""Runtime key, in percent: 0 pauses capture, 100 resumes it. Nothing else about a request changes."""

REQUESTS: Final = "requests"
"""Envoy's counter of requests that ended, below `METADATA`, by `outcome` and by `hour` of the day of their
invocation (UTC)."""

METADATA: Final = "model_monitor"
"""Namespace of the dynamic metadata that the capture filter writes, and prefix of the counters."""

ROUTES_NAME: Final = "capture"
"""Name of the route configuration, the same in the listener and in the file that holds it."""

FLUSH_MILLISECONDS: Final = 500
"""How long a record may wait in Envoy: what is lost when Envoy is killed."""


@dataclass(frozen=True)
class Installation:
    """Where a gateway runs.

    Attributes
    ----------
    upstream_host
        DNS name or address of the model's Service.
    upstream_port
        Its port.
    spool
        File that records are appended to.
    admin_socket
        Unix socket of Envoy's administration; nothing else reaches it.
    routes_file
        File that `routes.route_file` was written to. Envoy takes a new one up once the file is replaced by
        a rename in `routes_folder`.
    routes_folder
        Folder that is watched; of a mounted ConfigMap the mount itself.
    module
        File of the capture filter, which Envoy loads.
    listen_address, listen_port
        Where clients connect.
    """

    upstream_host: str
    upstream_port: int
    spool: str
    admin_socket: str
    routes_file: str
    routes_folder: str
    module: str
    listen_address: str = "0.0.0.0"  # noqa: S104 # clients come from other pods
    listen_port: int = 8080


def module_of(file: str) -> dict[str, Any]:
    """Return Envoy's `DynamicModuleConfig` of the capture filter."""
    return {"module": {"local": {"filename": file}}, "do_not_close": True}
