"""The walls of a node: namespaces of processes, mounts and network that vanish with their first process."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.cluster.cache import cache
from tests.cluster.processes import Process
from tests.cluster.waiting import wait_for

_CGROUPS: Final = Path("/sys/fs/cgroup")
_NODES: Final = 32
"""How many nodes a machine may have at once."""


@dataclass(frozen=True)
class Slot:
    """One of the nodes that a machine may have: nothing in it meets another's addresses, names or files."""

    number: int

    @property
    def host(self) -> str:
        """The address of this machine, as the node and its pods see it."""
        return f"10.213.{self.number}.1"

    @property
    def node(self) -> str:
        """The address of the node."""
        return f"10.213.{self.number}.2"

    @property
    def pods(self) -> str:
        """The addresses of pods."""
        return f"10.214.{self.number}.0/24"

    @property
    def services(self) -> str:
        """The addresses of Services."""
        return f"10.215.{self.number}.0/24"

    @property
    def home(self) -> Path:
        """The folder of everything that is gone with the node, on the file system of the cache."""
        return cache("nodes", f"{self.number}.home")

    @property
    def link(self) -> str:
        """The machine's end of the line to the node."""
        return f"mm-node{self.number}"

    @property
    def cgroup(self) -> str:
        """The control group below which all pods are."""
        return f"model-monitor-{self.number}"


@contextmanager
def slot() -> Iterator[Slot]:
    """Hold a node's place on this machine, cleared of what a killed run may have left there."""
    for number in range(_NODES):
        # A name in the machine's network, as the node's line has one: another cache folder has the same.
        with socket.socket(socket.AF_UNIX) as lock:
            try:
                lock.bind(f"\0model-monitor-node-{number}")
            except OSError:
                continue
            found = Slot(number)
            _clear(found)
            try:
                yield found
            finally:
                _clear(found)
            return
    raise RuntimeError(f"{_NODES} nodes run on this machine already; end some with `make cluster-down`")


class Namespaces:
    """Namespaces that programs can be started in, joined with this machine by one line."""

    def __init__(self, place: Slot, home: Path) -> None:
        self._place = place
        self._home = home
        self._ready = home / "namespaces-ready"
        command = ["unshare", "--net", "--pid", "--fork", "--kill-child", "--mount", "--mount-proc"]
        init = [sys.executable, "-I", "-S", Path(__file__).with_name("node_init.py"), self._ready]
        self._first = Process("namespaces", [*command, *map(str, init)], home)
        self._inner: list[Process] = []

    def start(self) -> None:
        """Make them, and lay the line."""
        place = self._place
        for folder in _cgroup_folders(place):
            folder.mkdir(exist_ok=True)
        self._first.start()
        wait_for(self._set_up, 10, "the namespaces of a node")
        inner = self._inside(self._first_child())
        run("ip", "link", "add", place.link, "type", "veth", "peer", "name", "eth0", "netns", inner[0])
        run("ip", "address", "add", f"{place.host}/30", "dev", place.link)
        run("ip", "link", "set", place.link, "up")
        run(*inner[1:], "ip", "address", "add", f"{place.node}/30", "dev", "eth0")
        run(*inner[1:], "ip", "link", "set", "eth0", "up")
        run(*inner[1:], "ip", "route", "add", "default", "via", place.host)
        for addresses in (place.pods, place.services):
            run("ip", "route", "add", addresses, "via", place.node)

    def process(self, name: str, *command: str | Path) -> Process:
        """Return a program that runs inside once it is started."""
        inner = Process(name, [*self._inside(self._first_child())[1:], *map(str, command)], self._home)
        self._inner.append(inner)
        return inner

    def stop(self) -> None:
        """End every process inside; mounts and network go with the last."""
        self._first.kill()
        for process in self._inner:
            process.kill()

    def _set_up(self) -> bool:
        if not self._first.running:
            raise AssertionError(f"a node's namespaces can't be made\n{self._first.tail()}")
        return self._ready.exists()

    def _first_child(self) -> str:
        pid = self._first.pid
        return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0]

    def _inside(self, pid: str) -> list[str]:
        """Return the process id of the first process, then how to enter its namespaces."""
        return [pid, "nsenter", "--target", pid, "--net", "--pid", "--mount"]


def run(*command: str) -> str:
    """Run a command that must succeed and return what it prints."""
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, f"{' '.join(command)}: {ended.stderr}"
    return ended.stdout


def _cgroup_folders(place: Slot) -> list[Path]:
    """Return the node's group in every hierarchy, or in the only one."""
    if (_CGROUPS / "cgroup.controllers").exists():
        return [_CGROUPS / place.cgroup]
    hierarchies = [each for each in _CGROUPS.iterdir() if each.is_dir() and not each.is_symlink()]
    return [each / place.cgroup for each in hierarchies if (each / "cgroup.procs").exists()]


def _clear(place: Slot) -> None:
    """Remove what outlives a node's processes: the control groups, and for a moment the line."""
    subprocess.run(["ip", "link", "delete", place.link], capture_output=True, check=False)
    shutil.rmtree(place.home, ignore_errors=True)
    for top in _cgroup_folders(place):
        for folder in sorted(top.rglob("*"), reverse=True):
            if folder.is_dir():
                _remove_group(folder)
        _remove_group(top)


def _remove_group(folder: Path) -> None:
    deadline = time.monotonic() + 5
    while folder.exists():
        try:
            folder.rmdir()
        except OSError:  # a killed process leaves its group a moment later
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def lacking() -> str:
    """Return why this machine can't run a node, or nothing if it can."""
    if sys.platform != "linux":
        return "a node needs Linux"
    if os.geteuid() != 0:
        return "a node needs root"
    programs = ("containerd", "ctr", "runc", "nft", "ip", "unshare", "nsenter")
    absent = [name for name in programs if shutil.which(name) is None]
    if absent:
        return f"a node needs {', '.join(absent)}; tools/install-test-parts.sh installs them on Debian"
    return ""


__all__: Sequence[str] = ["Namespaces", "Slot", "lacking", "run", "slot"]
