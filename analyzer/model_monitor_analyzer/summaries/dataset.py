"""Summary of a data set: one ColumnSummary per column, by name, in order of appearance."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from model_monitor_analyzer.summaries.block import ColumnBlock
from model_monitor_analyzer.summaries.block_reader import read_block
from model_monitor_analyzer.summaries.column import ColumnSummary
from model_monitor_analyzer.summaries.encoding import Decoder, Encoder, SummaryFormatError
from model_monitor_analyzer.summaries.settings import SummarySettings

_KIND = 1


@dataclass(frozen=True, slots=True, eq=False)
class DatasetSummary:
    """Summary of the rows of a data set. ``a + b`` describes a's rows followed by b's.

    A column that one of the two lacks counts as missing in its rows.
    """

    rows: int
    columns: Mapping[str, ColumnSummary]
    """By name, in the order in which they appeared."""

    def __add__(self, other: "DatasetSummary") -> "DatasetSummary":
        """Return the summary of both together.

        Raises
        ------
        ValueError
            If the two were made with different sizes.
        """
        columns = {
            name: column + other.columns[name] if name in other.columns else column.with_missing(other.rows)
            for name, column in self.columns.items()
        }
        for name, column in other.columns.items():
            if name not in columns:
                columns[name] = column.with_missing(self.rows)
        return DatasetSummary(self.rows + other.rows, columns)

    def to_bytes(self) -> bytes:
        """Return the summary as bytes: the same for the same leaves merged in the same tree."""
        encoder = Encoder(_KIND)
        self.encode(encoder)
        return encoder.finish()

    @classmethod
    def from_bytes(cls, data: bytes) -> "DatasetSummary":
        """Read what `to_bytes` wrote.

        Raises
        ------
        SummaryFormatError
            If the bytes are damaged, or no summary of this version.
        """
        decoder = Decoder(data, _KIND)
        found = cls.decode(decoder)
        decoder.finish()
        return found

    def encode(self, encoder: Encoder) -> None:
        """Append to the bytes of a summary."""
        encoder.integers(self.rows, len(self.columns))
        for name, column in self.columns.items():
            encoder.text(name)
            column.encode(encoder)

    @classmethod
    def decode(cls, decoder: Decoder) -> "DatasetSummary":
        """Read from the bytes of a summary."""
        rows = decoder.integer()
        columns: dict[str, ColumnSummary] = {}
        for _ in range(decoder.integer()):
            name = decoder.text()
            if name in columns:
                raise SummaryFormatError("damaged summary: a column twice")
            columns[name] = ColumnSummary.decode(decoder)
            if columns[name].rows != rows:
                raise SummaryFormatError("damaged summary: columns of different lengths")
        return cls(rows, columns)


def summarise(frame: pl.DataFrame, settings: SummarySettings) -> DatasetSummary:
    """Summarise one block of rows.

    Raises
    ------
    ColumnTypeError
        If a column holds lists, objects or raw bytes.
    """
    return DatasetSummary(
        frame.height, {column.name: _summarise_column(column, settings) for column in frame.iter_columns()}
    )


def _summarise_column(column: pl.Series, settings: SummarySettings) -> ColumnSummary:
    name = column.name
    block = (
        ColumnBlock(rows=len(column), missing=column.null_count())
        if name in settings.ignored
        else read_block(column, settings.strings)
    )
    return ColumnSummary.of(
        block, settings, is_text=name in settings.text, is_code=name in settings.categorical
    )
