"""The API server that the tests of this folder share."""

import json
import time
from collections.abc import Iterator

import pytest

from tests.cluster.binaries import BinariesMissingError
from tests.cluster.control_plane import ControlPlane, control_plane
from tests.support.parts import missing


@pytest.fixture(scope="session")
def cluster() -> Iterator[ControlPlane]:
    """Return a real API server that serves the project's kinds."""
    try:
        with control_plane() as running:
            applied = running.run("apply", "--server-side", "-f", "crds/")
            assert applied.returncode == 0, applied.stderr
            _wait_established(running)
            running.run("create", "namespace", "models")
            yield running
    except BinariesMissingError as problem:
        missing(str(problem))


def _wait_established(cluster: ControlPlane, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while True:
        found = json.loads(cluster.run("get", "crd", "-o", "json").stdout)["items"]
        conditions = [
            {c["type"]: c["status"] for c in crd["status"].get("conditions") or []} for crd in found
        ]
        if all(condition.get("Established") == "True" for condition in conditions):
            return
        assert time.monotonic() < deadline, f"kinds not established after {seconds:.0f} s: {conditions}"
        time.sleep(0.2)
