"""The project's images as the Dockerfile describes them, assembled around this machine's Python."""

import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

from tests.cluster import interpreter
from tests.cluster.cluster import ROOT
from tests.cluster.interpreter import PACKAGES, PREFIX
from tests.cluster.layers import Image, Layer, layer

REGISTRY: Final = "model-monitor.test"
"""Registry of the names; there is none, so an image that was not loaded can't be pulled."""

_ENVIRONMENT: Final = {"PATH": "/usr/local/bin:/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1", "HOME": "/tmp"}
_PIP: Final = (sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
_SOURCES: Final = ("api", "operator", "analyzer", "capture")


def operator() -> Image:
    """Return the image of the operator."""
    return _project("operator", "model-monitor-operator")


def analyzer() -> Image:
    """Return the image of the analyzer."""
    return _project("analyzer", "model-monitor")


def python() -> Image:
    """Return an image of Python alone, for whatever a test lets run beside the project."""
    return Image(f"{REGISTRY}/python:test", (_interpreter(),), environment=_ENVIRONMENT)


def bases() -> tuple[Image, ...]:
    """Return what the other images are built on: all of them but the project's own code."""
    parts = (
        Image(f"{REGISTRY}/{part}-base:test", (_interpreter(), _requirements(part)))
        for part in ("operator", "analyzer")
    )
    return (python(), pause(), *parts)


def pause() -> Image:
    """Return the image of the container that holds a pod's namespaces."""
    sleep = ("/usr/local/bin/python", "-I", "-S", "-c", "import signal; signal.pause()")
    return Image(f"{REGISTRY}/pause:test", (_interpreter(),), entrypoint=sleep)


def _project(part: str, command: str) -> Image:
    return Image(
        f"{REGISTRY}/{part}:test",
        (_interpreter(), _requirements(part), _packages()),
        entrypoint=(command,),
        environment=_ENVIRONMENT,
    )


def _interpreter() -> Layer:
    return layer("interpreter", interpreter.key(), interpreter.fill)


def _requirements(part: str) -> Layer:
    """Return the layer of what a part needs, at its locked versions."""
    lock = ROOT / "requirements" / f"{part}.txt"

    def fill(root: Path) -> None:
        _install(root, "--require-hashes", "--no-deps", "-r", str(lock))
        interpreter.add_libraries(root, (root / PACKAGES).rglob("*.so*"))

    return layer(f"{part}-requirements", f"{interpreter.key()} {lock.read_text()}", fill)


def _packages() -> Layer:
    """Return the layer of the project itself."""
    digest = hashlib.sha256()
    files = [ROOT / "pyproject.toml", ROOT / "README.md", ROOT / "LICENSE"]
    for source in _SOURCES:
        files += [path for path in (ROOT / source).rglob("*") if path.is_file() and path.suffix != ".pyc"]
    for path in sorted(files):
        digest.update(f"{path.relative_to(ROOT)} {path.stat().st_size} ".encode())
        digest.update(path.read_bytes())

    def fill(root: Path) -> None:
        _install(root, "--no-deps", "--no-build-isolation", str(ROOT))

    return layer("packages", f"{interpreter.key()} {digest.hexdigest()}", fill)


def _install(root: Path, *arguments: str) -> None:
    packages = root / PACKAGES
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run(
        [*_PIP, "--no-compile", "--target", str(packages), *arguments], check=True, env=environment
    )
    _move_commands(packages / "bin", root / PREFIX / "bin")
    interpreter.compile_all(packages)


def _move_commands(installed: Path, target: Path) -> None:
    """Put commands on the path and let them start the image's Python, not that of this machine."""
    if not installed.is_dir():
        return
    target.mkdir(parents=True, exist_ok=True)
    for command in installed.iterdir():
        text = command.read_bytes()
        script = re.sub(rb"\A#!.*python.*\n", b"#!/usr/local/bin/python\n", text)
        (target / command.name).write_bytes(script)
        (target / command.name).chmod(0o755)
        command.unlink()
    installed.rmdir()


def chart_values() -> dict[str, object]:
    """Return the chart's values that name these images, which no registry has."""
    found: dict[str, object] = {}
    for part, image in (("operator", operator()), ("analyzer", analyzer())):
        repository, tag = image.name.rsplit(":", 1)
        found[part] = {"image": {"repository": repository, "tag": tag, "pullPolicy": "Never"}}
    return found
