"""What changes while a gateway runs: sampling, sides, content types, headers and limits, as Envoy's routes.

Envoy reads them from a file and takes a new one up without closing a connection. A request is treated to its
end by the settings under which it began.
"""

from typing import Any, Final

from model_monitor_api.v1alpha1.datacapture import DataCaptureSpec
from model_monitor_capture.gateway.facts import CAPTURE_SWITCH, ROUTES_NAME
from model_monitor_capture.gateway.script import script

UPSTREAM: Final = "model"
"""Name of the cluster that stands for the model's Service."""

LUA: Final = "envoy.filters.http.lua"
"""Name of the filter whose script the routes give."""

_TYPES: Final = "type.googleapis.com/envoy"


def route_file(spec: DataCaptureSpec) -> dict[str, Any]:
    """Return the document of Envoy's file-based route discovery: a pure function of the spec."""
    switch = {"default_value": {"numerator": 100}, "runtime_key": CAPTURE_SWITCH}
    configuration = {
        "@type": f"{_TYPES}.config.route.v3.RouteConfiguration",
        "name": ROUTES_NAME,
        "virtual_hosts": [
            {
                "name": "model",
                "domains": ["*"],
                "routes": [
                    _route({"prefix": "/", "runtime_fraction": switch}, script(spec, paused=False)),
                    _route({"prefix": "/"}, script(spec, paused=True)),
                ],
            }
        ],
    }
    return {"resources": [configuration]}


def _route(match: dict[str, Any], code: str) -> dict[str, Any]:
    return {
        "match": match,
        # A model may take as long as it takes, and is never asked twice.
        "route": {"cluster": UPSTREAM, "timeout": "0s"},
        "typed_per_filter_config": {
            LUA: {
                "@type": f"{_TYPES}.extensions.filters.http.lua.v3.LuaPerRoute",
                "source_code": {"inline_string": code},
            }
        },
    }
