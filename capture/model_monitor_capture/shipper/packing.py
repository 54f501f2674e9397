"""A closed file as objects: records by the hour of their invocation, compressed, named after their content.

What a file becomes depends on its bytes alone. A shipper that is killed anywhere and begins anew writes the
same objects under the same names: no record is lost, and none is there twice.
"""

import gzip
import hashlib
import io
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple
from uuid import UUID

from model_monitor_capture.shipper.lines import read_line, remains

PART_BYTES: Final = 64 << 20
"""Bytes of records after which an object is closed; what bounds the shipper's memory."""

Transform = Callable[[bytes], bytes]
"""What becomes of a record before it is written; JSON text, without line end."""


class Packed(NamedTuple):
    """An object to be written.

    Attributes
    ----------
    hour
        When the hour of its records began, in UTC.
    name
        Its name within the folder of the hour.
    data
        Its content, compressed by gzip.
    records
        How many records it has.
    """

    hour: datetime
    name: str
    data: bytes
    records: int


class Lost(NamedTuple):
    """Lines that are no records.

    Attributes
    ----------
    hour
        Hour of the record before, which they were written after; None if there is none.
    records
        How many records were begun in them.
    """

    hour: datetime | None
    records: int


class _Part:
    def __init__(self, hour: datetime, first: datetime) -> None:
        self.hour = hour
        self.size = 0
        self._first = first
        self._records = 0
        self._digest = hashlib.sha256()
        self._buffer = io.BytesIO()
        self._file = gzip.GzipFile(fileobj=self._buffer, mode="wb", compresslevel=1, mtime=0)

    def add(self, record: bytes, transform: Transform) -> None:
        # Of what was recorded and not of what is written, which may change with a key or a rule.
        self._digest.update(record)
        self._file.write(transform(record) + b"\n")
        self.size += len(record)
        self._records += 1

    def pack(self) -> Packed:
        self._file.close()
        identity = UUID(bytes=self._digest.digest()[:16], version=4)
        name = f"{self._first:%M-%S}-000-{identity}.jsonl.gz"
        return Packed(self.hour, name, self._buffer.getvalue(), self._records)


def pack(path: Path, transform: Transform, part_bytes: int = PART_BYTES) -> Iterator[Packed | Lost]:
    """Yield the objects that a closed file becomes, and what of it is lost.

    Parameters
    ----------
    path
        The file.
    transform
        Applied to each record.
    part_bytes
        Bytes of records after which an object is closed.
    """
    parts: dict[datetime, _Part] = {}
    last: datetime | None = None
    with path.open("rb") as file:
        for raw in file:
            text = raw.removesuffix(b"\n")
            line = read_line(text)
            if text and (missing := remains(text)):
                yield Lost(last, missing)
            if line is None:
                continue
            last = line.time.replace(minute=0, second=0)
            part = parts.get(last) or parts.setdefault(last, _Part(last, line.time))
            part.add(line.record, transform)
            if part.size >= part_bytes:
                yield parts.pop(last).pack()
    for part in parts.values():
        yield part.pack()
