"""The candidates: servers in front of the same model, each a process of its own."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from socket import create_connection
from typing import Any

from tests.capture.envoy import (
    gateway,
    place,
    spec,
    start_envoy,
    wait_for,
    write_routes,
)
from tests.capture.load import fast_model
from tests.capture.shipper.process import ShipperProcess
from tests.support.ports import free_port

from model_monitor_capture.gateway.bootstrap import bootstrap


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
    processes: list[int]
    spool: Path | None = None


@contextmanager
def process(command: list[str], port: int, log: Path) -> Iterator[int]:
    """Run a server until the context ends; give its process id once it listens."""
    with log.open("wb") as output:
        started = subprocess.Popen(command, stdout=output, stderr=output)

    def listens() -> bool:
        assert started.poll() is None, log.read_text()
        try:
            create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            return False
        return True

    try:
        wait_for(listens, command[0])
        yield started.pid
    finally:
        started.kill()
        started.wait()


@contextmanager
def envoy(folder: Path, configuration: dict[str, Any], port: int) -> Iterator[int]:
    """Run an Envoy of any configuration until the context ends; give its process id."""
    (folder / "envoy.json").write_text(json.dumps(configuration))
    started = start_envoy(folder, port)
    try:
        yield started.pid
    finally:
        started.kill()
        started.wait()


@contextmanager
def candidates(folder: Path) -> Iterator[dict[str, Candidate]]:
    """Start all before one model."""
    with ExitStack() as stack:
        model = stack.enter_context(fast_model(_made(folder / "model")))
        yield {
            "no proxy": Candidate(model, []),
            "plain Envoy": stack.enter_context(_plain(folder / "plain", model)),
            "capture": stack.enter_context(_capture(folder / "capture", model)),
            "capture, with its shipper": stack.enter_context(_shipped(folder / "shipped", model)),
            "logger in Python": stack.enter_context(_logger(folder / "logger", model)),
        }


@contextmanager
def _plain(folder: Path, model: int) -> Iterator[Candidate]:
    """Give the gateway's Envoy with the filter and the logs taken out."""
    installation = place(folder, model)
    write_routes(installation, spec())
    routes = json.loads(Path(installation.routes_file).read_text())
    [host] = routes["resources"][0]["virtual_hosts"]
    host["routes"] = [{key: host["routes"][-1][key] for key in ("match", "route")}]
    Path(installation.routes_file).write_text(json.dumps(routes))
    configuration = bootstrap(installation)
    [chain] = configuration["static_resources"]["listeners"][0]["filter_chains"]
    manager = chain["filters"][0]["typed_config"]
    manager["access_log"] = []
    manager["http_filters"] = [one for one in manager["http_filters"] if one["name"].endswith("router")]
    with envoy(folder, configuration, installation.listen_port) as pid:
        yield Candidate(installation.listen_port, [pid])


@contextmanager
def _capture(folder: Path, model: int) -> Iterator[Candidate]:
    with gateway(folder, model, spec()) as running:
        yield Candidate(running.port, [running.process.pid], running.spool.parent)


@contextmanager
def _shipped(folder: Path, model: int) -> Iterator[Candidate]:
    """Give the gateway with its shipper, which stores into a folder."""
    with gateway(folder, model, spec()) as running:
        storage = {"uri": f"file://{folder}/store"}
        shipper = ShipperProcess(folder, running, storage, flushInterval="2s", spoolBytes=8 << 30)
        shipper.start()
        shipper.wait_for_metric("model_monitor_capture_records_total", 0)
        assert shipper.process is not None
        try:
            yield Candidate(running.port, [running.process.pid, shipper.process.pid])
        finally:
            shipper.process.kill()
            shipper.process.wait()


@contextmanager
def _logger(folder: Path, model: int) -> Iterator[Candidate]:
    """Give a logger as KServe's agent is one, but in Python; the model takes its events, too."""
    port = free_port()
    command = [sys.executable, str(Path(__file__).with_name("logger.py")), str(port), str(model)]
    with process(command, port, _made(folder) / "log") as pid:
        yield Candidate(port, [pid])


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder
