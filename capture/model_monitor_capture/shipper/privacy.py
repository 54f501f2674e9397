"""Fields dropped, hashed or cut before anything leaves the node.

It happens here and not in Envoy: the spool lies on the pod's own ephemeral volume and goes with it, while a
script in the path of requests that parses bodies would slow them down.

What a rule can't be applied to does not pass: a body that is no JSON object, no list of such and no CSV with
known names is withheld as a whole.
"""

import csv
import hashlib
import hmac
import io
import json
from collections.abc import Sequence
from typing import Any, Final

from model_monitor_api.v1alpha1.datacapture import PrivacyRule
from model_monitor_api.v1alpha1.dataset import Body

_HASH_LENGTH: Final = 32
"""Hexadecimal digits of a hash: 128 bits, so that equal hashes are equal values."""


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
        if values is None or not all(_has_fields(value) for value in values):
            return None
        for value in values:
            for rule in self._rules:
                self._apply(value, rule.field, rule)
        return "\n".join(json.dumps(value, ensure_ascii=False) for value in values)

    def _apply(self, value: Any, path: str, rule: PrivacyRule) -> None:
        """Apply a rule wherever a path leads: through lists to each of their items."""
        if isinstance(value, list):
            for item in value:
                self._apply(item, path, rule)
            return
        if not isinstance(value, dict):
            return
        if path in value:
            if rule.action == "Drop":
                del value[path]
            else:
                value[path] = self._changed(value[path], rule)
        for name, inner in value.items():
            if path.startswith(f"{name}."):
                self._apply(inner, path[len(name) + 1 :], rule)
            elif name in ("instances", "inputs") and not isinstance(inner, str):
                self._apply(inner, path, rule)

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
        rules = {names.index(rule.field): rule for rule in self._rules if rule.field in names}
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
