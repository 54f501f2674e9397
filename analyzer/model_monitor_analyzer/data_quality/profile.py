"""What is known of a column and of a data set: the input of every data-quality function."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from model_monitor_analyzer.sagemaker.statistics import InferredType
from model_monitor_analyzer.statistics.categories import CategoryTable
from model_monitor_analyzer.statistics.cdf import BinnedCdf, Cdf, with_infinities
from model_monitor_analyzer.statistics.proportions import Proportion
from model_monitor_analyzer.summaries import CategoryCounts, Moments, QuantileSketch, TypeCounts

Role = Literal["Feature", "Prediction", "Probability"]
"""What a column is to the model."""


LEAST_MONOTONE = 24
"""Fewer values may rise or fall throughout because a small file was sorted by them."""


@dataclass(frozen=True)
class FeatureProfile:
    """What is known of one column of one data set.

    Attributes
    ----------
    rows, missing
        Rows of the data set, and how many of them have no value here.
    inferred_type
        The column's overall type, in SageMaker's words: booleans alone are a String.
    types
        Types of the present values; None if only the overall type is known (an adopted file).
    whole
        How many numbers are whole, however they are written.
    distinct
        Distinct present values, exact or estimated.
    moments
        Of the finite numbers; None if there are none.
    negative_infinities, positive_infinities
        Counted apart: they are in no moment and in no sketch.
    cdf
        Distribution of the finite numbers.
    sketch
        The quantile sketch that `cdf` was read from, where it was.
    counts
        Counts of values; `categories` reads them.
    lengths
        Moments of the lengths of strings.
    monotone
        Whether the values, at least `LEAST_MONOTONE`, only rise or only fall from row to row.
    temporal
        Whether all values are dates or times.
    """

    name: str
    rows: int
    missing: int
    inferred_type: InferredType
    types: TypeCounts | None = None
    whole: int = 0
    distinct: float = 0.0
    moments: Moments | None = None
    negative_infinities: int = 0
    positive_infinities: int = 0
    cdf: Cdf | None = field(default=None, repr=False)
    sketch: QuantileSketch | None = field(default=None, repr=False)
    counts: CategoryTable | CategoryCounts | None = field(default=None, repr=False)
    lengths: Moments | None = None
    monotone: bool = False
    temporal: bool = False
    role: Role = "Feature"

    @property
    def present(self) -> int:
        """Rows that have a value."""
        return self.rows - self.missing

    @property
    def completeness(self) -> float:
        """Share of rows that have a value; 1 of nothing."""
        return self.present / self.rows if self.rows else 1.0

    @property
    def missing_share(self) -> Proportion:
        """Rows without a value, of all rows."""
        return Proportion(self.missing, self.rows)

    @property
    def numbers(self) -> Cdf | None:
        """Distribution of all numbers, infinities included."""
        if isinstance(self.cdf, BinnedCdf):
            return self.cdf
        return with_infinities(self.cdf, self.negative_infinities, self.positive_infinities)

    @cached_property
    def categories(self) -> CategoryTable | None:
        """Counts of values; made when first asked for, as most columns of numbers are never asked."""
        if not isinstance(self.counts, CategoryCounts):
            return self.counts
        listed = self.counts.as_dict()
        # Without any of so many values that differ, all are others; texts were not counted at all.
        if self.counts.total == 0 or (not listed and self.counts.undercount == self.counts.total):
            return None
        return CategoryTable(listed, self.counts.total - sum(listed.values()))

    @property
    def constant(self) -> float | None:
        """The only number that the column holds, if it holds only one."""
        if self.moments is None or self.moments.minimum != self.moments.maximum:
            return None
        return None if self.negative_infinities or self.positive_infinities else self.moments.minimum


@dataclass(frozen=True)
class DatasetProfile:
    """What is known of the columns of one data set, in their order.

    Raises
    ------
    ValueError
        If two columns have one name.
    """

    rows: int
    features: tuple[FeatureProfile, ...]

    def __post_init__(self) -> None:
        if len(self.by_name) != len(self.features):
            raise ValueError("two columns of a profile have the same name")

    @cached_property
    def by_name(self) -> Mapping[str, FeatureProfile]:
        """Columns by name."""
        return {feature.name: feature for feature in self.features}
