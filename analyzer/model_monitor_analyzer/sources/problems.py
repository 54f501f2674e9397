"""What was wrong with single records: counted by kind, with a bounded sample of places and never a value."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

SAMPLE_PER_KIND = 20
"""Places kept for each kind of problem."""


class ProblemKind(StrEnum):
    """What can be wrong with one record while the run goes on."""

    INVALID_JSON = "InvalidJson"
    """The record is no JSON value, or not of the expected shape."""

    INCOMPLETE_RECORD = "IncompleteRecord"
    """The object ends inside a record, as a file does that is still being written."""

    TRUNCATED_OBJECT = "TruncatedObject"
    """Compressed data end early or are damaged; what came before is read."""

    WIDTH_MISMATCH = "WidthMismatch"
    """A record has another number of fields than there are columns."""

    UNCLOSED_QUOTE = "UnclosedQuote"
    """A quoted field never ends; its line is left out."""

    NOT_UTF8 = "NotUtf8"
    """Bytes that are no UTF-8; they are read as U+FFFD."""

    OVERSIZED_RECORD = "OversizedRecord"
    """A record is longer than the reader accepts; it is left out."""

    OVERSIZED_CELL = "OversizedCell"
    """A value is longer than the reader accepts; its head is kept."""

    INVALID_BASE64 = "InvalidBase64"
    """A captured body is recorded as BASE64 and is none."""

    BODY_NOT_TEXT = "BodyNotText"
    """A captured body is neither UTF-8 text nor a tensor."""

    INVALID_CSV_BODY = "InvalidCsvBody"
    """A quoted field of a captured CSV body never ends, or goes on after its closing quote."""

    INVALID_JSON_BODY = "InvalidJsonBody"
    """A captured body is no JSON document, or no sequence of lines that are."""

    INVALID_TENSOR_BODY = "InvalidTensorBody"
    """Names, types, shapes or sizes of captured tensors contradict their data."""

    BODY_NOT_TABULAR = "BodyNotTabular"
    """A captured JSON document has no rows where they are expected."""

    BODY_TOO_LARGE = "BodyTooLarge"
    """A captured body nests too deep, or has too many rows, columns or values."""

    EXPRESSION_FAILED = "ExpressionFailed"
    """A JMESPath expression of the settings can't be evaluated on the record."""

    NO_PAYLOAD = "NoPayload"
    """A capture record holds none of the bodies that are read."""

    ROW_COUNT_MISMATCH = "RowCountMismatch"
    """The response has another number of rows than the request, whose rows are kept without a prediction."""

    INVALID_TIMESTAMP = "InvalidTimestamp"
    """The record's time is missing or not understood, so no window holds it."""


class Place(NamedTuple):
    """Where a problem was seen.

    Attributes
    ----------
    kind
        What was wrong.
    uri
        The object.
    record
        Number of the record in the object, counted from 1; a CSV header is not counted. For JSON Lines and
        capture files it is the line. 0 where the whole object is meant.
    """

    kind: ProblemKind
    uri: str
    record: int


@dataclass(frozen=True)
class Problems:
    """Problems of some part of the data; parts add up in any order to the same whole.

    Attributes
    ----------
    counts
        Number of problems by kind, kinds in alphabetical order.
    places
        For each kind the first `SAMPLE_PER_KIND` places in the order of (object, record).
    """

    counts: Mapping[ProblemKind, int] = field(default_factory=dict)
    places: tuple[Place, ...] = ()

    def __add__(self, other: "Problems") -> "Problems":
        """Return the problems of both parts."""
        counts = Counter(self.counts)
        counts.update(other.counts)
        kept: list[Place] = []
        room: Counter[ProblemKind] = Counter()
        for place in sorted(self.places + other.places):
            if room[place.kind] < SAMPLE_PER_KIND:
                room[place.kind] += 1
                kept.append(place)
        return Problems({kind: counts[kind] for kind in sorted(counts)}, tuple(kept))

    def __bool__(self) -> bool:
        """Return whether there is any problem."""
        return bool(self.counts)

    @property
    def total(self) -> int:
        """Number of problems of all kinds."""
        return sum(self.counts.values())


class ProblemLog:
    """Collects the problems of one object while it is read.

    Parameters
    ----------
    uri
        The object that is read.
    """

    def __init__(self, uri: str) -> None:
        self.uri = uri
        self._counts: Counter[ProblemKind] = Counter()
        self._places: dict[ProblemKind, list[Place]] = {}

    def add(self, kind: ProblemKind, record: int, count: int = 1) -> None:
        """Count `count` problems of one kind, the first of them at `record`."""
        self._counts[kind] += count
        places = self._places.setdefault(kind, [])
        if len(places) < SAMPLE_PER_KIND:
            places.append(Place(kind, self.uri, record))

    def take(self) -> Problems:
        """Return what was collected since the last call, and start anew."""
        places = tuple(sorted(place for kept in self._places.values() for place in kept))
        problems = Problems({kind: self._counts[kind] for kind in sorted(self._counts)}, places)
        self._counts.clear()
        self._places.clear()
        return problems
