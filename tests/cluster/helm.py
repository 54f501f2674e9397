"""Helm, for one cluster."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.cluster import binaries
from tests.cluster.cluster import ROOT, Cluster

CHART: Final = ROOT / "charts" / "model-monitor"


class Helm:
    """Helm of one major version, which keeps nothing in anybody's home."""

    def __init__(self, program: Path, kubeconfig: Path, home: Path) -> None:
        self._program = program
        folders = {"HELM_CACHE_HOME": "cache", "HELM_CONFIG_HOME": "config", "HELM_DATA_HOME": "data"}
        own = {name: str(home / folder) for name, folder in folders.items()}
        self._environment = {**os.environ, **own, "KUBECONFIG": str(kubeconfig)}

    def run(self, *arguments: str, values: str | None = None) -> "subprocess.CompletedProcess[str]":
        """Run Helm, giving it values where `-f -` asks for them; the exit status is the caller's to judge."""
        return subprocess.run(
            [str(self._program), *arguments],
            env=self._environment,
            input=values,
            text=True,
            capture_output=True,
            timeout=180,
            check=False,
            cwd=ROOT,
        )

    def __call__(self, *arguments: str, values: str | None = None) -> str:
        """Run Helm, which must succeed, and return what it prints."""
        ended = self.run(*arguments, values=values)
        assert ended.returncode == 0, f"helm {' '.join(arguments)}: {ended.stderr}"
        return ended.stdout


@contextmanager
def helm(cluster: Cluster, major: int = 4) -> Iterator[Helm]:
    """Give Helm of a major version for a cluster.

    Raises
    ------
    binaries.BinariesMissingError
        If it is not here and can't be built.
    """
    with tempfile.TemporaryDirectory(prefix="model-monitor-helm-") as folder:
        yield Helm(binaries.helm(major), cluster.kubeconfig, Path(folder))
