"""TensorFlow Serving's REST bodies: rows (`instances`, `predictions`) or columns (`inputs`, `outputs`).

https://www.tensorflow.org/tfx/serving/api_rest
"""

from typing import Any

from model_monitor_analyzer.payload.errors import BodyError, BodyProblem
from model_monitor_analyzer.payload.shape import Shape, instance_rows
from model_monitor_analyzer.payload.tensors import Tensor, tensor, tensor_rows
from model_monitor_analyzer.payload.values import Row, flatten


def row_instances(document: Any) -> list[Any] | None:
    """Return the instances of a body in row format, None if it is none."""
    if not isinstance(document, dict):
        return None
    instances = document.get("instances", document.get("predictions"))
    return instances if isinstance(instances, list) else None


def tensorflow_rows(document: Any, shape: Shape) -> list[Row]:
    """Return the rows of a request or response of the predict API.

    Raises
    ------
    BodyError
        The document is neither, or its columns differ in length.
    """
    instances = row_instances(document)
    if instances is not None:
        return instance_rows(instances, shape)
    columns = document.get("inputs", document.get("outputs")) if isinstance(document, dict) else None
    if isinstance(columns, dict):
        return tensor_rows([_tensor(str(name), values) for name, values in columns.items()], shape)
    if isinstance(columns, list):
        return tensor_rows([_tensor("", columns)], shape)
    raise BodyError(BodyProblem.NOT_TABULAR)


def _tensor(name: str, values: Any) -> Tensor:
    if not isinstance(values, list):
        values = [values]
    rows = [flatten(value) for value in values]
    width = len(rows[0]) if rows else 1
    if any(len(row) != width for row in rows):
        raise BodyError(BodyProblem.INVALID_TENSOR)
    return tensor(name, [len(rows), width], [cell for row in rows for cell in row])
