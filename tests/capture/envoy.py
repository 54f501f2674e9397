"""A real Envoy in front of a real server."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from socket import socket
from typing import Any

from model_monitor_api.v1alpha1.datacapture import DataCaptureSpec
from model_monitor_capture.gateway.bootstrap import arguments, bootstrap
from model_monitor_capture.gateway.facts import Installation
from model_monitor_capture.gateway.routes import route_file
from tests.capture.filter import capture_filter
from tests.cluster.binaries import BinariesMissingError
from tests.support.parts import missing
from tests.support.ports import free_port

PROGRAM = Path(sys.executable).with_name("envoy")

SPEC: dict[str, Any] = {"source": {"service": {"name": "model", "port": 8080}}}
"""A DataCapture of a Service that says nothing more."""


def spec(**fields: Any) -> DataCaptureSpec:
    """Return a spec with some fields, as YAML would have them."""
    return DataCaptureSpec.model_validate(SPEC | fields)


def wait_for(condition: Callable[[], object], what: str, seconds: float = 60) -> None:
    """Wait until something is true; a loaded machine takes its time."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"{what} did not come"
        time.sleep(0.05)


@dataclass
class Gateway:
    """A running Envoy."""

    installation: Installation
    process: subprocess.Popen[bytes]
    folder: Path

    @property
    def port(self) -> int:
        return self.installation.listen_port

    @property
    def spool(self) -> Path:
        return Path(self.installation.spool)

    @property
    def admin(self) -> Path:
        return Path(self.installation.admin_socket)

    @property
    def log(self) -> str:
        return (self.folder / "envoy.log").read_text()

    def records(self, count: int) -> list[Any]:
        """Wait for so many records in the spool, and return what is there."""
        lines: list[bytes] = []

        def written() -> bool:
            # Envoy writes a long line in pieces.
            *lines[:], last = self.spool.read_bytes().split(b"\n")
            return len(lines) >= count and not last

        wait_for(written, f"record {count}")
        return [json.loads(line) for line in lines]

    def configure(self, wanted: DataCaptureSpec) -> None:
        """Replace the routes as kubelet replaces a ConfigMap: by a rename."""
        write_routes(self.installation, wanted)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def start(self) -> None:
        """Start Envoy anew at the same place."""
        self.process = start_envoy(self.folder, self.port)


def write_routes(installation: Installation, wanted: DataCaptureSpec) -> None:
    draft = Path(installation.routes_file).with_suffix(".draft")
    draft.write_text(json.dumps(route_file(wanted, installation.module)))
    draft.rename(installation.routes_file)


def start_envoy(folder: Path, port: int) -> subprocess.Popen[bytes]:
    """Start Envoy with `envoy.json` of a folder, and wait until it listens."""
    if not PROGRAM.exists():
        missing("Envoy, which its wheel has for Linux and macOS only")
    with (folder / "envoy.log").open("ab") as log:
        command = [str(PROGRAM), *arguments(str(folder / "envoy.json"), 1)]
        process = subprocess.Popen(command, stdout=log, stderr=log, env=os.environ | {"TZ": "Asia/Tokyo"})

    def ready() -> bool:
        assert process.poll() is None, (folder / "envoy.log").read_text()
        with socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    wait_for(ready, "Envoy")
    return process


def place(folder: Path, upstream_port: int) -> Installation:
    """Return where a gateway of this folder runs; its routes and its spool have folders of their own."""
    try:
        module = capture_filter()
    except BinariesMissingError as problem:
        missing(str(problem))
    (folder / "routes").mkdir(parents=True)
    (folder / "spool").mkdir()
    return Installation(
        upstream_host="127.0.0.1",
        upstream_port=upstream_port,
        spool=str(folder / "spool" / "records.jsonl"),
        admin_socket=str(folder / "admin"),
        routes_file=str(folder / "routes" / "routes.json"),
        routes_folder=str(folder / "routes"),
        module=str(module),
        listen_address="127.0.0.1",
        listen_port=free_port(),
    )


@contextmanager
def gateway(folder: Path, upstream_port: int, wanted: DataCaptureSpec) -> Iterator[Gateway]:
    """Run Envoy with the configuration of a spec until the context ends."""
    installation = place(folder, upstream_port)
    write_routes(installation, wanted)
    (folder / "envoy.json").write_text(json.dumps(bootstrap(installation)))
    running = Gateway(installation, start_envoy(folder, installation.listen_port), folder)
    try:
        yield running
    finally:
        running.kill()
