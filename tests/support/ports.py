"""Ports for servers under test."""

import itertools
import os
import socket
from typing import Final

_PORTS: Final = range(20_000, 30_000)
"""Below what the system gives to connections, which may be faster than the server that is to have one."""

_WORKERS: Final = 16
_turns = itertools.count(os.getpid())


def free_port() -> int:
    """Return a port that nothing listens on, and that no other worker of this run is given."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    ports = _PORTS[worker % _WORKERS :: _WORKERS]
    for _ in ports:
        port = ports[next(_turns) % len(ports)]
        with socket.socket() as probe:
            try:
                probe.bind(("", port))
            except OSError:
                continue
            return port
    raise RuntimeError(f"none of the ports {_PORTS.start} to {_PORTS.stop - 1} is free")
