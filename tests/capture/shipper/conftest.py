"""A gateway and shippers beside it."""

import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.capture.envoy import Gateway, gateway, spec
from tests.capture.load import fast_model
from tests.capture.shipper.process import ShipperProcess


@pytest.fixture(scope="module")
def model_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with fast_model(tmp_path_factory.mktemp("model")) as port:
        yield port


@pytest.fixture
def running(tmp_path: Path, model_port: int) -> Iterator[Gateway]:
    with gateway(tmp_path, model_port, spec()) as started:
        yield started


@pytest.fixture
def shipper(tmp_path: Path, running: Gateway) -> Iterator[Callable[..., ShipperProcess]]:
    """Make shippers beside the gateway; those that still run at the end are killed."""
    made: list[ShipperProcess] = []

    def make(storage: dict[str, Any], **fields: Any) -> ShipperProcess:
        made.append(ShipperProcess(tmp_path, running, storage, **fields))
        return made[-1]

    yield make
    for one in made:
        if one.process is not None and one.process.poll() is None:
            one.end(signal.SIGKILL)
