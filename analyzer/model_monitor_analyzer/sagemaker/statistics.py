"""`statistics.json`: what a data-quality job knows of every column."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from model_monitor_analyzer.sagemaker.document import Document, Number

Count = Annotated[int, Field(ge=0)]

InferredType = Literal["Integral", "Fractional", "String", "Unknown"]
"""Type of a column; a column of booleans is a String, one without values Unknown."""


class Common(Document):
    """Counts that every column has."""

    num_present: Count
    """Rows with a value."""

    num_missing: Count
    """Rows without."""


class Bucket(Document):
    """One of the ten equal parts between minimum and maximum; the last holds its upper bound too."""

    lower_bound: Number
    upper_bound: Number
    count: Annotated[float, Field(ge=0)]
    """Observations, as estimated by the sketch."""


class SketchParameters(Document):
    """Parameters of a KLL sketch."""

    c: float = 0.64
    """How capacities shrink from level to level."""

    k: float = 2048.0
    """Capacity of the top level."""


class Sketch(Document):
    """A KLL quantile sketch."""

    parameters: SketchParameters = SketchParameters()
    data: list[list[Annotated[float, Field(allow_inf_nan=False)]]]
    """Items by level; an item of level i stands for 2**i observations."""


class Kll(Document):
    """Distribution of a numeric column."""

    buckets: list[Bucket] = Field(default_factory=list)
    sketch: Sketch | None = None


class NumericalDistribution(Document):
    """Container of `kll`."""

    kll: Kll | None = None


class NumericalStatistics(Document):
    """What is known of a numeric column."""

    common: Common
    mean: Number | None = None
    sum: Number | None = None
    std_dev: Number | None = None
    """Population standard deviation (divided by n)."""

    min: Number | None = None
    max: Number | None = None
    approximate_num_distinct_values: float | None = None
    completeness: float | None = None
    distribution: NumericalDistribution | None = None


class CategoryCount(Document):
    """How often a value was observed."""

    value: str
    count: Count


class Categorical(Document):
    """Distribution of a column of few strings."""

    buckets: list[CategoryCount] = Field(default_factory=list)


class StringDistribution(Document):
    """Container of `categorical`; absent for columns of many values."""

    categorical: Categorical | None = None


class StringStatistics(Document):
    """What is known of a column of strings."""

    common: Common
    distinct_count: float | None = None
    completeness: float | None = None
    distribution: StringDistribution | None = None


class FeatureStatistics(Document):
    """What is known of one column."""

    name: str
    inferred_type: InferredType
    numerical_statistics: NumericalStatistics | None = None
    string_statistics: StringStatistics | None = None

    @property
    def common(self) -> Common | None:
        """The column's counts, whichever part has them."""
        part = self.numerical_statistics or self.string_statistics
        return part.common if part else None


class Dataset(Document):
    """Size of the data set."""

    item_count: Count
    """Rows."""


class Statistics(Document):
    """The file."""

    indent: ClassVar[int | None] = None

    version: float = 0.0
    dataset: Dataset
    features: list[FeatureStatistics]

    @model_validator(mode="after")
    def _names_are_unique(self) -> Statistics:
        names = [feature.name for feature in self.features]
        if len(set(names)) != len(names):
            raise ValueError("two features have the same name")
        return self
