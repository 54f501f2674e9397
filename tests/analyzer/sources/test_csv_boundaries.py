"""Ends of CSV records against a reader that goes byte by byte."""

import tracemalloc

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from model_monitor_analyzer.sources import csv_boundaries
from model_monitor_analyzer.sources.csv_boundaries import CsvBoundaries, Extent


def byte_by_byte(text: bytes) -> Extent:
    """Walk through the rules: a quote opens at a field's start; inside, two stand for one."""
    end, quoted, start, index = 0, False, True, 0
    while index < len(text):
        byte = text[index : index + 1]
        if quoted:
            if byte == b'"':
                if text[index + 1 : index + 2] == b'"':
                    index += 1
                else:
                    quoted = False
        elif byte == b'"' and start:
            quoted, start = True, False
        elif byte in (b",", b"\n", b"\r"):
            start = True
            if byte == b"\n":
                end = index + 1
        else:
            start = False
        index += 1
    return Extent(end, quoted)


@given(st.text('a",\n\r', max_size=40))
@example('"a""\n",b\n')
@example('a"\nb"\n"\n')
@example('"a"b"\n","\n')
@example('"""\n"\n')
def test_every_text_ends_where_the_rules_say(text: str) -> None:
    data = text.encode()
    boundaries = CsvBoundaries(",", '"')
    ends = (index for index in range(1, len(data) + 1) if byte_by_byte(data[:index]).end == index)
    assert boundaries.first_end(data) == next(ends, 0)
    assert boundaries.extent(data, len(data)) == byte_by_byte(data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_boundaries, "_PIECE_BYTES", 3)
        assert boundaries.extent(data, len(data)) == byte_by_byte(data)


@pytest.mark.parametrize("before", [b"", b'x"y,'])
def test_quotes_take_no_memory_of_their_own(before: bytes) -> None:
    text = before + b'"' * 20_000_000
    tracemalloc.start()
    try:
        extent = CsvBoundaries(",", '"').extent(text, len(text))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert extent == Extent(0, quoted=False)
    assert peak < 16 << 20


@given(st.lists(st.lists(st.text('a",\n', max_size=6), min_size=1, max_size=3), min_size=1, max_size=12))
def test_well_formed_text_ends_with_its_last_record(records: list[list[str]]) -> None:
    def quoted(cell: str) -> str:
        return '"' + cell.replace('"', '""') + '"'

    text = "".join(",".join(map(quoted, record)) + "\n" for record in records).encode()
    boundaries = CsvBoundaries(",", '"')
    assert boundaries.extent(text, len(text)) == (len(text), False)
    ends = {0}
    position = 0
    for record in records:
        position += len((",".join(map(quoted, record)) + "\n").encode())
        ends.add(position)
    for limit in range(len(text) + 1):
        assert boundaries(text, limit) == max(end for end in ends if end <= limit)


def test_other_marks_than_the_usual() -> None:
    boundaries = CsvBoundaries("|", "'")
    assert boundaries.extent(b"a|'b\n'|c\nd|\"e\n", 14) == (14, False)
    assert boundaries.extent(b"a|'b\n", 5) == (0, True)
