"""Where what is built or fetched once is kept."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def cache(*parts: str) -> Path:
    """Return a path below the project's cache directory."""
    root = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    return root.joinpath("model-monitor", *parts)


@contextmanager
def only_one(path: Path) -> Iterator[None]:
    """Hold a lock beside a path, so that of several processes one makes it and the others find it made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_name(f".{path.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
