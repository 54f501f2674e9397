"""`model-monitor-shipper`: bring a capture gateway's records into the store until told to end."""

import argparse
import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from model_monitor_api.serving import Server
from model_monitor_api.settings import SettingsError
from model_monitor_capture.gateway.filter_file import place_filter
from model_monitor_capture.shipper.admin import Admin
from model_monitor_capture.shipper.draining import Draining
from model_monitor_capture.shipper.metrics import Metrics
from model_monitor_capture.shipper.running import Running
from model_monitor_capture.shipper.serving import paths
from model_monitor_capture.shipper.settings import SettingsFile

_BAD_INPUT = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the shipper and return its exit status: 0 once drained, 1 if records are left, 2 for bad input."""
    wanted = _parser().parse_args(arguments)
    metrics = Metrics()
    try:
        file = SettingsFile(wanted.config, _tell)
        settings = file.current
        draining = Draining(Admin(Path(settings.admin_socket)), Path(settings.spool))
        if wanted.drain:
            draining.begin()
            return 0
        if wanted.place_filter:
            place_filter(wanted.place_filter)
        running = Running(file, metrics, _tell)
        if settings.metrics_port:
            Server(settings.metrics_port, paths(metrics, running.report, draining)).start()
    except SettingsError as error:
        _tell(str(error))
        return _BAD_INPUT
    except OSError as error:
        _tell(f"port {settings.metrics_port} can't be served: {error.strerror}")
        return _BAD_INPUT

    def stop(_signal: int, _frame: FrameType | None) -> None:
        running.stop()
        # A request to a store that hangs must not outlast the grace period.
        limit = threading.Timer(file.current.grace.total_seconds() + 1, lambda: os._exit(1))
        limit.daemon = True
        limit.start()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    try:
        drained = running.run()
    except OSError as error:
        _tell(f"the spool '{settings.spool}' can't be used: {error}")
        return 1
    if wanted.termination_message:
        wanted.termination_message.write_bytes(running.report().encoded())
    return 0 if drained else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="model-monitor-shipper", description=__doc__)
    parser.add_argument("--config", type=Path, required=True, metavar="FILE", help="the settings, as YAML")
    parser.add_argument(
        "--drain", action="store_true", help="let the Envoy of a running shipper take leave of its clients"
    )
    parser.add_argument(
        "--place-filter", type=Path, metavar="DIR", help="where Envoy's capture filter is copied to first"
    )
    parser.add_argument(
        "--termination-message", type=Path, metavar="FILE", help="where the last report is written at the end"
    )
    return parser


def _tell(text: str) -> None:
    sys.stderr.write(f"model-monitor-shipper: {text}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
