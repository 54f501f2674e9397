"""Parts of a remote Parquet object in a local file of the same size and layout.

The file is sparse: it takes as much disk as was fetched. So one reader, of files, serves every store, reads
the version that was listed, and moves no more bytes than it needs.
"""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from model_monitor_analyzer.errors import OutOfDiskError, UnreadableObjectError
from model_monitor_analyzer.stores import ObjectRef, Store
from model_monitor_analyzer.stores.local import LocalStore

_PIECE_BYTES: Final = 8 << 20
_TAIL_BYTES: Final = 8  # the footer's length and the magic
_MAGIC: Final = b"PAR1"


class Spool:
    """Local access to one object; use it as a context manager. A local file is used where it lies.

    Parameters
    ----------
    store, ref
        The object.
    """

    def __init__(self, store: Store, ref: ObjectRef) -> None:
        self._store = store
        self._ref = ref
        self._local = store.path(ref.uri) if isinstance(store, LocalStore) else None
        self._draft: Path | None = None
        self._held = (0, 0)
        self._footer_start, self._footer = self._fetch_footer()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._draft is not None:
            self._draft.unlink(missing_ok=True)

    def file(self, start: int, end: int) -> Path:
        """Return a file that has the footer and the bytes from `start` to `end`; the rest may read as zeros.

        It is valid until the next call. A file is never changed once it was returned: it may still be mapped
        into memory.

        Raises
        ------
        OutOfDiskError
            There is no room for it.
        """
        if self._local is not None:
            return self._local
        if self._draft is not None and self._held == (start, end):
            return self._draft
        if self._draft is not None:
            self._draft.unlink(missing_ok=True)
        with _room_for(end - start):
            handle, name = tempfile.mkstemp(prefix="model-monitor-")
            self._draft, self._held = Path(name), (start, end)
            with os.fdopen(handle, "wb") as file:
                file.truncate(self._ref.size)
                for begin in range(start, end, _PIECE_BYTES):
                    file.seek(begin)
                    file.write(self._store.read_range(self._ref, begin, min(_PIECE_BYTES, end - begin)))
                file.seek(self._footer_start)
                file.write(self._footer)
        return self._draft

    def _fetch_footer(self) -> tuple[int, bytes]:
        """Return where the footer begins, and its bytes.

        Raises
        ------
        UnreadableObjectError
            The object does not end like Parquet.
        """
        size = self._ref.size
        tail = self._store.read_range(self._ref, max(size - _TAIL_BYTES, 0), min(size, _TAIL_BYTES))
        length = int.from_bytes(tail[:4], "little") + _TAIL_BYTES
        if tail[-4:] != _MAGIC or length > size:
            raise UnreadableObjectError(
                f"'{self._ref.uri}' does not end like Parquet: it is incomplete or of another format"
            )
        if self._local is not None:
            return size - length, b""
        return size - length, self._store.read_range(self._ref, size - length, length)


@contextlib.contextmanager
def _room_for(size: int) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        folder = tempfile.gettempdir()
        raise OutOfDiskError(
            f"{size >> 20} MiB can't be written to the temporary directory '{folder}' ({error.strerror}): "
            "give it more room, or set TMPDIR to another directory"
        ) from error
