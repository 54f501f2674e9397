"""A shipper as the process that it is."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, Protocol
from urllib.request import urlopen

from model_monitor_api.contract.shipper import REPORT_PATH, ShipperReport, read_shipper_report
from tests.capture.envoy import wait_for
from tests.support.ports import free_port
from tests.support.s3 import CREDENTIALS, S3Bucket


class Writer(Protocol):
    """What writes a spool."""

    @property
    def spool(self) -> Path: ...

    @property
    def admin(self) -> Path: ...


class ShipperProcess:
    """`model-monitor-shipper` beside a gateway or a sink."""

    def __init__(self, folder: Path, running: Writer, storage: dict[str, Any], **fields: Any) -> None:
        self._folder = folder
        self._metrics_port = free_port()
        self.environment = dict(CREDENTIALS)
        settings = {
            "instance": "pod-1",
            "capture": "churn",
            "storage": storage,
            "spool": str(running.spool.parent),
            "adminSocket": str(running.admin),
            "flushInterval": "500ms",
            "gracePeriod": "60s",
            "metricsPort": self._metrics_port,
        } | fields
        (folder / "shipper.yaml").write_text(json.dumps(settings))
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> str:
        return (self._folder / "shipper.log").read_text()

    def start(self) -> None:
        command = [
            sys.executable,
            "-m",
            "model_monitor_capture",
            "--config",
            str(self._folder / "shipper.yaml"),
        ]
        clean = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        with (self._folder / "shipper.log").open("ab") as log:
            self.process = subprocess.Popen(command, stderr=log, env=clean | self.environment)

    def ask(self, path: str) -> bytes:
        """Return what is served at a path."""
        with urlopen(f"http://127.0.0.1:{self._metrics_port}{path}", timeout=120) as answer:
            return bytes(answer.read())

    def report(self) -> ShipperReport:
        """Return what it says of itself."""
        return read_shipper_report(self.ask(REPORT_PATH))

    def change(self, **fields: Any) -> None:
        """Replace its settings as kubelet replaces a ConfigMap's."""
        path = self._folder / "shipper.yaml"
        draft = path.with_suffix(".draft")
        draft.write_text(json.dumps(json.loads(path.read_text()) | fields))
        draft.rename(path)

    def drain(self) -> int:
        """Run the hook before its end."""
        command = [sys.executable, "-m", "model_monitor_capture", "--drain", "--config"]
        return subprocess.run(
            [*command, str(self._folder / "shipper.yaml")], check=False, timeout=120
        ).returncode

    def end(self, by: signal.Signals) -> int:
        assert self.process is not None
        self.process.send_signal(by)
        return self.process.wait(timeout=120)

    def metric(self, name: str) -> float:
        """Return the value of a sample, 0 if there is none, -1 while nothing is served."""
        try:
            with urlopen(f"http://127.0.0.1:{self._metrics_port}/metrics", timeout=10) as answer:
                text = answer.read().decode()
        except OSError:
            return -1
        values = [line.rpartition(" ")[2] for line in text.splitlines() if line.startswith(f"{name} ")]
        return float(values[0]) if values else 0

    def wait_for_metric(self, name: str, least: float) -> None:
        def reached() -> bool:
            assert self.process is not None
            assert self.process.poll() is None, self.log
            return self.metric(name) >= least

        wait_for(reached, f"{name} {least}", 120)


def s3_storage(bucket: S3Bucket) -> dict[str, Any]:
    return {
        "uri": bucket.uri("capture"),
        "connection": {"endpoint": bucket.endpoint, "region": "us-east-1"},
    }
