"""Whether every record of many requests is kept and memory stays flat, with a real shipper and a real store.

    .venv/bin/python -m benchmarks.capture_gateway.soak records --requests 200000
    .venv/bin/python -m benchmarks.capture_gateway.soak memory --minutes 10

`records` sends requests with ids of their own as fast as they are answered, once to a gateway that captures
all and twice to one that captures 20 %, and compares what lies in an S3 server in the end with what was sent.
`memory` sends at a steady rate and prints the resident memory of Envoy and shipper each half minute.
"""

import argparse
import math
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tests.capture.envoy import gateway, spec
from tests.capture.load import Stored, fast_model, send
from tests.capture.shipper.process import ShipperProcess, s3_storage
from tests.support.s3 import make_bucket, s3_server

SAMPLE = 20


def captured(folder: Path, model: int, endpoint: str, ids: Sequence[str], percentage: int) -> Counter[str]:
    """Send a request for each id and return how often each is in the store in the end."""
    folder.mkdir()
    bucket = make_bucket(endpoint)
    with gateway(folder, model, spec(sampling={"percentage": percentage})) as running:
        shipper = ShipperProcess(folder, running, s3_storage(bucket), flushInterval="2s")
        shipper.start()
        try:
            start = time.monotonic()
            send(running.port, ids)
            seconds = time.monotonic() - start
            running.process.terminate()
            running.process.wait()
            left = shipper.end(signal.SIGTERM)
        finally:
            assert shipper.process is not None
            shipper.process.kill()
    stored = Stored(bucket)
    found = stored.ids()
    accounts = stored.accounts()
    print(
        f"{percentage} %: {len(ids):,} requests at {len(ids) / seconds:,.0f} a second, "
        f"{found.total():,} records, {found.total() - len(found):,} twice, in {len(stored.keys)} objects; "
        f"accounts: {sum(one.captured for one in accounts):,} of {sum(one.seen for one in accounts):,}, "
        f"incomplete {sum(one.incomplete for one in accounts)}; the shipper ended with {left}",
        flush=True,
    )
    return found


def records(requests: int) -> None:
    ids = [f"i-{number}" for number in range(requests)]
    with (
        tempfile.TemporaryDirectory() as name,
        s3_server("127.0.0.1") as endpoint,
        fast_model(Path(name)) as model,
    ):
        everything = captured(Path(name) / "all", model, endpoint, ids, 100)
        first = captured(Path(name) / "first", model, endpoint, ids, SAMPLE)
        second = captured(Path(name) / "second", model, endpoint, ids, SAMPLE)
    deviation = (len(first) - requests * SAMPLE / 100) / math.sqrt(requests * SAMPLE * (100 - SAMPLE)) * 100
    print(f"sample: {deviation:+.2f} standard deviations from {SAMPLE} %, the same twice: {first == second}")
    if everything != Counter(ids) or first != second or abs(deviation) > 5:
        sys.exit("records differ from requests")


def resident(pid: int) -> float:
    """Return a process's resident memory in MiB."""
    [line] = [one for one in Path(f"/proc/{pid}/status").read_text().splitlines() if one.startswith("VmRSS")]
    return int(line.split()[1]) / 1024


def memory(minutes: float, rate: int) -> None:
    print("| minute | Envoy MiB | shipper MiB | requests |\n|---|---|---|---|", flush=True)
    with (
        tempfile.TemporaryDirectory() as name,
        fast_model(Path(name)) as model,
        gateway(Path(name) / "gateway", model, spec()) as running,
    ):
        folder = Path(name) / "gateway"
        shipper = ShipperProcess(folder, running, {"uri": f"file://{folder}/store"}, flushInterval="2s")
        shipper.start()
        body = Path(name) / "body"
        body.write_bytes((b"0.125," * 1024)[:1023] + b"\n")
        load = threading.Thread(target=_steady, args=(running.port, body, rate, minutes * 60))
        load.start()
        start = time.monotonic()
        try:
            assert shipper.process is not None
            while load.is_alive():
                taken = time.monotonic() - start
                pids = (running.process.pid, shipper.process.pid)
                sizes = " | ".join(f"{resident(pid):.1f}" for pid in pids)
                count = shipper.metric('model_monitor_capture_requests{outcome="captured"}')
                print(f"| {taken / 60:.1f} | {sizes} | {count:,.0f} |", flush=True)
                load.join(30)
        finally:
            shipper.process.kill()
            shipper.process.wait()


def _steady(port: int, body: Path, rate: int, seconds: float) -> None:
    connections = 16
    command = [
        *("h2load", "--h1", "-n", str(int(rate * seconds)), "-c", str(connections), "-t", "1"),
        *("-d", str(body), "-H", "content-type: text/csv", f"--rps={rate / connections:.3f}"),
    ]
    subprocess.run([*command, f"http://127.0.0.1:{port}/invocations"], check=True, capture_output=True)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    wanted = parser.add_subparsers(dest="what", required=True)
    many = wanted.add_parser("records")
    many.add_argument("--requests", type=int, default=200_000)
    steady = wanted.add_parser("memory")
    steady.add_argument("--minutes", type=float, default=10)
    steady.add_argument("--rate", type=int, default=1000)
    given = parser.parse_args()
    if given.what == "records":
        records(given.requests)
    else:
        memory(given.minutes, given.rate)


if __name__ == "__main__":
    main()
