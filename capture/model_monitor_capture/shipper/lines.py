"""Lines of a spool: where a record begins and ends, and when it was invoked, without parsing it.

Keys come in a fixed order, and quotes within texts are escaped. So `{"captureData":` marks the begin of a
record wherever it stands, and the last `"inferenceTime":"` of a line is the record's own.
"""

from datetime import UTC, datetime
from typing import Final, NamedTuple

_START: Final = b'{"captureData":'
_END: Final = b',"eventVersion":"0"}'
_TIME: Final = b'"inferenceTime":"'
_TIME_LENGTH: Final = len("2026-01-31T00:00:00Z")


class Line(NamedTuple):
    """A record as it was written.

    Attributes
    ----------
    record
        Its JSON text, without line end.
    time
        When it was invoked, to the second.
    """

    record: bytes
    time: datetime


def read_line(line: bytes) -> Line | None:
    """Return the record of a line, None if there is no whole one.

    Where Envoy was killed while it wrote, the next record follows the remains of one on the same line; the
    whole one counts.

    Parameters
    ----------
    line
        A line without its end.
    """
    start = line.rfind(_START)
    if start < 0 or not line.endswith(_END):
        return None
    at = line.rfind(_TIME) + len(_TIME)
    try:
        time = datetime.fromisoformat(line[at : at + _TIME_LENGTH].decode("ascii"))
    except ValueError:
        return None
    return Line(line[start:] if start else line, time.astimezone(UTC))


def remains(line: bytes) -> int:
    """Return how many records of a line are lost: begun there, and not what `read_line` returns."""
    begun = line.count(_START)
    return begun - (read_line(line) is not None) if begun else 1
