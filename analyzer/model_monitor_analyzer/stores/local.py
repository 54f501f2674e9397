"""Files below a directory: the file system of a machine, or a mounted volume claim."""

import contextlib
import errno
import os
import secrets
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from model_monitor_analyzer.errors import (
    AccessRefusedError,
    BucketMissingError,
    ObjectChangedError,
    ObjectMissingError,
    OutputFullError,
    OutputNotWritableError,
    StorageError,
    UnreadableObjectError,
)
from model_monitor_analyzer.stores.location import parse_uri
from model_monitor_analyzer.stores.store import ObjectRef

_PIECE_BYTES: Final = 8 << 20
_ABSENT: Final = (errno.ENOENT, errno.ENOTDIR)
_FULL: Final = (errno.ENOSPC, errno.EDQUOT)


class LocalStore:
    """Files by URI.

    Parameters
    ----------
    base
        Directory that the keys are relative to.
    confined
        Refuse symbolic links that lead out of `base`: a volume's content is not to be trusted with that.
    """

    def __init__(self, base: Path, *, confined: bool) -> None:
        self._base = base
        self._confined = confined

    def folders(self, uri: str) -> tuple[str, ...]:
        """Return the folder itself: a file system does not tell doubled slashes from single ones."""
        location = parse_uri(uri)
        return (location.child("".join(f"{segment}/" for segment in location.segments)),)

    def list(self, uri: str) -> Iterator[ObjectRef]:
        """Return the files below a folder; symbolic links are followed, each directory is read once."""
        location = parse_uri(uri)
        folder = self._path(uri)
        if not self._base.is_dir():
            raise BucketMissingError(f"the directory '{self._base}' of '{uri}' does not exist")
        seen: set[tuple[int, int]] = set()
        pending = [(folder, location.child("/".join(location.segments)).rstrip("/"))]
        while pending:
            path, path_uri = pending.pop()
            with _explained(path_uri):
                try:
                    state = path.stat()
                    if not stat.S_ISDIR(state.st_mode) or (state.st_dev, state.st_ino) in seen:
                        continue
                    seen.add((state.st_dev, state.st_ino))
                    entries = sorted(path.iterdir())
                except OSError as error:
                    if error.errno in _ABSENT:
                        continue
                    raise
            for entry in entries:
                entry_uri = f"{path_uri}/{entry.name}"
                if entry.is_dir():
                    self._confine(entry, entry_uri)
                    pending.append((entry, entry_uri))
                elif ref := self.head(entry_uri):
                    yield ref

    def head(self, uri: str) -> ObjectRef | None:
        """Return a file's description; None if there is no such regular file."""
        path = self._path(uri)
        with _explained(uri):
            try:
                state = path.stat()
            except OSError as error:
                if error.errno in _ABSENT:
                    return None
                raise
        if not stat.S_ISREG(state.st_mode):
            return None
        return _described(uri, state)

    def get(self, uri: str, *, max_bytes: int) -> bytes:
        """Return a whole file."""
        ref = self.head(uri)
        if ref is None:
            raise ObjectMissingError(f"'{uri}' does not exist")
        if ref.size > max_bytes:
            raise UnreadableObjectError(f"'{uri}' has {ref.size} bytes, more than the {max_bytes} accepted")
        return b"".join(self.stream(ref))

    def stream(self, ref: ObjectRef) -> Iterator[bytes]:
        """Return the first `ref.size` bytes of a file: what is appended meanwhile belongs to a later run."""
        path = self._path(ref.uri)
        left = ref.size
        with _explained(ref.uri), path.open("rb") as file:
            while left:
                piece = file.read(min(left, _PIECE_BYTES))
                if not piece:
                    raise ObjectChangedError(f"'{ref.uri}' became shorter while it was read")
                left -= len(piece)
                yield piece

    def read_range(self, ref: ObjectRef, start: int, length: int) -> bytes:
        """Return `length` bytes of a file from `start` on."""
        with _explained(ref.uri), self._path(ref.uri).open("rb") as file:
            if _described(ref.uri, os.fstat(file.fileno())).etag != ref.etag:
                raise ObjectChangedError(f"'{ref.uri}' was replaced while it was read")
            file.seek(start)
            data = file.read(length)
        if len(data) != length:
            raise ObjectChangedError(f"'{ref.uri}' became shorter while it was read")
        return data

    def path(self, uri: str) -> Path:
        """Return where a file lies, for readers that want the file itself."""
        return self._path(uri)

    def put(self, uri: str, data: bytes, *, content_type: str) -> None:  # noqa: ARG002 # files have no type
        """Write a file beside its place, flush it to the disk and move it there."""
        path = self._path(uri)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            draft = path.with_name(f".{path.name[:100]}.{secrets.token_hex(8)}")
            try:
                with draft.open("xb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                draft.replace(path)
            except BaseException:
                draft.unlink(missing_ok=True)
                raise
        except OSError as error:
            kind = OutputFullError if error.errno in _FULL else OutputNotWritableError
            raise kind(f"'{uri}' can't be written: {error.strerror}") from error

    def delete(self, uri: str) -> None:
        """Remove a file."""
        try:
            self._path(uri).unlink(missing_ok=True)
        except OSError as error:
            raise OutputNotWritableError(f"'{uri}' can't be removed: {error.strerror}") from error

    def _path(self, uri: str) -> Path:
        path = self._base.joinpath(*parse_uri(uri).segments)
        self._confine(path, uri)
        return path

    def _confine(self, path: Path, uri: str) -> None:
        if self._confined and not path.resolve().is_relative_to(self._base.resolve()):
            raise AccessRefusedError(f"'{uri}' leads out of its volume by a symbolic link")


def _described(uri: str, state: os.stat_result) -> ObjectRef:
    modified = datetime.fromtimestamp(state.st_mtime, UTC)
    return ObjectRef(uri, state.st_size, f"{state.st_mtime_ns:x}-{state.st_size:x}", modified)


@contextlib.contextmanager
def _explained(uri: str) -> Iterator[None]:
    """Turn what the operating system says about a file into our errors."""
    try:
        yield
    except OSError as error:
        if isinstance(error, PermissionError):
            raise AccessRefusedError(f"'{uri}' may not be read: change its permissions") from error
        if error.errno in _ABSENT:
            raise ObjectMissingError(f"'{uri}' does not exist") from error
        raise StorageError(f"'{uri}' can't be read: {error.strerror}") from error
