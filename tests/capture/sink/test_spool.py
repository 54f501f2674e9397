"""The spool as the sink writes it."""

from pathlib import Path

from model_monitor_capture.sink.spool import SpoolWriter


def test_what_can_not_be_written_is_kept_until_it_can(tmp_path: Path) -> None:
    (tmp_path / "records.jsonl").symlink_to("/dev/full")
    spool = SpoolWriter(tmp_path)
    for number in range(3):
        spool.append(f"{number}\n".encode(), "captured", number)
    assert spool.is_blocked
    assert not spool.requests
    (tmp_path / "records.jsonl").unlink()
    spool.reopen()
    spool.append(b"3\n", "paused", 2)
    assert (tmp_path / "records.jsonl").read_bytes() == b"0\n1\n2\n3\n"
    assert spool.requests == {("captured", 0): 1, ("captured", 1): 1, ("captured", 2): 1, ("paused", 2): 1}
    spool.close()


def test_records_are_appended_to_what_was_there(tmp_path: Path) -> None:
    for text in (b"a\n", b"b\n"):
        spool = SpoolWriter(tmp_path)
        spool.append(text, "captured", 1)
        spool.close()
    assert (tmp_path / "records.jsonl").read_bytes() == b"a\nb\n"
