"""What a store of objects can do, whatever kind it is of."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple, Protocol


class ObjectRef(NamedTuple):
    """One object as it was found.

    Attributes
    ----------
    uri
        Where it is; for an object store exactly the stored key, doubled slashes included.
    size
        Bytes as stored.
    etag
        Changes with the content; None where the store has none.
    modified
        When it was written, with zone.
    """

    uri: str
    size: int
    etag: str | None
    modified: datetime


class Store(Protocol):
    """Objects of one bucket, container or file tree, named by their full URIs.

    Every method raises `StorageError` in the fitting subclass; none gives half an object.
    """

    def folders(self, uri: str) -> tuple[str, ...]:
        """Return the folders, ended by slashes, that a URI stands for when doubled slashes don't matter."""
        ...

    def list(self, uri: str) -> Iterator[ObjectRef]:
        """Return the objects below a folder, at any depth, in no particular order; none if there is none."""
        ...

    def head(self, uri: str) -> ObjectRef | None:
        """Return one object's description, None if it does not exist."""
        ...

    def get(self, uri: str, *, max_bytes: int) -> bytes:
        """Return a whole object; `ObjectMissingError` if absent, `UnreadableObjectError` if larger."""
        ...

    def stream(self, ref: ObjectRef) -> Iterator[bytes]:
        """Return an object's bytes in pieces, of the very version that `ref` describes."""
        ...

    def read_range(self, ref: ObjectRef, start: int, length: int) -> bytes:
        """Return `length` bytes from `start` on of the version that `ref` describes."""
        ...

    def put(self, uri: str, data: bytes, *, content_type: str) -> None:
        """Write or replace an object; a reader sees the old content or the new, never a part."""
        ...

    def delete(self, uri: str) -> None:
        """Remove an object; no error if there is none."""
        ...
