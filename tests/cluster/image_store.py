"""What a node's containerd starts with: layers that rarely change, imported once."""

import hashlib
import shutil
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tests.cluster import node_files
from tests.cluster.cache import cache, only_one
from tests.cluster.layers import Image, write_archive
from tests.cluster.namespaces import Namespaces, run
from tests.cluster.processes import Process
from tests.cluster.waiting import wait_for

_DATABASES: Final = (
    "io.containerd.metadata.v1.bolt/meta.db",
    "io.containerd.snapshotter.v1.overlayfs/metadata.db",
)
_UNUSED_SECONDS: Final = 7 * 86_400


class Containerd:
    """A containerd of a node's own, and the layers that it has."""

    def __init__(self, namespaces: Namespaces, home: Path, sandbox: Image) -> None:
        self._socket = node_files.socket(home)
        self._home = home
        config = node_files.containerd(home, sandbox.name)
        self.process: Process = namespaces.process("containerd", "containerd", "--config", config)
        self._layers: set[str] = set()

    def start(self, images: Sequence[Image]) -> None:
        """Start with the layers of images, from the cache where they were imported before."""
        digests = {each.digest for image in images for each in image.layers}
        store = store_of(images)
        root = node_files.image_store(self._home)
        with only_one(store):
            if not store.is_dir():
                self._serve()
                for image in images:
                    self.load(image)
                self.process.stop()
                _link(root, store)
                _forget_unused(store.parent)
            else:
                _link(store, root)
            store.touch()
        self._layers = digests
        self._serve()

    def load(self, image: Image) -> None:
        """Make an image present, importing only layers that are not."""
        with tempfile.TemporaryDirectory(dir=self._home) as folder:
            archive = Path(folder) / "image.tar"
            write_archive(image, archive, self._layers)
            self.ctr("images", "import", str(archive))
        self._layers |= {each.digest for each in image.layers}

    def ctr(self, *arguments: str) -> str:
        """Run containerd's own client."""
        return run("ctr", "--address", str(self._socket), "--namespace", "k8s.io", *arguments)

    def _serve(self) -> None:
        self._socket.unlink(missing_ok=True)
        self.process.start()
        wait_for(self._socket.exists, 20, "containerd")


def store_of(images: Sequence[Image]) -> Path:
    """Return the place in the cache of what containerd has once it imported images."""
    return cache("images", f"store-{hashlib.sha256(repr(images).encode()).hexdigest()[:16]}")


def _link(source: Path, target: Path) -> None:
    """Copy a store by linking its files, which containerd never writes to again, but for its databases."""
    scratch = target.with_name(f"{target.name}.part")
    shutil.rmtree(scratch, ignore_errors=True)
    run("cp", "--archive", "--link", str(source), str(scratch))
    for name in _DATABASES:
        (scratch / name).unlink()
        shutil.copy2(source / name, scratch / name)
    scratch.replace(target)


def _forget_unused(folder: Path) -> None:
    for store in folder.glob("store-*"):
        if store.stat().st_mtime < time.time() - _UNUSED_SECONDS:
            shutil.rmtree(store)
