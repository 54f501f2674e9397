"""Fields dropped, hashed or cut before anything leaves the node.

It happens here and not in Envoy: the spool lies on the pod's own ephemeral volume and goes with it, while a
script in the path of requests that parses bodies would slow them down.

What a rule can't be applied to does not pass: a body that is no JSON object, no list of such and no CSV with
known names, or that has rows without names in it, is withheld as a whole.
"""

import csv
import hashlib
import hmac
import io
import json
import re
from collections.abc import Sequence
from typing import Any, Final

from model_monitor_api.v1alpha1.datacapture import PrivacyRule
from model_monitor_api.v1alpha1.dataset import Body

_HASH_LENGTH: Final = 32
"""Hexadecimal digits of a hash: 128 bits, so that equal hashes are equal values."""

_ROWS: Final = frozenset({"data", "dataframe_split", "inputs", "instances", "ndarray", "rows"})
"""Keys below which protocols put rows, which may be lists without names."""

_PATH: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*")


class Redaction:
    """The rules of one side of the records.

    Parameters
    ----------
    rules
        What happens to which field.
    key
        With which fields are hashed.
    body
        How a body becomes rows: names and delimiter of CSV.
    """

    def __init__(self, rules: Sequence[PrivacyRule], key: bytes, body: Body) -> None:
        self._rules = rules
        self._key = key
        self._body = body
        self._rows = _ROWS | ({body.rows.rpartition(".")[2]} if body.rows else set())
        self._paths = _paths(rules, body)

    def apply(self, side: dict[str, Any]) -> bool:
        """Apply the rules to one side in place.

        Returns
        -------
        bool
            Whether the body was withheld.
        """
        text = side.get("data")
        if not text:
            return False
        redacted = None if side.get("truncated") else self._redacted(str(text), str(side.get("encoding")))
        if redacted is None:
            side["data"], side["withheld"] = "", True
            return True
        side["data"] = redacted
        return False

    def _redacted(self, text: str, encoding: str) -> str | None:
        """Return a body to which the rules were applied, None if its fields can't be told apart."""
        match encoding:
            case "JSON":
                return self._json(text)
            case "CSV":
                return self._csv(text)
            case _:
                return None

    def _json(self, text: str) -> str | None:
        values = _values(text)
        if values is None or self._paths is None:
            return None
        try:
            if not all(_has_fields(value) and self._walk(value) for value in values):
                return None
            return "\n".join(json.dumps(value, ensure_ascii=False) for value in values)
        except RecursionError:
            return None

    def _walk(self, value: Any) -> bool:
        """Apply the rules in every object within a value; return False if fields stand there by position."""
        if isinstance(value, list):
            value[:] = [item for item in value if not self._is_dropped_tensor(item)]
            return all(self._walk(item) for item in value)
        if not isinstance(value, dict):
            return True
        for path, rule in self._paths or ():
            if _is_tensor(value):
                if value["name"] == path:
                    value["data"] = self._each(value["data"], rule)
            else:
                self._apply(value, path, rule)
        for name, inner in value.items():
            rows = name in self._rows and not _is_tensor(value)
            if rows and isinstance(inner, list) and not _has_fields(inner):
                return False
            if not self._walk(inner):
                return False
        return True

    def _apply(self, value: dict[str, Any], path: str, rule: PrivacyRule) -> None:
        """Apply a rule to the field of an object that a path leads to, if it is there."""
        if path in value:
            if rule.action == "Drop":
                del value[path]
            else:
                value[path] = self._changed(value[path], rule)
        for name, inner in value.items():
            if path.startswith(f"{name}."):
                for item in inner if isinstance(inner, list) else [inner]:
                    if isinstance(item, dict):
                        self._apply(item, path[len(name) + 1 :], rule)

    def _is_dropped_tensor(self, item: Any) -> bool:
        return _is_tensor(item) and any(
            rule.action == "Drop" and item["name"] == path for path, rule in self._paths or ()
        )

    def _each(self, data: Any, rule: PrivacyRule) -> Any:
        if isinstance(data, list):
            return [self._each(item, rule) for item in data]
        return self._changed(data, rule)

    def _changed(self, value: Any, rule: PrivacyRule) -> Any:
        if value is None:
            return None
        text = value if isinstance(value, str) else json.dumps(value, sort_keys=True)
        if rule.action == "Hash":
            return hmac.new(self._key, text.encode(errors="surrogatepass"), hashlib.sha256).hexdigest()[
                :_HASH_LENGTH
            ]
        return text[: rule.length or 0]

    def _csv(self, text: str) -> str | None:
        names = self._body.names
        if names is None:
            return None
        wanted = {rule.field: rule for rule in self._rules}
        rules = {index: wanted[name] for index, name in enumerate(names) if name in wanted}
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=self._body.csv_delimiter))
        if any(row and len(row) != len(names) for row in rows):
            return None
        for row in rows:
            for index, rule in rules.items():
                if row:  # a dropped field stays as an empty one: its neighbours are found by position
                    row[index] = "" if rule.action == "Drop" else self._changed(row[index], rule)
        written = io.StringIO(newline="")
        csv.writer(written, delimiter=self._body.csv_delimiter, lineterminator="\n").writerows(rows)
        return written.getvalue()


def _paths(rules: Sequence[PrivacyRule], body: Body) -> tuple[tuple[str, PrivacyRule], ...] | None:
    """Return where fields stand in JSON: under their names, and where `columns` of the payload finds them.

    None where that is an expression and no path.
    """
    found = [(rule.field, rule) for rule in rules]
    for rule in rules:
        expression = (body.columns or {}).get(rule.field)
        if expression is None:
            continue
        if not _PATH.fullmatch(expression):
            return None
        found.append((expression, rule))
    return tuple(found)


def _is_tensor(value: Any) -> bool:
    """Return whether a value is a named tensor of the Open Inference Protocol."""
    return isinstance(value, dict) and isinstance(value.get("name"), str) and "data" in value


def _values(text: str) -> list[Any] | None:
    """Return the value of a JSON text, or those of JSON lines; None if it is neither."""
    try:
        return [json.loads(text)]
    except RecursionError:
        return None
    except ValueError:
        pass
    try:
        return [json.loads(line) for line in text.splitlines() if line.strip()]
    except (ValueError, RecursionError):
        return None


def _has_fields(value: Any) -> bool:
    if isinstance(value, list):
        return all(isinstance(item, dict) for item in value)
    return isinstance(value, dict)
