"""A sink as the process that it is."""

import json
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from socket import socket
from typing import Any
from urllib.request import urlopen

from tests.capture.envoy import wait_for
from tests.capture.http import Answer, exchange, parse
from tests.capture.sink.examples import spec_fields
from tests.support.ports import free_port


class SinkProcess:
    """`model-monitor-sink` in a folder."""

    def __init__(self, folder: Path, spec: Mapping[str, Any] | None = None, **fields: Any) -> None:
        self.folder = folder
        self.port = free_port()
        self._metrics_port = free_port()
        (folder / "spool").mkdir(exist_ok=True)
        self._fields = {
            "spool": str(folder / "spool"),
            "adminSocket": str(folder / "admin"),
            "listenAddress": "127.0.0.1",
            "listenPort": self.port,
            "metricsPort": self._metrics_port,
            "linger": "0s",
        } | fields
        self.configure(spec or {})
        self.process: subprocess.Popen[bytes] | None = None

    # What a shipper's process asks of what it runs beside.

    @property
    def spool(self) -> Path:
        return self.folder / "spool" / "records.jsonl"

    @property
    def admin(self) -> Path:
        return self.folder / "admin"

    @property
    def log(self) -> str:
        return (self.folder / "sink.log").read_text()

    def configure(self, spec: Mapping[str, Any]) -> None:
        """Replace the settings' file as kubelet does."""
        draft = self.folder / "sink.draft"
        draft.write_text(json.dumps(self._fields | {"spec": spec_fields(**spec)}))
        draft.rename(self.folder / "sink.yaml")

    def start(self, *, ready: bool = True) -> None:
        command = [sys.executable, "-m", "model_monitor_capture.sink"]
        with (self.folder / "sink.log").open("ab") as log:
            self.process = subprocess.Popen(
                [*command, "--config", str(self.folder / "sink.yaml")], stderr=log
            )
        if ready:
            wait_for(self._listens, "the sink")

    def _listens(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log
        with socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def end(self, by: signal.Signals = signal.SIGTERM) -> int:
        assert self.process is not None
        self.process.send_signal(by)
        return self.process.wait(timeout=60)

    def post(self, headers: Mapping[str, str], body: bytes, method: str = "POST") -> Answer:
        """Send one request on a connection of its own."""
        return parse(exchange(self.port, request(headers, body, method, close=True)))

    def records(self, count: int) -> list[Any]:
        """Wait for so many records in the spool, and return what is there."""
        wait_for(lambda: len(self.spool.read_bytes().splitlines()) >= count, f"record {count}")
        return [json.loads(line) for line in self.spool.read_bytes().splitlines()]

    def metric(self, name: str) -> float:
        """Return the value of a sample, 0 if there is none."""
        with urlopen(f"http://127.0.0.1:{self._metrics_port}/metrics", timeout=10) as answer:
            text = answer.read().decode()
        full = f"model_monitor_capture_{name} "
        values = [line.rpartition(" ")[2] for line in text.splitlines() if line.startswith(full)]
        return float(values[0]) if values else 0


def request(headers: Mapping[str, str], body: bytes, method: str = "POST", *, close: bool = False) -> bytes:
    """Return a request's bytes."""
    fields = {"Host": "sink", "Content-Length": str(len(body)), **headers}
    if close:
        fields.setdefault("Connection", "close")
    lines = [f"{method} / HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items()), "", ""]
    return "\r\n".join(lines).encode() + body
