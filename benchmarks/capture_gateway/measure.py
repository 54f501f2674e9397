"""What capture costs: throughput per core and latency of the gateway, of plain Envoy, and of the model alone.

    .venv/bin/python benchmarks/capture_gateway/measure.py --requests 100000 --rounds 5

All candidates stand before the same model, which is another Envoy that answers by itself, and take turns in
one run. Throughput per core is requests by the CPU time of the candidate's own processes, so that neither the
client nor other work on the machine counts. Latencies are of a steady rate, half of what plain Envoy bears
(`--rate` sets another). The client is h2load (Debian package nghttp2-client), over HTTP/1.1.

The target: at least 70 % of plain Envoy's throughput per core at bodies of 1 KB, and at most 0.2 ms more at
the median.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from proxies import Candidate, gateway, gateway_with_shipper, model

TICKS = os.sysconf("SC_CLK_TCK")


class Load(NamedTuple):
    """What one load showed."""

    per_second: float
    cpu_microseconds: float
    latencies: list[int]


@dataclass
class Figures:
    """Rounds of one candidate; medians of them are reported."""

    cpu: list[float] = field(default_factory=list)
    per_second: list[float] = field(default_factory=list)
    p50: list[float] = field(default_factory=list)
    p99: list[float] = field(default_factory=list)


def cpu_seconds(processes: list[int]) -> float:
    total = 0
    for pid in processes:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICKS


def load(candidate: Candidate, folder: Path, requests: int, connections: int, rate: float | None) -> Load:
    """Send requests, as fast as they are answered or at a rate, and check that all were answered well."""
    log = folder / "requests.log"
    log.unlink(missing_ok=True)
    command = [
        *("h2load", "--h1", "-n", str(requests), "-c", str(connections), "-t", "1"),
        *("-d", str(folder / "body"), "-H", "content-type: text/csv", f"--log-file={log}"),
    ]
    if rate is not None:
        command.append(f"--rps={rate / connections:.3f}")
    before = cpu_seconds(candidate.processes)
    done = subprocess.run(
        [*command, f"http://127.0.0.1:{candidate.port}/invocations"],
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
    return Load(requests / span, used / requests * 1e6, sorted(int(row[2]) for row in rows))


@contextmanager
def candidates(folder: Path) -> Iterator[dict[str, Candidate]]:
    with ExitStack() as stack:
        alone = stack.enter_context(model(folder / "model"))
        yield {
            "no proxy": alone,
            "plain Envoy": stack.enter_context(gateway(folder / "plain", alone.port, captures=False)),
            "gateway": stack.enter_context(gateway(folder / "gateway", alone.port, captures=True)),
            "gateway and shipper": stack.enter_context(gateway_with_shipper(folder / "shipped", alone.port)),
        }


def records(candidate: Candidate) -> int:
    """Return how many records lie in a spool, and empty it: the next round must not find it full."""
    assert candidate.spool is not None
    spool = candidate.spool / "records.jsonl"
    count = spool.read_bytes().count(b"\n")
    os.truncate(spool, 0)
    return count


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--requests", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--body-bytes", type=int, default=1024)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--rate", type=float, help="requests a second while latencies are taken")
    wanted = parser.parse_args()
    if shutil.which("h2load") is None:
        sys.exit("h2load is missing: apt-get install nghttp2-client")
    figures: dict[str, Figures] = defaultdict(Figures)
    with tempfile.TemporaryDirectory() as name, candidates(Path(name)) as found:
        folder = Path(name)
        row = b"0.125," * wanted.body_bytes
        (folder / "body").write_bytes(row[: wanted.body_bytes - 1] + b"\n")
        rate = wanted.rate
        for number in range(wanted.rounds + 1):  # the first warms up
            for label, candidate in found.items():
                fast = load(candidate, folder, wanted.requests, wanted.connections, None)
                if label == "plain Envoy" and rate is None:
                    rate = fast.per_second / 2
                slow = load(candidate, folder, wanted.requests // 5, wanted.connections, rate or 1000)
                if label == "gateway":
                    print(
                        f"# gateway: {records(candidate):,} records, of which the last second may be missing"
                    )
                if number:
                    one = figures[label]
                    one.cpu.append(fast.cpu_microseconds)
                    one.per_second.append(fast.per_second)
                    one.p50.append(statistics.median(slow.latencies))
                    one.p99.append(slow.latencies[int(len(slow.latencies) * 0.99)])
    report(figures)


def report(figures: dict[str, Figures]) -> None:
    plain = figures["plain Envoy"]
    print("| | requests/s | CPU µs/request | throughput per core | p50 ms | p99 ms | p50 added |")
    print("|---|---|---|---|---|---|---|")
    for label, one in figures.items():
        cpu, base = statistics.median(one.cpu), statistics.median(plain.cpu)
        p50, p99 = statistics.median(one.p50) / 1000, statistics.median(one.p99) / 1000
        share = f"{base / cpu:.0%}" if cpu else ""
        added = p50 - statistics.median(plain.p50) / 1000
        rate = statistics.median(one.per_second)
        print(f"| {label} | {rate:,.0f} | {cpu:.1f} | {share} | {p50:.2f} | {p99:.2f} | {added:+.2f} |")


if __name__ == "__main__":
    main()
