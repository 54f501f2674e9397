"""What an event costs: the sink, its core behind aiohttp, and Envoy with the gateway's own filter and log.

    .venv/bin/python -m benchmarks.cloud_events.measure --requests 20000 --rounds 3

Each request of a model is two events, as KServe's logger sends them: binary mode, 1 KB of JSON, one after the
other on ten connections, which is what two of its pods have. Candidates take turns in one run. Throughput
per core is events by the CPU time of the candidate's own process, so that neither the client nor other work
on the machine counts. `--reconnect` makes a new connection for each request of the model.

Envoy writes a record for each event and joins none: who reads its spool would have to, at further cost.
"""

import argparse
import asyncio
import json
import os
import statistics
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple

from benchmarks.capture_gateway.candidates import Candidate, envoy, process
from tests.capture.envoy import place, spec
from tests.support.ports import free_port

from model_monitor_capture.gateway.bootstrap import bootstrap
from model_monitor_capture.gateway.routes import route_file

HERE = Path(__file__).parent
TICKS = os.sysconf("SC_CLK_TCK")
CONNECTIONS = 10
BODY = b'{"instances": [[' + b"0.125, " * 143 + b"1]]}"


class Load(NamedTuple):
    """What one load showed."""

    per_second: float
    cpu_microseconds: float


class Client(asyncio.Protocol):
    """A worker of a logger: sends an event, waits for the answer, sends the next."""

    def __init__(self, prefix: str, events: int, done: asyncio.Future[None]) -> None:
        self._prefix = prefix
        self._events = events
        self._done = done
        self._sent = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._send()

    def data_received(self, data: bytes) -> None:
        if not data.startswith(b"HTTP/1.1 200"):
            raise SystemExit(f"an event was refused: {data!r}")
        if self._sent < self._events:
            self._send()
        else:
            self._transport.close()

    def connection_lost(self, _: Exception | None) -> None:
        if not self._done.done():
            self._done.set_result(None)

    def _send(self) -> None:
        number, second = divmod(self._sent, 2)
        self._sent += 1
        self._transport.write(event(f"{self._prefix}-{number}", "response" if second else "request"))


def event(name: str, side: str) -> bytes:
    """Return an event as KServe's agent sends it."""
    head = (
        "POST / HTTP/1.1\r\nHost: sink\r\nUser-Agent: Go-http-client/1.1\r\n"
        f"Content-Length: {len(BODY)}\r\nContent-Type: application/json\r\nCe-Id: {name}\r\n"
        f"Ce-Type: org.kubeflow.serving.inference.{side}\r\nCe-Source: http://localhost:9081/\r\n"
        "Ce-Specversion: 1.0\r\nCe-Inferenceservicename: churn\r\nCe-Namespace: default\r\n"
        "Ce-Component: predictor\r\nCe-Metadata: {}\r\nAccept-Encoding: gzip\r\n"
        "Traceparent: 00-7cebb2ae49d33626845711ad585c850c-78b57bf5baf7151f-00\r\n\r\n"
    )
    return head.encode() + BODY


async def send(port: int, events: int, round_name: str, *, reconnect: bool) -> None:
    loop = asyncio.get_running_loop()

    async def worker(number: int) -> None:
        share = events // CONNECTIONS
        for part in range(share // 2 if reconnect else 1):
            done = loop.create_future()
            name = f"{round_name}-{number}-{part}"
            client = partial(Client, name, 2 if reconnect else share, done)
            await loop.create_connection(client, "127.0.0.1", port)
            await done

    await asyncio.gather(*(worker(number) for number in range(CONNECTIONS)))


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def load(candidate: Candidate, events: int, round_name: str, *, reconnect: bool) -> Load:
    [pid] = candidate.processes
    loop = asyncio.new_event_loop()
    before, begin = cpu_seconds(pid), loop.time()
    loop.run_until_complete(send(candidate.port, events, round_name, reconnect=reconnect))
    span, used = loop.time() - begin, cpu_seconds(pid) - before
    loop.close()
    return Load(events / span, used / events * 1e6)


@contextmanager
def python(folder: Path, command: list[str]) -> Iterator[Candidate]:
    folder.mkdir()
    port = free_port()
    settings = {
        "spec": {"source": {"cloudEvents": {}}, "storage": {"uri": "s3://bucket/x"}},
        "spool": str(folder),
        "adminSocket": str(folder / "admin"),
        "listenAddress": "127.0.0.1",
        "listenPort": port,
        "metricsPort": 0,
    }
    (folder / "sink.yaml").write_text(json.dumps(settings))
    started = process([sys.executable, *command, "--config", str(folder / "sink.yaml")], port, folder / "log")
    with started as pid:
        yield Candidate(port, [pid], folder)


@contextmanager
def envoy_alone(folder: Path) -> Iterator[Candidate]:
    """Give an Envoy that records each event and answers it itself."""
    installation = place(folder, 1)
    routes, configuration = route_file(spec(), installation.module), bootstrap(installation)
    for route in routes["resources"][0]["virtual_hosts"][0]["routes"]:
        del route["route"]
        route["direct_response"] = {"status": 200}
    [chain] = configuration["static_resources"]["listeners"][0]["filter_chains"]
    filters = chain["filters"][0]["typed_config"]["http_filters"]
    # It answers once the whole event is there.
    kind = "type.googleapis.com/envoy.extensions.filters.http.buffer.v3.Buffer"
    whole = {"@type": kind, "max_request_bytes": 16 << 20}
    filters.insert(len(filters) - 1, {"name": "buffer", "typed_config": whole})
    Path(installation.routes_file).write_text(json.dumps(routes))
    with envoy(folder, configuration, installation.listen_port) as pid:
        yield Candidate(installation.listen_port, [pid], Path(installation.spool).parent)


def records(candidate: Candidate) -> int:
    """Return how many records lie in a spool, and empty it."""
    assert candidate.spool is not None
    spool = candidate.spool / "records.jsonl"
    count = spool.read_bytes().count(b"\n")
    os.truncate(spool, 0)
    return count


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--requests", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--reconnect", action="store_true")
    wanted = parser.parse_args()
    figures: dict[str, list[Load]] = defaultdict(list)
    kept: dict[str, int] = {}
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        found = {
            "sink": python(folder / "sink", ["-m", "model_monitor_capture.sink"]),
            "the same behind aiohttp": python(folder / "aiohttp", [str(HERE / "aiohttp_sink.py")]),
            "Envoy, unjoined": envoy_alone(folder / "envoy"),
        }
        running = {label: stack.enter_context(one) for label, one in found.items()}
        for number in range(wanted.rounds + 1):  # the first warms up
            for label, candidate in running.items():
                one = load(candidate, 2 * wanted.requests, f"{number}", reconnect=wanted.reconnect)
                kept[label] = records(candidate)
                if number:
                    figures[label].append(one)
    print("| | events/s seen | CPU µs/event | events/s per core | records of the last round |")
    print("|---|---:|---:|---:|---:|")
    for label, loads in figures.items():
        cpu = statistics.median(one.cpu_microseconds for one in loads)
        rate = statistics.median(one.per_second for one in loads)
        print(f"| {label} | {rate:,.0f} | {cpu:.0f} | {1e6 / cpu:,.0f} | {kept[label]:,} |")


if __name__ == "__main__":
    main()
