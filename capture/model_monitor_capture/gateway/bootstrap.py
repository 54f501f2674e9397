"""Envoy's own configuration: what is fixed for as long as a gateway's pod runs."""

from typing import Any, Final

from model_monitor_capture.gateway.access_log import LISTENER_METADATA, access_logs
from model_monitor_capture.gateway.facts import (
    FLUSH_MILLISECONDS,
    ROUTES_NAME,
    Installation,
    module_of,
)
from model_monitor_capture.gateway.routes import FILTER, UPSTREAM

MAX_CONNECTIONS: Final = 50_000
"""Connections of clients that one gateway accepts: what bounds its memory under a flood of idle ones."""

DRAIN_SECONDS: Final = 90
"""How long requests that are under way may take once a gateway's pod is to end."""

_EXTENSIONS: Final = "envoy.extensions"
_HTTP: Final = f"type.googleapis.com/{_EXTENSIONS}"
_BUFFER_BYTES: Final = 262_144
_UNLIMITED: Final = 1_000_000


def arguments(configuration: str, concurrency: int) -> list[str]:
    """Return the command line that Envoy is started with.

    Parameters
    ----------
    configuration
        File that holds `bootstrap`.
    concurrency
        Threads that serve requests.
    """
    return [
        *("--config-path", configuration),
        *("--concurrency", str(concurrency)),
        *("--file-flush-interval-msec", str(FLUSH_MILLISECONDS)),
        *("--log-level", "warning"),
        # Once the pod is to end, every answer closes its connection, and not only more and more of them.
        *("--drain-strategy", "immediate"),
        *("--drain-time-s", str(DRAIN_SECONDS)),
        "--disable-hot-restart",
    ]


def bootstrap(installation: Installation) -> dict[str, Any]:
    """Return Envoy's configuration: a pure function of where the gateway runs."""
    return {
        "node": {"id": "gateway", "cluster": "model-monitor"},
        "admin": {"address": {"pipe": {"path": installation.admin_socket, "mode": 0o660}}},
        "layered_runtime": {"layers": [{"name": "admin", "admin_layer": {}}]},
        "overload_manager": {
            "resource_monitors": [
                {
                    "name": "envoy.resource_monitors.global_downstream_max_connections",
                    "typed_config": {
                        "@type": f"{_HTTP}.resource_monitors.downstream_connections.v3"
                        ".DownstreamConnectionsConfig",
                        "max_active_downstream_connections": MAX_CONNECTIONS,
                    },
                }
            ]
        },
        "static_resources": {
            "listeners": [_listener(installation)],
            "clusters": [_cluster(installation)],
        },
    }


def _listener(installation: Installation) -> dict[str, Any]:
    manager = {
        "name": "envoy.filters.network.http_connection_manager",
        "typed_config": _manager(installation),
    }
    return {
        "name": "capture",
        "address": _address(installation.listen_address, installation.listen_port),
        "per_connection_buffer_limit_bytes": _BUFFER_BYTES,
        "metadata": LISTENER_METADATA,
        "filter_chains": [{"filters": [manager]}],
    }


def _manager(installation: Installation) -> dict[str, Any]:
    router = {
        "name": "envoy.filters.http.router",
        "typed_config": {"@type": f"{_HTTP}.filters.http.router.v3.Router", "suppress_envoy_headers": True},
    }
    capture = {
        "name": FILTER,
        "typed_config": {
            "@type": f"{_HTTP}.filters.http.dynamic_modules.v3.DynamicModuleFilter",
            "dynamic_module_config": module_of(installation.module),
            "filter_name": FILTER,
        },
    }
    source = {
        "path": installation.routes_file,
        "watched_directory": {"path": installation.routes_folder},
    }
    return {
        "@type": f"{_HTTP}.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "capture",
        "codec_type": "AUTO",
        "rds": {
            "route_config_name": ROUTES_NAME,
            "config_source": {"path_config_source": source, "resource_api_version": "V3"},
        },
        "http_filters": [capture, router],
        "access_log": access_logs(installation.spool),
        # A connection that was upgraded carries no inferences that a record could hold.
        "upgrade_configs": [{"upgrade_type": "websocket", "filters": [router]}],
        **_untouched(),
        # Long answers may pause; what is dead is given up after an hour. Headers must come in time.
        "stream_idle_timeout": "3600s",
        "request_headers_timeout": "60s",
        "max_request_headers_kb": 96,
        "common_http_protocol_options": {"max_headers_count": 1000},
    }


def _untouched() -> dict[str, Any]:
    """Return what keeps requests and responses as they are; documented in `docs/explanation/capture.md`."""
    return {
        "server_header_transformation": "PASS_THROUGH",
        "skip_xff_append": True,
        "preserve_external_request_id": True,
        "request_id_extension": {
            "typed_config": {
                "@type": f"{_HTTP}.request_id.uuid.v3.UuidRequestIdConfig",
                "pack_trace_reason": False,
            }
        },
        "proxy_100_continue": True,
        "normalize_path": False,
        "http_protocol_options": {"accept_http_10": True},
    }


def _cluster(installation: Installation) -> dict[str, Any]:
    address = _address(installation.upstream_host, installation.upstream_port)
    names = ("max_connections", "max_pending_requests", "max_requests", "max_retries")
    return {
        "name": UPSTREAM,
        "type": "STRICT_DNS",
        "connect_timeout": "10s",
        "dns_lookup_family": "ALL",
        "per_connection_buffer_limit_bytes": _BUFFER_BYTES,
        # Capture is no guard of the model: it takes whatever it was sent.
        "circuit_breakers": {"thresholds": [dict.fromkeys(names, _UNLIMITED)]},
        "load_assignment": {
            "cluster_name": UPSTREAM,
            "endpoints": [{"lb_endpoints": [{"endpoint": {"address": address}}]}],
        },
        "typed_extension_protocol_options": {
            f"{_EXTENSIONS}.upstreams.http.v3.HttpProtocolOptions": _upstream_protocol(),
        },
    }


def _upstream_protocol() -> dict[str, Any]:
    return {
        "@type": f"{_HTTP}.upstreams.http.v3.HttpProtocolOptions",
        # HTTP/2 for who speaks it, as gRPC does, HTTP/1.1 else.
        "use_downstream_protocol_config": {"http_protocol_options": {}, "http2_protocol_options": {}},
        "common_http_protocol_options": {
            # Shorter than any server keeps an idle connection: a request must not meet its closing.
            "idle_timeout": "1s",
            # A connection stays with one pod behind a Service. Renewing it lets new pods take their share.
            "max_connection_duration": "60s",
            "max_headers_count": 1000,
        },
    }


def _address(host: str, port: int) -> dict[str, Any]:
    return {"socket_address": {"address": host, "port_value": port}}
