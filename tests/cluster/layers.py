"""Layers of container images and the archives that hold them, written without a container engine."""

import hashlib
import io
import json
import platform
import tarfile
import tempfile
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tests.cluster.cache import cache, only_one

_MEDIA: Final = "application/vnd.oci.image"
_UNUSED_SECONDS: Final = 7 * 86_400
"""After this long a layer that nothing asked for is thrown away."""


@dataclass(frozen=True)
class Layer:
    """A tar file in the cache."""

    path: Path
    digest: str
    """SHA-256, in hexadecimal."""


@dataclass(frozen=True)
class Image:
    """A stack of layers, and how a container of them starts."""

    name: str
    layers: tuple[Layer, ...]
    entrypoint: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    user: str = "65532:65532"

    @property
    def config(self) -> bytes:
        """The configuration document."""
        machine = {"x86_64": "amd64", "aarch64": "arm64"}
        return _json(
            {
                "architecture": machine.get(platform.machine(), platform.machine()),
                "os": "linux",
                "config": {
                    "User": self.user,
                    "Entrypoint": list(self.entrypoint),
                    "Env": [f"{name}={value}" for name, value in self.environment.items()],
                    "WorkingDir": "/",
                },
                "rootfs": {"type": "layers", "diff_ids": [f"sha256:{each.digest}" for each in self.layers]},
            }
        )


def layer(name: str, key: str, fill: Callable[[Path], None]) -> Layer:
    """Return a layer from the cache, or make it.

    Parameters
    ----------
    name
        What it holds.
    key
        Everything that its content depends on.
    fill
        Writes the content below a folder that stands for `/`.
    """
    digest = hashlib.sha256(key.encode()).hexdigest()[:16]
    path = cache("images", f"{name}-{digest}.tar")
    told = path.with_suffix(".sha256")
    with only_one(path):
        if not told.is_file():
            with tempfile.TemporaryDirectory(dir=path.parent) as scratch:
                root = Path(scratch) / "root"
                root.mkdir()
                fill(root)
                _pack(root, path)
            with path.open("rb") as written:
                told.write_text(hashlib.file_digest(written, "sha256").hexdigest())
            _forget_unused(path.parent)
        told.touch()
    return Layer(path, told.read_text())


def write_archive(image: Image, path: Path, known: Collection[str] = ()) -> None:
    """Write an image as an OCI archive, leaving out layers that whoever reads it has already.

    Parameters
    ----------
    known
        Digests of those layers.
    """
    layers = [_descriptor("layer.v1.tar", each.digest, each.path.stat().st_size) for each in image.layers]
    config = image.config
    manifest = _json(
        {
            "schemaVersion": 2,
            "mediaType": f"{_MEDIA}.manifest.v1+json",
            "config": _descriptor("config.v1+json", _digest(config), len(config)),
            "layers": layers,
        }
    )
    entry = _descriptor("manifest.v1+json", _digest(manifest), len(manifest))
    entry["annotations"] = {"io.containerd.image.name": image.name}
    with tarfile.open(path, "w") as archive:
        _add(archive, "oci-layout", _json({"imageLayoutVersion": "1.0.0"}))
        _add(archive, "index.json", _json({"schemaVersion": 2, "manifests": [entry]}))
        _add(archive, f"blobs/sha256/{_digest(manifest)}", manifest)
        _add(archive, f"blobs/sha256/{_digest(config)}", config)
        for each in image.layers:
            if each.digest not in known:
                archive.add(each.path, f"blobs/sha256/{each.digest}")


def _pack(root: Path, path: Path) -> None:
    """Write a tree as a tar that depends on nothing but the tree."""

    def plain(entry: tarfile.TarInfo) -> tarfile.TarInfo:
        entry.uid = entry.gid = 0
        entry.uname = entry.gname = ""
        entry.mtime = 0
        return entry

    scratch = path.with_suffix(".part")
    with tarfile.open(scratch, "w", format=tarfile.GNU_FORMAT) as archive:
        for each in sorted(root.rglob("*")):
            archive.add(each, str(each.relative_to(root)), recursive=False, filter=plain)
    scratch.replace(path)


def _forget_unused(folder: Path) -> None:
    for told in folder.glob("*.sha256"):
        if told.stat().st_mtime < time.time() - _UNUSED_SECONDS:
            told.unlink()
            told.with_suffix(".tar").unlink(missing_ok=True)


def _descriptor(kind: str, digest: str, size: int) -> dict[str, Any]:
    return {"mediaType": f"{_MEDIA}.{kind}", "digest": f"sha256:{digest}", "size": size}


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    archive.addfile(entry, io.BytesIO(content))


def _json(document: object) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode()


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
