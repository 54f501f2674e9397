"""YAML text to trees of values that remember their lines, within bounds.

Composed from the parser's events rather than by PyYAML's constructors, for three reasons. A value must mean
here what it means to `kubectl`, which reads by other rules. Lines are needed for messages. And hostile text
must cost nothing: depth and the growth through aliases are bounded, tags construct nothing, no step recurses
into what was read.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import yaml

from model_monitor_api.manifests.yaml_scalars import Scalar, plain_value

DEEPEST: Final = 64
"""Levels of nesting; the deepest field of a kind is at about ten."""

MOST_VALUES: Final = 500_000
"""Values of one document, counted with what its aliases stand for."""

_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TAG: Final = "tag:yaml.org,2002:"


class YamlError(Exception):
    """Text that is no usable YAML; `line` counts from 1 and is 0 where unknown."""

    def __init__(self, message: str, line: int, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Node:
    """A value and its line (from 1): that of its key in a mapping, else where it begins.

    Aliases share the value that they stand for.
    """

    value: "Scalar | dict[str, Node] | list[Node]"
    line: int

    def at(self, path: tuple[str | int, ...]) -> "Node":
        """Return the node at a path, or the deepest on the way there that exists."""
        node = self
        for part in path:
            value = node.value
            if isinstance(value, dict):
                below = value.get(str(part))
            elif isinstance(value, list) and isinstance(part, int) and part < len(value):
                below = value[part]
            else:
                below = None
            if below is None:
                break
            node = below
        return node

    def plain(self) -> object:
        """Return the value without lines; raises `YamlError` when its aliases make it too large."""
        self._count()
        return _plain(self)

    def _count(self) -> None:
        measured: dict[int, tuple[int, int]] = {}  # size and depth by node
        stack = [(self, False)]
        while stack:
            node, ready = stack.pop()
            children = _children(node)
            if not ready and id(node) not in measured:
                stack.append((node, True))
                stack.extend((child, False) for child in children if id(child) not in measured)
            elif ready:
                size = 1 + sum(measured[id(child)][0] for child in children)
                depth = 1 + max((measured[id(child)][1] for child in children), default=0)
                if size > MOST_VALUES or depth > DEEPEST + 1:
                    raise YamlError(
                        f"the document has more than {MOST_VALUES} values, or more than {DEEPEST} levels, "
                        "once its aliases are expanded",
                        node.line,
                        "write it without aliases (`*name`), or split it",
                    )
                measured[id(node)] = (size, depth)


def documents(text: str) -> Iterator[Node]:
    """Yield each document of a YAML stream; empty ones are left out.

    Raises
    ------
    YamlError
        At the first place where the text is no YAML, or goes beyond the bounds.
    """
    try:
        composer = _Composer()
        for event in yaml.parse(text, Loader=_LOADER):
            composer.take(event)
            if isinstance(event, yaml.DocumentEndEvent):
                root = composer.finish()
                if root.value is not None:
                    yield root
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise YamlError(
            f"the text is not valid YAML: {error.problem or error.context}",
            mark.line + 1 if mark else 0,
            "check indentation, quotes and colons around this line",
        ) from error
    except yaml.YAMLError as error:
        line = text.count("\n", 0, getattr(error, "position", 0)) + 1
        raise YamlError(
            "the text holds a character that YAML does not allow", line, "remove control characters"
        ) from error


class _Composer:
    """Turns events into nodes with a stack of its own."""

    def __init__(self) -> None:
        self._reset()

    def _reset(self) -> None:
        self._anchors: dict[str, Node] = {}
        self._open: list[_Collection] = []
        self._root: Node | None = None

    def finish(self) -> Node:
        """Return the document that was completed."""
        root = self._root or Node(None, 0)
        self._reset()
        return root

    def take(self, event: yaml.Event) -> None:
        """Go on by one event."""
        mark = event.start_mark
        line = mark.line + 1 if mark else 0
        if isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            _refuse_tag(event.tag, {"map", "seq"}, line)
            if len(self._open) >= DEEPEST:
                raise YamlError(f"values are nested more than {DEEPEST} levels deep", line)
            empty: dict[str, Node] | list[Node] = {} if isinstance(event, yaml.MappingStartEvent) else []
            self._open.append(_Collection(Node(empty, line), event.anchor))
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            closed = self._open.pop()
            closed.merge()
            self._add(closed.node, closed.anchor)
        elif isinstance(event, yaml.ScalarEvent):
            self._add(Node(_scalar(event, line), line), event.anchor)
        elif isinstance(event, yaml.AliasEvent):
            if event.anchor not in self._anchors:
                raise YamlError(f"the alias `*{event.anchor}` has no anchor before it", line)
            self._add(self._anchors[event.anchor], None)

    def _add(self, node: Node, anchor: str | None) -> None:
        if anchor is not None:
            self._anchors[anchor] = node
        if self._open:
            self._open[-1].add(node)
        else:
            self._root = node


class _Collection:
    """A mapping or a list that is not complete yet."""

    def __init__(self, node: Node, anchor: str | None) -> None:
        self.node = node
        self.anchor = anchor
        self._key: str | None = None
        self._key_line = 0
        self._merged: list[Node] = []

    def add(self, node: Node) -> None:
        """Take the next item, key or value."""
        if isinstance(self.node.value, list):
            self.node.value.append(node)
        elif self._key is None:
            self._key, self._key_line = _key(node), node.line
        elif isinstance(self.node.value, dict):
            if self._key == "<<":
                self._merged.append(node)
            elif self._key in self.node.value:
                raise YamlError(f"the key `{self._key[:80]}` occurs twice in one mapping", self._key_line)
            else:
                self.node.value[self._key] = Node(node.value, self._key_line)
            self._key = None

    def merge(self) -> None:
        """Add what merge keys (`<<`) bring in; what is written beside them wins."""
        for node in self._merged:
            for source in node.value if isinstance(node.value, list) else [node]:
                if not isinstance(source.value, dict) or not isinstance(self.node.value, dict):
                    raise YamlError("a merge key (`<<`) must name a mapping", node.line)
                for key, value in source.value.items():
                    self.node.value.setdefault(key, value)


def _key(node: Node) -> str:
    """Return a key as text: kubectl's JSON has no other keys."""
    value = node.value
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    raise YamlError("a key must be a text", node.line, "put it in quotes")


def _refuse_tag(tag: str | None, allowed: set[str], line: int) -> None:
    if tag not in (None, "!", *(_TAG + name for name in allowed)):
        raise YamlError(f"the tag `{str(tag)[:80]}` is not allowed", line, "remove it")


def _scalar(event: yaml.ScalarEvent, line: int) -> Scalar:
    _refuse_tag(event.tag, {"str"}, line)
    text = str(event.value)
    if event.tag is not None or not event.implicit[0]:
        return text
    return plain_value(text)


def _children(node: Node) -> list[Node]:
    value = node.value
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _plain(node: Node) -> object:
    """Recurse at most `DEEPEST` levels, which was counted before."""
    value = node.value
    if isinstance(value, dict):
        return {key: _plain(child) for key, child in value.items()}
    if isinstance(value, list):
        return [_plain(child) for child in value]
    return value
