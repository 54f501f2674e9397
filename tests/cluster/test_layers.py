"""Images are the same bytes whenever they are made of the same files."""

import hashlib
import json
import tarfile
from pathlib import Path

import pytest

from tests.cluster.interpreter import as_in_the_image
from tests.cluster.layers import Image, Layer, layer, write_archive


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def fill(root: Path) -> None:
    (root / "app").mkdir()
    (root / "app" / "b").write_text("second")
    (root / "app" / "a").write_text("first")
    (root / "app" / "a").chmod(0o755)


def read(archive: Path) -> dict[str, bytes]:
    with tarfile.open(archive) as opened:
        return {each.name: opened.extractfile(each).read() for each in opened}  # type: ignore[union-attr]


def test_a_layer_depends_on_its_files_alone() -> None:
    first, second = layer("one", "x", fill), layer("two", "y", fill)
    assert first.digest == second.digest == hashlib.sha256(first.path.read_bytes()).hexdigest()
    with tarfile.open(first.path) as opened:
        assert [(each.name, each.uid, each.mtime) for each in opened] == [
            ("app", 0, 0),
            ("app/a", 0, 0),
            ("app/b", 0, 0),
        ]


def test_a_layer_is_made_once() -> None:
    made: list[Path] = []
    for _ in range(2):
        layer("once", "x", made.append)
    assert len(made) == 1


def test_an_archive_leaves_out_what_its_reader_has(tmp_path: Path) -> None:
    base, code = layer("base", "x", fill), layer("code", "y", lambda root: (root / "new").touch())
    image = Image("model-monitor.test/one:test", (base, code), entrypoint=("model-monitor",))
    write_archive(image, tmp_path / "all.tar")
    write_archive(image, tmp_path / "rest.tar", known={base.digest})
    whole, rest = read(tmp_path / "all.tar"), read(tmp_path / "rest.tar")
    assert whole.keys() - rest.keys() == {f"blobs/sha256/{base.digest}"}
    (entry,) = json.loads(rest["index.json"])["manifests"]
    assert entry["annotations"] == {"io.containerd.image.name": image.name}
    manifest = json.loads(rest["blobs/" + entry["digest"].replace(":", "/")])
    assert [each["digest"] for each in manifest["layers"]] == [
        f"sha256:{each.digest}" for each in (base, code)
    ]
    for name, content in whole.items():
        if name.startswith("blobs/sha256/"):
            assert hashlib.sha256(content).hexdigest() == name.removeprefix("blobs/sha256/")


def test_a_configuration_names_user_and_command() -> None:
    config = json.loads(Image("one", (Layer(Path("x"), "ab"),), entrypoint=("run",)).config)
    assert config["config"]["User"] == "65532:65532"
    assert config["config"]["Entrypoint"] == ["run"]
    assert config["rootfs"]["diff_ids"] == ["sha256:ab"]


REST = b"import sys\nsys.exit(0)\n"


@pytest.mark.parametrize(
    "start",
    [
        b"#!/home/me/.venv/bin/python3.11\n",
        b"#!/bin/sh\n'''exec' \"/a space/.venv/bin/python\" \"$0\" \"$@\"\n' '''\n",
    ],
    ids=["as usual", "a space in the path"],
)
def test_commands_start_the_python_of_the_image_wherever_they_were_made(start: bytes) -> None:
    assert as_in_the_image(start + REST) == b"#!/opt/model-monitor/bin/python\n" + REST


def test_what_is_no_python_command_stays_as_it_is() -> None:
    assert as_in_the_image(b"\x7fELF" + REST) == b"\x7fELF" + REST
