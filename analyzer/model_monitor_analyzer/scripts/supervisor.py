"""The process between the analyzer and a script: it sees to it that nothing a script started outlives it.

A script may start processes that leave its group and session, so that no signal to a group finds them. Linux
gives the orphans among a process's descendants to the nearest ancestor that asked for them
(`PR_SET_CHILD_SUBREAPER`, prctl(2)); this process asks, and once the script has ended, it kills its children
until it has none. Elsewhere only the script's own process group is killed.
"""

import contextlib
import ctypes
import os
import select
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NoReturn

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_CHILD_SUBREAPER: Final = 36
_CLEANING_SECONDS: Final = 3.0


def supervised(parent: int, pipes: Sequence[int]) -> None:
    """Fork: return in the process that is to run the script, and supervise it in the other, which ends.

    Parameters
    ----------
    parent
        Process at whose end everything is to end.
    pipes
        File descriptors that only the script's process is to hold.
    """
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    wakeup, woken = os.pipe()
    os.set_blocking(woken, False)
    script = os.fork()
    if script == 0:
        os.close(wakeup)
        os.close(woken)
        os.setsid()
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        return
    signal.set_wakeup_fd(woken)
    asked: list[int] = []
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGTERM, lambda number, _: asked.append(number))
    for pipe in pipes:
        os.close(pipe)
    status = None
    while status is None and not asked and os.getppid() == parent:
        status = _reaped(script)
        if status is None:
            select.select([wakeup], [], [], 1.0)
            with contextlib.suppress(BlockingIOError):
                os.set_blocking(wakeup, False)
                os.read(wakeup, 64)
    # Before it is reaped, and only then, its number can't have become another process's.
    if status is None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(script, signal.SIGKILL)
    _kill_descendants()
    _end_alike(status)


def _reaped(script: int) -> int | None:
    """Take leave of every child that has ended; return the script's wait status if it is among them."""
    found = None
    with contextlib.suppress(ChildProcessError):
        while True:
            child, status = os.waitpid(-1, os.WNOHANG)
            if child == 0:
                break
            if child == script:
                found = status
    return found


def _kill_descendants() -> None:
    """Kill children until there are none: those of a child that ended become ours."""
    end = time.monotonic() + _CLEANING_SECONDS
    with contextlib.suppress(ChildProcessError):
        while time.monotonic() < end:
            for child in _children():
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(child, signal.SIGKILL)
            ended, _ = os.waitpid(-1, os.WNOHANG)
            if ended == 0:
                time.sleep(0.005)


def _children() -> list[int]:
    """Return the processes whose parent is this one."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError):
            # The second field, a name in parentheses, may hold anything; the parent is the second after it.
            if int(path.read_bytes().rpartition(b")")[2].split()[1]) == os.getpid():
                found.append(int(path.parent.name))
    return found


def _end_alike(status: int | None) -> NoReturn:
    """End as the script's process did, so that the analyzer can tell how that was."""
    code = 0 if status is None else os.waitstatus_to_exitcode(status)
    if code < 0:
        _prctl(4, 0)  # PR_SET_DUMPABLE: no second core file
        if -code not in {signal.SIGKILL, signal.SIGSTOP}:
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(max(code, 0))


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, ctypes.c_ulong(value), 0, 0, 0)
