"""`model-monitor-shipper`: bring a capture gateway's records into the store until told to end."""

import argparse
import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from prometheus_client import start_http_server

from model_monitor_api.settings import SettingsError
from model_monitor_capture.shipper.metrics import Metrics
from model_monitor_capture.shipper.settings import load_settings
from model_monitor_capture.shipper.shipper import Shipper
from model_monitor_capture.shipper.transform import transform

_BAD_INPUT = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the shipper and return its exit status: 0 once drained, 1 if records are left, 2 for bad input."""
    parser = argparse.ArgumentParser(prog="model-monitor-shipper", description=__doc__)
    parser.add_argument("--config", type=Path, required=True, metavar="FILE", help="the settings, as YAML")
    wanted = parser.parse_args(arguments)
    metrics = Metrics()
    try:
        settings = load_settings(wanted.config)
        shipper = Shipper(settings, transform(settings, metrics), metrics, _tell)
        if settings.metrics_port:
            start_http_server(settings.metrics_port, registry=metrics.registry)
    except SettingsError as error:
        _tell(str(error))
        return _BAD_INPUT
    except OSError as error:
        _tell(f"port {settings.metrics_port} can't be served: {error.strerror}")
        return _BAD_INPUT

    def stop(_signal: int, _frame: FrameType | None) -> None:
        shipper.stop()
        # A request to a store that hangs must not outlast the grace period.
        limit = threading.Timer(settings.grace.total_seconds() + 1, lambda: os._exit(1))
        limit.daemon = True
        limit.start()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    try:
        return 0 if shipper.run() else 1
    except OSError as error:
        _tell(f"the spool '{settings.spool}' can't be used: {error}")
        return 1


def _tell(text: str) -> None:
    sys.stderr.write(f"model-monitor-shipper: {text}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
