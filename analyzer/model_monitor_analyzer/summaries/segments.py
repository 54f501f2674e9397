"""Summaries of the rows that have one value in a column: the segments that are analysed apart too."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from model_monitor_analyzer.summaries.dataset import DatasetSummary, summarise
from model_monitor_analyzer.summaries.encoding import Decoder, Encoder, SummaryFormatError
from model_monitor_analyzer.summaries.keys import canonical_keys
from model_monitor_analyzer.summaries.settings import SummarySettings

_KIND = 3


@dataclass(frozen=True, slots=True, eq=False)
class SegmentSummaries:
    """Summaries by column and value. ``a + b`` describes a's rows followed by b's."""

    segments: Mapping[tuple[str, str], DatasetSummary] = field(default_factory=dict)
    """By name of the column and canonical key of the value, ascending."""

    def __add__(self, other: "SegmentSummaries") -> "SegmentSummaries":
        """Return the summaries of both together.

        Raises
        ------
        ValueError
            If the two were made with different sizes.
        """
        segments = dict(self.segments)
        for key, summary in other.segments.items():
            segments[key] = segments[key] + summary if key in segments else summary
        return SegmentSummaries(dict(sorted(segments.items())))

    def to_bytes(self) -> bytes:
        """Return the summaries as bytes: the same for the same leaves merged in the same tree."""
        encoder = Encoder(_KIND)
        encoder.integers(len(self.segments))
        for (column, value), summary in self.segments.items():
            encoder.text(column)
            encoder.text(value)
            summary.encode(encoder)
        return encoder.finish()

    @classmethod
    def from_bytes(cls, data: bytes) -> "SegmentSummaries":
        """Read what `to_bytes` wrote.

        Raises
        ------
        SummaryFormatError
            If the bytes are damaged, or no summaries of segments of this version.
        """
        decoder = Decoder(data, _KIND)
        segments: dict[tuple[str, str], DatasetSummary] = {}
        for _ in range(decoder.integer()):
            key = decoder.text(), decoder.text()
            if key in segments:
                raise SummaryFormatError("damaged summary: a segment twice")
            segments[key] = DatasetSummary.decode(decoder)
        decoder.finish()
        return cls(segments)


def summarise_segments(
    frame: pl.DataFrame,
    columns: pl.DataFrame,
    values: Mapping[str, Sequence[str]],
    settings: SummarySettings,
) -> SegmentSummaries:
    """Summarise the rows of each segment of one block.

    Each segment that occurs costs half a millisecond a column.

    Parameters
    ----------
    frame
        The rows.
    columns
        The same rows of the columns that tell the segment; one that is not there makes none.
    values
        Canonical keys by column; rows with another value, or none, are in no segment of the column.
    settings
        Sizes and kinds; segments have those of `SummarySettings.for_chunks`.

    Raises
    ------
    ColumnTypeError
        If a column cannot be summarised.
    """
    small = settings.for_chunks()
    found: dict[tuple[str, str], DatasetSummary] = {}
    for name in sorted(values.keys() & set(columns.columns)):
        codes = _codes(columns[name], values[name])
        order = np.argsort(codes, kind="stable")
        present, starts = np.unique(codes[order], return_index=True)
        ends = [*starts.tolist(), len(order)][1:]
        for code, start, end in zip(present.tolist(), starts.tolist(), ends, strict=True):
            if code >= 0:
                found[name, values[name][code]] = summarise(frame[order[start:end]], small)
    return SegmentSummaries(dict(sorted(found.items())))


def _codes(column: pl.Series, values: Sequence[str]) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    """Return the position of each row's value among `values`, -1 where it is none of them."""
    if column.dtype.is_nested() or column.dtype == pl.Binary:
        return np.full(len(column), -1, dtype=np.int64)
    texts = column.cast(pl.String)
    different = texts.drop_nulls().unique(maintain_order=True)
    positions = {value: position for position, value in enumerate(values)}
    of_text = pl.DataFrame(
        {
            "text": different,
            "code": [positions.get(key, -1) for key in canonical_keys(different.to_list())],
        },
        schema={"text": pl.String, "code": pl.Int64},
    )
    joined = texts.to_frame("text").join(of_text, on="text", how="left", maintain_order="left")
    return joined["code"].fill_null(-1).to_numpy()
