"""A summary of all rows and one of each hour, as the reference for hours of the day or of the week."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl

from model_monitor_analyzer.summaries.dataset import DatasetSummary, summarise
from model_monitor_analyzer.summaries.encoding import Decoder, Encoder, SummaryFormatError
from model_monitor_analyzer.summaries.settings import SummarySettings

_KIND = 2
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HOUR = timedelta(hours=1)
_MILLISECONDS = 3_600_000
_FIRST, _LAST = (
    (end - _EPOCH) // _HOUR for end in (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
)


@dataclass(frozen=True, slots=True, eq=False)
class ChunkedSummary:
    """Summaries of all rows and of each UTC hour. ``a + b`` describes a's rows followed by b's."""

    total: DatasetSummary
    hours: Mapping[datetime, DatasetSummary]
    """By the beginning of the hour (aware, UTC), ascending; rows without a timestamp, or one
    beyond the years 1 to 9999, are in none."""

    def __add__(self, other: "ChunkedSummary") -> "ChunkedSummary":
        """Return the summary of both together.

        Raises
        ------
        ValueError
            If the two were made with different sizes.
        """
        hours = dict(self.hours)
        for hour, chunk in other.hours.items():
            hours[hour] = hours[hour] + chunk if hour in hours else chunk
        return ChunkedSummary(self.total + other.total, dict(sorted(hours.items())))

    def to_bytes(self) -> bytes:
        """Return the summary as bytes: the same for the same leaves merged in the same tree."""
        encoder = Encoder(_KIND)
        self.total.encode(encoder)
        encoder.integers(len(self.hours))
        for hour, chunk in self.hours.items():
            encoder.integers((hour - _EPOCH) // _HOUR)
            chunk.encode(encoder)
        return encoder.finish()

    @classmethod
    def from_bytes(cls, data: bytes) -> "ChunkedSummary":
        """Read what `to_bytes` wrote.

        Raises
        ------
        SummaryFormatError
            If the bytes are damaged, or no chunked summary of this version.
        """
        decoder = Decoder(data, _KIND)
        total = DatasetSummary.decode(decoder)
        hours = {}
        for _ in range(decoder.integer()):
            try:
                hour = _EPOCH + decoder.integer(least=-(2**40)) * _HOUR
            except OverflowError as error:
                raise SummaryFormatError("damaged summary: an hour beyond the calendar") from error
            hours[hour] = DatasetSummary.decode(decoder)
        decoder.finish()
        return cls(total, hours)


def summarise_hours(frame: pl.DataFrame, timestamps: pl.Series, settings: SummarySettings) -> ChunkedSummary:
    """Summarise one block of rows as a whole and, with smaller sketches, hour by hour.

    The cost is that of two summaries if the rows are more or less in order of time. In a block that mixes
    hours, each of them costs half a millisecond a column.

    Parameters
    ----------
    frame
        The rows.
    timestamps
        Datetime per row, naive ones in UTC; null where a row has none.
    settings
        Sizes of the total; hours have those of `SummarySettings.for_chunks`.

    Raises
    ------
    ValueError
        If the timestamps are not datetimes or not one per row.
    ColumnTypeError
        If a column cannot be summarised.
    """
    if not isinstance(timestamps.dtype, pl.Datetime) or len(timestamps) != frame.height:
        raise ValueError(
            f"column '{timestamps.name}': {len(timestamps)} values of type {timestamps.dtype} are no "
            f"timestamps of {frame.height} rows; one Datetime per row is needed"
        )
    numbers = timestamps.dt.timestamp("ms").to_frame("hour").select(pl.col("hour") // _MILLISECONDS)["hour"]
    dated = np.flatnonzero(numbers.is_between(_FIRST, _LAST).fill_null(value=False).to_numpy())
    of_rows = numbers[dated].to_numpy()
    order = np.argsort(of_rows, kind="stable")
    by_hour = frame[dated[order]]
    found, starts = np.unique(of_rows[order], return_index=True)
    ends = [*starts.tolist(), len(order)][1:]
    small = settings.for_chunks()
    return ChunkedSummary(
        summarise(frame, settings),
        {
            _EPOCH + hour * _HOUR: summarise(by_hour[start:end], small)
            for hour, start, end in zip(found.tolist(), starts.tolist(), ends, strict=True)
        },
    )
