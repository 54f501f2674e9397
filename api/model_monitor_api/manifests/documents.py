"""Bytes of manifest files to documents, and problems where they are none."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from model_monitor_api.manifests.yaml_tree import DEEPEST, Node, YamlError, documents
from model_monitor_api.problems import Problem

LARGEST_FILE: Final = 8 * 1024 * 1024
"""Bytes; etcd takes objects of 1.5 MiB, and a file may hold several."""

MOST_FILES: Final = 1000
"""Files of one directory."""

SUFFIXES: Final = frozenset({".yaml", ".yml", ".json"})
_KUSTOMIZATIONS: Final = frozenset({"kustomization.yaml", "kustomization.yml"})


@dataclass(frozen=True)
class Document:
    """One document, plain and with its lines."""

    file: str
    value: object
    tree: Node


@dataclass(frozen=True)
class Read:
    """What reading gave."""

    documents: tuple[Document, ...] = ()
    problems: tuple[Problem, ...] = ()

    def __add__(self, other: "Read") -> "Read":
        """Return both."""
        return Read(self.documents + other.documents, self.problems + other.problems)


def read_path(path: Path) -> Read:
    """Read a file, or the manifest files of a directory in the order of their names (not of those below)."""
    try:
        if not path.is_dir():
            return _read_file(path)
        files = sorted(file for file in path.iterdir() if file.suffix.lower() in SUFFIXES and file.is_file())
    except OSError as error:
        return _unreadable(path, error)
    files = [file for file in files if file.name.lower() not in _KUSTOMIZATIONS]
    if not files:
        wanted = ", ".join(f"*{suffix}" for suffix in sorted(SUFFIXES))
        return Read(problems=(Problem("", f"the directory holds no {wanted}", file=str(path)),))
    if len(files) > MOST_FILES:
        message = f"the directory holds more than {MOST_FILES} manifest files"
        return Read(problems=(Problem("", message, remedy="name a smaller one", file=str(path)),))
    return sum((_read_file(file) for file in files), Read())


def read_bytes(content: bytes, file: str) -> Read:
    """Read the content of one file; `file` is its name for messages."""
    if len(content) > LARGEST_FILE:
        message = f"the file has more than {LARGEST_FILE // 1024**2} MiB"
        return Read(problems=(Problem("", message, remedy="split it", file=file),))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        problem = Problem("", "the text is not UTF-8", remedy="save it as UTF-8", file=file, line=line)
        return Read(problems=(problem,))
    return _read_json(text, file) if file.lower().endswith(".json") else _read_yaml(text, file)


def _read_file(path: Path) -> Read:
    try:
        with path.open("rb") as stream:
            return read_bytes(stream.read(LARGEST_FILE + 1), str(path))
    except OSError as error:
        return _unreadable(path, error)


def _unreadable(path: Path, error: OSError) -> Read:
    message = f"can't be read: {error.strerror or type(error).__name__}"
    return Read(problems=(Problem("", message, remedy="check the path and its permissions", file=str(path)),))


def _read_yaml(text: str, file: str) -> Read:
    found: list[Document] = []
    try:
        found.extend(Document(file, tree.plain(), tree) for tree in documents(text))
    except YamlError as error:
        problem = Problem("", error.message, remedy=error.remedy, file=file, line=error.line)
        return Read(tuple(found), (problem,))
    return Read(tuple(found))


def _read_json(text: str, file: str) -> Read:
    try:
        value = json.loads(text, object_pairs_hook=_unique)
        _bounded(value)
    except json.JSONDecodeError as error:
        message = f"the text is not valid JSON: {error.msg}"
        return Read(problems=(Problem("", message, file=file, line=error.lineno),))
    except (YamlError, RecursionError, ValueError) as error:
        message = error.message if isinstance(error, YamlError) else "the text is not usable JSON"
        return Read(problems=(Problem("", message, file=file),))
    return Read((Document(file, value, Node(None, 0)),))


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for key, value in pairs:
        if key in found:
            raise YamlError(f"the key `{key[:80]}` occurs twice in one object", 0)
        found[key] = value
    return found


def _bounded(value: object) -> None:
    level = [value]
    for _ in range(DEEPEST + 1):
        below: list[object] = []
        for item in level:
            below.extend(item.values() if isinstance(item, dict) else item if isinstance(item, list) else ())
        if not below:
            return
        level = below
    raise YamlError(f"values are nested more than {DEEPEST} levels deep", 0)
