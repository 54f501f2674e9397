"""Build commands of a Go module once, from the module proxy, and keep them."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.cluster.cache import cache, only_one
from tests.cluster.toolchain import find_go

KUBERNETES: Final = "binaries"
HELM: Final = {4: "helm4", 3: "helm3"}


class BuildFailedError(Exception):
    """Go could not build a command; the message says which."""


@dataclass(frozen=True)
class Module:
    """A Go module of ours that names commands as tools, and how to build them."""

    name: str
    """Its folder; also the folder in the cache."""

    minutes: int
    """Roughly how long a build takes on two cores, to tell whoever waits."""

    parent: Path = Path(__file__).parent
    """Where that folder is."""

    @property
    def folder(self) -> Path:
        """Where `go.mod` and `go.sum` are."""
        return self.parent / self.name

    @property
    def target(self) -> Path:
        """The cache directory of this very `go.mod`, so that another version never mixes in."""
        digest = hashlib.sha256((self.folder / "go.mod").read_bytes()).hexdigest()[:12]
        return cache("kubernetes" if self.name == KUBERNETES else self.name, digest)

    def packages(self) -> dict[str, str]:
        """Return the import path of every command by its name."""
        text = (self.folder / "go.mod").read_text()
        block = re.search(r"^tool \((.*?)^\)", text, re.MULTILINE | re.DOTALL)
        found = block[1].split() if block else re.findall(r"^tool (\S+)$", text, re.MULTILINE)
        return {path.rsplit("/", 1)[1]: path for path in found}

    def linker_flags(self) -> str:
        """Return what stamps the version into commands of a cluster: they call themselves v0.0.0 else."""
        if self.name not in (KUBERNETES, *HELM.values()):
            return "-s -w"
        text = (self.folder / "go.mod").read_text()
        found = re.search(r"\t(k8s.io/kubernetes|helm.sh/helm/v\d) (v(\d+)\.(\d+)\.\d+)", text)
        assert found is not None, f"{self.name}/go.mod requires neither Kubernetes nor Helm"
        module, version, major, minor = found.groups()
        if module != "k8s.io/kubernetes":
            return f"-s -w -X {module}/internal/version.version={version}"
        stamps = [
            f"-X {package}.{name}={value}"
            for package in ("k8s.io/component-base/version", "k8s.io/client-go/pkg/version")
            for name, value in (("gitVersion", version), ("gitMajor", major), ("gitMinor", minor))
        ]
        return " ".join(["-s -w", *stamps])


def build(module: Module, names: Iterable[str]) -> None:
    """Build the named commands of a module that the cache lacks.

    Raises
    ------
    toolchain.GoMissingError
        If something must be built and there is no Go.
    BuildFailedError
        If Go can't build it, as without a module proxy.
    """
    wanted = [name for name in names if not (module.target / name).is_file()]
    if wanted:
        with only_one(module.target):
            lacking = [name for name in wanted if not (module.target / name).is_file()]
            if lacking:
                _build(module, lacking)


def _build(module: Module, names: list[str]) -> None:
    go = find_go()
    _tell(f"building {', '.join(names)}: once, about {module.minutes} minutes ...")
    started = time.monotonic()
    module.target.mkdir(parents=True, exist_ok=True)
    scratch = module.target / f".{os.getpid()}"
    scratch.mkdir()
    packages = module.packages()
    command = [str(go), "build", "-v", "-trimpath", "-ldflags", module.linker_flags(), "-o", f"{scratch}/"]
    environment = {**os.environ, "CGO_ENABLED": "0"}
    try:
        with subprocess.Popen(
            [*command, *(packages[name] for name in names)],
            cwd=module.folder,
            env=environment,
            stderr=subprocess.PIPE,
            text=True,
        ) as building:
            _report(building)
        if building.returncode:
            raise BuildFailedError(f"go could not build {', '.join(names)} (its output is above)")
        for name in names:
            (scratch / name).replace(module.target / name)
    finally:
        shutil.rmtree(scratch)
    _tell(f"built in {time.monotonic() - started:.0f} s")


def _report(building: "subprocess.Popen[str]") -> None:
    """Count the packages that Go names as it compiles them; pass on what it says otherwise."""
    assert building.stderr is not None
    compiled = 0
    for line in building.stderr:
        if line.startswith("go: downloading"):
            continue
        if re.fullmatch(r"[\w./-]+\n", line) is None:
            sys.stderr.write(line)
            continue
        compiled += 1
        if compiled % 200 == 0:
            _tell(f"  {compiled} packages compiled")


def _tell(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
