"""What all of SageMaker's JSON files share: unknown fields are kept, NaN has a spelling, errors say where."""

from __future__ import annotations

import json
import math
from typing import Annotated, Any, ClassVar, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer, ValidationError

from model_monitor_analyzer.errors import ConfigurationError

_NON_FINITE = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


class DocumentError(ConfigurationError):
    """A file does not have the form that it must have.

    Parameters
    ----------
    source
        Name of the file, for the message.
    path
        JSON path of the field, such as `$.features[3].completeness`.
    problem
        What is wrong, without the value.
    remedy
        What to do.
    """

    def __init__(self, source: str, path: str, problem: str, remedy: str) -> None:
        super().__init__(f"{source}: {path}: {problem}; {remedy}")
        self.source, self.path, self.problem, self.remedy = source, path, problem, remedy


def _read_number(value: object) -> object:
    return _NON_FINITE.get(value, value) if isinstance(value, str) else value


def _write_number(value: float) -> float | str:
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


Number = Annotated[float, BeforeValidator(_read_number), PlainSerializer(_write_number)]
"""A float; what JSON cannot write is `"NaN"`, `"Infinity"` and `"-Infinity"`, as in SageMaker's own files."""


class Document(BaseModel):
    """Base of the typed files: frozen, unknown fields kept and written again."""

    model_config = ConfigDict(
        extra="allow", frozen=True, populate_by_name=True, use_attribute_docstrings=True, strict=True
    )

    indent: ClassVar[int | None] = 2
    """Indentation of the written file; None for files of many numbers."""

    @classmethod
    def from_json(cls, text: str | bytes, source: str) -> Self:
        """Parse a file.

        Parameters
        ----------
        text
            Its contents, UTF-8 if bytes.
        source
            Its name for error messages.

        Raises
        ------
        DocumentError
            If it is not JSON, or a field is missing or has a wrong type or value.
        """
        try:
            raw = json.loads(text)
        except (ValueError, RecursionError) as error:
            place = f"line {error.lineno}" if isinstance(error, json.JSONDecodeError) else "text"
            raise DocumentError(source, "$", f"not valid JSON ({place})", "write the file anew") from error
        try:
            return cls.model_validate(raw)
        except ValidationError as error:
            raise _first_problem(source, error) from error

    def to_json(self) -> str:
        """Return the file's contents: fields without a value left out, unknown ones kept."""
        document = self.model_dump(mode="json", by_alias=True, exclude_none=True)
        return json.dumps(document, indent=self.indent, ensure_ascii=False, allow_nan=False) + "\n"


def _first_problem(source: str, error: ValidationError) -> DocumentError:
    first: Any = error.errors(include_url=False)[0]
    path = "$" + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in first["loc"])
    if first["type"] == "missing":
        return DocumentError(source, path, "the field is missing", "add it, or compute the baseline again")
    shown = _shown(first["input"])
    return DocumentError(source, path, f"{first['msg']}, got {shown}", "correct the value")


def _shown(value: object) -> str:
    """Show a value, at most 60 characters; of a whole object or array only what it is."""
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "an array"
    text = json.dumps(value, default=str)
    return text if len(text) <= 60 else text[:57] + "..."
