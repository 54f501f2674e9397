"""Spool files as objects."""

import gzip
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from model_monitor_capture.shipper.lines import read_line, remains
from model_monitor_capture.shipper.packing import Lost, Packed, pack
from tests.capture.shipper.examples import line


def unchanged(record: bytes) -> bytes:
    return record


def packed(path: Path, part_bytes: int = 1 << 20) -> list[Packed]:
    return [item for item in pack(path, unchanged, part_bytes) if isinstance(item, Packed)]


def spool(folder: Path, *lines: bytes, end: bytes = b"\n") -> Path:
    path = folder / "closed-1.jsonl"
    path.write_bytes(b"\n".join(lines) + end)
    return path


def test_records_go_to_the_hour_of_their_invocation(tmp_path: Path) -> None:
    before, after = line(1, "2025-12-31T23:59:59Z"), line(2, "2026-01-01T00:00:00Z")
    objects = packed(spool(tmp_path, before, after, before))
    assert [item.hour for item in objects] == [
        datetime(2025, 12, 31, 23, tzinfo=UTC),
        datetime(2026, 1, 1, tzinfo=UTC),
    ]
    assert [gzip.decompress(item.data) for item in objects] == [
        before + b"\n" + before + b"\n",
        after + b"\n",
    ]
    assert [item.records for item in objects] == [2, 1]
    assert objects[0].name.startswith("59-59-000-")


def test_the_same_file_becomes_the_same_objects_and_another_one_others(tmp_path: Path) -> None:
    lines = [line(number) for number in range(100)]
    path = spool(tmp_path, *lines)
    assert packed(path, 2000) == packed(path, 2000)
    names = {item.name for item in packed(path, 2000)}
    assert len(names) == len(packed(path, 2000)) > 3
    assert names.isdisjoint(item.name for item in packed(spool(tmp_path, *lines[1:]), 2000))


def test_a_name_does_not_depend_on_what_is_done_to_the_records(tmp_path: Path) -> None:
    path = spool(tmp_path, line())
    [changed] = pack(path, lambda _: b"{}")
    [plain] = packed(path)
    assert isinstance(changed, Packed)
    assert changed.name == plain.name
    assert changed.data != plain.data


def test_what_envoy_began_and_never_finished_is_counted_and_spoils_nothing(tmp_path: Path) -> None:
    path = spool(tmp_path, line(1), line(2)[:50] + line(3), b"garbage", line(4), line(5)[:-1], end=b"")
    found = list(pack(path, unchanged))
    hour = datetime(2026, 1, 31, 10, tzinfo=UTC)
    assert [item for item in found if isinstance(item, Lost)] == [Lost(hour, 1)] * 3
    [stored] = packed(path)
    assert gzip.decompress(stored.data).splitlines() == [line(1), line(3), line(4)]


def test_a_text_within_a_record_is_never_taken_for_another_record() -> None:
    nested = line(1, data=line(2).decode() + "\n" + line(3).decode())
    found = read_line(nested)
    assert found is not None
    assert (found.record, remains(nested)) == (nested, 0)


@given(st.text(), st.integers(0, 400))
def test_any_text_and_any_tear_leave_the_next_record_whole(text: str, cut: int) -> None:
    torn, whole = line(1, data=text)[:cut], line(2, data=text)
    found = read_line(torn + whole)
    assert found is not None
    assert found.record == (torn + whole if cut == 0 else whole)
