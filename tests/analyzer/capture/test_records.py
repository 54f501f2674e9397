"""Records read at once must be those read one by one."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from model_monitor_analyzer.sources.capture.records import read_at_once, read_one_by_one, records_frame
from model_monitor_analyzer.sources.lines import Chunk
from tests.analyzer.capture.captures import chunk, record, side

TEXT = st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
SIDES = st.none() | st.fixed_dictionaries(
    {}, optional={"data": TEXT, "encoding": TEXT, "observedContentType": TEXT, "mode": TEXT}
)
RECORDS = st.fixed_dictionaries(
    {},
    optional={
        "captureData": st.none()
        | st.fixed_dictionaries(
            {}, optional={"endpointInput": SIDES, "endpointOutput": SIDES, "batchTransformOutput": SIDES}
        ),
        "eventMetadata": st.none()
        | st.fixed_dictionaries(
            {},
            optional={
                "eventId": TEXT,
                "inferenceId": TEXT,
                "inferenceTime": TEXT,
                "customAttributes": st.lists(st.text(max_size=2)),
            },
        ),
        "groundTruthData": SIDES,
        "other": st.recursive(st.none() | st.integers() | st.text(max_size=3), st.lists, max_leaves=4),
    },
)


@given(records=st.lists(RECORDS, min_size=1, max_size=5), ascii_only=st.booleans())
@settings(deadline=None)
def test_both_ways_read_the_same(records: list[dict[str, object]], ascii_only: bool) -> None:
    block = "".join(json.dumps(each, ensure_ascii=ascii_only) + "\n" for each in records)
    if any(0xD800 <= ord(character) < 0xE000 for character in block) or "\\ud" in block.lower():
        return
    at_once = read_at_once(Chunk(block.encode(), 1, ended=True))
    parsed = read_one_by_one(block.encode())
    assert not parsed.bad
    assert at_once is not None
    assert_frame_equal(at_once, records_frame(parsed.indices, parsed.records))


GOOD = json.dumps(record(side("1,2")))


@pytest.mark.parametrize(
    "line",
    [
        "garbage",
        "[1]",
        '"text"',
        "1",
        GOOD[:-1],
        GOOD + "x",
        GOOD + GOOD,
        GOOD[:-1] + ",}",
        '{"captureData": 1}',
        '{"captureData": []}',
        '{"captureData": {"endpointInput": "x"}}',
        '{"captureData": {"endpointInput": {"data": 1}}}',
        '{"captureData": {"endpointInput": {"data": {"a": 1}}}}',
        '{"eventMetadata": {"eventId": 1}}',
        '{"eventMetadata": {"inferenceTime": 1}}',
        '{"groundTruthData": {"encoding": []}}',
        '{"eventMetadata": {"eventId": "\\ud800"}}',
        '{"eventMetadata": {"eventId": "a\tb"}}',
        b'{"eventMetadata": {"eventId": "\xff"}}',
    ],
)
def test_a_line_that_is_no_record_is_found_among_good_ones(line: str | bytes) -> None:
    block = chunk(GOOD, line, GOOD)
    assert read_at_once(block) is None
    parsed = read_one_by_one(bytes(block.data))
    assert (parsed.indices, parsed.bad) == ([0, 2], [1])


def test_blank_lines_are_no_records_and_not_bad() -> None:
    block = chunk(GOOD, "", "  ", GOOD)
    assert read_at_once(block) is None
    parsed = read_one_by_one(bytes(block.data))
    assert (parsed.indices, parsed.bad) == ([0, 3], [])


@pytest.mark.parametrize(
    ("block", "indices", "bad"),
    [
        (b"{}{}\n\n", [], [0]),
        (b"\n{}{}", [], [1]),
        (b"{} {}\n \n{}\n", [2], [0]),
        (b'{"other":\n{}}\n{}{}\n', [], [0, 1, 2]),
        (b'{"other": {}\n}\n{}{}\n', [], [0, 1, 2]),
    ],
)
def test_records_that_share_a_line_do_not_count_for_lines_without_one(
    block: bytes, indices: list[int], bad: list[int]
) -> None:
    assert read_at_once(Chunk(block, 1, block.endswith(b"\n"))) is None
    parsed = read_one_by_one(block)
    assert (parsed.indices, parsed.bad) == (indices, bad)


@pytest.mark.parametrize("block", [b" {}\r\n{} \r\n", b"{}\r\n\t{}", b"{}\n{}\t"])
def test_blanks_around_a_record_do_not_matter(block: bytes) -> None:
    frame = read_at_once(Chunk(block, 1, block.endswith(b"\n")))
    assert frame is not None
    assert frame["line"].to_list() == [0, 1]


def test_deep_nesting_in_what_is_not_read_is_survived() -> None:
    deep = '{"other": ' + "[" * 200_000 + "]" * 200_000 + "}"
    block = chunk(GOOD, deep)
    assert read_at_once(block) is None
    parsed = read_one_by_one(bytes(block.data))
    assert (parsed.indices, parsed.bad) == ([0], [1])
