import polars as pl
import pytest

from model_monitor_analyzer.summaries import (
    SegmentSummaries,
    SummaryFormatError,
    SummarySettings,
    summarise_segments,
)

SETTINGS = SummarySettings()


def test_values_are_told_apart_by_their_canonical_keys_whatever_their_type() -> None:
    frame = pl.DataFrame({"x": [1.0, 2.0, 3.0, 4.0, 5.0]})
    columns = pl.DataFrame(
        {
            "text": ["1", "1.0", "01", None, "a"],
            "real": [1.0, 2.5, 1.0, None, 7.0],
            "flag": [True, False, True, None, True],
            "list": [[1], [1], [2], None, [1]],
        }
    )
    values = {"text": ["1", "a"], "real": ["2.5", "1"], "flag": ["true"], "list": ["1"], "absent": ["1"]}
    found = summarise_segments(frame, columns, values, SETTINGS).segments
    sums = {key: float(summary.columns["x"].moments.sum) for key, summary in found.items()}
    assert sums == {
        ("flag", "true"): 9.0,
        ("real", "1"): 4.0,
        ("real", "2.5"): 2.0,
        ("text", "1"): 3.0,
        ("text", "a"): 5.0,
    }


def test_parts_add_up_and_survive_as_bytes() -> None:
    def part(*groups: str) -> SegmentSummaries:
        columns = pl.DataFrame({"g": groups})
        frame = pl.DataFrame({"x": [float(number) for number in range(len(groups))]})
        return summarise_segments(frame, columns, {"g": ["a", "b"]}, SETTINGS)

    both = part("a", "b", "a") + part("b", "c")
    assert {key: summary.rows for key, summary in both.segments.items()} == {("g", "a"): 2, ("g", "b"): 2}
    data = both.to_bytes()
    assert SegmentSummaries.from_bytes(data).to_bytes() == data
    for damaged in (data[:-1], b"", data[:20] + b"\xff" + data[21:]):
        with pytest.raises(SummaryFormatError):
            SegmentSummaries.from_bytes(damaged)
