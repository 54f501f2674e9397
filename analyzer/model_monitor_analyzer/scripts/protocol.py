"""Messages between the analyzer and the process that runs a script: a kind, a length, and that many bytes."""

import struct
from enum import IntEnum
from typing import BinaryIO, Final

MAX_MESSAGE: Final = 1 << 30
"""Bytes of a message."""

_HEAD = struct.Struct("<BQ")
CALL = struct.Struct("<qd")
"""What the script is doing, in shared memory: the record's index (or one of `Step`) and when the call began,
in seconds of the monotonic clock that all processes share; 0 while no call runs."""


class Step(IntEnum):
    """Calls that have no record."""

    LOAD = -1
    FRAME = -2
    POSTPROCESS = -3


class Kind(IntEnum):
    """What a message is."""

    LOAD = 1
    """JSON object with `name`, `source`, `seed`, answered with a JSON array of the names of handlers."""

    RECORDS = 2
    """A `RecordForm` and a line of JSON per record, answered with a JSON object of `counts`, `columns` and
    `cells`, column by column. There may be fewer counts than records: the rest is to be asked for again."""

    FRAME = 3
    """A data frame as Arrow IPC stream, answered with another."""

    POSTPROCESS = 4
    """Empty, answered with nothing."""

    ANSWER = 5
    """The script did what it was asked for."""

    FAILURE = 6
    """It did not: JSON object with `problem`, `index`, `line` and `detail`."""


class RecordForm(IntEnum):
    """What `preprocess_handler` gets for a line of JSON."""

    CAPTURE = 1
    """A capture record as object with attributes."""

    VALUE = 2
    """The JSON value itself: a text (a CSV line) or an object."""


class ConnectionLostError(Exception):
    """The other side is gone, or sent what is no message."""


def write_message(stream: BinaryIO, kind: Kind, payload: bytes) -> None:
    """Send a message."""
    stream.write(_HEAD.pack(kind, len(payload)))
    stream.write(payload)
    stream.flush()


def read_message(stream: BinaryIO) -> tuple[Kind, bytes]:
    """Receive a message.

    Raises
    ------
    ConnectionLostError
        There is none.
    """
    kind, length = _HEAD.unpack(_exactly(stream, _HEAD.size))
    if length > MAX_MESSAGE or kind not in Kind.__members__.values():
        raise ConnectionLostError
    return Kind(kind), _exactly(stream, length)


def _exactly(stream: BinaryIO, size: int) -> bytes:
    data = stream.read(size)
    if len(data) < size:
        raise ConnectionLostError
    return data
