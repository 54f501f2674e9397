"""Where records of CSV text end, when quoted fields may hold line breaks.

A quote opens a field only at the field's start; anywhere else outside quotes it is a character like others.
Where every quote stands as the rules want it, which is checked for all quotes at once, the parity of their
number tells what is quoted. Only text with stray quotes is gone through field by field.
"""

import re
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_LINE_BREAKS = (10, 13)


class Extent(NamedTuple):
    """How far a text consists of whole records.

    Attributes
    ----------
    end
        Index behind the line break of the last whole record; 0 if there is none.
    quoted
        Whether a quoted field is open where the text ends.
    """

    end: int
    quoted: bool


class CsvBoundaries:
    """Finds the ends of records; serves `lines.read_chunks` as its `boundary`.

    Parameters
    ----------
    delimiter, quote
        One ASCII character each.
    """

    def __init__(self, delimiter: str, quote: str) -> None:
        self._quote = quote.encode()
        self._delimiter = delimiter.encode()
        mark, border = re.escape(self._quote), re.escape(self._delimiter)
        inside = b"[^%s]*(?:%s%s[^%s]*)*" % (mark, mark, mark, mark)
        self._quoted_field = re.compile(b"(?:\\A|[%s\\r\\n])(%s%s)(%s)?" % (border, mark, inside, mark))

    def __call__(self, buffer: bytearray | bytes, limit: int) -> int:
        """Return where the last record within the first `limit` bytes ends, 0 if none does."""
        return self.extent(buffer, limit).end

    def extent(self, buffer: bytearray | bytes, limit: int) -> Extent:
        """Return how far the first `limit` bytes, which start at a record, are whole records."""
        if buffer.find(self._quote, 0, limit) < 0:
            return Extent(buffer.rfind(b"\n", 0, limit) + 1, quoted=False)
        quotes, regular = self._quotes(buffer, limit)
        if not regular:
            return self._by_field(bytes(buffer[:limit]))
        quoted = bool(len(quotes) % 2)
        end = buffer.rfind(b"\n", 0, limit)
        while end >= 0 and (before := int(np.searchsorted(quotes, end))) % 2:
            end = buffer.rfind(b"\n", 0, int(quotes[before - 1]))
        return Extent(end + 1, quoted)

    def _quotes(self, buffer: bytearray | bytes, limit: int) -> tuple[NDArray[np.int64], bool]:
        """Return the positions of all quotes, and whether each opens, closes or doubles as it should."""
        data = np.frombuffer(buffer, np.uint8, min(limit, len(buffer)))
        quotes = np.flatnonzero(data == self._quote[0]).astype(np.int64)
        borders = np.zeros(256, np.bool_)
        borders[[self._delimiter[0], *_LINE_BREAKS]] = True
        opening, closing = quotes[0::2], quotes[1::2]
        first = opening == 0
        doubled = np.zeros(len(opening), np.bool_)
        doubled[1:] = opening[1:] == closing[: len(opening) - 1] + 1
        begins = first | borders[data[np.maximum(opening, 1) - 1]] | doubled
        last = closing == len(data) - 1
        followed = np.zeros(len(closing), np.bool_)
        followed[: len(opening) - 1] = closing[: len(opening) - 1] + 1 == opening[1:]
        ends = last | borders[data[np.minimum(closing + 1, len(data) - 1)]] | followed
        return quotes, bool(begins.all() and ends.all())

    def _by_field(self, data: bytes) -> Extent:
        spans = [
            (match.start(1), match.end() if match[2] else len(data), bool(match[2]))
            for match in self._quoted_field.finditer(data)
        ]
        quoted = bool(spans) and not spans[-1][2]
        end = data.rfind(b"\n")
        for start, stop, _ in reversed(spans):
            if end >= stop:
                break
            if end >= start:
                end = data.rfind(b"\n", 0, start)
        return Extent(end + 1, quoted)
