"""One body at a time: encoding, format and shape brought together."""

from dataclasses import dataclass
from typing import Any

from model_monitor_analyzer.errors import ConfigurationError
from model_monitor_analyzer.payload import content, json_text
from model_monitor_analyzer.payload.content import ContentType, Encoding
from model_monitor_analyzer.payload.csv_text import parse_csv
from model_monitor_analyzer.payload.errors import BodyError, BodyProblem
from model_monitor_analyzer.payload.expressions import Expression
from model_monitor_analyzer.payload.open_inference import looks_like, open_inference_rows, split_header
from model_monitor_analyzer.payload.shape import Shape, document_rows, instance_rows
from model_monitor_analyzer.payload.tensorflow_serving import row_instances, tensorflow_rows
from model_monitor_analyzer.payload.values import MAX_CELLS, Row
from model_monitor_api.v1alpha1.dataset import Body, PayloadFormat


@dataclass(frozen=True)
class BodyDecoder:
    """Turns the bodies of one side into rows.

    Attributes
    ----------
    format
        Declared format.
    shape
        Where rows are and what columns are called.
    delimiter
        Between the fields of CSV.
    """

    format: PayloadFormat
    shape: Shape
    delimiter: str

    def rows(self, data: str, encoding: Encoding, content_type: str | None) -> list[Row]:
        """Return the rows of a body as a capture record holds it.

        Raises
        ------
        BodyError
            The body can't be turned into rows, or a key holds NUL, where Arrow's interfaces end a name.
        """
        rows = self._rows(data, encoding, content_type)
        if any("\0" in name for row in rows for name in row):
            raise BodyError(BodyProblem.INVALID_JSON)
        return rows

    def _rows(self, data: str, encoding: Encoding, content_type: str | None) -> list[Row]:
        said = content.parse_content_type(content_type)
        body = content.raw_bytes(data, encoding)
        if body is None:
            return self._text_rows(data.removeprefix("\ufeff"), encoding, said)
        binary = said.kind == "OpenInferenceBinary" or self.format == "OpenInference"
        if binary or (self.format == "Auto" and _has_binary_tensors(body)):
            document, raw = split_header(body, said.header_length)
            return open_inference_rows(document, self.shape, raw)
        return self._text_rows(content.text_of(body), None, said)

    def _text_rows(self, text: str, encoding: Encoding, said: ContentType) -> list[Row]:
        form = self.format if self.format != "Auto" else content.text_kind(encoding, said, text)
        if form == "CSV":
            return self._csv_rows(text)
        # Commas tell how many values there are at least but for texts; parsed, each takes far more room.
        if len(text) > MAX_CELLS and text.count(",") > MAX_CELLS:
            raise BodyError(BodyProblem.TOO_LARGE)
        match form:
            case "JSONLines":
                return self._line_rows(text)
            case "OpenInference" | "OpenInferenceBinary":
                return open_inference_rows(json_text.parse(text), self.shape)
            case "TensorFlowServing":
                return tensorflow_rows(json_text.parse(text), self.shape)
            case "JSON":
                return self._json_rows(text)

    def _csv_rows(self, text: str) -> list[Row]:
        width = None if self.shape.names is None else len(self.shape.names)
        return [self.shape.named(line) for line in parse_csv(text, self.delimiter, width=width)]

    def _line_rows(self, text: str) -> list[Row]:
        """Return the rows of JSON Lines: each line holds one row, or all of `shape.rows`."""
        documents = json_text.parse_lines(text)
        if self.shape.rows is None:
            return instance_rows(documents, self.shape)
        return [row for document in documents for row in document_rows(document, self.shape)]

    def _json_rows(self, text: str) -> list[Row]:
        document, end = json_text.parse_prefix(text)
        rest = text[end:].lstrip(" \t\r")
        if self.format == "Auto" and rest.startswith("\n") and rest.strip():
            return self._line_rows(text)
        if rest.strip():
            raise BodyError(BodyProblem.INVALID_JSON)
        if self.format == "Auto" and self.shape.rows is None:
            return self._protocol_rows(document)
        return document_rows(document, self.shape)

    def _protocol_rows(self, document: Any) -> list[Row]:
        """Return the rows of a document that may follow one of the two inference protocols."""
        if looks_like(document) and not self.shape.columns:
            return open_inference_rows(document, self.shape)
        instances = row_instances(document)
        if instances is not None:
            return instance_rows(instances, self.shape)
        return document_rows(document, self.shape)


def body_decoder(
    body: Body, *, field: str, default_names: tuple[str, ...] | None, keep: frozenset[str] | None
) -> BodyDecoder:
    """Compile the settings of one side.

    Parameters
    ----------
    body
        The settings.
    field
        Path of the field that holds them, such as ``spec.payload.input``.
    default_names
        Names by position where the settings have none.
    keep
        Columns to keep of those that only the body's keys name; None keeps all.

    Raises
    ------
    ConfigurationError
        An expression is wrong, names repeat, or the delimiter is a quote or line break.
    """
    if body.csv_delimiter in '"\r\n':
        raise ConfigurationError(f"{field}.csvDelimiter: a quote or line break can't delimit fields")
    names = default_names if body.names is None else tuple(body.names)
    if names is not None and len(set(names)) != len(names):
        repeated = next(name for index, name in enumerate(names) if name in names[:index])
        raise ConfigurationError(f"{field}.names: '{repeated}' stands there twice; name each column once")
    columns = tuple(
        (name, Expression(text, field=f"{field}.columns.{name}")) for name, text in body.columns.items()
    )
    rows = None if body.rows is None else Expression(body.rows, field=f"{field}.rows")
    return BodyDecoder(body.format, Shape(rows, columns, names, keep), body.csv_delimiter)


def _has_binary_tensors(body: bytes) -> bool:
    """Return whether bytes start like a JSON header and go on with what is no text."""
    return body.lstrip().startswith(b"{") and b'"binary_data_size"' in body[: 1 << 20]
