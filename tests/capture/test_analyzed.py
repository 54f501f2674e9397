"""The whole way: requests through the gateway, records into a store, and the analyzer over them."""

import json
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.capture.envoy import Gateway, gateway, spec, wait_for
from tests.capture.http import request
from tests.capture.model import Model
from tests.capture.shipper.process import ShipperProcess

FEATURES = ["tenure", "charge"]
ROWS = 200


@pytest.fixture
def running(tmp_path: Path, served: Model) -> Iterator[Gateway]:
    with gateway(tmp_path, served.port, spec()) as started:
        yield started


def rows(chance: random.Random, shift: float) -> list[str]:
    return [f"{chance.randrange(72)},{chance.gauss(60 + shift, 10):.2f}" for _ in range(ROWS)]


def manifests(training: Path, records: Path) -> list[dict[str, Any]]:
    def of(kind: str, name: str, **spec: Any) -> dict[str, Any]:
        return {
            "apiVersion": "modelmonitor.dev/v1alpha1",
            "kind": kind,
            "metadata": {"name": name},
            "spec": spec,
        }

    output = {"uri": f"file://{training.parent}/out"}
    files = {"uri": f"file://{records}", "format": "SageMakerCapture"}
    return [
        of("DataCapture", "churn", source={"files": files}),
        of(
            "Baseline",
            "churn",
            dataset={"uri": f"file://{training}", "format": "CSV"},
            columns={"features": FEATURES},
            dataQuality={},
            output=output,
        ),
        of(
            "MonitoringSchedule",
            "churn",
            schedule="0 * * * *",
            baselineRef={"name": "churn"},
            captureRef={"name": "churn"},
            type="DataQuality",
            minCompleteness=1,
            output=output,
        ),
    ]


@pytest.mark.slow
def test_the_analyzer_finds_in_captured_traffic_what_drifted(tmp_path: Path, running: Gateway) -> None:
    chance = random.Random(1)
    training = tmp_path / "training.csv"
    training.write_text("\n".join([",".join(FEATURES), *(rows(chance, 0) * 5)]) + "\n")
    records = tmp_path / "records"
    shipping = ShipperProcess(tmp_path, running, {"uri": f"file://{records}"})
    shipping.start()
    begin = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    for row in rows(chance, 40):
        assert request(running.port, row.encode(), Content_Type="text/csv").status == 200
    shipping.wait_for_metric("model_monitor_capture_records_total", ROWS)
    running.process.terminate()
    running.process.wait()
    assert shipping.end(signal.SIGTERM) == 0
    wait_for(lambda: list(records.rglob("_completeness-*.json")), "the account")
    stored = records / "churn" / "AllTraffic"
    path = tmp_path / "manifests.yaml"
    path.write_text(yaml.safe_dump_all(manifests(training, stored)))
    end = begin + timedelta(hours=2)
    command = [
        *(sys.executable, "-m", "model_monitor_analyzer", "run", "--quiet", "--fail-on-violation"),
        *("--filename", str(path), "--window", f"{begin:%Y-%m-%dT%H:%M:%SZ}", f"{end:%Y-%m-%dT%H:%M:%SZ}"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=240)
    assert done.returncode == 3, done.stdout + done.stderr
    [report] = (tmp_path / "out" / "default" / "churn" / f"{end:%Y/%m/%d}").rglob("report.json")
    found = json.loads(report.read_text())
    assert [violation["feature"] for violation in found["violations"]] == ["charge"]
