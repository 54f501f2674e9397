"""A folder with data and manifests, as a person would have it."""

import csv
import gzip
import json
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

Manifest = dict[str, Any]


@dataclass(frozen=True)
class Project:
    """A folder in which manifests name their data and outputs by relative locations."""

    folder: Path

    def write_manifests(self, *objects: Manifest, name: str = "manifests.yaml") -> Path:
        """Write objects into one file."""
        path = self.folder / name
        path.write_text(yaml.safe_dump_all(objects, sort_keys=False), encoding="utf-8")
        return path

    def write_csv(self, name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> Path:
        """Write a CSV file."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(header)
            writer.writerows(rows)
        return path

    def write_capture(self, prefix: str, records: Iterable[tuple[datetime, str]]) -> None:
        """Write capture files, one an hour, of requests with a CSV body each."""
        by_hour: dict[str, list[str]] = {}
        for number, (time, body) in enumerate(records):
            line = json.dumps(captured(f"e{number}", time, body))
            by_hour.setdefault(f"{time:%Y/%m/%d/%H}", []).append(line)
        for hour, lines in by_hour.items():
            path = self.folder / prefix / hour / "00-00-000-part.jsonl.gz"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(gzip.compress("\n".join([*lines, ""]).encode(), mtime=0))

    def files(self, below: str = "out") -> dict[str, bytes]:
        """Return the content of every file below a folder, by relative path."""
        root = self.folder / below
        return {
            str(path.relative_to(root)): path.read_bytes()
            for path in sorted(root.rglob("*"))
            if path.is_file()
        }

    def run(
        self, *arguments: str, environment: Mapping[str, str] | None = None
    ) -> "subprocess.CompletedProcess[str]":
        """Run `model-monitor` in the folder and wait for it."""
        return subprocess.run(
            [*COMMAND, *arguments],
            cwd=self.folder,
            env=None if environment is None else dict(environment),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )


COMMAND = (sys.executable, "-m", "model_monitor_analyzer")


def captured(event_id: str, time: datetime, body: str) -> dict[str, Any]:
    """Return a capture record of a request with a CSV body."""
    return {
        "captureData": {
            "endpointInput": {
                "observedContentType": "text/csv",
                "mode": "INPUT",
                "data": body,
                "encoding": "CSV",
            }
        },
        "eventMetadata": {"eventId": event_id, "inferenceTime": f"{time:%Y-%m-%dT%H:%M:%SZ}"},
        "eventVersion": "0",
    }


def baseline(uri: str, file_format: str = "CSV", *, name: str = "model", **spec: Any) -> Manifest:
    """Return a Baseline of data quality."""
    dataset = {"uri": uri, "format": file_format} | spec.pop("dataset", {})
    return _manifest("Baseline", name, {"dataset": dataset, "dataQuality": {}, "output": OUTPUT} | spec)


def capture(uri: str, file_format: str = "SageMakerCapture", *, name: str = "model", **spec: Any) -> Manifest:
    """Return a DataCapture of files."""
    return _manifest("DataCapture", name, {"source": {"files": {"uri": uri, "format": file_format}}} | spec)


def schedule(*, name: str = "hourly", **spec: Any) -> Manifest:
    """Return a MonitoringSchedule that looks every hour at the hour before."""
    own = {
        "type": "DataQuality",
        "baselineRef": {"name": "model"},
        "captureRef": {"name": "model"},
        "schedule": "0 * * * *",
        "window": {"delay": "0s"},
        "output": OUTPUT,
    }
    return _manifest("MonitoringSchedule", name, own | spec)


OUTPUT = {"uri": "file://./out"}


def batches(rows: Sequence[Sequence[object]], size: int) -> Iterator[str]:
    """Yield CSV bodies of so many rows each."""
    for start in range(0, len(rows), size):
        yield "\n".join(",".join(str(cell) for cell in row) for row in rows[start : start + size])


def _manifest(kind: str, name: str, spec: Manifest) -> Manifest:
    return {
        "apiVersion": "modelmonitor.dev/v1alpha1",
        "kind": kind,
        "metadata": {"name": name},
        "spec": spec,
    }
