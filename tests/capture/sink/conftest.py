"""Fixtures of the sink's tests."""

import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.capture.sink.process import SinkProcess


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[Callable[..., SinkProcess]]:
    """Start a sink; one that still runs at the end is killed."""
    made: list[SinkProcess] = []

    def start(**fields: object) -> SinkProcess:
        spec = fields.pop("spec", None)
        assert spec is None or isinstance(spec, dict)
        made.append(SinkProcess(tmp_path, spec, **fields))
        made[-1].start()
        return made[-1]

    yield start
    for one in made:
        if one.process is not None and one.process.poll() is None:
            one.end(signal.SIGKILL)
