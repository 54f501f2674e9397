"""Values of JSON documents as cells: lexical form, and what is nested flattened by path."""

import math
from collections.abc import Iterator, Mapping
from typing import Any, Final

from model_monitor_analyzer.payload.errors import BodyError, BodyProblem

Cell = str | None
"""Text in lexical form; None where the value is missing."""

Row = dict[str, Cell]
"""Cells by column."""

MAX_DEPTH: Final = 32
"""Levels of nesting inside a row."""

MAX_COLUMNS: Final = 5000
"""Columns of a row."""

MAX_ROWS: Final = 100_000
"""Rows of a body."""

MAX_CELLS: Final = 5_000_000
"""Cells of a body."""

SEPARATOR: Final = "."
"""Between the steps of a path."""


class Number(float):
    """A JSON number that remembers how it was written.

    JMESPath's functions look at the type's name, so this one is named like its base.
    """

    __slots__ = ("lexeme",)
    lexeme: Cell

    def __new__(cls, lexeme: str) -> "Number":
        """Read `lexeme`, a JSON number."""
        number = super().__new__(cls, lexeme)
        number.lexeme = lexeme
        return number

    def __reduce__(self) -> tuple[type["Number"], tuple[str]]:
        return Number, (self.lexeme or "NaN",)


Number.__name__ = "float"


def lexical(value: Any) -> Cell:
    """Return a scalar as a cell.

    Raises
    ------
    BodyError
        The value is no scalar.
    """
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Number):
        return value.lexeme
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return real(value)
    raise BodyError(BodyProblem.NOT_TABULAR)


def real(value: float) -> Cell:
    """Return a number that has no text of its own with the fewest digits; NaN is missing."""
    if math.isnan(value):
        return None
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return repr(value)


def is_scalar(value: Any) -> bool:
    """Return whether a JSON value is neither an array nor an object."""
    return not isinstance(value, list | dict)


def flatten(value: Any, depth: int = MAX_DEPTH) -> list[Cell]:
    """Return the scalars of nested arrays in order.

    Raises
    ------
    BodyError
        There is an object among them, or they nest too deep or are too many.
    """
    if not isinstance(value, list):
        return [lexical(value)]
    if depth == 0:
        raise BodyError(BodyProblem.TOO_LARGE)
    cells: list[Cell] = []
    for item in value:
        if isinstance(item, list):
            cells.extend(flatten(item, depth - 1))
        else:
            cells.append(lexical(item))
    if len(cells) > MAX_CELLS:
        raise BodyError(BodyProblem.TOO_LARGE)
    return cells


def by_path(value: Mapping[str, Any]) -> Row:
    """Return an object's scalars by path: ``{"a": {"b": 1}, "c": [2]}`` gives ``a.b`` and ``c.0``.

    Raises
    ------
    BodyError
        It nests too deep, has too many columns, or two paths are spelt alike.
    """
    row: Row = {}
    for path, cell in _paths(value, "", MAX_DEPTH):
        if path in row:
            raise BodyError(BodyProblem.NOT_TABULAR)
        row[path] = cell
        if len(row) > MAX_COLUMNS:
            raise BodyError(BodyProblem.TOO_LARGE)
    return row


def _paths(value: Any, prefix: str, depth: int) -> Iterator[tuple[str, Cell]]:
    if depth == 0:
        raise BodyError(BodyProblem.TOO_LARGE)
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in items:
        if is_scalar(item):
            yield f"{prefix}{key}", lexical(item)
        else:
            yield from _paths(item, f"{prefix}{key}{SEPARATOR}", depth - 1)
