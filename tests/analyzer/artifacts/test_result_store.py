import json
from pathlib import Path

import pytest

from model_monitor_analyzer.artifacts.manifest import Manifest, ManifestFile
from model_monitor_analyzer.artifacts.result_store import DamagedResultError, ResultFolder
from model_monitor_analyzer.errors import OutputConflictError, OutputNotWritableError
from model_monitor_analyzer.stores import Access, open_store
from model_monitor_analyzer.stores.local import LocalStore
from model_monitor_analyzer.stores.store import Store
from model_monitor_api.contract.plan import Subject
from model_monitor_api.v1alpha1.storage import Connection

OURS = Subject(kind="MonitoringSchedule", namespace="default", name="hourly", uid="local-1")
THEIRS = Subject(kind="MonitoringSchedule", namespace="default", name="hourly", uid="another")
FILES = {"report.json": b"{}", "data-quality/statistics.json": b"[1, 2]"}


def manifest(files: dict[str, bytes], *, subject: Subject = OURS, run_id: str = "0a") -> Manifest:
    entries = [ManifestFile.of(name, data) for name, data in sorted(files.items())]
    return Manifest(run_id=run_id, subject=subject, plan_digest="d1", inputs="i1", files=entries)


@pytest.fixture
def folder(tmp_path: Path) -> ResultFolder:
    uri = f"file://{tmp_path}/out/hourly"
    return ResultFolder(open_store(uri, Connection(), Access()), uri)


def names(path: Path) -> list[str]:
    return sorted(str(file.relative_to(path)) for file in path.rglob("*") if file.is_file())


def test_a_result_comes_back_whole(folder: ResultFolder, tmp_path: Path) -> None:
    assert folder.manifest() is None
    written = manifest(FILES)
    folder.write(FILES, written)
    assert folder.manifest() == written
    assert {entry.name: folder.read(entry) for entry in written.files} == FILES
    assert names(tmp_path / "out") == [
        "hourly/data-quality/statistics.json",
        "hourly/manifest.json",
        "hourly/report.json",
    ]


def test_sizes_and_digests_are_those_that_sha256sum_prints(folder: ResultFolder, tmp_path: Path) -> None:
    folder.write({"a.json": b"abc"}, manifest({"a.json": b"abc"}))
    document = json.loads((tmp_path / "out/hourly/manifest.json").read_text())
    assert document["files"] == [
        {
            "name": "a.json",
            "size": 3,
            # FIPS 180-2, appendix B.1
            "sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        }
    ]


def test_a_later_run_replaces_the_files_of_an_earlier_one(folder: ResultFolder, tmp_path: Path) -> None:
    folder.write(FILES, manifest(FILES))
    later = {"report.json": b'{"later": true}'}
    folder.write(later, manifest(later, run_id="0b"))
    assert names(tmp_path / "out/hourly") == ["manifest.json", "report.json"]
    found = folder.manifest()
    assert found is not None
    assert found.run_id == "0b"


def test_the_same_run_writes_the_same_bytes(tmp_path: Path) -> None:
    for part in ("one", "two"):
        uri = f"file://{tmp_path}/{part}"
        ResultFolder(open_store(uri, Connection(), Access()), uri).write(FILES, manifest(FILES))
    contents = [
        {name: (tmp_path / part / name).read_bytes() for name in names(tmp_path / part)}
        for part in ("one", "two")
    ]
    assert contents[0] == contents[1]


def test_another_schedules_result_is_left_alone(folder: ResultFolder) -> None:
    folder.write(FILES, manifest(FILES, subject=THEIRS))
    with pytest.raises(OutputConflictError, match=r"uid another.*output\.uri"):
        folder.write({"report.json": b"ours"}, manifest({"report.json": b"ours"}))
    found = folder.manifest()
    assert found is not None
    assert found.subject == THEIRS
    assert folder.read(found.by_name["report.json"]) == b"{}"


def test_a_baseline_that_was_created_again_takes_its_folder_over(folder: ResultFolder) -> None:
    baselines = [
        Subject(kind="Baseline", namespace="default", name="b", uid=uid) for uid in ("first", "second")
    ]
    for subject in baselines:
        folder.write(FILES, manifest(FILES, subject=subject))
    found = folder.manifest()
    assert found is not None
    assert found.subject.uid == "second"


@pytest.mark.parametrize("damage", [b"[]", b"{}!", None])
def test_a_file_that_changed_is_noticed(folder: ResultFolder, tmp_path: Path, damage: bytes | None) -> None:
    folder.write(FILES, manifest(FILES))
    path = tmp_path / "out/hourly/report.json"
    path.unlink() if damage is None else path.write_bytes(damage)
    found = folder.manifest()
    assert found is not None
    with pytest.raises(DamagedResultError, match=r"report\.json"):
        folder.read(found.by_name["report.json"])


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff",
        b"{}",
        b"x" * (2 << 20),
        b'{"version": "modelmonitor.dev/manifest.v9"}',
    ],
)
def test_a_foreign_manifest_is_no_manifest(folder: ResultFolder, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "out/hourly/manifest.json"
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    with pytest.raises(DamagedResultError, match=r"manifest\.json"):
        folder.manifest()
    with pytest.raises(OutputConflictError, match=r"manifest\.json"):
        folder.write(FILES, manifest(FILES))
    assert path.read_bytes() == content


@pytest.mark.parametrize("name", ["../report.json", "/etc/passwd", "a/../b", ".hidden", "a//b", "", "A.json"])
def test_a_manifest_cannot_name_files_elsewhere(name: str) -> None:
    with pytest.raises(ValueError, match="name"):
        ManifestFile.of(name, b"")


class FailingStore:
    """A real store that fails, or is interrupted, at the nth write."""

    def __init__(self, store: LocalStore, failing_put: int, error: BaseException) -> None:
        self._store = store
        self._left = failing_put
        self._error = error

    def put(self, uri: str, data: bytes, *, content_type: str) -> None:
        self._left -= 1
        if self._left == 0:
            raise self._error
        self._store.put(uri, data, content_type=content_type)

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)


def failing(folder: ResultFolder, at: int, error: BaseException) -> ResultFolder:
    store = folder.store
    assert isinstance(store, LocalStore)
    broken: Store = FailingStore(store, at, error)  # type: ignore[assignment] # the rest is handed through
    return ResultFolder(broken, folder.uri)


@pytest.mark.parametrize("at", [1, 2, 3])
@pytest.mark.parametrize("error", [KeyboardInterrupt(), OutputNotWritableError("full")])
def test_a_write_that_ends_early_leaves_nothing(
    folder: ResultFolder, tmp_path: Path, at: int, error: BaseException
) -> None:
    with pytest.raises(type(error)):
        failing(folder, at, error).write(FILES, manifest(FILES))
    assert names(tmp_path) == []


@pytest.mark.parametrize("at", [1, 2, 3])
def test_a_replacement_that_ends_early_is_not_taken_for_a_result(folder: ResultFolder, at: int) -> None:
    folder.write(FILES, manifest(FILES))
    later = {name: data + b" " for name, data in FILES.items()}
    with pytest.raises(KeyboardInterrupt):
        failing(folder, at, KeyboardInterrupt()).write(later, manifest(later, run_id="0b"))
    assert folder.manifest() is None


def test_no_manifest_stands_while_files_are_written(folder: ResultFolder) -> None:
    folder.write(FILES, manifest(FILES))
    seen: list[bool] = []

    class Watching(FailingStore):
        def put(self, uri: str, data: bytes, *, content_type: str) -> None:
            seen.append(folder.manifest() is None)
            super().put(uri, data, content_type=content_type)

    store = folder.store
    assert isinstance(store, LocalStore)
    watching: Store = Watching(store, 0, KeyboardInterrupt())  # type: ignore[assignment] # as above
    ResultFolder(watching, folder.uri).write(FILES, manifest(FILES))
    assert seen == [True, True, True]


def test_files_are_told_their_type(folder: ResultFolder) -> None:
    types: dict[str, str] = {}

    class Noting(FailingStore):
        def put(self, uri: str, data: bytes, *, content_type: str) -> None:
            assert data is not None
            types[uri.rpartition("/")[2]] = content_type

    store = folder.store
    assert isinstance(store, LocalStore)
    noting: Store = Noting(store, 0, KeyboardInterrupt())  # type: ignore[assignment] # as above
    files = {"report.html": b"", "report.json": b"", "summary.bin": b""}
    ResultFolder(noting, folder.uri).write(files, manifest(files))
    assert types == {
        "report.html": "text/html; charset=utf-8",
        "report.json": "application/json",
        "summary.bin": "application/octet-stream",
        "manifest.json": "application/json",
    }
