"""What changes while a gateway runs: sampling, sides, content types, headers and limits, as Envoy's routes.

Envoy reads them from a file and takes a new one up without closing a connection. A request is treated to its
end by the settings under which it began.
"""

from typing import Any, Final

from model_monitor_api.v1alpha1.datacapture import DataCaptureSpec
from model_monitor_capture.gateway.facts import CAPTURE_SWITCH, ROUTES_NAME, module_of
from model_monitor_capture.gateway.settings import filter_settings

UPSTREAM: Final = "model"
"""Name of the cluster that stands for the model's Service."""

FILTER: Final = "model_monitor.capture"
"""Name of the filter whose settings the routes give."""

_TYPES: Final = "type.googleapis.com/envoy"


def route_file(spec: DataCaptureSpec, module: str) -> dict[str, Any]:
    """Return the document of Envoy's file-based route discovery: a pure function of its parameters.

    Parameters
    ----------
    spec
        What is captured.
    module
        File of the capture filter, as in `Installation`.
    """
    switch = {"default_value": {"numerator": 100}, "runtime_key": CAPTURE_SWITCH}
    configuration = {
        "@type": f"{_TYPES}.config.route.v3.RouteConfiguration",
        "name": ROUTES_NAME,
        "virtual_hosts": [
            {
                "name": "model",
                "domains": ["*"],
                "routes": [
                    _route(
                        {"prefix": "/", "runtime_fraction": switch}, _settings(spec, module, paused=False)
                    ),
                    _route({"prefix": "/"}, _settings(spec, module, paused=True)),
                ],
            }
        ],
    }
    return {"resources": [configuration]}


def _route(match: dict[str, Any], settings: dict[str, Any]) -> dict[str, Any]:
    return {
        "match": match,
        # A model may take as long as it takes, and is never asked twice.
        "route": {"cluster": UPSTREAM, "timeout": "0s"},
        "typed_per_filter_config": {FILTER: settings},
    }


def _settings(spec: DataCaptureSpec, module: str, *, paused: bool) -> dict[str, Any]:
    return {
        "@type": f"{_TYPES}.extensions.filters.http.dynamic_modules.v3.DynamicModuleFilterPerRoute",
        "dynamic_module_config": module_of(module),
        "filter_config": {
            "@type": "type.googleapis.com/google.protobuf.StringValue",
            "value": filter_settings(spec, paused=paused),
        },
    }
