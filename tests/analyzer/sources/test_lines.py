"""Objects are cut into whole records whatever way their bytes arrive."""

import gzip
import tracemalloc
from collections.abc import Iterator

import numpy as np
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from model_monitor_analyzer.errors import UnreadableObjectError
from model_monitor_analyzer.sources.lines import Chunk, count_line_breaks, find_line_breaks, read_chunks
from model_monitor_analyzer.sources.problems import ProblemKind, ProblemLog

TEXT = b"".join(b'{"number": %d, "pad": "%s"}\n' % (i, b"y" * (i % 50)) for i in range(5_000))
PACKED = {
    "plain": TEXT,
    "gzip": gzip.compress(TEXT, mtime=0),
    "zstd": zstandard.compress(TEXT),
    "gzip members, padded": gzip.compress(TEXT[:777]) + gzip.compress(TEXT[777:]) + b"\0" * 512,
    "zstd frames": zstandard.compress(TEXT[:777]) + zstandard.compress(TEXT[777:]),
}


def in_pieces(data: bytes, size: int) -> Iterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


def chunks_of(
    data: bytes, piece: int = 1 << 20, *, chunk_bytes: int = 16 << 20, max_record_bytes: int = 64 << 20
) -> tuple[list[Chunk], ProblemLog]:
    log = ProblemLog("s3://b/x")
    pieces = in_pieces(data, piece)
    chunks = read_chunks(pieces, log, chunk_bytes=chunk_bytes, max_record_bytes=max_record_bytes)
    return list(chunks), log


@pytest.mark.parametrize("packed", PACKED.values(), ids=PACKED)
@pytest.mark.parametrize("piece", [7, 1000, 1 << 20])
def test_packing_and_arrival_do_not_show(packed: bytes, piece: int) -> None:
    chunks, log = chunks_of(packed, piece, chunk_bytes=10_000)
    assert chunks == chunks_of(TEXT, chunk_bytes=10_000)[0]
    assert b"".join(chunk.data for chunk in chunks) == TEXT
    assert all(chunk.ended and chunk.data.endswith(b"\n") and len(chunk.data) <= 10_000 for chunk in chunks)
    lines = 1
    for chunk in chunks:
        assert chunk.first_line == lines
        lines += chunk.data.count(b"\n")
    assert not log.take()


@given(
    st.lists(st.binary(max_size=30).map(lambda line: line.replace(b"\n", b"")), max_size=40),
    st.booleans(),
    st.integers(1, 50),
    st.integers(1, 60),
)
def test_no_byte_is_lost_for_any_lines(lines: list[bytes], ended: bool, piece: int, size: int) -> None:
    text = b"\n".join(lines) + (b"\n" if ended and lines else b"")
    text = b"x" + text  # no accidental byte-order mark or magic
    chunks, log = chunks_of(text, piece, chunk_bytes=size, max_record_bytes=1000)
    assert b"".join(chunk.data for chunk in chunks) == text
    assert chunks == chunks_of(text, 1 << 20, chunk_bytes=size, max_record_bytes=1000)[0]
    assert [chunk.ended for chunk in chunks[:-1]] == [True] * (len(chunks) - 1)
    assert chunks[-1].ended == text.endswith(b"\n")
    assert not log.take()


@pytest.mark.parametrize("form", ["gzip", "zstd"])
def test_a_cut_object_gives_the_whole_lines_before_the_cut(form: str) -> None:
    packed = PACKED[form][:-500]
    chunks, log = chunks_of(packed, chunk_bytes=10_000)
    got = b"".join(chunk.data for chunk in chunks)
    assert got
    assert TEXT.startswith(got)
    assert got.endswith(b"\n")
    problems = log.take()
    assert problems.counts == {ProblemKind.TRUNCATED_OBJECT: 1}
    assert problems.places[0].record == got.count(b"\n") + 1


def test_a_damaged_object_gives_what_came_before() -> None:
    packed = bytearray(PACKED["gzip"])
    middle = len(packed) // 2
    packed[middle : middle + 64] = b"\xff" * 64
    chunks, log = chunks_of(bytes(packed), chunk_bytes=1_000)
    assert log.take().counts == {ProblemKind.TRUNCATED_OBJECT: 1}
    got = b"".join(chunk.data for chunk in chunks)
    common = next((i for i, pair in enumerate(zip(got, TEXT, strict=False)) if pair[0] != pair[1]), len(got))
    assert common > len(TEXT) // 3


def test_only_the_header_of_a_compressed_object_is_truncated_too() -> None:
    for packed in (PACKED["gzip"][:5], PACKED["zstd"][:5]):
        chunks, log = chunks_of(packed)
        assert chunks == []
        assert log.take().counts == {ProblemKind.TRUNCATED_OBJECT: 1}


def test_a_byte_order_mark_is_no_data_and_utf16_is_refused() -> None:
    assert chunks_of(b"\xef\xbb\xbfa\n")[0] == [Chunk(b"a\n", 1, ended=True)]
    for encoding in ("utf-16-le", "utf-16-be"):
        with pytest.raises(UnreadableObjectError, match=r"s3://b/x.*UTF-16.*store it as UTF-8"):
            chunks_of("\ufeffa,b\n".encode(encoding))


def test_an_object_without_bytes_has_no_chunks() -> None:
    assert chunks_of(b"")[0] == []
    assert chunks_of(gzip.compress(b""))[0] == []


def test_a_record_over_the_limit_is_counted_and_the_next_is_read() -> None:
    text = b"a\n" + b"x" * 5000 + b"\nb\n" + b"y" * 900 + b"\nc\n"
    for piece in (10, 10_000):
        chunks, log = chunks_of(text, piece, chunk_bytes=100, max_record_bytes=1000)
        assert b"".join(chunk.data for chunk in chunks) == b"a\nb\n" + b"y" * 900 + b"\nc\n"
        problems = log.take()
        assert problems.counts == {ProblemKind.OVERSIZED_RECORD: 1}
        assert problems.places[0].record == 2
        assert [chunk.first_line for chunk in chunks] == [1, 3, 4]


@pytest.mark.parametrize("form", ["gzip", "zstd"])
def test_a_small_object_of_huge_content_is_undone_in_bounded_memory(form: str) -> None:
    line = b"0" * 1023 + b"\n"
    content = line * (256 << 10)  # 256 MiB
    packed = gzip.compress(content, 1) if form == "gzip" else zstandard.compress(content)
    del content
    tracemalloc.start()
    total = sum(
        len(chunk.data) for chunk in read_chunks([packed], ProblemLog("s3://b/x"), chunk_bytes=1 << 20)
    )
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert total == 256 << 20
    assert peak < 140 << 20


def test_records_of_many_lines_that_never_end_are_left_out_whole_after_some_attempts() -> None:
    calls: list[int] = []

    def boundary(held: bytearray, limit: int) -> int:
        calls.append(limit)
        return 0

    text = b"x" * 9 + b"\n"
    log = ProblemLog("s3://b/x")
    stream = [text * 10_000]
    chunks = list(read_chunks(stream, log, boundary=boundary, chunk_bytes=100, max_record_bytes=1000))
    problems = log.take()
    assert problems.counts == {ProblemKind.OVERSIZED_RECORD: 4 + 99}
    assert [place.record for place in problems.places[:6]] == [1, 2, 3, 4, 5, 105]
    assert sum(calls) < 30 * 10 * 10_000
    assert chunks[0].first_line == 1 + 4 + 99 * 100


@given(st.binary(max_size=50), st.integers(0, 30_000))
def test_line_breaks_are_counted_across_all_pieces(text: bytes, times: int) -> None:
    assert count_line_breaks(text * times) == (text * times).count(b"\n")


@given(st.binary(max_size=50) | st.text("\n ", max_size=20).map(str.encode), st.integers(0, 30_000))
def test_line_breaks_are_found_across_all_pieces(text: bytes, times: int) -> None:
    breaks = np.flatnonzero(np.frombuffer(text * times, np.uint8) == ord("\n"))
    assert np.array_equal(find_line_breaks(text * times), breaks)
