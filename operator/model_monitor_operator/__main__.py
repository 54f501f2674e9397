"""`model-monitor-operator`: run the operator until it is told to end."""

import argparse
import gc
import signal
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from prometheus_client import CollectorRegistry, PlatformCollector, ProcessCollector

from model_monitor_operator import logs, serving
from model_monitor_operator.cluster.connection import CredentialsError, configuration
from model_monitor_operator.cluster.operator import Operator
from model_monitor_operator.metrics.collector import ResourceCollector
from model_monitor_operator.reconcilers import reconcilers
from model_monitor_operator.settings import SettingsError, load_settings

_BAD_INPUT = 2
_COLLECTED_AFTER = 50_000
"""New containers until garbage is collected.

Each time a cache of thousands of objects may be gone through: the 700 of Python cost several hundredths
of all processor time.
"""
_SPARE_CONNECTIONS = 4
"""Beside the workers', for listings."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the operator and return its exit status: 0 after SIGTERM, 1 if it has failed, 2 for bad input."""
    wanted = _parser().parse_args(arguments)
    gc.set_threshold(_COLLECTED_AFTER)
    logs.configure(wanted.log_level)
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    try:
        settings = load_settings(wanted.config)
        how = configuration(wanted.kubeconfig, settings.workers + _SPARE_CONNECTIONS)
        operator = Operator(settings, how, reconcilers(settings), registry)
        registry.register(ResourceCollector(operator.cache))
        server = serving.Server(
            settings.metrics_port,
            {
                "/livez": serving.probe(operator.illness),
                "/readyz": serving.probe(operator.unreadiness),
                "/metrics": serving.metrics(registry),
            },
        )
    except (SettingsError, CredentialsError) as error:
        return _refuse(str(error))
    except OSError as error:
        return _refuse(f"port {settings.metrics_port} can't be served: {error.strerror}")
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: operator.stop())
    server.start()
    # In a thread, since a signal's handler must not wait for a lock that the thread it interrupts holds.
    with ThreadPoolExecutor(1, "operator") as pool:
        status = pool.submit(operator.run).result()
    server.stop()
    return status


def _refuse(problem: str) -> int:
    sys.stderr.write(f"model-monitor-operator: {problem}\n")
    return _BAD_INPUT


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="model-monitor-operator", description="The Kubernetes operator of Model Monitor."
    )
    parser.add_argument("--config", type=Path, required=True, metavar="FILE", help="settings, in YAML")
    parser.add_argument(
        "--kubeconfig", type=Path, metavar="FILE", help="how to reach the API server from outside a cluster"
    )
    parser.add_argument("--log-level", choices=logs.LEVELS, default="info", help="default: info")
    return parser


if __name__ == "__main__":
    sys.exit(main())
