"""What `make cluster-up` prints works in a shell."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.cluster import binaries
from tests.cluster.__main__ import on_path


def _program(folder: Path, name: str) -> Path:
    folder.mkdir()
    program = folder / name
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    return program


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    """Return kubectl and Helm as if they had just been built, with none of either on the PATH."""
    programs = {name: _program(tmp_path / f"{name} 1", name) for name in ("kubectl", "helm")}
    monkeypatch.setattr(binaries, "kubectl", lambda: programs["kubectl"])
    monkeypatch.setattr(binaries, "helm", lambda _: programs["helm"])
    monkeypatch.setenv("PATH", str(tmp_path))
    return programs


def test_kubectl_and_helm_are_found_after_the_printed_command(built: dict[str, Path]) -> None:
    script = f"{on_path()}\ncommand -v kubectl\ncommand -v helm"
    found = subprocess.run(["/bin/sh", "-c", script], capture_output=True, text=True, check=False)
    assert found.stdout.splitlines() == [str(built["kubectl"]), str(built["helm"])]


def test_nothing_is_printed_for_what_is_on_the_path(
    built: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", os.pathsep.join(str(program.parent) for program in built.values()))
    assert shutil.which("helm")
    assert on_path() == ""
