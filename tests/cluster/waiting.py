"""Wait for what a cluster does in its own time."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_for(
    predicate: Callable[[], T | None], seconds: float = 30, what: str = "", pause: float = 0.05
) -> T:
    """Call a function until it returns something true, and return that; `pause` is the time between calls.

    Raises
    ------
    AssertionError
        If it has not after so many seconds; says what was waited for and what the function returned last.
    """
    deadline = time.monotonic() + seconds
    while True:
        found = predicate()
        if found:
            return found
        if time.monotonic() > deadline:
            name = what or getattr(predicate, "__name__", "the condition")
            raise AssertionError(f"{name}: not so after {seconds:.0f} s; last seen: {found!r}")
        time.sleep(pause)
