"""Which objects are listed, and that no others are."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from model_monitor_analyzer.errors import BucketMissingError, ObjectMissingError
from model_monitor_analyzer.sources.listing import list_objects
from model_monitor_analyzer.sources.source import Source, Window
from model_monitor_analyzer.stores import Access, ObjectRef
from model_monitor_analyzer.stores.local import LocalStore
from model_monitor_api.v1alpha1.columns import Columns
from tests.support.s3 import S3Bucket

WINDOW = Window(datetime(2026, 3, 1, 23, tzinfo=UTC), datetime(2026, 3, 2, 1, 30, tzinfo=UTC))


def put(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"x")


def names(folder: Path, source: Source, window: Window | None = None) -> list[str]:
    found = list_objects(source, window, Access())
    return [ref.uri.removeprefix(f"file://{folder}/") for ref in found]


def test_an_object_or_all_below_a_folder_in_order(tmp_path: Path) -> None:
    put(
        tmp_path,
        "in/b.csv",
        "in/a/z.csv",
        "in/_SUCCESS",
        "in/.draft",
        "in/_x/c.csv",
        "beside.csv",
        "in b.csv",
    )
    (tmp_path / "in/empty.csv").write_bytes(b"")
    for uri in ("in", "in/", "in//", "/in"):
        assert names(tmp_path, Source(f"file://{tmp_path}/{uri}", "CSV")) == [
            "in/_x/c.csv",
            "in/a/z.csv",
            "in/b.csv",
        ]
    assert names(tmp_path, Source(f"file://{tmp_path}/in/_SUCCESS", "CSV")) == ["in/_SUCCESS"]


def test_what_is_named_must_be_there_unless_a_window_is_asked_for(tmp_path: Path) -> None:
    put(tmp_path, "in/_SUCCESS")
    for uri in ("absent", "absent.csv", "in"):
        source = Source(f"file://{tmp_path}/{uri}", "CSV")
        with pytest.raises(ObjectMissingError, match=f"'file://{tmp_path}/{uri}' does not exist"):
            list_objects(source, None, Access())
        assert names(tmp_path, source, WINDOW) == []
    assert names(tmp_path, Source(f"file://{tmp_path}/absent/", "CSV")) == []


def test_only_the_prefixes_of_the_window_are_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for day in ("2026/03/01", "2026/03/02"):
        put(tmp_path, *(f"d/{day}/{hour:02}/{part}.csv" for hour in range(24) for part in "ab"))
    put(tmp_path, "d/2026/03/02/00.csv", "d/other/a.csv")
    listed: list[str] = []
    plain = LocalStore.list

    def noting(self: LocalStore, uri: str) -> Iterator[ObjectRef]:
        listed.append(uri.removeprefix(f"file://{tmp_path}/"))
        return plain(self, uri)

    monkeypatch.setattr(LocalStore, "list", noting)
    uri = f"file://{tmp_path}/d/{{yyyy}}/{{MM}}/{{dd}}/{{HH}}/"
    timed = Source(uri, "CSV", columns=Columns(timestamp="t"))
    expected = [f"d/2026/03/{hour}/{part}.csv" for hour in ("01/23", "02/00", "02/01") for part in "ab"]
    assert names(tmp_path, timed, WINDOW) == expected
    assert listed == ["d/2026/03/01/23", "d/2026/03/02/00", "d/2026/03/02/01"]
    tiled = Window(datetime(2026, 3, 1, 22, 30, tzinfo=UTC), WINDOW.end)
    assert names(tmp_path, Source(uri, "CSV"), tiled) == expected, "an hour counts where it begins"
    assert len(names(tmp_path, timed, tiled)) == len(expected) + 2
    assert len(names(tmp_path, timed)) == 96, "without a window everything that fits the template"


def test_placeholders_may_stand_in_the_name_of_the_object(tmp_path: Path) -> None:
    put(tmp_path, "2026-03-01.csv", "2026-03-02.csv", "2026-03-03.csv")
    source = Source(f"file://{tmp_path}/{{yyyy}}-{{MM}}-{{dd}}.csv", "CSV", columns=Columns(timestamp="t"))
    assert names(tmp_path, source, WINDOW) == ["2026-03-01.csv", "2026-03-02.csv"]
    assert len(names(tmp_path, source)) == 3


def test_capture_files_have_their_layout_below_the_prefix(tmp_path: Path) -> None:
    put(tmp_path, "c/2026/03/02/00/1.jsonl", "c/2026/03/02/05/2.jsonl", "single.jsonl")
    source = Source(f"file://{tmp_path}/c/", "SageMakerCapture")
    assert names(tmp_path, source, WINDOW) == ["c/2026/03/02/00/1.jsonl"]
    assert len(names(tmp_path, source)) == 2
    single = Source(f"file://{tmp_path}/single.jsonl", "SageMakerCapture")
    assert names(tmp_path, single, WINDOW) == ["single.jsonl"]


@pytest.mark.parametrize("written", ["cap/ep/v", "cap/ep/v/", "cap//ep/v", "cap/ep//v/"])
@pytest.mark.parametrize("stored", ["cap/ep/v/", "cap//ep/v/", "cap/ep/v//"])
def test_doubled_slashes_in_keys_and_uris_are_harmless(
    s3_bucket: S3Bucket, written: str, stored: str
) -> None:
    uri = s3_bucket.write(f"{stored}2026/03/02/00/1.jsonl", b"x")
    s3_bucket.write(f"{stored}2026/03/02/05/2.jsonl", b"x")
    for form in ("", "/{yyyy}/{MM}/{dd}/{HH}"):
        source = Source(s3_bucket.uri(written + form), "SageMakerCapture", connection=s3_bucket.connection)
        assert [ref.uri for ref in list_objects(source, WINDOW, s3_bucket.access)] == [uri]
        assert len(list_objects(source, None, s3_bucket.access)) == 2


def test_a_single_object_in_a_bucket(s3_bucket: S3Bucket) -> None:
    uri = s3_bucket.write("x/train.csv", b"x")
    s3_bucket.write("x/train.csv.bak", b"x")
    source = Source(uri, "CSV", connection=s3_bucket.connection)
    assert [ref.uri for ref in list_objects(source, None, s3_bucket.access)] == [uri]


def test_a_missing_bucket_is_no_empty_window(s3_bucket: S3Bucket) -> None:
    for uri in ("s3://absent-bucket/x", "s3://absent-bucket/x/{yyyy}/{MM}/{dd}"):
        source = Source(uri, "CSV", connection=s3_bucket.connection)
        with pytest.raises(BucketMissingError, match="absent-bucket"):
            list_objects(source, WINDOW, s3_bucket.access)


def test_an_empty_text_object_is_left_out_though_it_is_named(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"")
    uri = f"file://{tmp_path}/x"
    for form in ("CSV", "JSON", "JSONLines"):
        assert list_objects(Source(uri, form), None, Access()) == ()
    assert [ref.uri for ref in list_objects(Source(uri, "Parquet"), None, Access())] == [uri]
