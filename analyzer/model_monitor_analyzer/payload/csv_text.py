r"""CSV bodies: RFC 4180 with ``\n`` or ``\r\n``, and what the two kinds of empty field mean.

An unquoted empty field is missing, a quoted one is an empty text. One line break at the end is no row. A
blank line is skipped, but in a body of one column it is a row whose value is missing.
"""

import functools
import re

from model_monitor_analyzer.payload.errors import BodyError, BodyProblem
from model_monitor_analyzer.payload.values import MAX_CELLS, MAX_ROWS, Cell


def parse_csv(text: str, delimiter: str = ",", *, width: int | None = None) -> list[list[Cell]]:
    """Return the fields of a CSV body, line by line.

    Parameters
    ----------
    text
        The body; it has no header.
    delimiter
        One character between fields.
    width
        Number of columns, where it is known: it decides what a blank line is. Where it is not, blank lines
        are rows if no line holds more than one field. Widths are not checked here.

    Raises
    ------
    BodyError
        A quoted field never ends or goes on after its closing quote, or the body is too large: blank lines
        count for that too.
    """
    lines = _quoted(text, delimiter) if '"' in text else _plain(text, delimiter)
    if width is None:
        width = max(map(len, lines), default=1)
    if width != 1:
        lines = [line for line in lines if line != [None]]
    return lines


def _plain(text: str, delimiter: str) -> list[list[Cell]]:
    if not text:
        return []
    text = text.removesuffix("\n")
    lines = text.count("\n") + 1
    if lines > MAX_ROWS or lines + text.count(delimiter) > MAX_CELLS:  # before anything is made of them
        raise BodyError(BodyProblem.TOO_LARGE)
    return [
        [field or None for field in line.removesuffix("\r").split(delimiter)] for line in text.split("\n")
    ]


@functools.lru_cache(maxsize=16)
def _field_pattern(delimiter: str) -> re.Pattern[str]:
    outside = re.escape(delimiter)
    return re.compile(
        rf'(?:"((?:[^"]|"")*+)"|((?!")[^{outside}\r\n]*+(?:\r(?!\n|\Z)[^{outside}\r\n]*+)*+))'
        rf"({outside}|\r?\n|\r?\Z)"
    )


def _quoted(text: str, delimiter: str) -> list[list[Cell]]:
    pattern = _field_pattern(delimiter)
    lines: list[list[Cell]] = []
    line: list[Cell] = []
    position = cells = 0
    while True:
        cells += 1
        if cells > MAX_CELLS or len(lines) == MAX_ROWS:
            raise BodyError(BodyProblem.TOO_LARGE)
        field = pattern.match(text, position)
        if field is None:
            raise BodyError(BodyProblem.INVALID_CSV)
        quoted, plain, separator = field.groups()
        line.append(plain or None if quoted is None else quoted.replace('""', '"'))
        position = field.end()
        if separator == delimiter:
            continue
        lines.append(line)
        line = []
        if position == len(text):
            return lines
