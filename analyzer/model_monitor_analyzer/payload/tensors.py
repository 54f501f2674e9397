"""Tensors as rows: the first dimension counts rows, all others together the columns."""

import math
import struct
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from model_monitor_analyzer.payload.errors import BodyError, BodyProblem
from model_monitor_analyzer.payload.shape import Shape
from model_monitor_analyzer.payload.values import (
    MAX_CELLS,
    MAX_COLUMNS,
    MAX_ROWS,
    SEPARATOR,
    Cell,
    Row,
    real,
)

_NUMPY_TYPES: Final = {
    "BOOL": "?",
    "UINT8": "<u1",
    "UINT16": "<u2",
    "UINT32": "<u4",
    "UINT64": "<u8",
    "INT8": "<i1",
    "INT16": "<i2",
    "INT32": "<i4",
    "INT64": "<i8",
    "FP16": "<f2",
    "FP32": "<f4",
    "FP64": "<f8",
}
DATATYPES: Final = frozenset([*_NUMPY_TYPES, "BF16", "BYTES"])
"""Data types of the Open Inference Protocol V2."""

_LENGTH = struct.Struct("<I")


class Tensor(NamedTuple):
    """A named block of cells.

    Attributes
    ----------
    name
        Its name; empty if it has none.
    rows
        Length of the first dimension.
    width
        Cells per row.
    cells
        All cells, row after row (rows x width).
    """

    name: str
    rows: int
    width: int
    cells: Sequence[Cell]


def tensor(name: str, shape: Sequence[Any], cells: Sequence[Cell]) -> Tensor:
    """Return a tensor of a declared shape; no dimension at all means one row of one cell.

    Raises
    ------
    BodyError
        A dimension is no count, or their product is not the number of cells.
    """
    if len(shape) > 32 or not all(type(size) is int and 0 <= size <= MAX_CELLS for size in shape):
        raise BodyError(BodyProblem.INVALID_TENSOR)
    rows = shape[0] if shape else 1
    width = math.prod(shape[1:])
    if rows > MAX_ROWS or width > MAX_COLUMNS:
        raise BodyError(BodyProblem.TOO_LARGE)
    if rows * width != len(cells):
        raise BodyError(BodyProblem.INVALID_TENSOR)
    return Tensor(name, rows, width, cells)


def tensor_rows(tensors: Sequence[Tensor], shape: Shape) -> list[Row]:
    """Return the rows that tensors side by side describe.

    The columns of a lone tensor are told by position where there are as many names. Otherwise a tensor of one
    value per row is the column of its name, and a wider one gives ``name.0``, ``name.1``, ….

    Raises
    ------
    BodyError
        There is no tensor, they differ in their numbers of rows, or share a name.
    """
    if not tensors or len({each.rows for each in tensors}) != 1:
        raise BodyError(BodyProblem.INVALID_TENSOR)
    first = tensors[0]
    if len(tensors) == 1 and (not first.name or len(shape.names or ()) == first.width):
        return [shape.named(_slice(first, index)) for index in range(first.rows)]
    labels = [label for each in tensors for label in _labels(each)]
    if len(set(labels)) != len(labels):
        raise BodyError(BodyProblem.INVALID_TENSOR)
    if len(labels) > MAX_COLUMNS or len(labels) * first.rows > MAX_CELLS:
        raise BodyError(BodyProblem.TOO_LARGE)
    rows = []
    for index in range(first.rows):
        cells = [cell for each in tensors for cell in _slice(each, index)]
        rows.append(shape.keyed(dict(zip(labels, cells, strict=True))))
    return rows


def _slice(each: Tensor, index: int) -> Sequence[Cell]:
    return each.cells[index * each.width : (index + 1) * each.width]


def _labels(each: Tensor) -> list[str]:
    if each.width == 1:
        return [each.name]
    return [f"{each.name}{SEPARATOR}{index}" for index in range(each.width)]


def decode_raw(datatype: str, raw: bytes) -> list[Cell]:
    """Return the cells of a tensor's raw bytes: little-endian, row-major, without padding.

    ``BYTES`` elements have a length of four bytes before them and must be UTF-8. ``BF16`` is the upper half
    of an ``FP32``.

    Raises
    ------
    BodyError
        The data type is unknown or the bytes are no whole number of elements.
    """
    if datatype == "BYTES":
        return _texts(raw)
    if datatype == "BF16":
        if len(raw) % 2:
            raise BodyError(BodyProblem.INVALID_TENSOR)
        halves = np.frombuffer(raw, "<u2").astype(np.uint32) << np.uint32(16)
        return _numbers(halves.view(np.float32))
    if datatype not in _NUMPY_TYPES:
        raise BodyError(BodyProblem.INVALID_TENSOR)
    dtype = np.dtype(_NUMPY_TYPES[datatype])
    if len(raw) % dtype.itemsize:
        raise BodyError(BodyProblem.INVALID_TENSOR)
    return _numbers(np.frombuffer(raw, dtype))


def _numbers(array: NDArray[Any]) -> list[Cell]:
    if array.dtype.kind == "b":
        return ["true" if value else "false" for value in array.view(np.uint8)]
    if array.dtype.kind != "f":
        return [str(value) for value in array.tolist()]
    if array.dtype.itemsize == 8:
        return [real(value) for value in array.tolist()]
    # str() of a NumPy scalar has the fewest digits that tell it from its neighbours of the same precision.
    return [str(value) if np.isfinite(value) else real(float(value)) for value in array]


def _texts(raw: bytes) -> list[Cell]:
    cells: list[Cell] = []
    position = 0
    while position < len(raw):
        end = position + _LENGTH.size
        if end > len(raw) or len(cells) >= MAX_CELLS:
            raise BodyError(BodyProblem.INVALID_TENSOR)
        (length,) = _LENGTH.unpack_from(raw, position)
        position = end + length
        if position > len(raw):
            raise BodyError(BodyProblem.INVALID_TENSOR)
        try:
            cells.append(raw[end:position].decode())
        except UnicodeDecodeError:
            raise BodyError(BodyProblem.NOT_TEXT) from None
    return cells
