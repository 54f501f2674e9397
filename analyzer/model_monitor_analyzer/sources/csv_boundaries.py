"""Where records of CSV text end, when quoted fields may hold line breaks.

A quote opens a field only at the field's start; anywhere else outside quotes it is a character like others.
Where every quote stands as the rules want it, which is checked for all quotes at once, the parity of their
number tells what is quoted. Only text with stray quotes is gone through field by field. Either way the time
grows with the text's length, and the memory does not.
"""

import re
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

_LINE_FEED: Final = 10
_CARRIAGE_RETURN: Final = 13

_PIECE_BYTES: Final = 1 << 18
"""Text whose quotes are held at once, by eight bytes and more each."""


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
        # Possessive: there is nothing to go back to, and each way back would be held in memory.
        inside = b"[^%s]*+(?:%s%s[^%s]*+)*+" % (mark, mark, mark, mark)
        self._quoted_field = re.compile(b"(?:\\A|[%s\\r\\n])(%s%s)(%s)?" % (border, mark, inside, mark))
        self._beside = np.zeros(256, np.bool_)  # what may stand before an opening and behind a closing quote
        self._beside[[self._delimiter[0], self._quote[0], _LINE_FEED, _CARRIAGE_RETURN]] = True

    def __call__(self, buffer: bytearray | bytes, limit: int) -> int:
        """Return where the last record within the first `limit` bytes ends, 0 if none does."""
        return self.extent(buffer, limit).end

    def extent(self, buffer: bytearray | bytes, limit: int) -> Extent:
        """Return how far the first `limit` bytes, which start at a record, are whole records."""
        if buffer.find(self._quote, 0, limit) < 0:
            return Extent(buffer.rfind(b"\n", 0, limit) + 1, quoted=False)
        data = np.frombuffer(buffer, np.uint8, min(limit, len(buffer)))
        parities = self._parities(data)
        if parities is None:
            return self._by_field(buffer, len(data))
        for index in reversed(range(len(parities) - 1)):
            start = index * _PIECE_BYTES
            piece = data[start : start + _PIECE_BYTES]
            breaks = np.flatnonzero(piece == _LINE_FEED)
            before = np.searchsorted(np.flatnonzero(piece == self._quote[0]), breaks)
            ends = breaks[(before + parities[index]) % 2 == 0]
            if len(ends):
                return Extent(start + int(ends[-1]) + 1, bool(parities[-1]))
        return Extent(0, bool(parities[-1]))

    def first_end(self, text: bytes) -> int:
        """Return where the first record ends, the index after its line break; 0 if it is not ended."""
        passed = 0
        for match in self._quoted_field.finditer(text):
            if end := text.find(b"\n", passed, match.start(1)) + 1:
                return end
            passed = match.end()
        return text.find(b"\n", passed) + 1

    def _parities(self, data: NDArray[np.uint8]) -> list[int] | None:
        """Return the parity of the number of quotes before each piece, and before the end.

        None if a quote does not open, close or double as it should.
        """
        parities = [0]
        for start in range(0, len(data), _PIECE_BYTES):
            quotes = start + np.flatnonzero(data[start : start + _PIECE_BYTES] == self._quote[0])
            opening, closing = quotes[parities[-1] :: 2], quotes[1 - parities[-1] :: 2]
            begins = (opening == 0) | self._beside[data[np.maximum(opening, 1) - 1]]
            ends = (closing == len(data) - 1) | self._beside[data[np.minimum(closing + 1, len(data) - 1)]]
            if not (begins.all() and ends.all()):
                return None
            parities.append((parities[-1] + len(quotes)) % 2)
        return parities

    def _by_field(self, buffer: bytearray | bytes, limit: int) -> Extent:
        end = passed = 0
        for match in self._quoted_field.finditer(buffer, 0, limit):
            end = buffer.rfind(b"\n", passed, match.start(1)) + 1 or end
            if match[2] is None:
                return Extent(end, quoted=True)
            passed = match.end()
        return Extent(buffer.rfind(b"\n", passed, limit) + 1 or end, quoted=False)
