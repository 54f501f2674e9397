"""Sending a run's figures by OTLP over HTTP, as JSON; a run never fails for it."""

import http.client
import json
import logging
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote

from model_monitor_analyzer.telemetry.points import requests_of
from model_monitor_api.contract.report import AnalysisReport
from model_monitor_api.printable import without_credentials

_LOG = logging.getLogger(__name__)

_ENDPOINT: Final = "OTEL_EXPORTER_OTLP_ENDPOINT"
_METRICS_ENDPOINT: Final = "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"
_HEADERS: Final = "OTEL_EXPORTER_OTLP_HEADERS"

REQUEST_SECONDS: Final = 10
"""How long one request may take."""

ALL_SECONDS: Final = 60
"""How long all of them may take; what is not sent by then is left out."""


def send_figures(report: AnalysisReport, environment: Mapping[str, str]) -> None:
    """Send the figures of all features of a run to where the environment says, if it says so.

    The variables are OpenTelemetry's own: `OTEL_EXPORTER_OTLP_ENDPOINT`, to which `/v1/metrics` is added, or
    `OTEL_EXPORTER_OTLP_METRICS_ENDPOINT`, and `OTEL_EXPORTER_OTLP_HEADERS`. What goes wrong is logged.

    Parameters
    ----------
    report
        What the run found.
    environment
        Variables of the process.
    """
    address = _address(environment)
    if address is None:
        return
    shown = without_credentials(address)
    if not address.startswith(("http://", "https://")):
        _LOG.warning("figures were not sent: '%s' is no address of HTTP", shown)
        return
    headers = {"Content-Type": "application/json", "User-Agent": "model-monitor"} | _headers(environment)
    end = time.monotonic() + ALL_SECONDS
    for document in requests_of(report):
        if time.monotonic() > end:
            _LOG.warning("not all figures were sent to '%s': it took more than %s s", shown, ALL_SECONDS)
            return
        body = json.dumps(document, allow_nan=False).encode()
        try:
            request = urllib.request.Request(address, body, headers, method="POST")  # noqa: S310 # http: checked
            urllib.request.urlopen(request, timeout=REQUEST_SECONDS).close()  # noqa: S310 # as above
        except urllib.error.HTTPError as error:
            error.close()
            _LOG.warning("figures were not sent: '%s' answered with HTTP %s", shown, error.code)
            return
        except (OSError, ValueError, http.client.HTTPException) as error:
            _LOG.warning("figures were not sent: '%s' does not answer (%s)", shown, type(error).__name__)
            return


def _address(environment: Mapping[str, str]) -> str | None:
    if own := environment.get(_METRICS_ENDPOINT):
        return own
    common = environment.get(_ENDPOINT)
    return f"{common.rstrip('/')}/v1/metrics" if common else None


def _headers(environment: Mapping[str, str]) -> dict[str, str]:
    """Read `name=value,name=value`, percent-encoded, as OpenTelemetry defines it."""
    pairs = (part.partition("=") for part in environment.get(_HEADERS, "").split(","))
    return {unquote(name.strip()): unquote(value.strip()) for name, equals, value in pairs if equals}
