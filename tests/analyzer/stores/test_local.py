"""Files and mounted volumes."""

import errno
import os
from pathlib import Path

import pytest

from model_monitor_analyzer.errors import (
    AccessRefusedError,
    ConfigurationError,
    ObjectChangedError,
    ObjectMissingError,
    OutputNotWritableError,
    UnreadableObjectError,
)
from model_monitor_analyzer.stores import Access, Store, open_store
from model_monitor_api.v1alpha1.storage import Connection, Encryption


def local(root: Path) -> tuple[Store, str]:
    uri = f"file://{root}"
    return open_store(uri, Connection(), Access()), uri


def test_lists_files_at_any_depth_with_odd_names(tmp_path: Path) -> None:
    names = ["a.csv", "sub/b c.csv", "sub/deep/%41ü.csv", "sub2/d.csv"]
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(name.encode())
    store, uri = local(tmp_path)
    found = {ref.uri: ref for ref in store.list(f"{uri}//")}
    assert sorted(found) == sorted(f"{uri}/{name}" for name in names)
    for name in names:
        ref = found[f"{uri}/{name}"]
        assert ref.size == len(name.encode())
        assert b"".join(store.stream(ref)) == name.encode()
    assert list(store.list(f"{uri}/absent")) == []


def test_a_cycle_of_links_is_walked_once(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data/a").write_bytes(b"1")
    (tmp_path / "data/again").symlink_to(tmp_path / "data")
    (tmp_path / "data/linked").symlink_to(tmp_path / "data/a")
    store, uri = local(tmp_path)
    assert {ref.uri for ref in store.list(f"{uri}/data")} == {f"{uri}/data/a", f"{uri}/data/linked"}


def test_head_get_and_range(tmp_path: Path) -> None:
    store, uri = local(tmp_path)
    assert store.head(f"{uri}/x") is None
    assert store.head(uri) is None, "a directory is no object"
    (tmp_path / "x").write_bytes(b"0123456789")
    ref = store.head(f"{uri}/x")
    assert ref is not None
    assert store.read_range(ref, 3, 4) == b"3456"
    assert store.get(f"{uri}/x", max_bytes=10) == b"0123456789"
    with pytest.raises(UnreadableObjectError, match="10 bytes, more than the 9"):
        store.get(f"{uri}/x", max_bytes=9)
    with pytest.raises(ObjectMissingError, match="absent"):
        store.get(f"{uri}/absent", max_bytes=9)


def test_a_growing_file_is_read_as_it_was_listed(tmp_path: Path) -> None:
    store, uri = local(tmp_path)
    (tmp_path / "x").write_bytes(b"one\n")
    ref = store.head(f"{uri}/x")
    assert ref is not None
    with (tmp_path / "x").open("ab") as file:
        file.write(b"two\n")
    assert b"".join(store.stream(ref)) == b"one\n"
    (tmp_path / "x").write_bytes(b"o")
    with pytest.raises(ObjectChangedError) as caught:
        list(store.stream(ref))
    assert caught.value.retryable


def test_writing_replaces_at_once_and_leaves_no_draft(tmp_path: Path) -> None:
    store, uri = local(tmp_path)
    for body in (b"old", b"new"):
        store.put(f"{uri}/deep/report.json", body, content_type="application/json")
    assert (tmp_path / "deep/report.json").read_bytes() == b"new"
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["report.json"]
    store.delete(f"{uri}/deep/report.json")
    store.delete(f"{uri}/deep/report.json")
    assert list((tmp_path / "deep").iterdir()) == []


def test_an_interrupted_write_leaves_the_old_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, uri = local(tmp_path)
    store.put(f"{uri}/x", b"old", content_type="text/plain")

    def interrupt(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        store.put(f"{uri}/x", b"new", content_type="text/plain")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("x", b"old")]


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    store, uri = local(tmp_path)
    with pytest.raises(OutputNotWritableError, match=r"file/report\.json"):
        store.put(f"{uri}/file/report.json", b"x", content_type="text/plain")


def test_a_full_disk_is_no_lack_of_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    store, uri = local(tmp_path)
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputNotWritableError, match="No space left") as caught:
        store.put(f"{uri}/report.json", b"x", content_type="text/plain")
    assert "Free space" in caught.value.next_step
    assert "permission" not in caught.value.next_step
    assert not list(tmp_path.iterdir())


def test_a_claim_is_a_mounted_directory(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"1")
    store = open_store("pvc://claim/x", Connection(), Access(mounts={"claim": tmp_path}))
    assert [ref.uri for ref in store.list("pvc://claim/")] == ["pvc://claim/x"]
    assert store.get("pvc://claim/x", max_bytes=1) == b"1"


def test_a_claim_that_is_not_mounted_is_refused_with_the_remedy() -> None:
    with pytest.raises(ConfigurationError, match=r"not mounted here.*file:///"):
        open_store("pvc://claim/x", Connection(), Access())


@pytest.mark.parametrize("target", ["/etc/hostname", "/etc"])
def test_a_link_out_of_a_volume_is_refused(tmp_path: Path, target: str) -> None:
    (tmp_path / "x").symlink_to(target)
    store = open_store("pvc://claim/x", Connection(), Access(mounts={"claim": tmp_path}))
    with pytest.raises(AccessRefusedError, match="symbolic link"):
        store.head("pvc://claim/x")
    with pytest.raises(AccessRefusedError, match="symbolic link"):
        list(store.list("pvc://claim/"))


def test_files_are_not_encrypted_by_a_key_service() -> None:
    with pytest.raises(ConfigurationError, match=r"encryption\.mode KMS"):
        open_store("file:///x", Connection(), Access(), encryption=Encryption(mode="KMS", kms_key_id="k"))
