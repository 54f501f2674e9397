"""The index of KServe's logs: when it spares a listing, and that it never hides an object."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from model_monitor_analyzer.sources.kserve_logs import logged_objects
from model_monitor_analyzer.sources.log_index import SKEW, LogIndex
from model_monitor_analyzer.sources.source import Window
from model_monitor_analyzer.stores import Access, ObjectRef
from model_monitor_api.v1alpha1.storage import Output

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def window(hour: float) -> Window:
    return Window(BEGIN + hour * HOUR, BEGIN + (hour + 1) * HOUR)


class Bucket:
    """Objects that are there at a time, and how often they were listed."""

    def __init__(self, folder: Path, *written: datetime) -> None:
        self.written = sorted(written)
        self.listings = 0
        self.now = BEGIN
        self._folder = folder
        self._output = Output(uri=f"file://{folder}/out")

    def every(self) -> Iterator[ObjectRef]:
        self.listings += 1
        for number, moment in enumerate(self.written):
            if moment <= self.now:
                yield ObjectRef(f"file:///logs/{number}-request.json", 1, f"{number}", moment)

    def find(self, wanted: Window) -> list[datetime]:
        index = LogIndex(self._output, "default", "file:///logs", Access(), lambda: self.now)
        found = logged_objects(index.objects(self.every(), wanted), wanted)
        return sorted(ref.modified for ref in found)

    def expected(self, wanted: Window) -> list[datetime]:
        return [
            moment for moment in self.written if moment <= self.now and wanted.start <= moment < wanted.end
        ]

    @property
    def kept(self) -> list[Path]:
        return sorted(path for path in self._folder.rglob("*") if path.is_file())


@pytest.fixture
def bucket(tmp_path: Path) -> Bucket:
    return Bucket(tmp_path, *(BEGIN + number * HOUR / 4 for number in range(4 * 24 * 10)))


def test_windows_that_are_made_up_for_list_once(bucket: Bucket) -> None:
    bucket.now = BEGIN + 10 * 24 * HOUR
    for hour in range(9 * 24):
        assert bucket.find(window(hour)) == bucket.expected(window(hour))
    assert bucket.listings == 1
    assert len(bucket.kept) == 10 + 1


def test_a_window_that_has_just_ended_is_listed_and_found_again(bucket: Bucket) -> None:
    for hour in (30, 31, 32):
        bucket.now = window(hour).end + timedelta(minutes=10)
        assert bucket.find(window(hour)) == bucket.expected(window(hour))
        # Another schedule on the same data, at about the same time.
        bucket.now += timedelta(minutes=3)
        assert bucket.find(window(hour)) == bucket.expected(window(hour))
    assert bucket.listings == 3


def test_an_old_listing_is_not_trusted(bucket: Bucket) -> None:
    bucket.now = window(30).end + 2 * HOUR
    bucket.find(window(30))
    bucket.now += 25 * HOUR
    bucket.find(window(30))
    assert bucket.listings == 2


@pytest.mark.parametrize("broken", ["listed.json", "2026-03-02.jsonl.gz"])
@pytest.mark.parametrize("content", [None, b"", b"{}", b"\x1f\x8b\xff", b"null"])
def test_what_is_missing_or_damaged_is_listed_and_mended(
    bucket: Bucket, broken: str, content: bytes | None
) -> None:
    wanted = window(30)
    bucket.now = BEGIN + 9 * 24 * HOUR
    bucket.find(wanted)
    [path] = [path for path in bucket.kept if path.name == broken]
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content)
    assert bucket.find(wanted) == bucket.expected(wanted)
    assert bucket.listings == 2
    assert bucket.find(wanted) == bucket.expected(wanted)
    assert bucket.listings == 2


def test_an_output_that_takes_nothing_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file, no folder")
    bucket = Bucket(tmp_path, BEGIN)
    bucket.now = BEGIN + 5 * HOUR
    assert bucket.find(window(0)) == [BEGIN]


TIMES = st.floats(0, 100, allow_nan=False).map(lambda hours: BEGIN + hours * HOUR)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(TIMES, max_size=30), st.lists(st.tuples(st.floats(0, 30), st.integers(0, 110)), max_size=12))
def test_whatever_is_asked_when_nothing_is_hidden(
    tmp_path_factory: pytest.TempPathFactory, written: list[datetime], asked: list[tuple[float, int]]
) -> None:
    """A window that is over is found as by a listing of that moment."""
    bucket = Bucket(tmp_path_factory.mktemp("index"), *written)
    for pause, hour in asked:
        bucket.now += pause * HOUR
        wanted = window(hour)
        found = bucket.find(wanted)
        if bucket.now >= wanted.end + SKEW:
            assert found == bucket.expected(wanted)
        assert set(found) <= set(bucket.expected(wanted))
