"""Reading what an image that is not ours left in a folder: regular files, of bounded size, by no link."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from model_monitor_analyzer.errors import ImageResultError


def read_left(root: Path, path: PurePosixPath, *, limit: int) -> bytes | None:
    """Return the content of a file that an image left; None if there is none.

    Neither the file nor a folder on the way to it is followed where it is a link: it could lead to what this
    process may read and the image may not.

    Parameters
    ----------
    root
        Folder that is ours.
    path
        Path below it, which the image may have changed in any way.
    limit
        Most bytes that are accepted.

    Raises
    ------
    ImageResultError
        If it is a link, a folder or a device, larger than that, or closed to this user.
    """
    try:
        with _opened_folder(root, path.parent) as folder:
            # Not waiting: opening a pipe for reading would wait for a writer.
            handle = os.open(path.name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unreadable(path, error.strerror or "it can't be opened") from error
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise _unreadable(path, "it is no regular file")
    with os.fdopen(handle, "rb") as file:
        content = file.read(limit + 1)
    if len(content) > limit:
        raise _unreadable(path, f"it has more than {limit:,} bytes")
    return content


@contextmanager
def _opened_folder(root: Path, path: PurePosixPath) -> Iterator[int]:
    handle = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for part in path.parts:
            inner = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=handle)
            os.close(handle)
            handle = inner
        yield handle
    finally:
        os.close(handle)


def _unreadable(path: PurePosixPath, why: str) -> ImageResultError:
    return ImageResultError(f"'{path}' that the analyzer's image left can't be taken: {why}")
