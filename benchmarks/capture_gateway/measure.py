"""What capture costs: throughput per core and latency, beside plain Envoy, no proxy and a logger in Python.

    .venv/bin/python -m benchmarks.capture_gateway.measure --requests 20000 --rounds 9

All candidates stand before the same model, which is another Envoy that answers by itself, and take turns in
one run. Throughput per core is requests by the CPU time of the candidate's own processes, so that neither the
client nor other work on the machine counts; the share of plain Envoy's is the median of the rounds, each
compared with plain Envoy in the same round; here the client is h2load (Debian package nghttp2-client).

Latencies are of a steady rate, half of what plain Envoy bears, or of what the candidate does if that is less.
There the client is Fortio (`go install fortio.org/fortio@v1.63.0`), whose connections send each in its turn:
h2load's rates are bursts every tenth of a second, whose requests wait for each other. Both speak HTTP/1.1.

The target: at least 70 % of plain Envoy's throughput per core at bodies of 1 KB, and at most 0.2 ms more at
the median.
"""

import argparse
import json
import math
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from benchmarks.capture_gateway.candidates import Candidate, candidates

PLAIN = "plain Envoy"
COLUMNS = (
    *("", "requests/s", "CPU µs/request", "throughput per core", "p50 ms", "p99 ms"),
    *("p50 added", "p99 added"),
)

CLIENTS = {
    "h2load": "apt-get install nghttp2-client",
    "fortio": "go install fortio.org/fortio@v1.63.0",
}


class Load(NamedTuple):
    """What a load as fast as possible showed."""

    per_second: float
    cpu_microseconds: float


class Latency(NamedTuple):
    """What a steady load showed, in milliseconds."""

    requests: int
    p50: float
    p99: float


@dataclass
class Figures:
    """Rounds of one candidate; medians of them are reported."""

    cpu: list[float] = field(default_factory=list)
    per_second: list[float] = field(default_factory=list)
    p50: list[float] = field(default_factory=list)
    p99: list[float] = field(default_factory=list)

    def add(self, fast: Load, steady: Latency) -> None:
        """Take a round in."""
        self.cpu.append(fast.cpu_microseconds)
        self.per_second.append(fast.per_second)
        self.p50.append(steady.p50)
        self.p99.append(steady.p99)

    def share(self, plain: "Figures") -> str:
        """Return the throughput per core as a share of plain Envoy's; nothing if it uses no CPU."""
        if not all(self.cpu):
            return ""
        shares = [base / cpu for base, cpu in zip(plain.cpu, self.cpu, strict=True)]
        return f"{statistics.median(shares):.0%}"


def cpu_seconds(processes: list[int]) -> float:
    """Return the time that all threads have run, in the kernel too, to the nanosecond."""
    tasks = [task for pid in processes for task in Path(f"/proc/{pid}/task").iterdir()]
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9


def load(candidate: Candidate, folder: Path, requests: int, connections: int) -> Load:
    """Send requests as fast as they are answered, and check that all were answered well."""
    log = folder / "requests.log"
    log.unlink(missing_ok=True)
    command = [
        *("h2load", "--h1", "-n", str(requests), "-c", str(connections), "-t", "1"),
        *("-d", str(folder / "body"), "-H", "content-type: text/csv", f"--log-file={log}"),
    ]
    before = cpu_seconds(candidate.processes)
    done = subprocess.run(
        [*command, _url(candidate)],
        capture_output=True,
        text=True,
        check=False,
    )
    used = cpu_seconds(candidate.processes) - before
    rows = [line.split("\t") for line in log.read_text().splitlines()]
    failed = [row for row in rows if row[1] != "200"]
    if done.returncode or failed or len(rows) != requests:
        sys.exit(f"{len(failed)} of {len(rows)} requests failed:\n{done.stdout}{done.stderr}")
    span = (int(rows[-1][0]) + int(rows[-1][2]) - int(rows[0][0])) / 1e6
    return Load(requests / span, used / requests * 1e6)


def steady(candidate: Candidate, folder: Path, requests: int, connections: int, rate: float) -> Latency:
    """Send about so many requests at a rate, and check that all were answered well."""
    command = [
        *("fortio", "load", "-quiet", "-uniform", "-nocatchup", "-r", "0.00001", "-p", "50,99", "-json", "-"),
        *("-qps", f"{rate:.1f}", "-n", str(requests), "-c", str(connections)),
        *("-payload-file", str(folder / "body"), "-content-type", "text/csv"),
    ]
    done = subprocess.run([*command, _url(candidate)], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"fortio failed:\n{done.stderr}")
    told = json.loads(done.stdout)
    if list(told["RetCodes"]) != ["200"]:
        sys.exit(f"not all requests were answered well: {told['RetCodes']}")
    p50, p99 = (1000 * each["Value"] for each in told["DurationHistogram"]["Percentiles"])
    return Latency(told["RetCodes"]["200"], p50, p99)


def _url(candidate: Candidate) -> str:
    return f"http://127.0.0.1:{candidate.port}/invocations"


def check_records(candidate: Candidate, requests: int) -> None:
    """Check that every request left a record, where no shipper takes them away, and empty the spool."""
    if candidate.spool is None:
        return
    spool = candidate.spool / "records.jsonl"
    end = time.monotonic() + 30
    while (found := spool.read_bytes().count(b"\n")) < requests and time.monotonic() < end:
        time.sleep(0.1)
    if found != requests:
        sys.exit(f"{found} records of {requests} requests")
    os.truncate(spool, 0)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--requests", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--body-bytes", type=int, default=1024)
    parser.add_argument("--connections", type=int, default=16)
    wanted = parser.parse_args()
    for client, way in CLIENTS.items():
        if shutil.which(client) is None:
            sys.exit(f"{client} is missing: {way}")
    figures: dict[str, Figures] = defaultdict(Figures)
    bears: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as name, candidates(Path(name)) as found:
        row = b"0.125," * wanted.body_bytes
        (Path(name) / "body").write_bytes(row[: wanted.body_bytes - 1] + b"\n")
        for number in range(wanted.rounds + 1):  # the first warms up
            for label, candidate in found.items():
                fast = load(candidate, Path(name), wanted.requests, wanted.connections)
                bears[label] = fast.per_second
                rate = min(bears[label], bears.get(PLAIN, math.inf)) / 2
                steadily = steady(candidate, Path(name), wanted.requests, wanted.connections, rate)
                check_records(candidate, wanted.requests + steadily.requests)
                if number:
                    figures[label].add(fast, steadily)
    report(figures)


def report(figures: dict[str, Figures]) -> None:
    plain = figures[PLAIN]
    print("|", " | ".join(COLUMNS), "|")
    print("|---" * len(COLUMNS) + "|")
    for label, one in figures.items():
        p50, p99 = statistics.median(one.p50), statistics.median(one.p99)
        cells = (
            label,
            f"{statistics.median(one.per_second):,.0f}",
            f"{statistics.median(one.cpu):.1f}",
            one.share(plain),
            *(f"{p50:.2f}", f"{p99:.2f}"),
            f"{p50 - statistics.median(plain.p50):+.2f}",
            f"{p99 - statistics.median(plain.p99):+.2f}",
        )
        print("|", " | ".join(cells), "|")


if __name__ == "__main__":
    main()
