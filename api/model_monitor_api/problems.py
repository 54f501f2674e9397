"""What is wrong with a manifest, as values: shown by `model-monitor validate`, copied into conditions."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from model_monitor_api.printable import cut, printable, without_credentials

_LONGEST_VALUE: Final = 80
_PART: Final = re.compile(r'\.?(?P<name>[^.\[\]]+)|\[(?P<index>[0-9]+)\]|\[(?P<quoted>"(?:[^"\\]|\\.)*")\]')


@dataclass(frozen=True)
class Problem:
    """One thing that a person must change.

    Attributes
    ----------
    subject
        The object, as `Kind/namespace/name`; empty where a file could not be read as objects.
    message
        What is wrong, in the form "must ...", without the name of the field.
    field
        Path of the field, such as `spec.window.length` or `spec.notifications[0].name`.
    value
        What was written there, as JSON and shortened; empty where nothing was or where it does not help.
    remedy
        What to do about it.
    unresolved
        Whether it is a reference that leads nowhere: the object it names may still come.
    file, line
        Where it was read; empty and 0 where it came from an API server.
    """

    subject: str
    message: str
    field: str = ""
    value: str = ""
    remedy: str = ""
    file: str = ""
    line: int = 0
    unresolved: bool = False

    def __str__(self) -> str:
        """Return `file:line: Kind/namespace/name: field: message, got value; remedy`."""
        place = f"{self.file}:{self.line}" if self.file and self.line else self.file
        parts = ": ".join(part for part in (place, self.subject, self.field) if part)
        said = self.sentence
        return printable(f"{parts}: {said}" if parts else said)

    @property
    def sentence(self) -> str:
        """The message with value and remedy, for a place that already names the object and the field."""
        said = f"{self.message}, got {self.value}" if self.value else self.message
        return printable(f"{said}; {self.remedy}" if self.remedy else said)

    @property
    def condition_message(self) -> str:
        """The message as a condition holds it, where the object is known and files are not."""
        return f"`{self.field}` {self.sentence}" if self.field else self.sentence


def shown(value: object) -> str:
    """Return a value as one short line of JSON, without the credentials that a URI in it may hold."""
    return cut(without_credentials(json.dumps(value, ensure_ascii=False, default=str)), _LONGEST_VALUE)


def field_path(parts: Iterable[str | int]) -> str:
    """Return a path in the form in which people write it: `spec.columns.names[3]`."""
    path = ""
    for part in parts:
        if isinstance(part, int):
            path += f"[{part}]"
        elif not part or any(character in part for character in '.[]"'):
            path += f"[{json.dumps(part, ensure_ascii=False)}]"
        else:
            path += f".{part}" if path else part
    return path


def path_parts(path: str) -> tuple[str | int, ...]:
    """Return the parts of a path: the inverse of `field_path`."""
    parts: list[str | int] = []
    for match in _PART.finditer(path):
        name, index, quoted = match.group("name", "index", "quoted")
        parts.append(int(index) if index else json.loads(quoted) if quoted else name)
    return tuple(parts)
