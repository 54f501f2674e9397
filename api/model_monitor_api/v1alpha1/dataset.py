"""Data as it lies in files: location, format, and how a captured body becomes rows."""

from typing import Annotated, Literal

from pydantic import Field

from model_monitor_api.meta import (
    ONE_CHARACTER,
    ApiModel,
    ColumnName,
    Duration,
    Expression,
    Moment,
    ObjectReference,
    Share,
    Uri,
)
from model_monitor_api.v1alpha1.storage import Connection

FileFormat = Literal["CSV", "JSONLines", "JSON", "Parquet", "SageMakerCapture", "KServeLog"]


class Csv(ApiModel):
    """Dialect of CSV files and bodies."""

    header: bool = True
    """Whether the first line holds the names. Captured bodies never have one."""

    delimiter: Annotated[str, Field(min_length=1, max_length=1, pattern=ONE_CHARACTER)] = ","
    """One character between fields."""

    quote: Annotated[str, Field(min_length=1, max_length=1, pattern=ONE_CHARACTER)] = '"'
    """One character around fields that hold delimiters or line breaks."""


class FileOptions(ApiModel):
    """What one says of files besides where they are and in which format."""

    csv: Csv = Csv()
    """Dialect, for the format `CSV`."""

    rows: Annotated[Expression | None, Field(examples=["records"])] = None
    """JMESPath from a JSON document to its array of rows, for the format `JSON`. Default: the document
    itself."""

    connection: Connection = Connection()
    """How the store is reached."""


class Files(FileOptions):
    """Data that somebody else writes: batch scoring output, an existing capture prefix, ground truth."""

    uri: Annotated[Uri, Field(examples=["s3://models/churn/background.csv"])]
    """An object, or a prefix. The placeholders `{yyyy}`, `{MM}`, `{dd}`, `{HH}` and `{mm}` (UTC) limit
    listing and reading to the window. Under the format `SageMakerCapture` a prefix without placeholders means
    `{yyyy}/{MM}/{dd}/{HH}/` below it."""

    format: FileFormat
    """Format of the objects. Gzip and zstd are recognised by their first bytes. `KServeLog` is what the
    logger of an InferenceService writes into a bucket."""


PayloadFormat = Literal["Auto", "CSV", "JSON", "JSONLines", "OpenInference", "TensorFlowServing"]


class Body(ApiModel):
    """How one side of a record, request or response, becomes rows of columns."""

    format: PayloadFormat = "Auto"
    """`Auto` decides by the observed content type, then by the first bytes."""

    rows: Annotated[Expression | None, Field(examples=["instances"])] = None
    """JMESPath from the body to its array of rows, for JSON. Default: the body if it is an array, else the
    body as one row."""

    columns: Annotated[
        dict[str, Expression], Field(max_length=5000, examples=[{"plan": "customer.plan"}])
    ] = Field(default_factory=dict)
    """Column name to the JMESPath that takes its value from a row. Default: the row's own keys, or `names`
    for arrays."""

    names: Annotated[list[ColumnName], Field(max_length=5000, examples=[["tenure", "plan"]])] | None = None
    """Names by position for CSV and arrays. Default for the input: `columns.names` or the features of the
    baseline; for the output: the declared prediction and probability."""

    csv_delimiter: Annotated[str, Field(min_length=1, max_length=1, pattern=ONE_CHARACTER)] = ","
    """One character between fields of a CSV body."""


class Payload(ApiModel):
    """How bodies become rows. The two sides are decoded independently and joined row by row."""

    input: Body = Body()
    """The request."""

    output: Body = Body()
    """The response."""


class Dataset(FileOptions):
    """Data of a baseline: files (`uri`, `format`) or captured traffic (`captureRef`, `from`, `to`)."""

    uri: Annotated[Uri | None, Field(examples=["s3://models/churn/training.csv"])] = None
    """An object, or a prefix."""

    format: FileFormat | None = None
    """Format of the objects; required with `uri`."""

    capture_ref: ObjectReference | None = None
    """DataCapture whose records are the data; with `from` and `to`, and instead of `uri`."""

    start: Annotated[Moment | None, Field(alias="from", examples=["2026-01-01T00:00:00Z"])] = None
    """First moment of the stretch, inclusive."""

    end: Annotated[Moment | None, Field(alias="to", examples=["2026-01-15T00:00:00Z"])] = None
    """Last moment of the stretch, exclusive."""

    payload: Payload | None = None
    """How captured bodies become rows, for files in the format `SageMakerCapture` or `KServeLog`. Default: as
    `captureRef` says, or by the content types."""


class GroundTruth(Files):
    """Labels that arrive later than the records they belong to."""

    start_offset: Duration = "0s"
    """How much earlier than the window the labels' own time may begin."""

    end_offset: Duration = "0s"
    """How long after the window labels are still taken; the window is analysed once they are in."""

    body: Body = Body()
    """How a label record's data becomes values."""

    label_timestamp: Annotated[ColumnName | None, Field(examples=["labelled_at"])] = None
    """Column with the time of a label; the latest label of a record counts."""

    min_coverage: Share = 0.5
    """Least share of records that must have a label; below it a run is inconclusive."""
