"""Where a document's rows are and what their columns are called."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from model_monitor_analyzer.payload.errors import BodyError, BodyProblem
from model_monitor_analyzer.payload.expressions import EvaluationError, Expression
from model_monitor_analyzer.payload.values import (
    MAX_CELLS,
    MAX_ROWS,
    SEPARATOR,
    Cell,
    Row,
    by_path,
    flatten,
    is_scalar,
)


@dataclass(frozen=True)
class Shape:
    """How documents become rows.

    Attributes
    ----------
    rows
        From the document to its rows; None takes the document itself.
    columns
        Column name and the expression that takes its value from a row. Empty: the row's own keys.
    names
        Names by position, for rows that are arrays or CSV lines. None: `_c0`, `_c1`, ….
    keep
        Columns named by keys of the body are left out unless they are among these or below one of them. None
        keeps all. Columns from `columns` and `names` are always kept.
    """

    rows: Expression | None = None
    columns: tuple[tuple[str, Expression], ...] = ()
    names: tuple[str, ...] | None = None
    keep: frozenset[str] | None = None

    def named(self, cells: Sequence[Cell]) -> Row:
        """Return a row whose columns are told by position.

        Raises
        ------
        BodyError
            There are more or fewer cells than names.
        """
        if self.names is None:
            return {f"_c{index}": cell for index, cell in enumerate(cells)}
        if len(cells) != len(self.names):
            raise BodyError(BodyProblem.WIDTH_MISMATCH)
        return dict(zip(self.names, cells, strict=True))

    def keyed(self, row: Row) -> Row:
        """Return a row whose columns are told by keys, without those that are not kept."""
        if self.keep is None:
            return row
        return {name: cell for name, cell in row.items() if is_kept(name, self.keep)}


def is_kept(name: str, keep: Collection[str]) -> bool:
    """Return whether a column told by keys is one of `keep` or below one."""
    return name in keep or any(name.startswith(kept + SEPARATOR) for kept in keep)


def document_rows(document: Any, shape: Shape) -> list[Row]:
    """Return the rows of a JSON document.

    An array is an array of rows, but an array of scalars is one row where there are several names or none.
    Anything else is one row.

    Raises
    ------
    BodyError
        There are no rows where the shape says, or they do not have its columns, or are too many.
    """
    if shape.rows is not None:
        document = _search(shape.rows, document)
        if document is None:
            raise BodyError(BodyProblem.NOT_TABULAR)
    elif (
        isinstance(document, list)
        and document
        and len(shape.names or ()) != 1
        and all(map(is_scalar, document))
    ):
        return instance_rows([document], shape)
    return instance_rows(document if isinstance(document, list) else [document], shape)


def instance_rows(instances: Sequence[Any], shape: Shape) -> list[Row]:
    """Return rows given as JSON values: objects by key, arrays and scalars by position.

    Raises
    ------
    BodyError
        As `document_rows` does.
    """
    if len(instances) > MAX_ROWS:
        raise BodyError(BodyProblem.TOO_LARGE)
    rows: list[Row] = []
    cells = 0
    for instance in instances:
        row = _row(instance, shape)
        cells += len(row)
        if cells > MAX_CELLS:
            raise BodyError(BodyProblem.TOO_LARGE)
        rows.append(row)
    return rows


def _is_flat(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(map(is_scalar, value))


def _row(instance: Any, shape: Shape) -> Row:
    if shape.columns:
        found = {name: _search(expression, instance) for name, expression in shape.columns}
        return by_path(found)
    if not isinstance(instance, dict):
        return shape.named(flatten(instance))
    if shape.names is not None and len(instance) == 1:
        # One vector under one key, {"features": [1, 2]}, has its columns by position.
        (vector,) = instance.values()
        if _is_flat(vector) and len(vector) == len(shape.names):
            return shape.named(flatten(vector))
    return shape.keyed(by_path(instance))


def _search(expression: Expression, value: Any) -> Any:
    try:
        return expression.search(value)
    except EvaluationError:
        raise BodyError(BodyProblem.EXPRESSION_FAILED) from None
