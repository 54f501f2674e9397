"""What a baseline fixes for every window that is compared with it."""

from typing import Annotated, Final, Literal

from pydantic import Field

from model_monitor_analyzer.summaries import SummarySettings
from model_monitor_api.meta import ApiModel, Count
from model_monitor_api.v1alpha1.columns import ColumnKind

FROZEN_VERSION: Final = "modelmonitor.dev/columns.v1"

_UNCOUNTED: Final = frozenset({"Text", "Id", "Timestamp"})


class SummarySizes(ApiModel):
    """Sizes of the baseline's summaries; a window's have the same, so that both have the same accuracy."""

    quantile_k: int
    """Size parameter of the quantile sketches."""

    distinct_k: int
    """Hashes kept for counting distinct values."""

    category_capacity: int
    """Strings counted exactly."""

    number_capacity: int
    """Numbers counted exactly."""


class FrozenSegments(ApiModel):
    """Values of one column that make a segment each."""

    values: Annotated[list[str], Field(max_length=1000)]
    """Canonical keys, most frequent first."""

    distinct: Count
    """Different values that the baseline has."""


class FrozenColumns(ApiModel):
    """`columns.json`: the columns of a baseline, as they were declared or found out."""

    version: Literal["modelmonitor.dev/columns.v1"] = FROZEN_VERSION
    """Version of the document."""

    kinds: dict[str, ColumnKind]
    """Kind of each column, in the columns' order."""

    sizes: SummarySizes
    """Sizes of the summaries."""

    segments: dict[str, FrozenSegments] = Field(default_factory=dict)
    """Segments by column."""

    strings: Literal["Lexical", "Physical"] = "Lexical"
    """Whether "12" was taken for a number, as in text, or for a string, as in Parquet. A window in Parquet is
    read as its baseline was: postcodes in CSV must not change their type by being stored as strings."""


def summary_settings(
    kinds: dict[str, ColumnKind], sizes: SummarySizes | None, *, physical: bool
) -> SummarySettings:
    """Return how columns are summarised.

    Parameters
    ----------
    kinds
        Kinds as far as they are known.
    sizes
        Sizes of the baseline; the defaults where there is none yet.
    physical
        Whether the types of the data are physical ones (Parquet), so that a string is a string.
    """
    return SummarySettings(
        **({} if sizes is None else sizes.model_dump()),
        categorical=frozenset(name for name, kind in kinds.items() if kind in {"Categorical", "Boolean"}),
        text=frozenset(name for name, kind in kinds.items() if kind in _UNCOUNTED),
        ignored=frozenset(name for name, kind in kinds.items() if kind == "Ignore"),
        strings="Physical" if physical else "Lexical",
    )


def sizes_of(settings: SummarySettings) -> SummarySizes:
    """Return the sizes of settings, to be kept with a baseline."""
    return SummarySizes(
        quantile_k=settings.quantile_k,
        distinct_k=settings.distinct_k,
        category_capacity=settings.category_capacity,
        number_capacity=settings.number_capacity,
    )
