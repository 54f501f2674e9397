"""What is known of a column and of a data set: the input of every data-quality function."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from model_monitor_analyzer.statistics.categories import CategoryTable
from model_monitor_analyzer.statistics.cdf import Cdf, WeightedCdf
from model_monitor_analyzer.statistics.proportions import Proportion

InferredType = Literal["Integral", "Fractional", "String", "Unknown"]
"""Types of SageMaker's files."""

Role = Literal["Feature", "Prediction", "Probability"]
"""What a column is to the model."""


@dataclass(frozen=True)
class TypeCounts:
    """How many present values have which type, by Deequ's lexical rules or the column's physical type.

    Attributes
    ----------
    integral, fractional, boolean, string
        Disjoint counts; their sum is the number of present values.
    whole
        How many of the fractional values are whole numbers, such as `1.0`.
    """

    integral: int = 0
    fractional: int = 0
    boolean: int = 0
    string: int = 0
    whole: int = 0

    @property
    def inferred(self) -> InferredType:
        """The column's type as Deequ infers it; a column of booleans alone is a String in SageMaker's files."""
        if self.string or (self.boolean and (self.integral or self.fractional)) or self.boolean:
            return "String"
        if self.fractional:
            return "Fractional"
        return "Integral" if self.integral else "Unknown"

    @property
    def present(self) -> int:
        """Number of present values."""
        return self.integral + self.fractional + self.boolean + self.string


@dataclass(frozen=True)
class Moments:
    """Moments of the finite values; `std_dev` is the population's (divided by n)."""

    mean: float
    std_dev: float
    total: float
    minimum: float
    maximum: float


@dataclass(frozen=True)
class FeatureProfile:
    """What is known of one column of one data set.

    Attributes
    ----------
    rows, missing
        Rows of the data set, and how many of them have no value here.
    types
        Types of the present values; None if only an overall type is known (an adopted file).
    inferred_type
        The column's overall type.
    distinct
        Distinct present values, exact or estimated.
    moments
        For numbers with at least one finite value.
    negative_infinities, positive_infinities
        Counted apart: they are in no moment and in no sketch.
    cdf
        Distribution of the finite numbers.
    categories
        Counts of values, for strings, booleans and columns declared categorical.
    lengths
        Distribution of the lengths of strings.
    sketch_size
        k of the quantile sketch that `cdf` was read from, if it was.
    monotone
        Whether the values are strictly increasing or decreasing in the order of the rows.
    temporal
        Whether the column is of a physical date or time type.
    """

    name: str
    rows: int
    missing: int
    inferred_type: InferredType
    types: TypeCounts | None = None
    distinct: float = 0.0
    moments: Moments | None = None
    negative_infinities: int = 0
    positive_infinities: int = 0
    cdf: Cdf | None = None
    categories: CategoryTable | None = None
    lengths: WeightedCdf | None = None
    sketch_size: int | None = None
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
        if isinstance(self.cdf, WeightedCdf):
            return self.cdf.with_infinities(self.negative_infinities, self.positive_infinities)
        return self.cdf


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
