"""The candidates: servers in front of the same model, each a process of its own."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from socket import create_connection

from tests.capture.envoy import (
    Gateway,
    free_port,
    gateway,
    place,
    spec,
    start_envoy,
    wait_for,
    write_routes,
)
from tests.capture.load import fast_model
from tests.capture.shipper.process import ShipperProcess

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
    gateway
        The gateway, if it is one.
    """

    port: int
    processes: list[int]
    gateway: Gateway | None = None


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
    (folder / "envoy.json").write_text(json.dumps(configuration))
    process = start_envoy(folder, installation.listen_port)
    try:
        yield Candidate(installation.listen_port, [process.pid])
    finally:
        process.kill()
        process.wait()


@contextmanager
def _capture(folder: Path, model: int) -> Iterator[Candidate]:
    with gateway(folder, model, spec()) as running:
        yield Candidate(running.port, [running.process.pid], running)


@contextmanager
def _shipped(folder: Path, model: int) -> Iterator[Candidate]:
    """Give the gateway with its shipper, which stores into a folder."""
    with _capture(folder, model) as found:
        assert found.gateway is not None
        storage = {"uri": f"file://{folder}/store"}
        shipper = ShipperProcess(folder, found.gateway, storage, flushInterval="2s", spoolBytes=8 << 30)
        shipper.start()
        shipper.wait_for_metric("model_monitor_capture_records_total", 0)
        assert shipper.process is not None
        found.processes.append(shipper.process.pid)
        try:
            yield found
        finally:
            shipper.process.kill()
            shipper.process.wait()


@contextmanager
def _logger(folder: Path, model: int) -> Iterator[Candidate]:
    """Give a logger as KServe's agent is one, but in Python; the model takes its events, too."""
    port = free_port()
    with (_made(folder) / "log").open("wb") as log:
        command = [sys.executable, str(Path(__file__).with_name("logger.py")), str(port), str(model)]
        process = subprocess.Popen(command, stdout=log, stderr=log)

    def listens() -> bool:
        assert process.poll() is None, (folder / "log").read_text()
        try:
            create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            return False
        return True

    try:
        wait_for(listens, "the logger")
        yield Candidate(port, [process.pid])
    finally:
        process.kill()
        process.wait()


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder
