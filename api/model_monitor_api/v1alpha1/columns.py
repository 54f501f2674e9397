"""What the columns of a data set mean."""

from typing import Annotated, Literal

from pydantic import Field

from model_monitor_api.meta import ApiModel, ColumnName, Share, Unique

ColumnKind = Literal["Numeric", "Categorical", "Boolean", "Timestamp", "Text", "Id", "Ignore"]
"""What a column's values are. `Text` is watched for completeness and length only, `Id` and `Timestamp` for
completeness, `Ignore` not at all."""

ProblemType = Literal["Regression", "BinaryClassification", "MulticlassClassification"]

Scalar = Annotated[str, Field(max_length=256)] | int | float | bool
"""A label or class. Compared canonically: 1, 1.0 and "1" are one value, and so are true and "true"."""


class Columns(ApiModel):
    """The meaning of columns. What is not declared is found out from the baseline data and frozen there."""

    names: (
        Annotated[list[ColumnName], Field(max_length=5000, examples=[["tenure", "plan", "gender", "region"]])]
        | None
    ) = None
    """Names by position, for data that carries none: CSV without a header, CSV request bodies, arrays."""

    features: (
        Annotated[
            list[ColumnName],
            Field(max_length=5000, examples=[["tenure", "plan", "gender", "region"]]),
            Unique(),
        ]
        | None
    ) = None
    """Columns that the model reads. Default: every column that no other field names."""

    exclude: Annotated[list[ColumnName], Field(max_length=5000, examples=[["row_number"]]), Unique()] = Field(
        default_factory=list
    )
    """Columns that are dropped before anything is analysed."""

    kinds: Annotated[
        dict[str, ColumnKind], Field(max_length=5000, examples=[{"plan": "Categorical", "tenure": "Numeric"}])
    ] = Field(default_factory=dict)
    """Kind by column name. Declare integer codes as `Categorical`: numbers are taken as `Numeric`
    otherwise."""

    null_values: Annotated[
        list[Annotated[str, Field(max_length=64)]], Field(max_length=32, examples=[["NA", "?"]]), Unique()
    ] = Field(default_factory=list)
    """Texts that mean a missing value, such as `NA`. An unquoted empty CSV field is always missing."""

    timestamp: Annotated[ColumnName | None, Field(examples=["called_at"])] = None
    """Column with the time of the record: RFC 3339 text, a timestamp, or seconds since 1970."""

    ids: Annotated[list[ColumnName], Field(max_length=16, examples=[["customer_id"]]), Unique()] = Field(
        default_factory=list
    )
    """Columns that identify a row, for joining with ground truth."""

    cluster_key: Annotated[ColumnName | None, Field(examples=["customer_id"])] = None
    """Column whose rows depend on each other, such as a customer id."""

    prediction: Annotated[ColumnName | None, Field(examples=["prediction"])] = None
    """Column with the model's predicted label or value."""

    probability: Annotated[ColumnName | None, Field(examples=["probability"])] = None
    """Column with the model's score or probability."""

    probability_threshold: Annotated[Share | None, Field(examples=[0.4])] = None
    """A score above it predicts the positive class; 0.5 where absent."""

    label: Annotated[ColumnName | None, Field(examples=["churned"])] = None
    """Column with the observed outcome."""

    problem_type: Annotated[ProblemType | None, Field(examples=["BinaryClassification"])] = None
    """What the model predicts."""

    positive_class: Annotated[Scalar | None, Field(examples=["yes"])] = None
    """Class that counts as positive in binary classification; 1 where absent."""

    classes: Annotated[list[Scalar], Field(max_length=1000, examples=[["no", "yes"]])] | None = None
    """Class of each position where the model answers with an array of probabilities."""


def merge_columns(declared: Columns, fallback: Columns) -> Columns:
    """Return the columns that are declared, and what only the fallback says; kinds are merged by name.

    What equals its default counts as not declared, whether a person or the API server wrote it.
    """
    absent = Columns()
    own = {
        name: value
        for name in Columns.model_fields
        if (value := getattr(declared, name)) != getattr(absent, name)
    }
    return fallback.model_copy(update={**own, "kinds": {**fallback.kinds, **declared.kinds}})
