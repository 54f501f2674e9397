"""A real Dask scheduler with real worker processes, on loopback."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import distributed

from model_monitor_analyzer.execution.dask_cluster import mutual_tls

START_SECONDS = 60

_ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def dask_cluster(folder: Path, *, workers: int, tls: Path | None = None) -> Iterator[str]:
    """Run a scheduler and worker processes of one thread each; give the scheduler's address.

    Parameters
    ----------
    folder
        For the scheduler's address file and the workers' scratch space.
    workers
        How many worker processes; the address is given once all have registered.
    tls
        Folder with the certificates that everybody must show.
    """
    address_file = folder / "scheduler.json"
    common = ["--scheduler-file", str(address_file)]
    if tls is not None:
        common += ["--protocol", "tls", "--tls-ca-file", str(tls / "ca.crt")]
        common += ["--tls-cert", str(tls / "tls.crt"), "--tls-key", str(tls / "tls.key")]
    processes = [
        _start(
            "dask_scheduler", *common, "--host", "127.0.0.1", "--port", "0", "--no-dashboard", folder=folder
        )
    ]
    try:
        _wait_for(address_file.is_file, processes)
        processes += [
            _start("dask_worker", *common, "--nthreads", "1", "--no-nanny", folder=folder)
            for _ in range(workers)
        ]
        address = str(json.loads(address_file.read_text())["address"])
        _wait_for(lambda: _registered(address, tls) == workers, processes)
        yield address
    finally:
        # Killed at once: a worker that is asked to end first talks to a scheduler that is ending too.
        for process in processes:
            process.kill()
            process.wait()


def _start(module: str, *arguments: str, folder: Path) -> "subprocess.Popen[bytes]":
    with (folder / f"{module}.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.{module}", *arguments],
            stdout=log,
            stderr=log,
            cwd=folder,
            env={**os.environ, "POLARS_MAX_THREADS": "1", "PYTHONPATH": str(_ROOT)},
        )


def _registered(address: str, tls: Path | None) -> int:
    client_type: Any = distributed.Client
    security = None if tls is None else mutual_tls(tls)
    with client_type(address, timeout=START_SECONDS, set_as_default=False, security=security) as client:
        return len(client.nthreads())


def _wait_for(condition: Callable[[], bool], processes: "list[subprocess.Popen[bytes]]") -> None:
    end = time.monotonic() + START_SECONDS
    while not condition():
        if any(process.poll() is not None for process in processes):
            raise RuntimeError("a Dask process ended early; see its log")
        if time.monotonic() > end:
            raise TimeoutError("the Dask cluster did not come up")
        time.sleep(0.1)
