"""The candidates: servers in front of the same model, each a process of its own."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from socket import create_connection, socket
from typing import Any

from model_monitor_api.v1alpha1.datacapture import DataCaptureSpec
from model_monitor_capture.gateway.bootstrap import arguments, bootstrap
from model_monitor_capture.gateway.facts import Installation
from model_monitor_capture.gateway.routes import route_file

ENVOY = Path(sys.executable).with_name("envoy")
HTTP = "type.googleapis.com/envoy.extensions.filters"


@dataclass
class Candidate:
    """What stands between client and model.

    Attributes
    ----------
    port
        Where it listens.
    processes
        Whose CPU time counts.
    spool
        Folder of the records that it keeps, if any.
    """

    port: int
    processes: list[int] = field(default_factory=list)
    spool: Path | None = None


def free_port() -> int:
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def process(command: list[str], port: int, log: Path) -> Iterator[int]:
    """Run a server until the context ends; give its process id once it listens."""
    with log.open("wb") as output, subprocess.Popen(command, stdout=output, stderr=output) as started:
        try:
            end = time.monotonic() + 60
            while True:
                try:
                    create_connection(("127.0.0.1", port), timeout=1).close()
                    break
                except OSError:
                    if started.poll() is not None or time.monotonic() > end:
                        raise SystemExit(f"{command[0]} did not start:\n{log.read_text()}") from None
                    time.sleep(0.1)
            yield started.pid
        finally:
            started.kill()


@contextmanager
def envoy(folder: Path, configuration: dict[str, Any], port: int) -> Iterator[int]:
    folder.mkdir()
    (folder / "envoy.json").write_text(json.dumps(configuration))
    with process([str(ENVOY), *arguments(str(folder / "envoy.json"), 1)], port, folder / "log") as pid:
        yield pid


@contextmanager
def model(folder: Path) -> Iterator[Candidate]:
    """Give the model alone: an Envoy that answers every request itself."""
    port = free_port()
    manager = {
        "@type": f"{HTTP}.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "model",
        "route_config": {
            "virtual_hosts": [
                {
                    "name": "all",
                    "domains": ["*"],
                    "routes": [
                        {
                            "match": {"prefix": "/"},
                            "direct_response": {"status": 200, "body": {"inline_string": "0.5\n"}},
                        }
                    ],
                }
            ]
        },
        "http_filters": [
            # It answers once the whole body is there, as a model does.
            {
                "name": "buffer",
                "typed_config": {"@type": f"{HTTP}.http.buffer.v3.Buffer", "max_request_bytes": 16 << 20},
            },
            {"name": "router", "typed_config": {"@type": f"{HTTP}.http.router.v3.Router"}},
        ],
    }
    listener = {
        "address": {"socket_address": {"address": "127.0.0.1", "port_value": port}},
        "filter_chains": [{"filters": [{"name": "http", "typed_config": manager}]}],
    }
    with envoy(folder, {"static_resources": {"listeners": [listener]}}, port):
        yield Candidate(port)


@contextmanager
def gateway(folder: Path, upstream: int, *, captures: bool) -> Iterator[Candidate]:
    """Give the capture gateway, or the same Envoy with the filter and the logs taken out."""
    folder.mkdir()
    port = free_port()
    installation = Installation(
        upstream_host="127.0.0.1",
        upstream_port=upstream,
        spool=str(folder / "records.jsonl"),
        admin_socket=str(folder / "admin"),
        routes_file=str(folder / "routes.json"),
        routes_folder=str(folder),
        listen_address="127.0.0.1",
        listen_port=port,
    )
    spec = DataCaptureSpec.model_validate({"source": {"service": {"name": "model", "port": 80}}})
    routes, configuration = route_file(spec), bootstrap(installation)
    if not captures:
        [chain] = configuration["static_resources"]["listeners"][0]["filter_chains"]
        manager = chain["filters"][0]["typed_config"]
        manager["access_log"] = []
        manager["http_filters"] = manager["http_filters"][1:]
        host = routes["resources"][0]["virtual_hosts"][0]
        host["routes"] = [{key: host["routes"][1][key] for key in ("match", "route")}]
    (folder / "routes.json").write_text(json.dumps(routes))
    with envoy(folder / "envoy", configuration, port) as pid:
        yield Candidate(port, [pid], folder if captures else None)


@contextmanager
def gateway_with_shipper(folder: Path, upstream: int) -> Iterator[Candidate]:
    """Give the gateway with its shipper, which stores into a folder."""
    with ExitStack() as stack:
        found = stack.enter_context(gateway(folder, upstream, captures=True))
        metrics = free_port()
        settings = {
            "instance": "benchmark",
            "capture": "benchmark",
            "storage": {"uri": f"file://{folder}/store"},
            "spool": str(folder),
            "adminSocket": str(folder / "admin"),
            "flushInterval": "2s",
            "metricsPort": metrics,
        }
        (folder / "shipper.json").write_text(json.dumps(settings))
        command = [sys.executable, "-m", "model_monitor_capture", "--config", str(folder / "shipper.json")]
        found.processes.append(stack.enter_context(process(command, metrics, folder / "shipper.log")))
        yield found
